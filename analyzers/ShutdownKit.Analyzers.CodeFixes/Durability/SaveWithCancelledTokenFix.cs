using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using ShutdownKit.Analyzers.Durability;

namespace ShutdownKit.Analyzers.CodeFixes.Durability;

/// <summary>Passes <c>CancellationToken.None</c> in place of the cancelled token.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp)]
public sealed class SaveWithCancelledTokenFix : ShutdownCodeFix
{
    /// <summary>Creates the fix.</summary>
    public SaveWithCancelledTokenFix()
        : base(SaveWithCancelledTokenAnalyzer.Id)
    {
    }

    /// <inheritdoc/>
    public override async Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        var root = await context.Document.GetSyntaxRootAsync(context.CancellationToken).ConfigureAwait(false);
        if (root?.FindNode(context.Span, getInnermostNodeForTie: true) is not ExpressionSyntax token)
            return;

        context.RegisterCodeFix(
            CodeAction.Create(
                "Save with CancellationToken.None",
                _ => Task.FromResult(context.Document.WithSyntaxRoot(root.ReplaceNode(token, NoToken.Replacing(token)))),
                equivalenceKey: SaveWithCancelledTokenAnalyzer.Id),
            context.Diagnostics);
    }
}
