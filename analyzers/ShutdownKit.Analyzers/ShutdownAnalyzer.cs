using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers;

/// <summary>
/// What all rules have in common: they run concurrently, leave generated code alone, and register nothing before they have seen
/// what the compilation is and references.
/// </summary>
public abstract class ShutdownAnalyzer : DiagnosticAnalyzer
{
    private protected ShutdownAnalyzer(DiagnosticDescriptor rule)
        : this(ImmutableArray.Create(rule))
    {
    }

    private protected ShutdownAnalyzer(ImmutableArray<DiagnosticDescriptor> rules) => SupportedDiagnostics = rules;

    /// <inheritdoc/>
    public sealed override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; }

    /// <inheritdoc/>
    public sealed override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterCompilationStartAction(Start);
    }

    /// <summary>Says what the rule wants to be shown; nothing where it cannot apply.</summary>
    private protected abstract void Register(Watch watch);

    private void Start(CompilationStartAnalysisContext context)
    {
        var watch = new Watch(context, CompilationFacts.Of(context.Compilation, context.Options));
        Register(watch);
        watch.Start();
    }
}
