using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace ShutdownKit.Analyzers.Model;

/// <summary>A call, and what is known about the cancellation tokens of its method just before it.</summary>
internal sealed class CancelledCall
{
    private readonly MethodTokens _method;
    private readonly Dictionary<ISymbol, int> _index;
    private readonly TokenState[] _states;

    public CancelledCall(IInvocationOperation call, MethodTokens method, IReadOnlyList<ISymbol> tokens, Dictionary<ISymbol, int> index, TokenState[] states)
    {
        Call = call;
        Tokens = tokens;
        _method = method;
        _index = index;
        _states = states;
    }

    public IInvocationOperation Call { get; }

    /// <summary>The tokens that the method mentions.</summary>
    public IReadOnlyList<ISymbol> Tokens { get; }

    /// <summary>What is known about the token at the call.</summary>
    public TokenState StateOf(ISymbol token)
    {
        var own = _index.TryGetValue(token, out var index) ? _states[index] : TokenState.Unknown;
        if (own is TokenState.Cancelled or TokenState.NotCancelled)
            return own;

        foreach (var source in _method.Map.LinkedTo(token))
        {
            if (!_index.TryGetValue(source, out index))
                continue;

            if (_states[index] == TokenState.Cancelled)
                return TokenState.Cancelled;

            if (_states[index] == TokenState.CancelledOnStop)
                own = TokenState.CancelledOnStop;
        }

        return own;
    }

    /// <summary>
    /// Whether the token is cancelled at the call whenever the program is stopped: on every path, or, for a token that a stop cancels,
    /// on the path that a stop takes.
    /// </summary>
    public bool IsCancelledWhenStopping(ISymbol token) => StateOf(token) switch
    {
        TokenState.Cancelled => true,
        TokenState.CancelledOnStop => _method.Stop.IsStopToken(token),
        _ => false,
    };

    /// <summary>The token that the expression yields at the call; null when it cannot be named.</summary>
    public ISymbol? TokenOf(IOperation value) => _method.Map.IsToken(value.Type) ? _method.Map.Resolve(value) : null;
}
