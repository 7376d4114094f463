using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using ShutdownKit.Analyzers.Deployment;

namespace ShutdownKit.Analyzers.CodeFixes.Deployment;

/// <summary>SHK8006: makes the grace period long enough.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, DocumentKinds = [nameof(TextDocumentKind.AdditionalDocument)])]
public sealed class GraceBudgetFix : DeploymentFix
{
    /// <summary>Creates the fix.</summary>
    public GraceBudgetFix()
        : base(GraceBudgetAnalyzer.Id, "Make the grace period long enough")
    {
    }
}
