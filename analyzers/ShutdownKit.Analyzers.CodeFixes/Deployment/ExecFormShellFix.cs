using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using ShutdownKit.Analyzers.Deployment;

namespace ShutdownKit.Analyzers.CodeFixes.Deployment;

/// <summary>SHK8002: puts exec in front of the command, or writes the exec form without the shell.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, DocumentKinds = [nameof(TextDocumentKind.AdditionalDocument)])]
public sealed class ExecFormShellFix : DeploymentFix
{
    /// <summary>Creates the fix.</summary>
    public ExecFormShellFix()
        : base(ExecFormShellAnalyzer.Id, "Make the application PID 1")
    {
    }
}
