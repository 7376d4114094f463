using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Formatting;
using ShutdownKit.Analyzers.Signals;
using static Microsoft.CodeAnalysis.CSharp.SyntaxFactory;

namespace ShutdownKit.Analyzers.CodeFixes.Signals;

/// <summary>
/// SHK1006: waits in the callback for what it starts. The callbacks run on threads without a synchronization context, and whoever calls
/// them waits until they return.
/// </summary>
[ExportCodeFixProvider(LanguageNames.CSharp)]
public sealed class AsyncCallbackFix : EditingCodeFix
{
    /// <summary>Creates the fix.</summary>
    public AsyncCallbackFix()
        : base(AsyncCallbackAnalyzer.Id, "Wait in the callback")
    {
    }

    private protected override Edit? Plan(SemanticModel model, SyntaxNode node, CancellationToken cancellationToken)
    {
        if ((node is ArgumentSyntax argument ? argument.Expression : node) is not AnonymousFunctionExpressionSyntax function)
            return null;

        if (function.AsyncKeyword.RawKind == 0)
        {
            return function.ExpressionBody is InvocationExpressionSyntax dropped && Waiting(dropped, model, cancellationToken) is { } waiting
                ? (editor, _) => editor.ReplaceNode(dropped, waiting)
                : null;
        }

        // Every await must be one of a task that is waited for as it stands.
        var awaits = new Dictionary<SyntaxNode, ExpressionSyntax>();
        foreach (var inner in function.Body.DescendantNodesAndSelf(static it => it is not (AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax)))
        {
            switch (inner)
            {
                case CommonForEachStatementSyntax { AwaitKeyword.RawKind: not 0 } or UsingStatementSyntax { AwaitKeyword.RawKind: not 0 } or LocalDeclarationStatementSyntax { AwaitKeyword.RawKind: not 0 }:
                    return null;
                case AwaitExpressionSyntax { Expression: var task } awaited:
                    if (task.DescendantNodes().Any(static it => it is AwaitExpressionSyntax) || Waiting(task, model, cancellationToken) is not { } waiting)
                        return null;
                    awaits.Add(awaited, waiting.WithTriviaFrom(awaited));
                    break;
            }
        }

        return (editor, _) => editor.ReplaceNode(
            function,
            Synchronous(function.ReplaceNodes(awaits.Keys, (original, _) => awaits[original])).WithTriviaFrom(function).WithAdditionalAnnotations(Formatter.Annotation));
    }

    private static SyntaxNode Synchronous(AnonymousFunctionExpressionSyntax function) => function switch
    {
        ParenthesizedLambdaExpressionSyntax lambda => lambda.WithModifiers(TokenList(lambda.Modifiers.Where(static it => !it.IsKind(SyntaxKind.AsyncKeyword)))),
        SimpleLambdaExpressionSyntax lambda => lambda.WithModifiers(TokenList(lambda.Modifiers.Where(static it => !it.IsKind(SyntaxKind.AsyncKeyword)))),
        AnonymousMethodExpressionSyntax method => method.WithModifiers(TokenList(method.Modifiers.Where(static it => !it.IsKind(SyntaxKind.AsyncKeyword)))),
        _ => function,
    };

    // A ValueTask must not be waited for before it has ended, a task may.
    private static ExpressionSyntax? Waiting(ExpressionSyntax task, SemanticModel model, CancellationToken cancellationToken)
    {
        if (task is InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax { Name.Identifier.ValueText: "ConfigureAwait", Expression: var configured } })
            task = configured;
        if (task is not (InvocationExpressionSyntax or IdentifierNameSyntax or MemberAccessExpressionSyntax))
            return null;

        return model.GetTypeInfo(task, cancellationToken).Type switch
        {
            { Name: "Task", ContainingNamespace.Name: "Tasks" } => ParseExpression($"{task.WithoutTrivia()}.GetAwaiter().GetResult()"),
            { Name: "ValueTask", ContainingNamespace.Name: "Tasks" } => ParseExpression($"{task.WithoutTrivia()}.AsTask().GetAwaiter().GetResult()"),
            _ => null,
        };
    }
}
