using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using ShutdownKit.Analyzers.Deployment;

namespace ShutdownKit.Analyzers.CodeFixes.Deployment;

/// <summary>SHK8004: puts exec in front of the command.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, DocumentKinds = [nameof(TextDocumentKind.AdditionalDocument)])]
public sealed class EntryScriptWithoutExecFix : DeploymentFix
{
    /// <summary>Creates the fix.</summary>
    public EntryScriptWithoutExecFix()
        : base(EntryScriptWithoutExecAnalyzer.Id, "Replace the shell with the application (exec)")
    {
    }
}
