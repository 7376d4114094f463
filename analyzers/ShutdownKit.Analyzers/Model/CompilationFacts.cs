using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace ShutdownKit.Analyzers.Model;

/// <summary>What the rules know about a compilation before they look at any code.</summary>
internal sealed class CompilationFacts
{
    private CompilationFacts(Compilation compilation, AnalyzerOptions options)
    {
        Compilation = compilation;
        Symbols = ShutdownSymbols.GetOrCreate(compilation);
        App = AppShape.Of(compilation, options);
        Options = options;
    }

    public Compilation Compilation { get; }

    /// <summary>The types that the rules look for.</summary>
    public ShutdownSymbols Symbols { get; }

    /// <summary>What kind of program the compilation becomes.</summary>
    public AppShape App { get; }

    public AnalyzerOptions Options { get; }

    /// <summary>
    /// Whether the rules about signals, exits, durability and deployment keep silent, because the code is a test project, where a
    /// stop loses nothing. <c>shutdownkit.include_tests = true</c> turns them on.
    /// </summary>
    public bool IsExemptAsTest => App.IsTestProject && !RuleOptions.GlobalFlag(Options, "include_tests");

    public static CompilationFacts Of(Compilation compilation, AnalyzerOptions options) => new(compilation, options);
}
