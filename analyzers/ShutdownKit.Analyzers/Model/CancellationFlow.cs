using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace ShutdownKit.Analyzers.Model;

/// <summary>
/// A small forward analysis over a control flow graph: what is known about each cancellation token before each call. It rests on one
/// fact about tokens: once cancelled, a token stays cancelled. Facts come from tests of IsCancellationRequested, from handlers of
/// OperationCanceledException, from finally blocks, and from calls that cancel.
/// </summary>
internal sealed class CancellationFlow
{
    private readonly ControlFlowGraph _graph;
    private readonly TokenMap _map;
    private readonly StopTokens _stopTokens;
    private readonly ShutdownSymbols _symbols;
    private readonly Action<IInvocationOperation, CancellationFlow> _onCall;
    private readonly CancellationToken _cancellationToken;

    private readonly Dictionary<ISymbol, int> _index = new(SymbolEqualityComparer.Default);
    private readonly List<ISymbol> _tokens = [];
    private readonly Dictionary<ControlFlowRegion, HashSet<ISymbol>> _awaitedIn = new();
    private TokenState[]?[] _entry = [];
    private TokenState[] _now = [];
    private bool _reporting;

    private CancellationFlow(
        ControlFlowGraph graph, TokenMap map, StopTokens stopTokens, ShutdownSymbols symbols,
        Action<IInvocationOperation, CancellationFlow> onCall, CancellationToken cancellationToken)
    {
        _graph = graph;
        _map = map;
        _stopTokens = stopTokens;
        _symbols = symbols;
        _onCall = onCall;
        _cancellationToken = cancellationToken;
    }

    /// <summary>
    /// Runs the analysis over a method, its lambdas and local functions, and hands over every call that can be reached; while the
    /// callback runs, <see cref="StateOf"/> answers for the point just before that call.
    /// </summary>
    /// <param name="method">The method whose graph it is.</param>
    /// <param name="body">The graph, and the operation tree it was made from.</param>
    /// <param name="symbols">The known types.</param>
    /// <param name="onCall">Called once for each call, in no particular order.</param>
    /// <param name="cancellationToken">Ends the analysis.</param>
    public static void Visit(
        ISymbol? method, MethodGraph body, ShutdownSymbols symbols,
        Action<IInvocationOperation, CancellationFlow> onCall, CancellationToken cancellationToken)
    {
        var map = TokenMap.Create(body.Body, symbols);
        var stopTokens = new StopTokens(symbols, map, cancellationToken);
        var initial = new Dictionary<ISymbol, TokenState>(SymbolEqualityComparer.Default);

        // The host has triggered ApplicationStopping before it stops the first service.
        if (method is IMethodSymbol { Name: "StopAsync" or "StoppedAsync", ContainingType: var type }
            && type.IsOrInherits(symbols.HostedService)
            && symbols.HostApplicationLifetime?.GetMembers("ApplicationStopping").FirstOrDefault() is IPropertySymbol stopping)
        {
            initial[stopping] = TokenState.Cancelled;
        }

        Visit(body.Graph, map, stopTokens, symbols, initial, onCall, cancellationToken);
    }

    /// <summary>What is known about the token at the call that is being visited.</summary>
    public TokenState StateOf(ISymbol token)
    {
        var own = _index.TryGetValue(token, out var index) ? _now[index] : TokenState.Unknown;
        if (own is TokenState.Cancelled or TokenState.NotCancelled)
            return own;

        foreach (var source in _map.LinkedTo(token))
        {
            if (!_index.TryGetValue(source, out index))
                continue;

            if (_now[index] == TokenState.Cancelled)
                return TokenState.Cancelled;

            if (_now[index] == TokenState.CancelledOnStop)
                own = TokenState.CancelledOnStop;
        }

        return own;
    }

    /// <summary>
    /// Whether the token is cancelled at the call that is being visited whenever the program is stopped: on every path, or, for a token
    /// that a stop cancels, on the path that a stop takes.
    /// </summary>
    public bool IsCancelledWhenStopping(ISymbol token) => StateOf(token) switch
    {
        TokenState.Cancelled => true,
        TokenState.CancelledOnStop => _stopTokens.IsStopToken(token),
        _ => false,
    };

