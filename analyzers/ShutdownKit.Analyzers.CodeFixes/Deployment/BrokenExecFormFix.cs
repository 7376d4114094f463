using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using ShutdownKit.Analyzers.Deployment;

namespace ShutdownKit.Analyzers.CodeFixes.Deployment;

/// <summary>SHK8003: writes the JSON that was meant.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, DocumentKinds = [nameof(TextDocumentKind.AdditionalDocument)])]
public sealed class BrokenExecFormFix : DeploymentFix
{
    /// <summary>Creates the fix.</summary>
    public BrokenExecFormFix()
        : base(BrokenExecFormAnalyzer.Id, "Write valid JSON")
    {
    }
}
