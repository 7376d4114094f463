using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace ShutdownKit.Analyzers.Model;

/// <summary>
/// Follows a method's control flow graph as it runs once a given token is cancelled: tests of the token have their outcome, and calls
/// that are given the token throw. Answers whether the method can still come to an end. Wherever the graph alone does not tell, the
/// answer is that it can.
/// </summary>
internal sealed class CancelledPaths
{
    private readonly ControlFlowGraph _graph;
    private readonly TokenMap _map;
    private readonly ShutdownSymbols _symbols;
    private readonly ISymbol _token;

    // Each block's call is looked for once, and the ways to an end are followed once, backwards: huge methods stay cheap.
    private readonly StrongBox<IOperation?>?[] _calls;
    private bool[]? _canEnd;

    public CancelledPaths(ControlFlowGraph graph, TokenMap map, ShutdownSymbols symbols, ISymbol token)
    {
        _graph = graph;
        _map = map;
        _symbols = symbols;
        _token = token;
        _calls = new StrongBox<IOperation?>?[graph.Blocks.Length];
    }

    /// <summary>The call in the block that throws once the token is cancelled; null when there is none.</summary>
    public IOperation? CancelledCallIn(BasicBlock block) => (_calls[block.Ordinal] ??= new StrongBox<IOperation?>(FindCancelledCall(block))).Value;

    private IOperation? FindCancelledCall(BasicBlock block)
    {
        foreach (var operation in block.Operations)
        {
            if (CancelledCallIn(operation) is { } found)
                return found;
        }

        return block.BranchValue is { } value ? CancelledCallIn(value) : null;
    }

    /// <summary>
    /// The handler that receives the cancellation which is thrown in a block, and the catch clause that it is; null when the exception
    /// leaves the method, or when that cannot be told.
    /// </summary>
    /// <param name="block">The block in which it is thrown.</param>
    /// <param name="thrower">The operation that throws it.</param>
    public (ControlFlowRegion Handler, CatchClauseSyntax Clause)? HandlerOf(BasicBlock block, IOperation thrower)
    {
        SyntaxNode? inner = thrower.Syntax;
        for (var region = block.EnclosingRegion; region is { Kind: not ControlFlowRegionKind.Root }; region = region.EnclosingRegion)
        {
            if (region.Kind != ControlFlowRegionKind.Try || region.EnclosingRegion is not { Kind: ControlFlowRegionKind.TryAndCatch } statement)
                continue;

            // The regions know no syntax; the try statements around the call are met in the same order.
            var tryStatement = EnclosingTryWithCatches(inner);
            if (tryStatement is null || tryStatement.Catches.Count != statement.NestedRegions.Length - 1)
                return null;

            for (var i = 0; i < tryStatement.Catches.Count; i++)
            {
                var handler = statement.NestedRegions[i + 1];
                switch (Receives(handler))
                {
                    case true:
                        return (handler, tryStatement.Catches[i]);
                    case null:
                        return null;
                }
            }

            inner = tryStatement.Parent;
        }

        return null;
    }

    /// <summary>Whether the method can end, normally or by an exception, when it goes on in the given handler.</summary>
    public bool CanEndFrom(ControlFlowRegion handler) => (_canEnd ??= FindWaysToAnEnd())[BodyOf(handler).Ordinal];

    private bool[] FindWaysToAnEnd()
    {
        var canEnd = new bool[_graph.Blocks.Length];
        var predecessors = new List<int>?[canEnd.Length];
        var work = new Stack<int>();
        var successors = new List<BasicBlock>();
        foreach (var block in _graph.Blocks)
        {
            successors.Clear();
            if (!FindSuccessors(block, successors))
            {
                canEnd[block.Ordinal] = true;
                work.Push(block.Ordinal);
                continue;
            }

            foreach (var successor in successors)
                (predecessors[successor.Ordinal] ??= []).Add(block.Ordinal);
        }

        while (work.Count > 0)
        {
            if (predecessors[work.Pop()] is not { } before)
                continue;

            foreach (var block in before)
            {
                if (canEnd[block])
                    continue;

                canEnd[block] = true;
                work.Push(block);
            }
        }

        return canEnd;
    }

