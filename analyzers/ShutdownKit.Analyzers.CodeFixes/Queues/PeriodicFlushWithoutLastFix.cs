using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Formatting;
using Microsoft.CodeAnalysis.Simplification;
using ShutdownKit.Analyzers.Queues;

namespace ShutdownKit.Analyzers.CodeFixes.Queues;

/// <summary>
/// Saves once more when the loop has been left, with a token that is not cancelled. Offered where the loop awaits a method that needs
/// nothing but a token.
/// </summary>
[ExportCodeFixProvider(LanguageNames.CSharp)]
public sealed class PeriodicFlushWithoutLastFix : EditingCodeFix
{
    /// <summary>Creates the fix.</summary>
    public PeriodicFlushWithoutLastFix()
        : base(PeriodicFlushWithoutLastAnalyzer.Id, "Save once more after the loop")
    {
    }

    private protected override Edit? Plan(SemanticModel model, SyntaxNode node, CancellationToken cancellationToken)
    {
        if (node.FirstAncestorOrSelf<InvocationExpressionSyntax>() is not { } flush
            || flush.FirstAncestorOrSelf<ExpressionStatementSyntax>() is not { Expression: var expression }
            || !IsOnlyTheCall(expression, flush)
            || LoopOf(flush) is not { Parent: BlockSyntax } loop)
        {
            return null;
        }

        foreach (var argument in flush.ArgumentList.Arguments)
        {
            if (model.GetTypeInfo(argument.Expression, cancellationToken).Type?.Name != "CancellationToken")
                return null;
        }

        var last = flush.ReplaceNodes(
            flush.ArgumentList.Arguments.Select(static argument => argument.Expression), static (token, _) => NoToken.Replacing(token));
        var statement = SyntaxFactory.ExpressionStatement(expression.ReplaceNode(flush, last).WithoutTrivia());
        return (editor, done) =>
        {
            if (done.Add(loop))
                editor.ReplaceNode(loop, (current, _) => InTry((StatementSyntax)current, statement));
        };
    }

    // await FlushAsync(token), await FlushAsync(token).ConfigureAwait(false), Flush()
    private static bool IsOnlyTheCall(ExpressionSyntax expression, InvocationExpressionSyntax flush)
    {
        if (expression is AwaitExpressionSyntax awaited)
            expression = awaited.Expression;
        if (expression is InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax { Name.Identifier.ValueText: "ConfigureAwait", Expression: var inner } })
            expression = inner;

        return expression == flush;
    }

    private static StatementSyntax? LoopOf(SyntaxNode node)
    {
        StatementSyntax? loop = null;
        for (var scope = node.Parent; scope is not (null or MemberDeclarationSyntax); scope = scope.Parent)
        {
            if (scope is AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax)
                return null;

            if (Model.ServiceLoop.Is(scope) && scope is StatementSyntax found)
                loop = found;
        }

        return loop;
    }

    private static TryStatementSyntax InTry(StatementSyntax loop, StatementSyntax last) =>
        SyntaxFactory.TryStatement(
                SyntaxFactory.Block(loop.WithoutTrivia()),
                default,
                SyntaxFactory.FinallyClause(SyntaxFactory.Block(last)))
            .WithTriviaFrom(loop)
            .WithAdditionalAnnotations(Formatter.Annotation, Simplifier.Annotation);
}
