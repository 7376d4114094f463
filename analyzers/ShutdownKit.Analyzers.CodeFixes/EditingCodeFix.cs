using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Editing;
using Microsoft.CodeAnalysis.Formatting;
using Microsoft.CodeAnalysis.Simplification;

namespace ShutdownKit.Analyzers.CodeFixes;

/// <summary>
/// A fix that edits the document in which the diagnostic is. All diagnostics of a document are fixed with one editor, so that fixes
/// that touch the same declaration do not get in each other's way.
/// </summary>
public abstract class EditingCodeFix : ShutdownCodeFix
{
    private protected EditingCodeFix(string ruleId, string title)
        : base(ruleId) => Title = title;

    private string Title { get; }

    /// <summary>A namespace that the new code needs, with one type of it; null when it needs none.</summary>
    private protected virtual (string Namespace, string Type)? Import => null;

    /// <inheritdoc/>
    public sealed override FixAllProvider GetFixAllProvider() =>
        FixAllProvider.Create(async (context, document, diagnostics) => await FixAsync(document, diagnostics, context.CancellationToken).ConfigureAwait(false));

    /// <inheritdoc/>
    public sealed override async Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        var model = await context.Document.GetSemanticModelAsync(context.CancellationToken).ConfigureAwait(false);
        if (model is null)
            return;

        var root = await model.SyntaxTree.GetRootAsync(context.CancellationToken).ConfigureAwait(false);
        foreach (var diagnostic in context.Diagnostics)
        {
            if (Plan(model, NodeOf(root, diagnostic), context.CancellationToken) is null)
                continue;

            context.RegisterCodeFix(
                CodeAction.Create(
                    Title, async token => await FixAsync(context.Document, ImmutableArray.Create(diagnostic), token).ConfigureAwait(false), equivalenceKey: Title),
                diagnostic);
        }
    }

    /// <summary>
    /// Decides what to do at a diagnostic. Null when the fix would not be right there: it is then not offered.
    /// </summary>
    private protected abstract Edit? Plan(SemanticModel model, SyntaxNode node, CancellationToken cancellationToken);

    /// <summary>Parses a statement that goes on a line of its own, indented and ended like an existing one.</summary>
    internal static StatementSyntax StatementLike(StatementSyntax existing, string code)
    {
        var leading = existing.GetLeadingTrivia();
        var indentation = leading.Count > 0 ? leading[leading.Count - 1] : default;
        var lineEnd = existing.SyntaxTree.GetText().Lines[0] is { } line && line.EndIncludingLineBreak - line.End == 2 ? "\r\n" : "\n";
        return SyntaxFactory.ParseStatement(code)
            .WithLeadingTrivia(indentation.IsKind(SyntaxKind.WhitespaceTrivia) ? SyntaxFactory.TriviaList(indentation) : SyntaxFactory.TriviaList())
            .WithTrailingTrivia(SyntaxFactory.EndOfLine(lineEnd))
            .WithAdditionalAnnotations(Formatter.Annotation, Simplifier.Annotation);
    }

    private static SyntaxNode NodeOf(SyntaxNode root, Diagnostic diagnostic) =>
        root.FindNode(diagnostic.Location.SourceSpan, getInnermostNodeForTie: true);

    private async Task<Document> FixAsync(Document document, ImmutableArray<Diagnostic> diagnostics, CancellationToken cancellationToken)
    {
        var editor = await DocumentEditor.CreateAsync(document, cancellationToken).ConfigureAwait(false);
        var done = new HashSet<SyntaxNode>();
        foreach (var diagnostic in diagnostics.OrderBy(it => it.Location.SourceSpan.Start))
            Plan(editor.SemanticModel, NodeOf(editor.OriginalRoot, diagnostic), cancellationToken)?.Invoke(editor, done);

        var changed = editor.GetChangedDocument();
        return Import is { } import && changed != document && NeedsImport(editor, import.Type)
            ? await AddImportAsync(changed, import.Namespace, cancellationToken).ConfigureAwait(false)
            : changed;
    }

    private static bool NeedsImport(DocumentEditor editor, string type) =>
        editor.SemanticModel.LookupNamespacesAndTypes(editor.OriginalRoot.FullSpan.End, name: type).IsEmpty;

    private static async Task<Document> AddImportAsync(Document document, string name, CancellationToken cancellationToken)
    {
        if (await document.GetSyntaxRootAsync(cancellationToken).ConfigureAwait(false) is not CompilationUnitSyntax root)
            return document;

        var import = SyntaxFactory.UsingDirective(SyntaxFactory.ParseName(name)).NormalizeWhitespace().WithTrailingTrivia(SyntaxFactory.ElasticMarker);
        if (root.Usings.Count > 0)
            return document.WithSyntaxRoot(root.WithUsings(root.Usings.Add(import.WithAdditionalAnnotations(Formatter.Annotation))));

        // The comment at the top of a file stays at its top, and a blank line follows the only directive.
        return document.WithSyntaxRoot(root.AddUsings(
            import.WithTrailingTrivia(SyntaxFactory.ElasticEndOfLine("\n"), SyntaxFactory.ElasticEndOfLine("\n")).WithAdditionalAnnotations(Formatter.Annotation)));
    }
}

/// <summary>Makes the changes of one fix.</summary>
/// <param name="editor">Collects the changes of all fixes in the document.</param>
/// <param name="done">Declarations that an earlier fix has already changed for all that follow.</param>
internal delegate void Edit(DocumentEditor editor, HashSet<SyntaxNode> done);