    /// <summary>Where the method goes on after the block; false when it may end there, or where this analysis does not follow.</summary>
    private bool FindSuccessors(BasicBlock block, List<BasicBlock> successors)
    {
        if (block.Kind == BasicBlockKind.Exit)
            return false;

        if (CancelledCallIn(block) is { } thrower)
        {
            if (HandlerOf(block, thrower) is not { } next)
                return false;

            successors.Add(BodyOf(next.Handler));
            if (AlwaysThrows(thrower))
                return true;
        }

        if (block.BranchValue is not { } condition || block.ConditionKind == ControlFlowConditionKind.None)
            return Follow(block.FallThroughSuccessor, successors);

        var whenTrue = block.ConditionKind == ControlFlowConditionKind.WhenTrue;
        var outcome = OutcomeOf(condition);
        return (outcome == !whenTrue || Follow(block.ConditionalSuccessor, successors))
               && (outcome == whenTrue || Follow(block.FallThroughSuccessor, successors));
    }

    private bool Follow(ControlFlowBranch? branch, List<BasicBlock> successors)
    {
        switch (branch)
        {
            case null:
            // The end of a finally block: what comes after is a successor of the branch that ran it.
            case { Semantics: ControlFlowBranchSemantics.StructuredExceptionHandling }:
                return true;
            case { Destination: { } destination }:
                foreach (var region in branch.FinallyRegions)
                {
                    for (var i = region.FirstBlockOrdinal; i <= region.LastBlockOrdinal; i++)
                    {
                        if (CancelledCallIn(_graph.Blocks[i]) is not null)
                            return false;
                    }
                }

                successors.Add(destination);
                return true;
            default:
                return false;
        }
    }

    /// <summary>Whether the handler receives an OperationCanceledException for the cancelled token; null when that cannot be told.</summary>
    private bool? Receives(ControlFlowRegion handler)
    {
        if (handler.ExceptionType is not { } type)
            return null;

        if (!_symbols.OperationCanceledException.IsOrInherits(type as INamedTypeSymbol))
        {
            // TaskCanceledException is what some calls throw, and others do not.
            return type.IsOrInherits(_symbols.OperationCanceledException) ? null : false;
        }

        return handler.Kind == ControlFlowRegionKind.FilterAndHandler ? Passes(handler) : true;
    }

    /// <summary>Whether the filter lets the cancellation in; null when that cannot be told.</summary>
    private bool? Passes(ControlFlowRegion handler)
    {
        var body = BodyOf(handler);
        var block = _graph.Blocks[handler.FirstBlockOrdinal];
        for (var steps = 0; steps < 64; steps++)
        {
            if (block.Ordinal == body.Ordinal)
                return true;

            var branch = block.FallThroughSuccessor;
            if (block.BranchValue is { } condition && block.ConditionKind != ControlFlowConditionKind.None)
            {
                if (OutcomeOf(condition) is not { } outcome)
                    return null;

                if (outcome == (block.ConditionKind == ControlFlowConditionKind.WhenTrue))
                    branch = block.ConditionalSuccessor;
            }

            if (branch?.Destination is not { } destination)
                return branch?.Semantics == ControlFlowBranchSemantics.StructuredExceptionHandling ? false : null;

            block = destination;
        }

        return null;
    }

    private BasicBlock BodyOf(ControlFlowRegion handler)
    {
        if (handler.Kind == ControlFlowRegionKind.FilterAndHandler)
        {
            foreach (var nested in handler.NestedRegions)
            {
                if (nested.Kind == ControlFlowRegionKind.Catch)
                    return _graph.Blocks[nested.FirstBlockOrdinal];
            }
        }

        return _graph.Blocks[handler.FirstBlockOrdinal];
    }

