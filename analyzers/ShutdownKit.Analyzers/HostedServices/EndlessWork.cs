using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.HostedServices;

/// <summary>
/// Looks for work that does not end by itself within a container's grace period: a loop without an end, or a long wait, in code that
/// mentions no cancellation token at all. Loops that may end by a break, a return or the end of their data are no evidence.
/// </summary>
internal sealed class EndlessWork(SemanticModel model, IMethodSymbol method, ShutdownSymbols symbols, CancellationToken cancellationToken)
{
    // docker stop sends SIGKILL after 10 s: a shorter wait ends in time.
    private const double GracePeriodMilliseconds = 10_000;

    private bool _found;
    private bool _hasFlag;
    private bool _mentionsToken;

    /// <summary>Whether the body holds endless work.</summary>
    /// <param name="body">The method's block or expression body.</param>
    /// <param name="hasFlag">Whether it ends by a flag that another member of the type sets.</param>
    public bool IsIn(SyntaxNode body, out bool hasFlag)
    {
        Look(body, mayHop: true);
        hasFlag = _hasFlag;
        return _found && !_mentionsToken;
    }

    private void Look(SyntaxNode body, bool mayHop)
    {
        if (model.GetOperation(body, cancellationToken) is { } operation)
            Look(operation, mayHop, isWaitedFor: true);
    }

    // What nobody waits for is no evidence, but a token that it mentions may be the way in which the service stops.
    private void Look(IOperation root, bool mayHop, bool isWaitedFor)
    {
        // Without recursion: an expression may be deeper than the stack.
        var work = new Stack<(IOperation Operation, bool IsWaitedFor)>();
        work.Push((root, isWaitedFor));
        while (work.Count > 0)
        {
            IOperation operation;
            (operation, isWaitedFor) = work.Pop();
            switch (operation)
            {
                case IAnonymousFunctionOperation when !IsAwaitedTask(operation):
                case ILocalFunctionOperation:
                    isWaitedFor = false;
                    break;
                case ILoopOperation loop when isWaitedFor:
                    _found |= IsEndless(loop);
                    break;
                case IInvocationOperation call when isWaitedFor:
                    _found |= IsLongWait(call);
                    if (mayHop && IsOwnAwaitedMethod(call) && OwnBody(call.TargetMethod) is { } callee)
                        Look(callee, mayHop: false);
                    break;
            }

            if (IsToken(operation))
            {
                _mentionsToken = true;
                return;
            }

            foreach (var child in operation.ChildOperations)
                work.Push((child, isWaitedFor));
        }
    }

    private bool IsToken(IOperation operation) =>
        (operation.Type.Is(symbols.CancellationToken) || operation.Type.IsOrInherits(symbols.CancellationTokenSource))
        && operation is not (IDefaultValueOperation or IConversionOperation or IArgumentOperation)
        && operation is not IPropertyReferenceOperation { Property.Name: "None" };

    private bool IsEndless(ILoopOperation loop) => loop switch
    {
        IWhileLoopOperation loopWhile => IsEndless(loop, loopWhile.Condition),
        IForLoopOperation loopFor => IsEndless(loop, loopFor.Condition),
        IForEachLoopOperation { IsAsynchronous: true } each => IsUncancellableRead(each.Collection),
        _ => false,
    };

    private bool IsEndless(ILoopOperation loop, IOperation? condition)
    {
        if (HasExit(loop))
            return false;

        if (condition is null or { ConstantValue: { HasValue: true, Value: true } })
            return !EndsWithItsData(loop);

        if (IsTickOfOwnTimer(condition))
            return true;

        if (FlagOf(condition) is not { } flag || !Waits(loop))
            return false;

        if (IsSetElsewhere(flag))
            _hasFlag = true;

        return true;
    }

    /// <summary>A field or property of this type that alone decides whether the loop goes on.</summary>
    private static ISymbol? FlagOf(IOperation condition)
    {
        if (condition is IUnaryOperation { OperatorKind: UnaryOperatorKind.Not } not)
            condition = not.Operand;

        return condition switch
        {
            IFieldReferenceOperation { Type.SpecialType: SpecialType.System_Boolean, Instance: null or IInstanceReferenceOperation } field => field.Field,
            IPropertyReferenceOperation { Type.SpecialType: SpecialType.System_Boolean, Instance: null or IInstanceReferenceOperation, Property: var property }
                when property.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax() is PropertyDeclarationSyntax { ExpressionBody: null } => property,
            _ => null,
        };
    }

    // Members that others can reach may be set from anywhere.
    private bool IsSetElsewhere(ISymbol flag) =>
        flag.DeclaredAccessibility != Accessibility.Private
        || flag.ContainingType.DeclaringSyntaxReferences
            .SelectMany(reference => reference.GetSyntax(cancellationToken).DescendantNodes())
            .OfType<AssignmentExpressionSyntax>()
            .Any(assignment => SyntaxNames.Of(assignment.Left) == flag.Name);

    private static bool HasExit(ILoopOperation loop) =>
        Inside(loop).Any(operation => operation switch
        {
            IBranchOperation { BranchKind: BranchKind.Break } leave => SymbolEqualityComparer.Default.Equals(leave.Target, loop.ExitLabel),
            IBranchOperation { BranchKind: BranchKind.GoTo } => true,
            IReturnOperation { Kind: OperationKind.Return } => true,
            IThrowOperation => true,
            _ => false,
        });

