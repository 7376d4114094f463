using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;
using ShutdownKit.Analyzers.Queues;

namespace ShutdownKit.Analyzers.CodeFixes.Queues;

/// <summary>
/// Finishes each item without the token: reading stops, and what is queued is worked off. Not offered where the loop itself ends on
/// the token, since that drops the queue whatever the body does.
/// </summary>
[ExportCodeFixProvider(LanguageNames.CSharp)]
public sealed class AbandonedItemsFix : ShutdownCodeFix
{
    /// <summary>Creates the fix.</summary>
    public AbandonedItemsFix()
        : base(AbandonedItemsAnalyzer.Id)
    {
    }

    /// <inheritdoc/>
    public override async Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        var root = await context.Document.GetSyntaxRootAsync(context.CancellationToken).ConfigureAwait(false);
        var loopSpan = context.Diagnostics[0].AdditionalLocations is { Count: > 0 } locations ? locations[0].SourceSpan : (TextSpan?)null;
        if (root?.FindNode(context.Span, getInnermostNodeForTie: true) is not ExpressionSyntax token || loopSpan is null
            || token.FirstAncestorOrSelf<StatementSyntax>(it => it.Span == loopSpan) is not { } loop
            || BodyOfDrainingLoop(loop) is not { } body)
        {
            return;
        }

        // All uses of the token in the body of the loop, except on the channel itself.
        var uses = body.DescendantNodes()
            .OfType<ArgumentSyntax>()
            .Where(argument => SyntaxFactory.AreEquivalent(argument.Expression, token) && !ReadsOn(argument))
            .Select(static argument => argument.Expression)
            .ToList();
        if (uses.Count == 0)
            return;

        context.RegisterCodeFix(
            CodeAction.Create(
                "Finish the queued items without the token",
                _ => Task.FromResult(context.Document.WithSyntaxRoot(root.ReplaceNodes(uses, static (use, _) => NoToken.Replacing(use)))),
                equivalenceKey: AbandonedItemsAnalyzer.Id),
            context.Diagnostics);
    }

    /// <summary>The body of a loop that works off the queue once its token is cancelled, if only the body lets it.</summary>
    private static StatementSyntax? BodyOfDrainingLoop(StatementSyntax loop) => loop switch
    {
        CommonForEachStatementSyntax each => each.Statement,
        WhileStatementSyntax { Condition: AwaitExpressionSyntax } each when EmptiesTheQueue(each.Statement) => each.Statement,
        _ => null,
    };

    private static bool EmptiesTheQueue(StatementSyntax body) =>
        body.DescendantNodesAndSelf().OfType<WhileStatementSyntax>().Any(static each =>
            each.Condition.DescendantNodesAndSelf().Any(static node => node is IdentifierNameSyntax { Identifier.ValueText: "TryRead" or "TryPeek" }));

    private static bool ReadsOn(ArgumentSyntax argument) =>
        argument.Parent?.Parent is InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax { Name.Identifier.ValueText: "WaitToReadAsync" or "ReadAsync" or "ReadAllAsync" } };
}
