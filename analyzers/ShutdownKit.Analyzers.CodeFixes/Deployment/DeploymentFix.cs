using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.Text;
using ShutdownKit.Analyzers.Deployment;

namespace ShutdownKit.Analyzers.CodeFixes.Deployment;

/// <summary>A fix that changes a deployment file, in the way that the rule has found to be right.</summary>
public abstract class DeploymentFix : ShutdownCodeFix
{
    private readonly string _title;

    private protected DeploymentFix(string ruleId, string title)
        : base(ruleId) => _title = title;

    /// <inheritdoc/>
    public sealed override FixAllProvider GetFixAllProvider() => new AllFiles(_title);

    /// <inheritdoc/>
    public sealed override Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        foreach (var diagnostic in context.Diagnostics)
        {
            if (DeploymentEdit.Read(diagnostic.Properties) is not { } change)
                continue;

            var document = context.TextDocument;
            context.RegisterCodeFix(
                CodeAction.Create(_title, token => ChangeAsync(document.Project.Solution, document.Id, [change], token), equivalenceKey: _title),
                diagnostic);
        }

        return Task.CompletedTask;
    }

    private static async Task<Solution> ChangeAsync(Solution solution, DocumentId id, IEnumerable<TextChange> changes, CancellationToken cancellationToken)
    {
        if (solution.GetAdditionalDocument(id) is not { } document)
            return solution;

        var text = await document.GetTextAsync(cancellationToken).ConfigureAwait(false);
        return solution.WithAdditionalDocumentText(id, text.WithChanges(changes));
    }

    // The batch fixer knows documents of source code only.
    private sealed class AllFiles(string title) : FixAllProvider
    {
        public override IEnumerable<FixAllScope> GetSupportedFixAllScopes() => [FixAllScope.Document, FixAllScope.Project, FixAllScope.Solution];

        public override async Task<CodeAction?> GetFixAsync(FixAllContext fixAllContext)
        {
            var projects = fixAllContext.Scope == FixAllScope.Solution ? fixAllContext.Solution.Projects : [fixAllContext.Project];
            var changes = new Dictionary<DocumentId, SortedDictionary<int, TextChange>>();
            foreach (var project in projects)
            {
                foreach (var diagnostic in await fixAllContext.GetAllDiagnosticsAsync(project).ConfigureAwait(false))
                {
                    var path = diagnostic.Location.GetLineSpan().Path;
                    if (DeploymentEdit.Read(diagnostic.Properties) is not { } change
                        || project.AdditionalDocuments.FirstOrDefault(it => (it.FilePath ?? it.Name) == path) is not { } document)
                    {
                        continue;
                    }

                    if (!changes.TryGetValue(document.Id, out var ofDocument))
                        changes.Add(document.Id, ofDocument = []);
                    ofDocument[change.Span.Start] = change;
                }
            }

            return CodeAction.Create(
                title,
                async token =>
                {
                    var solution = fixAllContext.Solution;
                    foreach (var pair in changes)
                        solution = await ChangeAsync(solution, pair.Key, pair.Value.Values, token).ConfigureAwait(false);
                    return solution;
                },
                equivalenceKey: title);
        }
    }
}