    /// <summary>The outcome of a condition once the token is cancelled and its exception was caught; null when that cannot be told.</summary>
    private bool? OutcomeOf(IOperation condition)
    {
        switch (_map.Unwrap(condition))
        {
            case { ConstantValue: { HasValue: true, Value: bool value } }:
                return value;
            case IUnaryOperation { OperatorKind: UnaryOperatorKind.Not } not:
                return !OutcomeOf(not.Operand);
            case IBinaryOperation { OperatorKind: BinaryOperatorKind.Equals, RightOperand.ConstantValue: { HasValue: true, Value: bool value } } equals:
                return OutcomeOf(equals.LeftOperand) is { } outcome ? outcome == value : null;
            case IPropertyReferenceOperation { Property.Name: "IsCancellationRequested" } test when IsCancelled(test.Instance):
                return true;
            case IIsTypeOperation { ValueOperand.Type: { } tested } test when tested.IsOrInherits(_symbols.Exception):
                return _symbols.OperationCanceledException.IsOrInherits(test.TypeOperand as INamedTypeSymbol) ? true : null;
            case IIsPatternOperation { Value.Type: { } tested } test when tested.IsOrInherits(_symbols.Exception):
                return Matches(test.Pattern);
            case IIsPatternOperation { Pattern: IConstantPatternOperation { Value.ConstantValue: { HasValue: true, Value: bool value } } } test:
                return OutcomeOf(test.Value) is { } known ? known == value : null;
            default:
                return null;
        }
    }

    private bool? Matches(IPatternOperation pattern) => pattern switch
    {
        INegatedPatternOperation negated => !Matches(negated.Pattern),
        ITypePatternOperation type => MatchesType(type.MatchedType),
        IDeclarationPatternOperation { MatchedType: { } type } => MatchesType(type),
        IBinaryPatternOperation { OperatorKind: BinaryOperatorKind.Or } either =>
            Matches(either.LeftPattern) is true || Matches(either.RightPattern) is true ? true : null,
        _ => null,
    };

    private bool? MatchesType(ITypeSymbol type) => _symbols.OperationCanceledException.IsOrInherits(type as INamedTypeSymbol) ? true : null;

    private IOperation? CancelledCallIn(IOperation operation)
    {
        foreach (var part in operation.DescendantsAndSelf())
        {
            switch (part)
            {
                case IInvocationOperation { TargetMethod.Name: "ThrowIfCancellationRequested" } check when IsCancelled(check.Instance):
                case IInvocationOperation { TargetMethod.Name: not ("CreateLinkedTokenSource" or "Register" or "UnsafeRegister") } call when IsGivenTheToken(call.Arguments):
                case IObjectCreationOperation creation when IsGivenTheToken(creation.Arguments):
                    return part;
            }
        }

        return null;
    }

    private bool IsGivenTheToken(ImmutableArray<IArgumentOperation> arguments)
    {
        foreach (var argument in arguments)
        {
            if (IsCancelled(argument.Value))
                return true;
        }

        return false;
    }

    private bool IsCancelled(IOperation? value)
    {
        if (_map.Resolve(value) is not { } token)
            return false;

        if (SymbolEqualityComparer.Default.Equals(token, _token))
            return true;

        foreach (var source in _map.LinkedTo(token))
        {
            if (SymbolEqualityComparer.Default.Equals(source, _token))
                return true;
        }

        return false;
    }

    /// <summary>Whether the call is known not to return once its token is cancelled; a helper of somebody's may.</summary>
    private bool AlwaysThrows(IOperation call) =>
        call is IInvocationOperation { TargetMethod: var method }
        && (method.Name == "ThrowIfCancellationRequested"
            || method is { Name: "Delay", ContainingType.Name: "Task" } && method.ContainingType.Is(_symbols.Task)
            || method.ContainingType.Is(_symbols.ChannelReaderOfT)
            || method.Name == "WaitForNextTickAsync");

    private static TryStatementSyntax? EnclosingTryWithCatches(SyntaxNode? node)
    {
        for (var child = node; child is not null; child = child.Parent)
        {
            if (child.Parent is TryStatementSyntax { Catches.Count: > 0 } statement && statement.Block == child)
                return statement;

            if (child is AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax or MemberDeclarationSyntax)
                return null;
        }

        return null;
    }
}
