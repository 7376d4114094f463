using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.Suppressors;

/// <summary>
/// SHKS001: silences the rules that ask for a cancellation token where the only one at hand is already cancelled, so that following
/// them would lose the last save (SHK5003).
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class LastSaveWithoutToken : DiagnosticSuppressor
{
    /// <summary>The id of the suppression.</summary>
    public const string Id = "SHKS001";

    private const string Justification = "The token is already cancelled here: passing it on would lose what is being saved (SHK5003)";

    /// <inheritdoc/>
    public override ImmutableArray<SuppressionDescriptor> SupportedSuppressions { get; } =
        ImmutableArray.Create(Suppressing("CA2016"), Suppressing("MA0040"), Suppressing("S8949"));

    /// <inheritdoc/>
    public override void ReportSuppressions(SuppressionAnalysisContext context)
    {
        if (context.ReportedDiagnostics.IsEmpty)
            return;

        var facts = CompilationFacts.Of(context.Compilation, context.Options);
        var sinks = PersistSinks.Of(facts.Symbols, context.Options, context.CancellationToken);
        foreach (var diagnostic in context.ReportedDiagnostics)
        {
            if (IsLastSave(context, facts, sinks, diagnostic.Location))
            {
                var descriptor = SupportedSuppressions.First(it => it.SuppressedDiagnosticId == diagnostic.Id);
                context.ReportSuppression(Suppression.Create(descriptor, diagnostic));
            }
        }
    }

    private static SuppressionDescriptor Suppressing(string id) => new(Id, id, Justification);

    private static bool IsLastSave(SuppressionAnalysisContext context, CompilationFacts facts, PersistSinks sinks, Location location)
    {
        if (location.SourceTree is not { } tree)
            return false;

        var node = tree.GetRoot(context.CancellationToken).FindNode(location.SourceSpan, getInnermostNodeForTie: true);
        if (node.FirstAncestorOrSelf<InvocationExpressionSyntax>() is not { } call
            || MethodGraph.DeclarationOf(call) is not { } code
            || !CancellationScan.MayLearnOfCancellation(code))
        {
            return false;
        }

        var model = context.GetSemanticModel(tree);
        if (facts.GraphOf(code, model, context.CancellationToken) is not { } graph)
            return false;

        var method = model.GetDeclaredSymbol(code, context.CancellationToken);
        var isLastSave = false;
        CancellationFlow.Visit(method, graph, facts.Symbols, Look, context.CancellationToken);
        return isLastSave;

        void Look(IInvocationOperation visited, CancelledCall flow)
        {
            if (visited.Syntax == call && IsSink(visited, sinks, context.CancellationToken))
                isLastSave |= OnlyCancelledTokensAreAtHand(model.GetEnclosingSymbol(call.SpanStart, context.CancellationToken), flow);
        }
    }

    private static bool IsSink(IInvocationOperation call, PersistSinks sinks, CancellationToken cancellationToken) =>
        sinks.IsSink(call.TargetMethod, call.Instance?.Type)
        || call.TargetMethod.Parameters.Any(parameter =>
            parameter.Type.Name == "CancellationToken" && sinks.HandsToSink(call.TargetMethod, parameter, cancellationToken));

    // The neighbours ask for a parameter first. Where a parameter could still be used, as the deadline in StopAsync, they are right.
    private static bool OnlyCancelledTokensAreAtHand(ISymbol? scope, CancelledCall flow)
    {
        var hasParameter = false;
        for (; scope is IMethodSymbol method; scope = method.ContainingSymbol)
        {
            foreach (var parameter in method.Parameters)
            {
                if (parameter.Type.Name != "CancellationToken")
                    continue;

                if (!flow.IsCancelledWhenStopping(parameter))
                    return false;

                hasParameter = true;
            }
        }

        return hasParameter || flow.Tokens.Any(flow.IsCancelledWhenStopping);
    }
}