    /// <summary>The token that the expression yields at the call that is being visited; null when it cannot be named.</summary>
    public ISymbol? TokenOf(IOperation value) => _map.IsToken(value.Type) ? _map.Resolve(value) : null;

    /// <summary>The tokens that the method mentions.</summary>
    public IReadOnlyList<ISymbol> Tokens => _tokens;

    private static void Visit(
        ControlFlowGraph graph, TokenMap map, StopTokens stopTokens, ShutdownSymbols symbols,
        Dictionary<ISymbol, TokenState> initial, Action<IInvocationOperation, CancellationFlow> onCall, CancellationToken cancellationToken)
    {
        map.AddCaptures(graph);
        var flow = new CancellationFlow(graph, map, stopTokens, symbols, onCall, cancellationToken);
        flow.Run(initial);
        foreach (var localFunction in graph.LocalFunctions)
        {
            var nested = graph.GetLocalFunctionControlFlowGraph(localFunction, cancellationToken);
            Visit(nested, map, stopTokens, symbols, new(SymbolEqualityComparer.Default), onCall, cancellationToken);
        }
    }

    private void Run(Dictionary<ISymbol, TokenState> initial)
    {
        FindTokens(initial);
        _entry = new TokenState[_graph.Blocks.Length][];
        var start = new TokenState[_tokens.Count];
        for (var i = 0; i < start.Length; i++)
            start[i] = initial.TryGetValue(_tokens[i], out var state) ? state : TokenState.Unknown;

        var work = new Queue<BasicBlock>();
        Join(_graph.Blocks[0], start, work);
        while (work.Count > 0)
        {
            _cancellationToken.ThrowIfCancellationRequested();
            Flow(work.Dequeue(), work);
        }

        // The facts are final now: a second pass hands out the calls.
        _reporting = true;
        foreach (var block in _graph.Blocks)
        {
            if (_entry[block.Ordinal] is not { } entry)
                continue;

            _now = (TokenState[])entry.Clone();
            Execute(block);
        }
    }

    private void FindTokens(Dictionary<ISymbol, TokenState> initial)
    {
        foreach (var token in initial.Keys)
            AddToken(token);

        foreach (var block in _graph.Blocks)
        {
            foreach (var operation in OperationsOf(block))
            {
                foreach (var part in operation.DescendantsAndSelf())
                {
                    if (_map.Resolve(part) is not { } token)
                        continue;

                    AddToken(token);
                    if (IsAwaitedArgument(part))
                        AddAwaited(block, token);
                }
            }
        }

        // What a finally block assigns is not followed along the branches that run through it: such tokens are left out.
        foreach (var block in _graph.Blocks)
        {
            if (!IsInFinally(block))
                continue;

            foreach (var operation in OperationsOf(block).SelectMany(static operation => operation.DescendantsAndSelf()))
            {
                if (operation is IAssignmentOperation assignment && _map.Resolve(assignment.Target) is { } token)
                    _index.Remove(token);
            }
        }
    }

    private void AddToken(ISymbol token)
    {
        if (_index.ContainsKey(token))
            return;

        _index.Add(token, _tokens.Count);
        _tokens.Add(token);
    }

    private void AddAwaited(BasicBlock block, ISymbol token)
    {
        for (var region = block.EnclosingRegion; region is { Kind: not ControlFlowRegionKind.Root }; region = region.EnclosingRegion)
        {
            if (region.Kind != ControlFlowRegionKind.Try)
                continue;

            if (!_awaitedIn.TryGetValue(region, out var tokens))
                _awaitedIn[region] = tokens = new(SymbolEqualityComparer.Default);

            tokens.Add(token);
            foreach (var source in _map.LinkedTo(token))
            {
                // A linked source that has no other reason to be cancelled stands for what it is linked to.
                if (!HasTimeout)
                    tokens.Add(source);
            }
        }
    }

    private bool? _hasTimeout;

