using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace ShutdownKit.Benchmarks.Costs;

/// <summary>Analyzers that find nothing, to see what the compiler itself spends as soon as there is an analyzer.</summary>
internal static class Baselines
{
    public const string Nothing = "an analyzer that asks for nothing";
    public const string Invocations = "an analyzer that asks for every invocation";

    public static DiagnosticAnalyzer Create(string name) => name == Invocations ? new InvocationsAnalyzer() : new NothingAnalyzer();

    private static DiagnosticDescriptor Rule(string id) =>
        new(id, "Never reported", "Never reported", "Baseline", DiagnosticSeverity.Warning, isEnabledByDefault: true);

#pragma warning disable RS1001 // They are created here, and never found by a compiler.
    private sealed class NothingAnalyzer : DiagnosticAnalyzer
    {
        public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [Rule("BASE0001")];

        public override void Initialize(AnalysisContext context)
        {
            context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
            context.EnableConcurrentExecution();
        }
    }

    private sealed class InvocationsAnalyzer : DiagnosticAnalyzer
    {
        public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [Rule("BASE0002")];

        public override void Initialize(AnalysisContext context)
        {
            context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
            context.EnableConcurrentExecution();
            context.RegisterOperationAction(static _ => { }, OperationKind.Invocation);
        }
    }
#pragma warning restore RS1001
}
