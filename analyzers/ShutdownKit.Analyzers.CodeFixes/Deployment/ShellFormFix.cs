using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using ShutdownKit.Analyzers.Deployment;

namespace ShutdownKit.Analyzers.CodeFixes.Deployment;

/// <summary>SHK8001: writes the exec form, or puts exec in front of a command that needs its shell.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, DocumentKinds = [nameof(TextDocumentKind.AdditionalDocument)])]
public sealed class ShellFormFix : DeploymentFix
{
    /// <summary>Creates the fix.</summary>
    public ShellFormFix()
        : base(ShellFormAnalyzer.Id, "Make the application PID 1")
    {
    }
}
