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
    // Nobody writes such a method by hand; a generated one is not worth the time and the memory.
    private const int MaxFacts = 4_000_000;

    private readonly ControlFlowGraph _graph;
    private readonly MethodTokens _method;
    private readonly TokenMap _map;
    private readonly ShutdownSymbols _symbols;
    private readonly List<CancelledCall> _found;
    private readonly CancellationToken _cancellationToken;

    private readonly Dictionary<ISymbol, int> _index = new(SymbolEqualityComparer.Default);
    private readonly List<ISymbol> _tokens = [];
    private readonly Dictionary<ControlFlowRegion, HashSet<ISymbol>> _awaitedIn = new();
    private readonly Dictionary<ControlFlowRegion, TokenState[]> _thrownIn = new();
    private TokenState[]?[] _entry = [];
    private bool[] _pending = [];
    private TokenState[] _now = [];
    private TokenState[]? _snapshot;
    private bool _reporting;

    private CancellationFlow(
        ControlFlowGraph graph, MethodTokens method, ShutdownSymbols symbols, List<CancelledCall> found, CancellationToken cancellationToken)
    {
        _graph = graph;
        _method = method;
        _map = method.Map;
        _symbols = symbols;
        _found = found;
        _cancellationToken = cancellationToken;
    }

    /// <summary>
    /// Hands over every call of a method, its lambdas and local functions that can be reached, and before which at least one token may
    /// have been cancelled. The analysis is made once for all rules.
    /// </summary>
    /// <param name="method">The method whose graph it is.</param>
    /// <param name="body">The graph, and the operation tree it was made from.</param>
    /// <param name="symbols">The known types.</param>
    /// <param name="onCall">Called once for each call, in no particular order.</param>
    /// <param name="cancellationToken">Ends the analysis.</param>
    public static void Visit(
        ISymbol? method, MethodGraph body, ShutdownSymbols symbols,
        Action<IInvocationOperation, CancelledCall> onCall, CancellationToken cancellationToken)
    {
        var tokens = body.Tokens(symbols);
        foreach (var call in tokens.CancelledCalls(() => Find(method, body, tokens, symbols, cancellationToken)))
            onCall(call.Call, call);
    }

    private static List<CancelledCall> Find(
        ISymbol? method, MethodGraph body, MethodTokens tokens, ShutdownSymbols symbols, CancellationToken cancellationToken)
    {
        var initial = new Dictionary<ISymbol, TokenState>(SymbolEqualityComparer.Default);

        // The host has triggered ApplicationStopping before it stops the first service.
        if (method is IMethodSymbol { Name: "StopAsync" or "StoppedAsync", ContainingType: var type }
            && type.IsOrInherits(symbols.HostedService)
            && symbols.HostApplicationLifetime?.GetMembers("ApplicationStopping").FirstOrDefault() is IPropertySymbol stopping)
        {
            initial[stopping] = TokenState.Cancelled;
        }

        var found = new List<CancelledCall>();
        Visit(body.Graph, tokens, symbols, initial, found, cancellationToken);
        return found;
    }

    private static void Visit(
        ControlFlowGraph graph, MethodTokens method, ShutdownSymbols symbols, Dictionary<ISymbol, TokenState> initial, List<CancelledCall> found,
        CancellationToken cancellationToken)
    {
        var flow = new CancellationFlow(graph, method, symbols, found, cancellationToken);
        flow.Run(initial);
        foreach (var localFunction in graph.LocalFunctions)
        {
            var nested = graph.GetLocalFunctionControlFlowGraph(localFunction, cancellationToken);
            Visit(nested, method, symbols, new(SymbolEqualityComparer.Default), found, cancellationToken);
        }
    }

    private void Run(Dictionary<ISymbol, TokenState> initial)
    {
        FindTokens(initial);
        if ((long)_graph.Blocks.Length * _tokens.Count > MaxFacts)
            return;

        _entry = new TokenState[_graph.Blocks.Length][];
        _pending = new bool[_graph.Blocks.Length];
        var start = new TokenState[_tokens.Count];
        for (var i = 0; i < start.Length; i++)
            start[i] = initial.TryGetValue(_tokens[i], out var state) ? state : TokenState.Unknown;

        // In the order of the code, which leaves little to be done twice: only what a loop leads back to.
        Join(_graph.Blocks[0], start);
        for (var again = true; again;)
        {
            again = false;
            for (var i = 0; i < _pending.Length; i++)
            {
                if (!_pending[i])
                    continue;

                _cancellationToken.ThrowIfCancellationRequested();
                _pending[i] = false;
                Flow(_graph.Blocks[i]);
                again = true;
            }
        }

        // The facts are final now: a second pass collects the calls.
        _reporting = true;
        foreach (var block in _graph.Blocks)
        {
            if (_entry[block.Ordinal] is not { } entry)
                continue;

            _now = (TokenState[])entry.Clone();
            _snapshot = null;
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
            if (_tokens.Count == 0 || !IsInFinally(block))
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

            // What is known of an inner region is known of all that are around it.
            if (!tokens.Add(token))
                return;

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

    private void Flow(BasicBlock block)
    {
        _now = (TokenState[])_entry[block.Ordinal]!.Clone();
        FlowToHandlers(block);
        Execute(block);
        FlowToHandlers(block);

        if (block.ConditionKind != ControlFlowConditionKind.None && block.BranchValue is { } condition)
        {
            var whenTrue = block.ConditionKind == ControlFlowConditionKind.WhenTrue;
            Follow(block.ConditionalSuccessor, condition, whenTrue);
            Follow(block.FallThroughSuccessor, condition, !whenTrue);
        }
        else
        {
            Follow(block.FallThroughSuccessor, null, false);
        }
    }

    private void Follow(ControlFlowBranch? branch, IOperation? condition, bool outcome)
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
            JoinHandler(region, state);

        if (branch.Destination is { } destination)
            Join(destination, state);
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

    private void FlowToHandlers(BasicBlock block)
    {
        for (var region = block.EnclosingRegion; region is { Kind: not ControlFlowRegionKind.Root }; region = region.EnclosingRegion)
        {
            if (region.Kind != ControlFlowRegionKind.Try || region.EnclosingRegion is not { } statement)
                continue;

            // What can be thrown here has been seen before, and then the regions around this one know it, too.
            if (!JoinThrown(region))
                return;

            foreach (var handler in statement.NestedRegions)
            {
                if (handler != region)
                    JoinHandler(handler, _now);
            }
        }
    }

    private bool JoinThrown(ControlFlowRegion region)
    {
        if (_thrownIn.TryGetValue(region, out var known))
            return Join(known, _now);

        _thrownIn.Add(region, (TokenState[])_now.Clone());
        return true;
    }

    private void JoinHandler(ControlFlowRegion handler, TokenState[] thrown)
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

        Join(_graph.Blocks[handler.FirstBlockOrdinal], state);
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

    private void Join(BasicBlock block, TokenState[] state)
    {
        if (_entry[block.Ordinal] is not { } known)
        {
            _entry[block.Ordinal] = (TokenState[])state.Clone();
            _pending[block.Ordinal] = true;
        }
        else if (Join(known, state))
        {
            _pending[block.Ordinal] = true;
        }
    }

    private static bool Join(TokenState[] known, TokenState[] state)
    {
        var changed = false;
        for (var i = 0; i < known.Length; i++)
        {
            var joined = Join(known[i], state[i]);
            changed |= joined != known[i];
            known[i] = joined;
        }

        return changed;
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
        // Children first, and without recursion: an expression may be deeper than the stack.
        var work = new Stack<(IOperation Operation, bool IsDone)>();
        work.Push((operation, false));
        while (work.Count > 0)
        {
            var (part, isDone) = work.Pop();
            if (isDone)
            {
                ExecuteOne(part);
                continue;
            }

            work.Push((part, true));
            foreach (var child in part.ChildOperations.Reverse())
                work.Push((child, false));
        }
    }

    private void ExecuteOne(IOperation operation)
    {
        switch (operation)
        {
            case IInvocationOperation call:
                if (_reporting)
                    Collect(call);
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

    private void Collect(IInvocationOperation call)
    {
        foreach (var state in _now)
        {
            if (state is not (TokenState.Cancelled or TokenState.CancelledOnStop))
                continue;

            _found.Add(new CancelledCall(call, _method, _tokens, _index, _snapshot ??= (TokenState[])_now.Clone()));
            return;
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
                    if (_method.Stop.IsStoredExecuteToken(token))
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
                    && _now[index] is TokenState.Cancelled or TokenState.CancelledOnStop && _method.Stop.IsReassigned(field))
                {
                    _now[index] = TokenState.Unknown;
                    _snapshot = null;
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
        if (!_index.TryGetValue(token, out var index) || _now[index] == state)
            return;

        _now[index] = state;
        _snapshot = null;
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
        Visit(nested, _method, _symbols, initial, _found, _cancellationToken);
    }
}
