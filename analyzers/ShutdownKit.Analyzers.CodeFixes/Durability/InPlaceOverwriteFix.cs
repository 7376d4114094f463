using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Simplification;
using ShutdownKit.Analyzers.Durability;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.CodeFixes.Durability;

/// <summary>
/// Writes through <c>AtomicFile</c>, a helper that is added to the project: temporary file in the same directory, flush to disk, move.
/// </summary>
[ExportCodeFixProvider(LanguageNames.CSharp)]
public sealed class InPlaceOverwriteFix : ShutdownCodeFix
{
    private const string Title = "Replace the file as a whole";

    /// <summary>Creates the fix.</summary>
    public InPlaceOverwriteFix()
        : base(InPlaceOverwriteAnalyzer.Id)
    {
    }

    /// <inheritdoc/>
    public override FixAllProvider GetFixAllProvider() => new WholeProjects();

    /// <inheritdoc/>
    public override async Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        var root = await context.Document.GetSyntaxRootAsync(context.CancellationToken).ConfigureAwait(false);
        var compilation = await context.Document.Project.GetCompilationAsync(context.CancellationToken).ConfigureAwait(false);
        if (root is null || compilation is null || FileNameOf(root, context.Span) is not { } call || !CanUseHelper(compilation, MethodOf(call)))
            return;

        context.RegisterCodeFix(
            CodeAction.Create(
                Title,
                token => FixAsync(context.Document.Project, [(context.Document.Id, context.Diagnostics)], token),
                equivalenceKey: InPlaceOverwriteAnalyzer.Id),
            context.Diagnostics);
    }

    private static async Task<Solution> FixAsync(
        Project project, IEnumerable<(DocumentId Document, ImmutableArray<Diagnostic> Diagnostics)> work, CancellationToken cancellationToken)
    {
        var compilation = await project.GetCompilationAsync(cancellationToken).ConfigureAwait(false);
        if (compilation is null)
            return project.Solution;

        var changes = new List<(DocumentId Document, CompilationUnitSyntax Root, List<ExpressionSyntax> Receivers)>();
        foreach (var (id, diagnostics) in work)
        {
            if (project.GetDocument(id) is not { } document
                || await document.GetSyntaxRootAsync(cancellationToken).ConfigureAwait(false) is not CompilationUnitSyntax root)
            {
                continue;
            }

            var receivers = diagnostics
                .Select(diagnostic => FileNameOf(root, diagnostic.Location.SourceSpan))
                .Where(call => call is not null && CanUseHelper(compilation, MethodOf(call)))
                .Select(static call => ((MemberAccessExpressionSyntax)call!.Expression).Expression)
                .ToList();
            if (receivers.Count > 0)
                changes.Add((id, root, receivers));
        }

        if (changes.Count == 0)
            return project.Solution;

        var existing = Helper(compilation);
        var host = existing is null && NewFilesBreakProject(project.Solution.Workspace) ? changes[0].Document : null;
        var space = existing?.ContainingNamespace.ToDisplayString()
                    ?? (host is null ? null : AtomicFileSource.NamespaceFixedBy(changes[0].Root))
                    ?? NamespaceOf(project);
        var solution = project.Solution;
        foreach (var (id, root, receivers) in changes)
        {
            var changed = root.ReplaceNodes(receivers, (receiver, _) => SyntaxFactory.ParseExpression($"global::{space}.{AtomicFileSource.TypeName}")
                .WithTriviaFrom(receiver)
                .WithAdditionalAnnotations(Simplifier.Annotation));
            solution = solution.WithDocumentSyntaxRoot(id, id == host ? AtomicFileSource.AddTo(changed, space) : changed);
        }

        return existing is null && host is null
            ? solution.GetProject(project.Id)!.AddDocument(AtomicFileSource.TypeName + ".cs", AtomicFileSource.In(space)).Project.Solution
            : solution;
    }

    // `dotnet format` writes each new file into the project file as well, where the SDK's own pattern has it already: NETSDK1022.
    private static bool NewFilesBreakProject(Workspace workspace) => workspace.Kind == WorkspaceKind.MSBuild;

    /// <summary>The call of <c>File.WriteAll...</c> at the span; other ways to open a file, and wrappers of File, are not rewritten.</summary>
    private static InvocationExpressionSyntax? FileNameOf(SyntaxNode root, Microsoft.CodeAnalysis.Text.TextSpan span) =>
        root.FindNode(span, getInnermostNodeForTie: true) is InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax access } call
        && SyntaxNames.Of(access.Expression)?.EndsWith("File", StringComparison.Ordinal) == true
        && AtomicFileSource.Methods.Contains(MethodOf(call))
            ? call
            : null;

    private static string MethodOf(InvocationExpressionSyntax call) => ((MemberAccessExpressionSyntax)call.Expression).Name.Identifier.ValueText;

    private static bool CanUseHelper(Compilation compilation, string method)
    {
        if (Helper(compilation) is { } helper)
            return !helper.GetMembers(method).IsEmpty;

        // File.Move with overwrite came with .NET Core 3.0.
        return compilation.GetTypeByMetadataName("System.IO.File")?.GetMembers("Move").OfType<IMethodSymbol>().Any(static move => move.Parameters.Length == 3) == true;
    }

    private static INamedTypeSymbol? Helper(Compilation compilation) =>
        compilation.GetSymbolsWithName(AtomicFileSource.TypeName, SymbolFilter.Type).OfType<INamedTypeSymbol>().FirstOrDefault(static type => !type.ContainingNamespace.IsGlobalNamespace);

    private static string NamespaceOf(Project project)
    {
        var name = project.DefaultNamespace ?? project.AssemblyName;
        var parts = name.Split('.').Select(static part => string.Concat(part.Select(static c => SyntaxFacts.IsIdentifierPartCharacter(c) ? c : '_')));
        return string.Join(".", parts.Select(static part => part.Length == 0 || !SyntaxFacts.IsIdentifierStartCharacter(part[0]) ? "_" + part : part));
    }

    // The helper is added once to each project, which a provider that works document by document could not do.
    private sealed class WholeProjects : FixAllProvider
    {
        public override async Task<CodeAction?> GetFixAsync(FixAllContext fixAllContext)
        {
            var work = new List<(Project Project, List<(DocumentId, ImmutableArray<Diagnostic>)> Documents)>();
            var projects = fixAllContext.Scope == FixAllScope.Solution ? fixAllContext.Solution.Projects : [fixAllContext.Project];
            foreach (var project in projects)
            {
                var documents = fixAllContext is { Scope: FixAllScope.Document, Document: { } only } ? [only] : project.Documents;
                var found = new List<(DocumentId, ImmutableArray<Diagnostic>)>();
                foreach (var document in documents)
                {
                    var diagnostics = await fixAllContext.GetDocumentDiagnosticsAsync(document).ConfigureAwait(false);
                    if (!diagnostics.IsEmpty)
                        found.Add((document.Id, diagnostics));
                }

                if (found.Count > 0)
                    work.Add((project, found));
            }

            return CodeAction.Create(Title, token => FixAllAsync(fixAllContext.Solution, work, token), equivalenceKey: InPlaceOverwriteAnalyzer.Id);
        }

        private static async Task<Solution> FixAllAsync(
            Solution solution, List<(Project Project, List<(DocumentId, ImmutableArray<Diagnostic>)> Documents)> work, CancellationToken cancellationToken)
        {
            foreach (var (project, documents) in work)
                solution = await FixAsync(solution.GetProject(project.Id)!, documents, cancellationToken).ConfigureAwait(false);

            return solution;
        }
    }
}
