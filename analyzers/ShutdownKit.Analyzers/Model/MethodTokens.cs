using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.FlowAnalysis;

namespace ShutdownKit.Analyzers.Model;

/// <summary>The cancellation tokens of one method, and all that is worked out about them: once, for all rules that ask.</summary>
internal sealed class MethodTokens
{
    private IReadOnlyList<CancelledCall>? _cancelledCalls;

    public MethodTokens(MethodGraph method, ShutdownSymbols symbols)
    {
        Map = TokenMap.Create(method.Body, symbols);
        Graphs = method.AllGraphs(CancellationToken.None).ToList();
        foreach (var graph in Graphs)
            Map.AddCaptures(graph);

        Stop = new StopTokens(symbols, Map, CancellationToken.None);
    }

    /// <summary>Which expressions stand for the same token.</summary>
    public TokenMap Map { get; }

    /// <summary>Which of the tokens a stop cancels.</summary>
    public StopTokens Stop { get; }

    /// <summary>The graphs of the method and of the lambdas and local functions in it.</summary>
    public IReadOnlyList<ControlFlowGraph> Graphs { get; }

    /// <summary>The calls that are made although a token may be cancelled by then.</summary>
    /// <param name="find">Finds them; called where nobody has asked before.</param>
    public IReadOnlyList<CancelledCall> CancelledCalls(Func<IReadOnlyList<CancelledCall>> find) =>
        _cancelledCalls ?? Interlocked.CompareExchange(ref _cancelledCalls, find(), null) ?? _cancelledCalls;
}
