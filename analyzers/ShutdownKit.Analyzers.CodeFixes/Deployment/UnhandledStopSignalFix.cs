using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using ShutdownKit.Analyzers.Deployment;

namespace ShutdownKit.Analyzers.CodeFixes.Deployment;

/// <summary>SHK8005: takes the stop signal away, so that SIGTERM is sent.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, DocumentKinds = [nameof(TextDocumentKind.AdditionalDocument)])]
public sealed class UnhandledStopSignalFix : DeploymentFix
{
    /// <summary>Creates the fix.</summary>
    public UnhandledStopSignalFix()
        : base(UnhandledStopSignalAnalyzer.Id, "Stop with SIGTERM")
    {
    }
}
