using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;

namespace ShutdownKit.Analyzers.Tests.Verifiers;

/// <summary>Applies a fix to additional files, which the testing library does for source code only.</summary>
internal static class AdditionalFileFix
{
    /// <summary>Fixes the first diagnostic for which a fix is offered; null when none is offered for any.</summary>
    public static async Task<string?> ApplyAsync<TAnalyzer, TCodeFix>(string name, string content, string? program = null)
        where TAnalyzer : DiagnosticAnalyzer, new()
        where TCodeFix : CodeFixProvider, new()
    {
        using var workspace = new AdhocWorkspace();
        var project = ProjectWith(workspace, [(name, content)], program);
        var document = project.AdditionalDocuments.Single();
        CodeAction? action = null;
        foreach (var diagnostic in await DiagnosticsAsync<TAnalyzer>(project))
        {
            await new TCodeFix().RegisterCodeFixesAsync(
                new CodeFixContext(document, diagnostic, (offered, _) => action ??= offered, TestContext.Current.CancellationToken));
        }

        return action is null ? null : (await ChangedAsync(action, project.Id))[name];
    }

    /// <summary>Fixes all diagnostics of the given files at once, and gives back what the files then hold.</summary>
    public static async Task<Dictionary<string, string>> ApplyAllAsync<TAnalyzer, TCodeFix>(params (string Name, string Content)[] files)
        where TAnalyzer : DiagnosticAnalyzer, new()
        where TCodeFix : CodeFixProvider, new()
    {
        using var workspace = new AdhocWorkspace();
        var project = ProjectWith(workspace, files);
        var fix = new TCodeFix();
        var context = new FixAllContext(
            project, fix, FixAllScope.Project, codeActionEquivalenceKey: null, fix.FixableDiagnosticIds, new Provider<TAnalyzer>(), TestContext.Current.CancellationToken);
        var action = await fix.GetFixAllProvider()!.GetFixAsync(context);

        Assert.NotNull(action);
        return await ChangedAsync(action, project.Id);
    }

    private static Project ProjectWith(AdhocWorkspace workspace, (string Name, string Content)[] files, string? program = null)
    {
        var project = workspace.AddProject("App", LanguageNames.CSharp)
            .WithCompilationOptions(new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary))
            .AddMetadataReferences(TestReferences.Of(TargetFrameworks.Net10, aspNetCore: false));
        if (program is not null)
        {
            const string Usings = "global using System; global using Microsoft.AspNetCore.Builder; global using Microsoft.Extensions.DependencyInjection; global using Microsoft.Extensions.Hosting;\n";
            project = project.WithCompilationOptions(new CSharpCompilationOptions(OutputKind.ConsoleApplication))
                .WithMetadataReferences(TestReferences.Of(TargetFrameworks.Net10, aspNetCore: true))
                .AddDocument("Program.cs", Usings + program).Project;
        }

        foreach (var (name, content) in files)
            project = project.AddAdditionalDocument(name, SourceText.From(content), filePath: name).Project;

        return project;
    }

    private static async Task<ImmutableArray<Diagnostic>> DiagnosticsAsync<TAnalyzer>(Project project)
        where TAnalyzer : DiagnosticAnalyzer, new()
    {
        var compilation = await project.GetCompilationAsync(TestContext.Current.CancellationToken);
        return await compilation!.WithAnalyzers([new TAnalyzer()], project.AnalyzerOptions)
            .GetAnalyzerDiagnosticsAsync(TestContext.Current.CancellationToken);
    }

    private static async Task<Dictionary<string, string>> ChangedAsync(CodeAction action, ProjectId projectId)
    {
        var operations = await action.GetOperationsAsync(TestContext.Current.CancellationToken);
        var changed = operations.OfType<ApplyChangesOperation>().Single().ChangedSolution.GetProject(projectId)!;
        var texts = new Dictionary<string, string>();
        foreach (var document in changed.AdditionalDocuments)
            texts[document.Name] = (await document.GetTextAsync(TestContext.Current.CancellationToken)).ToString();

        return texts;
    }

    private sealed class Provider<TAnalyzer> : FixAllContext.DiagnosticProvider
        where TAnalyzer : DiagnosticAnalyzer, new()
    {
        public override async Task<IEnumerable<Diagnostic>> GetAllDiagnosticsAsync(Project project, CancellationToken cancellationToken) =>
            await DiagnosticsAsync<TAnalyzer>(project);

        public override Task<IEnumerable<Diagnostic>> GetDocumentDiagnosticsAsync(Document document, CancellationToken cancellationToken) =>
            Task.FromResult(Enumerable.Empty<Diagnostic>());

        public override async Task<IEnumerable<Diagnostic>> GetProjectDiagnosticsAsync(Project project, CancellationToken cancellationToken) =>
            await DiagnosticsAsync<TAnalyzer>(project);
    }
}
