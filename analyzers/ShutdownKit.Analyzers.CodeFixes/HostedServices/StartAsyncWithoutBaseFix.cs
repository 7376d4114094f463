using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Formatting;
using ShutdownKit.Analyzers.HostedServices;

namespace ShutdownKit.Analyzers.CodeFixes.HostedServices;

/// <summary>Calls <c>base.StartAsync</c> after everything else, so that <c>ExecuteAsync</c> finds what the override prepares.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp)]
public sealed class StartAsyncWithoutBaseFix : ShutdownCodeFix
{
    /// <summary>Creates the fix.</summary>
    public StartAsyncWithoutBaseFix()
        : base(StartAsyncWithoutBaseAnalyzer.Id)
    {
    }

    /// <inheritdoc/>
    public override async Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        var root = await context.Document.GetSyntaxRootAsync(context.CancellationToken).ConfigureAwait(false);
        var method = root?.FindNode(context.Span).FirstAncestorOrSelf<MethodDeclarationSyntax>();
        if (root is null || method is not { ParameterList.Parameters.Count: 1 } || CallingBase(method) is not { } changed)
            return;

        context.RegisterCodeFix(
            CodeAction.Create(
                "Call base.StartAsync at the end",
                _ => Task.FromResult(context.Document.WithSyntaxRoot(root.ReplaceNode(method, changed))),
                equivalenceKey: StartAsyncWithoutBaseAnalyzer.Id),
            context.Diagnostics);
    }

    private static MethodDeclarationSyntax? CallingBase(MethodDeclarationSyntax method)
    {
        var baseCall = SyntaxFactory.ParseExpression($"base.StartAsync({method.ParameterList.Parameters[0].Identifier.Text})");
        if (method.ExpressionBody is { Expression: var result })
            return IsCompletedTask(result) ? method.ReplaceNode(result, baseCall.WithTriviaFrom(result)) : null;

        var statements = method.Body!.Statements;
        if (!method.Modifiers.Any(SyntaxKind.AsyncKeyword))
        {
            return statements.LastOrDefault() is ReturnStatementSyntax { Expression: { } returned } && IsCompletedTask(returned)
                ? method.ReplaceNode(returned, baseCall.WithTriviaFrom(returned))
                : null;
        }

        // Behind a loop or a throw it would not be reached.
        if (statements.LastOrDefault() is not (ExpressionStatementSyntax or LocalDeclarationStatementSyntax or UsingStatementSyntax or TryStatementSyntax or IfStatementSyntax))
            return null;

        var newLine = method.DescendantTrivia().FirstOrDefault(static trivia => trivia.IsKind(SyntaxKind.EndOfLineTrivia));
        var call = SyntaxFactory.ParseStatement($"await {baseCall};")
            .WithTrailingTrivia(newLine == default ? SyntaxFactory.ElasticCarriageReturnLineFeed : newLine)
            .WithAdditionalAnnotations(Formatter.Annotation);
        return method.WithBody(method.Body.WithStatements(statements.Add(call)));
    }

    private static bool IsCompletedTask(ExpressionSyntax expression) =>
        expression is MemberAccessExpressionSyntax { Name.Identifier.ValueText: "CompletedTask" };
}
