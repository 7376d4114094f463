using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using ShutdownKit.Analyzers.Deployment;

namespace ShutdownKit.Analyzers.CodeFixes.Deployment;

/// <summary>SHK8007: takes the setting away, or writes the default.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, DocumentKinds = [nameof(TextDocumentKind.AdditionalDocument)])]
public sealed class NoGraceFix : DeploymentFix
{
    /// <summary>Creates the fix.</summary>
    public NoGraceFix()
        : base(NoGraceAnalyzer.Id, "Give the application time to stop")
    {
    }
}