    // CancelAfter, or an HttpClient with its own time-out: an OperationCanceledException may have another cause than a stop.
    private bool HasTimeout => _hasTimeout ??= _graph.Blocks
        .SelectMany(OperationsOf)
        .SelectMany(static operation => operation.DescendantsAndSelf())
        .Any(operation => operation switch
        {
            IInvocationOperation { TargetMethod.Name: "CancelAfter" } => true,
            IInvocationOperation { TargetMethod: { Name: "WaitAsync", Parameters.Length: 2 } } => true,
            IInvocationOperation call => call.TargetMethod.ContainingType.IsOrInherits(_symbols.Type("System.Net.Http.HttpMessageInvoker"))
                                         || call.TargetMethod.ContainingType.Is(_symbols.Type("System.Net.Http.Json.HttpClientJsonExtensions")),
            IObjectCreationOperation { Arguments.IsEmpty: false } creation => _map.IsSource(creation.Type),
            _ => false,
        });

    private static bool IsAwaitedArgument(IOperation token)
    {
        if (token.Parent is IInvocationOperation { TargetMethod.Name: "ThrowIfCancellationRequested" })
            return true;

        var argument = token.Parent;
        while (argument is IConversionOperation)
            argument = argument.Parent;

        if (argument is not IArgumentOperation { Parent: IInvocationOperation })
            return false;

        for (var parent = argument.Parent; parent is not null; parent = parent.Parent)
        {
            if (parent is IAwaitOperation)
                return true;
        }

        return token.Syntax.FirstAncestorOrSelf<CommonForEachStatementSyntax>() is { AwaitKeyword.RawKind: not 0 } loop
               && loop.Expression.Span.Contains(token.Syntax.Span);
    }

    private static bool IsInFinally(BasicBlock block)
    {
        for (var region = block.EnclosingRegion; region is { Kind: not ControlFlowRegionKind.Root }; region = region.EnclosingRegion)
        {
            if (region.Kind == ControlFlowRegionKind.Finally)
                return true;
        }

        return false;
    }

    private static IEnumerable<IOperation> OperationsOf(BasicBlock block) =>
        block.BranchValue is { } value ? block.Operations.Append(value) : block.Operations;

    private void Flow(BasicBlock block, Queue<BasicBlock> work)
    {
        _now = (TokenState[])_entry[block.Ordinal]!.Clone();
        FlowToHandlers(block, work);
        Execute(block);
        FlowToHandlers(block, work);

        if (block.ConditionKind != ControlFlowConditionKind.None && block.BranchValue is { } condition)
        {
            var whenTrue = block.ConditionKind == ControlFlowConditionKind.WhenTrue;
            Follow(block.ConditionalSuccessor, condition, whenTrue, work);
            Follow(block.FallThroughSuccessor, condition, !whenTrue, work);
        }
        else
        {
            Follow(block.FallThroughSuccessor, null, false, work);
        }
    }

    private void Follow(ControlFlowBranch? branch, IOperation? condition, bool outcome, Queue<BasicBlock> work)
    {
        // The graph has an edge out of while (true), too.
        if (branch is null || (condition?.ConstantValue is { HasValue: true, Value: bool always } && always != outcome))
            return;

        var state = _now;
        if (condition is not null && TestOf(condition, outcome) is var (token, cancelled) && _index.TryGetValue(token, out var index))
        {
            state = (TokenState[])state.Clone();
            state[index] = cancelled ? TokenState.Cancelled : TokenState.NotCancelled;
        }

        foreach (var region in branch.FinallyRegions)
            JoinHandler(region, state, work);

        if (branch.Destination is { } destination)
            Join(destination, state, work);
    }

