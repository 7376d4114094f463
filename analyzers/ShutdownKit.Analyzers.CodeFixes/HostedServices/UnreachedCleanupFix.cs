using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Formatting;
using ShutdownKit.Analyzers.HostedServices;

namespace ShutdownKit.Analyzers.CodeFixes.HostedServices;

/// <summary>Puts the loop into a try block and what comes after it into the finally block.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp)]
public sealed class UnreachedCleanupFix : ShutdownCodeFix
{
    /// <summary>Creates the fix.</summary>
    public UnreachedCleanupFix()
        : base(UnreachedCleanupAnalyzer.Id)
    {
    }

    /// <inheritdoc/>
    public override async Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        var root = await context.Document.GetSyntaxRootAsync(context.CancellationToken).ConfigureAwait(false);
        if (root?.FindNode(context.Span) is not { } cleanup || LoopBefore(cleanup) is not { Parent: BlockSyntax block } loop)
            return;

        var index = block.Statements.IndexOf(loop);
        var after = block.Statements.Skip(index + 1).ToList();
        if (after.Any(static statement => LeavesTheMethod(statement) || statement is LocalFunctionStatementSyntax))
            return;

        var attempt = SyntaxFactory.TryStatement(
                SyntaxFactory.Block(loop.WithoutLeadingTrivia()),
                default,
                SyntaxFactory.FinallyClause(SyntaxFactory.Block(after.Select(static (statement, i) => i == 0 ? WithoutBlankLine(statement) : statement))))
            .WithLeadingTrivia(loop.GetLeadingTrivia())
            .WithTrailingTrivia(after[after.Count - 1].GetTrailingTrivia())
            .WithAdditionalAnnotations(Formatter.Annotation);
        var changed = block.WithStatements(SyntaxFactory.List(block.Statements.Take(index).Append(attempt)));
        context.RegisterCodeFix(
            CodeAction.Create(
                "Clean up in a finally block",
                _ => Task.FromResult(context.Document.WithSyntaxRoot(root.ReplaceNode(block, changed))),
                equivalenceKey: UnreachedCleanupAnalyzer.Id),
            context.Diagnostics);
    }

    private static WhileStatementSyntax? LoopBefore(SyntaxNode cleanup)
    {
        for (var node = cleanup; node.Parent is { } parent; node = parent)
        {
            if (parent is not BlockSyntax block || node is not StatementSyntax statement)
                continue;

            for (var i = block.Statements.IndexOf(statement) - 1; i >= 0; i--)
            {
                if (block.Statements[i] is WhileStatementSyntax loop && UnreachedCleanupAnalyzer.CleanupAfter(loop) is { } found && cleanup.Span.Contains(found.Span))
                    return loop;
            }
        }

        return null;
    }

    private static bool LeavesTheMethod(SyntaxNode statement) =>
        statement.DescendantNodesAndSelf(static node => !LoopSyntax.IsFunction(node)).Any(static node => node is ReturnStatementSyntax or GotoStatementSyntax or YieldStatementSyntax);

    private static StatementSyntax WithoutBlankLine(StatementSyntax statement) =>
        statement.WithLeadingTrivia(statement.GetLeadingTrivia().SkipWhile(static trivia => trivia.IsKind(SyntaxKind.EndOfLineTrivia)));
}
