using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Formatting;
using ShutdownKit.Analyzers.Flushing;
using static Microsoft.CodeAnalysis.CSharp.SyntaxFactory;

namespace ShutdownKit.Analyzers.CodeFixes.Flushing;

/// <summary>SHK4001: declares the writer with using, or with await using where that can be awaited.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp)]
public sealed class WriterNeverFlushedFix : EditingCodeFix
{
    /// <summary>Creates the fix.</summary>
    public WriterNeverFlushedFix()
        : base(WriterNeverFlushedAnalyzer.Id, "Dispose the writer at the end of its scope")
    {
    }

    private protected override Edit? Plan(SemanticModel model, SyntaxNode node, CancellationToken cancellationToken)
    {
        // A using declaration is not allowed directly in a switch section.
        if (node.FirstAncestorOrSelf<LocalDeclarationStatementSyntax>() is not { Parent: BlockSyntax or GlobalStatementSyntax } declaration
            || declaration.Declaration.Variables.Count != 1
            || model.GetTypeInfo(declaration.Declaration.Type, cancellationToken).Type is not { } type)
        {
            return null;
        }

        var isAwaited = IsInAsyncCode(declaration, model, cancellationToken)
                        && type.AllInterfaces.Any(it => it is { Name: "IAsyncDisposable", ContainingNamespace.Name: "System" });
        return (editor, _) => editor.ReplaceNode(declaration, (current, _) =>
        {
            var local = (LocalDeclarationStatementSyntax)current;
            var leading = local.GetLeadingTrivia();
            var changed = local.WithoutLeadingTrivia().WithUsingKeyword(Token(SyntaxKind.UsingKeyword).WithTrailingTrivia(Space));
            if (isAwaited)
                changed = changed.WithAwaitKeyword(Token(SyntaxKind.AwaitKeyword).WithTrailingTrivia(Space));
            return changed.WithLeadingTrivia(leading).WithAdditionalAnnotations(Formatter.Annotation);
        });
    }

    private static bool IsInAsyncCode(SyntaxNode statement, SemanticModel model, CancellationToken cancellationToken)
    {
        // In top-level statements an await changes Main itself: only where it is asynchronous already.
        return model.GetEnclosingSymbol(statement.SpanStart, cancellationToken) is IMethodSymbol { IsAsync: true };
    }
}