    /// <summary>Which token a condition tests, and what its outcome says about it.</summary>
    private (ISymbol Token, bool Cancelled)? TestOf(IOperation condition, bool outcome)
    {
        switch (_map.Unwrap(condition))
        {
            case IUnaryOperation { OperatorKind: UnaryOperatorKind.Not } not:
                return TestOf(not.Operand, !outcome);
            case IBinaryOperation { OperatorKind: BinaryOperatorKind.Equals, RightOperand.ConstantValue: { HasValue: true, Value: bool value } } equals:
                return TestOf(equals.LeftOperand, outcome == value);
            case IBinaryOperation { OperatorKind: BinaryOperatorKind.NotEquals, RightOperand.ConstantValue: { HasValue: true, Value: bool value } } differs:
                return TestOf(differs.LeftOperand, outcome != value);
            case IIsPatternOperation { Pattern: IConstantPatternOperation { Value.ConstantValue: { HasValue: true, Value: bool value } } } matches:
                return TestOf(matches.Value, outcome == value);
            case IIsPatternOperation { Pattern: INegatedPatternOperation { Pattern: IConstantPatternOperation { Value.ConstantValue: { HasValue: true, Value: bool value } } } } differs:
                return TestOf(differs.Value, outcome != value);
            case IPropertyReferenceOperation { Property.Name: "IsCancellationRequested" } test when _map.Resolve(test.Instance) is { } token:
                return (token, outcome);
            case IInvocationOperation { TargetMethod.Name: "WaitOne" } wait when outcome && WaitedFor(wait) is { } token:
                return (token, true);
            default:
                return null;
        }
    }

    private ISymbol? WaitedFor(IInvocationOperation wait) =>
        _map.Unwrap(wait.Instance) is IPropertyReferenceOperation { Property.Name: "WaitHandle" } handle ? _map.Resolve(handle.Instance) : null;

    private void FlowToHandlers(BasicBlock block, Queue<BasicBlock> work)
    {
        for (var region = block.EnclosingRegion; region is { Kind: not ControlFlowRegionKind.Root }; region = region.EnclosingRegion)
        {
            if (region.Kind != ControlFlowRegionKind.Try || region.EnclosingRegion is not { } statement)
                continue;

            foreach (var handler in statement.NestedRegions)
            {
                if (handler != region)
                    JoinHandler(handler, _now, work);
            }
        }
    }

    private void JoinHandler(ControlFlowRegion handler, TokenState[] thrown, Queue<BasicBlock> work)
    {
        var state = (TokenState[])thrown.Clone();
        for (var i = 0; i < state.Length; i++)
        {
            if (state[i] == TokenState.NotCancelled)
                state[i] = TokenState.Unknown;
        }

        var isStopPath = handler.Kind == ControlFlowRegionKind.Finally
            || (handler.ExceptionType.IsOrInherits(_symbols.OperationCanceledException) && !HasTimeout);
        if (isStopPath && TryRegionOf(handler) is { } attempt && _awaitedIn.TryGetValue(attempt, out var awaited))
        {
            foreach (var token in awaited)
            {
                if (_index.TryGetValue(token, out var index) && state[index] != TokenState.Cancelled)
                    state[index] = TokenState.CancelledOnStop;
            }
        }

        Join(_graph.Blocks[handler.FirstBlockOrdinal], state, work);
    }

    private static ControlFlowRegion? TryRegionOf(ControlFlowRegion handler)
    {
        if (handler.EnclosingRegion is not { } statement)
            return null;

        foreach (var region in statement.NestedRegions)
        {
            if (region.Kind == ControlFlowRegionKind.Try)
                return region;
        }

        return null;
    }

    private void Join(BasicBlock block, TokenState[] state, Queue<BasicBlock> work)
    {
        if (_entry[block.Ordinal] is not { } known)
        {
            _entry[block.Ordinal] = (TokenState[])state.Clone();
            work.Enqueue(block);
            return;
        }

        var changed = false;
        for (var i = 0; i < known.Length; i++)
        {
            var joined = Join(known[i], state[i]);
            changed |= joined != known[i];
            known[i] = joined;
        }

        if (changed)
            work.Enqueue(block);
    }

    private static TokenState Join(TokenState one, TokenState other)
    {
        if (one == other)
            return one;

        var bothCancelled = one is TokenState.Cancelled or TokenState.CancelledOnStop
                            && other is TokenState.Cancelled or TokenState.CancelledOnStop;
        return bothCancelled ? TokenState.CancelledOnStop : TokenState.Unknown;
    }

    private void Execute(BasicBlock block)
    {
        foreach (var operation in OperationsOf(block))
            Execute(operation);
    }

