using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using ShutdownKit.Analyzers.Queues;
using static Microsoft.CodeAnalysis.CSharp.SyntaxFactory;

namespace ShutdownKit.Analyzers.CodeFixes.Queues;

/// <summary>SHK6004: awaits the task. Offered in asynchronous code only, and only where the task is nothing but dropped.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp)]
public sealed class FireAndForgetPersistenceFix : EditingCodeFix
{
    /// <summary>Creates the fix.</summary>
    public FireAndForgetPersistenceFix()
        : base(FireAndForgetPersistenceAnalyzer.Id, "Await the save")
    {
    }

    private protected override Edit? Plan(SemanticModel model, SyntaxNode node, CancellationToken cancellationToken)
    {
        if (node.FirstAncestorOrSelf<InvocationExpressionSyntax>(it => it.Expression.Span == node.Span) is not { } call
            || StatementThatDrops(call) is not { } statement
            || statement.FirstAncestorOrSelf<LockStatementSyntax>() is not null
            || model.GetEnclosingSymbol(statement.SpanStart, cancellationToken) is not IMethodSymbol { IsAsync: true, ReturnsVoid: false }
            || !CanBeAwaited(model.GetTypeInfo(call, cancellationToken).Type))
        {
            return null;
        }

        return (editor, done) =>
        {
            if (!done.Add(statement))
                return;

            var awaited = AwaitExpression(call.WithoutLeadingTrivia()).WithAwaitKeyword(Token(Microsoft.CodeAnalysis.CSharp.SyntaxKind.AwaitKeyword).WithTrailingTrivia(Space));
            editor.ReplaceNode(statement, statement.WithExpression(awaited.WithLeadingTrivia(statement.Expression.GetLeadingTrivia())));
        };
    }

    private static ExpressionStatementSyntax? StatementThatDrops(InvocationExpressionSyntax call) => call.Parent switch
    {
        ExpressionStatementSyntax statement => statement,
        AssignmentExpressionSyntax { Left: IdentifierNameSyntax { Identifier.ValueText: "_" }, Parent: ExpressionStatementSyntax statement } => statement,
        _ => null,
    };

    // The task of a task would end as soon as the inner one has started.
    private static bool CanBeAwaited(ITypeSymbol? type) =>
        type is INamedTypeSymbol { Name: "Task" or "ValueTask", ContainingNamespace.Name: "Tasks" } task
        && !task.TypeArguments.Any(static result => result.Name is "Task" or "ValueTask");
}
