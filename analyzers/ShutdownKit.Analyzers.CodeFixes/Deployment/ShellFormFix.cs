using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.Text;
using ShutdownKit.Analyzers.Deployment;

namespace ShutdownKit.Analyzers.CodeFixes.Deployment;

/// <summary>SHK8001: writes the exec form, or puts exec in front of a command that needs its shell.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, DocumentKinds = [nameof(TextDocumentKind.AdditionalDocument)])]
public sealed class ShellFormFix : ShutdownCodeFix
{
    private const string Title = "Make the application PID 1";

    /// <summary>Creates the fix.</summary>
    public ShellFormFix()
        : base(ShellFormAnalyzer.Id)
    {
    }

    /// <inheritdoc/>
    public override FixAllProvider GetFixAllProvider() => new AllDockerfiles();

    /// <inheritdoc/>
    public override Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        foreach (var diagnostic in context.Diagnostics)
        {
            if (!diagnostic.Properties.ContainsKey(ShellFormAnalyzer.FixedArguments))
                continue;

            var document = context.TextDocument;
            context.RegisterCodeFix(
                CodeAction.Create(Title, token => FixAsync(document.Project.Solution, document.Id, diagnostic, token), equivalenceKey: Title),
                diagnostic);
        }

        return Task.CompletedTask;
    }

    private static async Task<Solution> FixAsync(Solution solution, DocumentId id, Diagnostic diagnostic, CancellationToken cancellationToken)
    {
        if (solution.GetAdditionalDocument(id) is not { } document
            || !diagnostic.Properties.TryGetValue(ShellFormAnalyzer.FixedArguments, out var replacement) || replacement is null
            || !diagnostic.Properties.TryGetValue(ShellFormAnalyzer.ArgumentsStart, out var start))
        {
            return solution;
        }

        var text = await document.GetTextAsync(cancellationToken).ConfigureAwait(false);
        var arguments = TextSpan.FromBounds(int.Parse(start!, CultureInfo.InvariantCulture), diagnostic.Location.SourceSpan.End);
        return solution.WithAdditionalDocumentText(id, text.WithChanges(new TextChange(arguments, replacement)));
    }

    // The batch fixer knows documents of source code only. One Dockerfile has at most one occurrence.
    private sealed class AllDockerfiles : FixAllProvider
    {
        public override IEnumerable<FixAllScope> GetSupportedFixAllScopes() => [FixAllScope.Document, FixAllScope.Project, FixAllScope.Solution];

        public override async Task<CodeAction?> GetFixAsync(FixAllContext fixAllContext)
        {
            var projects = fixAllContext.Scope == FixAllScope.Solution ? fixAllContext.Solution.Projects : [fixAllContext.Project];
            var found = new List<(DocumentId Id, Diagnostic Diagnostic)>();
            foreach (var project in projects)
            {
                foreach (var diagnostic in await fixAllContext.GetAllDiagnosticsAsync(project).ConfigureAwait(false))
                {
                    var path = diagnostic.Location.GetLineSpan().Path;
                    if (project.AdditionalDocuments.FirstOrDefault(it => (it.FilePath ?? it.Name) == path) is { } document)
                        found.Add((document.Id, diagnostic));
                }
            }

            return CodeAction.Create(
                Title,
                async token =>
                {
                    var solution = fixAllContext.Solution;
                    foreach (var (id, diagnostic) in found)
                        solution = await FixAsync(solution, id, diagnostic, token).ConfigureAwait(false);
                    return solution;
                },
                equivalenceKey: Title);
        }
    }
}