    // Reading from a queue ends by an exception once the queue is completed, waiting for a connection once the listener is closed.
    private bool EndsWithItsData(ILoopOperation loop) =>
        Inside(loop).Any(operation => operation is IInvocationOperation call
            && ((call.TargetMethod.ContainingType.Is(symbols.ChannelReaderOfT) && !IsOnOwnOpenChannel(call))
                || call.TargetMethod.ContainingType.Is(symbols.Type("System.Collections.Concurrent.BlockingCollection`1"))
                || call.TargetMethod.Name.StartsWith("Accept", StringComparison.Ordinal)
                || call.TargetMethod.Name.StartsWith("GetContext", StringComparison.Ordinal)));

    private bool Waits(ILoopOperation loop) =>
        Inside(loop).Any(operation => operation is IInvocationOperation call
            && ((call.TargetMethod.Name == "Delay" && call.TargetMethod.ContainingType.Is(symbols.Task))
                || (call.TargetMethod.Name == "Sleep" && call.TargetMethod.ContainingType.Is(symbols.Thread))));

    private bool IsTickOfOwnTimer(IOperation condition) =>
        condition is IAwaitOperation { Operation: var awaited }
        && WithoutConfigureAwait(awaited) is IInvocationOperation { TargetMethod.Name: "WaitForNextTickAsync", Instance: ILocalReferenceOperation } tick
        && tick.TargetMethod.ContainingType.Is(symbols.Type("System.Threading.PeriodicTimer"));

    private bool IsUncancellableRead(IOperation collection)
    {
        while (collection is IConversionOperation conversion)
            collection = conversion.Operand;

        return WithoutConfigureAwait(collection) is IInvocationOperation { TargetMethod.Name: "ReadAllAsync" } read
               && read.TargetMethod.ContainingType.Is(symbols.ChannelReaderOfT)
               && IsOnOwnOpenChannel(read);
    }

    // A channel that this type made for itself and that it completes nowhere.
    private bool IsOnOwnOpenChannel(IInvocationOperation read) =>
        read.Instance is IPropertyReferenceOperation { Property.Name: "Reader", Instance: IFieldReferenceOperation { Field: { DeclaredAccessibility: Accessibility.Private, IsStatic: false } channel } }
        && SymbolEqualityComparer.Default.Equals(channel.ContainingType, method.ContainingType)
        && IsCreatedHereAndNeverCompleted(channel);

    private bool IsCreatedHereAndNeverCompleted(IFieldSymbol channel)
    {
        var initializer = (channel.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax(cancellationToken) as VariableDeclaratorSyntax)?.Initializer?.Value;
        if (initializer is not InvocationExpressionSyntax creation || SyntaxNames.OfInvoked(creation) is not ("CreateBounded" or "CreateUnbounded"))
            return false;

        return !channel.ContainingType.DeclaringSyntaxReferences
            .SelectMany(reference => reference.GetSyntax(cancellationToken).DescendantNodes())
            .OfType<SimpleNameSyntax>()
            .Any(name => name.Identifier.ValueText is "Complete" or "TryComplete");
    }

    private bool IsLongWait(IInvocationOperation call)
    {
        if (call.Arguments.Length != 1)
            return call is { Arguments.Length: 0, TargetMethod.Name: "WaitOne", Instance: ILocalReferenceOperation }
                   && call.TargetMethod.ContainingType.Is(symbols.WaitHandle);

        var target = call.TargetMethod;
        if (!(target.Name == "Delay" && target.ContainingType.Is(symbols.Task) && IsAwaited(call))
            && !(target.Name == "Sleep" && target.ContainingType.Is(symbols.Thread)))
        {
            return false;
        }

        var time = call.Arguments[0].Value;
        return Model.Waits.IsInfinite(time) || Model.Waits.Milliseconds(time) >= GracePeriodMilliseconds;
    }

    private static IOperation WithoutConfigureAwait(IOperation operation) =>
        operation is IInvocationOperation { TargetMethod.Name: "ConfigureAwait", Instance: { } inner } ? inner : operation;

    private static bool IsAwaited(IOperation operation)
    {
        var parent = operation.Parent;
        while (parent is IConversionOperation or IInvocationOperation { TargetMethod.Name: "ConfigureAwait" or "Unwrap" or "Wait" or "GetAwaiter" or "GetResult" })
        {
            if (parent is IInvocationOperation { TargetMethod.Name: "Wait" or "GetResult" })
                return true;

            parent = parent.Parent;
        }

        return parent is IAwaitOperation or IReturnOperation;
    }

    // await Task.Run(() => ...): the task is as long as the lambda.
    private bool IsAwaitedTask(IOperation lambda)
    {
        var parent = lambda.Parent;
        while (parent is IConversionOperation or IDelegateCreationOperation or IArgumentOperation)
            parent = parent.Parent;

        return parent is IInvocationOperation { TargetMethod: { Name: "Run", ContainingType: var type } } run && type.Is(symbols.Task) && IsAwaited(run);
    }

    private bool IsOwnAwaitedMethod(IInvocationOperation call) =>
        SymbolEqualityComparer.Default.Equals(call.TargetMethod.ContainingType, method.ContainingType)
        && call.TargetMethod is { IsVirtual: false, IsAbstract: false, IsOverride: false }
        && IsAwaited(call);

    private SyntaxNode? OwnBody(IMethodSymbol callee) =>
        callee.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax(cancellationToken) is MethodDeclarationSyntax declaration
        && declaration.SyntaxTree == model.SyntaxTree
            ? (SyntaxNode?)declaration.Body ?? declaration.ExpressionBody
            : null;

    private static IEnumerable<IOperation> Inside(IOperation root)
    {
        var work = new Stack<IOperation>();
        work.Push(root);
        while (work.Count > 0)
        {
            foreach (var child in work.Pop().ChildOperations)
            {
                if (child is IAnonymousFunctionOperation or ILocalFunctionOperation)
                    continue;

                yield return child;
                work.Push(child);
            }
        }
    }
}