    private void Execute(IOperation operation)
    {
        foreach (var child in operation.ChildOperations)
            Execute(child);

        switch (operation)
        {
            case IInvocationOperation call:
                if (_reporting)
                    _onCall(call, this);
                ExecuteCall(call);
                break;
            case IAssignmentOperation assignment when RawTarget(assignment.Target) is { } target:
                Set(target, TokenState.Unknown);
                break;
            case IArgumentOperation { Parameter.RefKind: RefKind.Out or RefKind.Ref } argument when RawTarget(argument.Value) is { } target:
                Set(target, TokenState.Unknown);
                break;
            case IFlowAnonymousFunctionOperation lambda when _reporting:
                VisitLambda(lambda);
                break;
        }
    }

    private static ISymbol? RawTarget(IOperation target) => target switch
    {
        ILocalReferenceOperation local => local.Local,
        IParameterReferenceOperation parameter => parameter.Parameter,
        IFieldReferenceOperation field => field.Field,
        IPropertyReferenceOperation property => property.Property,
        _ => null,
    };

    private void ExecuteCall(IInvocationOperation call)
    {
        switch (call.TargetMethod.Name)
        {
            case "Cancel" or "CancelAsync" when _map.IsSource(call.Instance?.Type) && _map.Resolve(call.Instance) is { } source:
                Set(source, TokenState.Cancelled);
                return;
            case "TryReset" when _map.IsSource(call.Instance?.Type) && _map.Resolve(call.Instance) is { } source:
                Set(source, TokenState.Unknown);
                return;
            case "ThrowIfCancellationRequested" when _map.Resolve(call.Instance) is { } checkedToken:
                Set(checkedToken, TokenState.NotCancelled);
                return;
            case "WaitOne" when call.Arguments.IsEmpty && WaitedFor(call) is { } waited:
                Set(waited, TokenState.Cancelled);
                return;
            case "Delay" when DelaysForever(call) is { } delayed:
                // It ends in no other way than by the token: what follows, if anything does, follows a cancellation.
                Set(delayed, TokenState.Cancelled);
                return;
            case "StopAsync" when SyntaxNames.IsBaseCall(call.Syntax, "StopAsync"):
                foreach (var token in _tokens)
                {
                    if (_stopTokens.IsStoredExecuteToken(token))
                        Set(token, TokenState.Cancelled);
                }

                return;
        }

        // A method of the same object may put a new source into a field.
        if (call.Instance is IInstanceReferenceOperation)
        {
            foreach (var token in _tokens)
            {
                if (token is IFieldSymbol field && _index.TryGetValue(token, out var index)
                    && _now[index] is TokenState.Cancelled or TokenState.CancelledOnStop && _stopTokens.IsReassigned(field))
                {
                    _now[index] = TokenState.Unknown;
                }
            }
        }
    }

    private ISymbol? DelaysForever(IInvocationOperation call) =>
        call.TargetMethod.ContainingType.Is(_symbols.Task)
        && call.Arguments.Length == 2
        && Waits.IsInfinite(call.Arguments[0].Value)
            ? _map.Resolve(call.Arguments[1].Value)
            : null;

    private void Set(ISymbol token, TokenState state)
    {
        if (_index.TryGetValue(token, out var index))
            _now[index] = state;
    }

    private void VisitLambda(IFlowAnonymousFunctionOperation lambda)
    {
        // Cancelled stays cancelled, whenever the lambda runs.
        var initial = new Dictionary<ISymbol, TokenState>(SymbolEqualityComparer.Default);
        for (var i = 0; i < _tokens.Count; i++)
        {
            if (_now[i] is TokenState.Cancelled or TokenState.CancelledOnStop && _index.ContainsKey(_tokens[i]))
                initial[_tokens[i]] = _now[i];
        }

        var parent = lambda.Parent;
        while (parent is IConversionOperation or IDelegateCreationOperation or IArgumentOperation)
            parent = parent.Parent;

        if (parent is IInvocationOperation { TargetMethod.Name: "Register" or "UnsafeRegister" } registration
            && _map.IsToken(registration.Instance?.Type)
            && _map.Resolve(registration.Instance) is { } token)
        {
            initial[token] = TokenState.Cancelled;
        }

        var nested = _graph.GetAnonymousFunctionControlFlowGraph(lambda, _cancellationToken);
        Visit(nested, _map, _stopTokens, _symbols, initial, _onCall, _cancellationToken);
    }
}
