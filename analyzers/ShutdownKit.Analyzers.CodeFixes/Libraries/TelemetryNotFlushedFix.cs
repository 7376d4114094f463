using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using ShutdownKit.Analyzers.Libraries;

namespace ShutdownKit.Analyzers.CodeFixes.Libraries;

/// <summary>SHK7007: disposes of a provider at the end of Main, which exports what it still holds.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp)]
public sealed class TelemetryNotFlushedFix : UsingDeclarationFix
{
    /// <summary>Creates the fix.</summary>
    public TelemetryNotFlushedFix()
        : base(TelemetryNotFlushedAnalyzer.Id, "Dispose of the provider at the end of Main", onlyInEntryPoint: true)
    {
    }
}
