using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.Durability;

/// <summary>SHK5003: the last save is given the token whose cancellation led to it, so it does not happen.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class SaveWithCancelledTokenAnalyzer : ShutdownAnalyzer
{
    internal const string Id = "SHK5003";

    private static readonly DiagnosticDescriptor Rule = RuleDescriptor.Create(
        Id,
        "The last save uses a token that is already cancelled",
        "'{0}' is already cancelled when the program is stopped and gets here, so '{1}' throws OperationCanceledException and saves nothing",
        RuleCategories.Durability,
        DiagnosticSeverity.Warning,
        "Code that runs because a token was cancelled must not pass that token on: every call that honours it throws at once, and what "
        + "should have been saved is lost at each stop. Pass CancellationToken.None, or a token with a time-out of its own.");

    /// <summary>Creates the analyzer.</summary>
    public SaveWithCancelledTokenAnalyzer()
        : base(Rule)
    {
    }

    private protected override void Register(CompilationStartAnalysisContext context, CompilationFacts facts)
    {
        if (facts.IsExemptAsTest || facts.Symbols.CancellationToken is null)
            return;

        var sinks = PersistSinks.Of(facts.Symbols, context.Options, context.CancellationToken);
        context.RegisterCodeBlockAction(block => Analyze(block, facts, sinks));
    }

    private static void Analyze(CodeBlockAnalysisContext context, CompilationFacts facts, PersistSinks sinks)
    {
        if (!CancellationScan.MayLearnOfCancellation(context.CodeBlock)
            || MethodGraph.Create(context.CodeBlock, context.SemanticModel, context.CancellationToken) is not { } graph)
        {
            return;
        }

        CancellationFlow.Visit(
            context.OwningSymbol, graph, facts.Symbols, (call, flow) => AnalyzeCall(context, sinks, call, flow), context.CancellationToken);
    }

    private static void AnalyzeCall(CodeBlockAnalysisContext context, PersistSinks sinks, IInvocationOperation call, CancelledCall flow)
    {
        foreach (var argument in call.Arguments)
        {
            if (argument is { IsImplicit: false, Parameter: { } parameter }
                && flow.TokenOf(argument.Value) is { } token
                && flow.IsCancelledWhenStopping(token)
                && (sinks.IsSink(call.TargetMethod, call.Instance?.Type) || sinks.HandsToSink(call.TargetMethod, parameter, context.CancellationToken)))
            {
                context.ReportDiagnostic(Diagnostic.Create(
                    Rule, argument.Value.Syntax.GetLocation(), argument.Value.Syntax.ToString(), call.TargetMethod.Name));
                return;
            }
        }
    }
}
