using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using ShutdownKit.Analyzers.Libraries;

namespace ShutdownKit.Analyzers.CodeFixes.Libraries;

/// <summary>SHK7009: disposes of the sender at the end of its scope, which sends what it has collected.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp)]
public sealed class BufferedSenderNotClosedFix : UsingDeclarationFix
{
    /// <summary>Creates the fix.</summary>
    public BufferedSenderNotClosedFix()
        : base(BufferedSenderNotClosedAnalyzer.Id, "Dispose of the sender at the end of its scope", onlyInEntryPoint: false)
    {
    }
}
