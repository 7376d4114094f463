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
        context.RegisterCompilationStartAction(start => Register(start, CompilationFacts.Of(start.Compilation, start.Options)));
    }

    // The way of rules that have not moved to Watch yet.
    private protected virtual void Register(CompilationStartAnalysisContext context, CompilationFacts facts)
    {
        var watch = new Watch(context, facts);
        Register(watch);
        watch.Start();
    }

    /// <summary>Says what the rule wants to be shown; nothing where it cannot apply.</summary>
    private protected virtual void Register(Watch watch)
    {
    }
}
