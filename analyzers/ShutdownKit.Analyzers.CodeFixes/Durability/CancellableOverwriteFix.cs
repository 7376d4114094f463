using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using ShutdownKit.Analyzers.Durability;

namespace ShutdownKit.Analyzers.CodeFixes.Durability;

/// <summary>SHK5004: lets a write that has begun come to its end.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp)]
public sealed class CancellableOverwriteFix : EditingCodeFix
{
    /// <summary>Creates the fix.</summary>
    public CancellableOverwriteFix()
        : base(CancellableOverwriteAnalyzer.Id, "Write with CancellationToken.None")
    {
    }

    private protected override Edit? Plan(SemanticModel model, SyntaxNode node, CancellationToken cancellationToken) =>
        node.FirstAncestorOrSelf<ExpressionSyntax>() is { } token ? (editor, _) => editor.ReplaceNode(token, NoToken.Replacing(token)) : null;
}
