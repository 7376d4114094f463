using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.Signals;

/// <summary>How a program is kept alive.</summary>
internal enum WaitKind
{
    /// <summary>A loop that nothing inside of it ends.</summary>
    Loop,

    /// <summary>A wait for something that never comes.</summary>
    Wait,

    /// <summary>A line or key of a terminal.</summary>
    Terminal,
}

/// <summary>Something that keeps a program alive for ever.</summary>
internal sealed class EndlessWait(WaitKind kind, IOperation operation, Location location)
{
    public WaitKind Kind { get; } = kind;

    public IOperation Operation { get; } = operation;

    /// <summary>The call, or the head of the loop.</summary>
    public Location Location { get; } = location;
}

/// <summary>Finds what keeps a program alive in a method, lambdas left aside, and in order.</summary>
internal sealed class EndlessWaits(ShutdownSymbols symbols)
{
    private static readonly string[] ServerSuffixes =
    [
        "Server", "Listener", "Service", "Bot", "Worker", "Consumer", "Daemon", "Broker", "Bus", "Receiver", "Processor", "Scheduler", "Watcher", "Subscriber",
        "Proxy", "Gateway", "Agent",
    ];

    /// <summary>The first endless wait of the method; null when there is none that is beyond doubt.</summary>
    public EndlessWait? FirstIn(IOperation root)
    {
        var startsServer = false;
        foreach (var operation in root.Descendants())
        {
            if (IsInNestedFunction(operation, root))
                continue;

            switch (operation)
            {
                case ILoopOperation loop when IsEndless(loop):
                    return new EndlessWait(WaitKind.Loop, loop, HeadOf(loop));
                case IInvocationOperation call when WaitsForEver(call):
                    return new EndlessWait(WaitKind.Wait, call, call.Syntax.GetLocation());
                case IInvocationOperation call when startsServer && IsKeepAlive(call):
                    return new EndlessWait(WaitKind.Terminal, call, call.Syntax.GetLocation());
                case IInvocationOperation call:
                    startsServer |= StartsServer(call);
                    break;
            }
        }

        return null;
    }

    /// <summary>Whether the operation is in a lambda or local function below <paramref name="root"/>, which runs at some other time.</summary>
    public static bool IsInNestedFunction(IOperation operation, IOperation root)
    {
        for (var current = operation.Parent; current is not null && current != root; current = current.Parent)
        {
            if (current is IAnonymousFunctionOperation or ILocalFunctionOperation)
                return true;
        }

        return false;
    }

    private static bool IsEndless(ILoopOperation loop)
    {
        var isEndless = loop switch
        {
            IWhileLoopOperation { ConditionIsUntil: false } once => HoldsForEver(once.Condition),
            IForLoopOperation counted => counted.Condition is null || HoldsForEver(counted.Condition),
            _ => false,
        };
        if (!isEndless)
            return false;

        foreach (var operation in loop.Body.Descendants())
        {
            switch (operation)
            {
                case IReturnOperation or IThrowOperation when !IsInNestedFunction(operation, loop):
                case IBranchOperation { BranchKind: BranchKind.GoTo }:
                case IBranchOperation { BranchKind: BranchKind.Break } leave when SymbolEqualityComparer.Default.Equals(leave.Target, loop.ExitLabel):
                // A program that reads from a terminal is no service, and one that can exit by itself decides for itself.
                case IInvocationOperation call when IsInteractive(call.TargetMethod) || call.TargetMethod is { Name: "Exit" or "FailFast", ContainingType.Name: "Environment" }:
                    return false;
            }
        }

        return true;
    }

    // Constant, or ended by nothing but a Ctrl+C handler, which SIGTERM does not call.
    private static bool HoldsForEver(IOperation? condition) => condition switch
    {
        { ConstantValue: { HasValue: true, Value: var value } } => value is true,
        IUnaryOperation { OperatorKind: UnaryOperatorKind.Not, Operand: IPropertyReferenceOperation { Property.Name: "IsCancellationRequested" } requested } =>
            requested.Instance is { } source && IsTokenSource(source) && IsNeverSet(source, CancelsSource),
        IUnaryOperation { OperatorKind: UnaryOperatorKind.Not, Operand: ILocalReferenceOperation or IFieldReferenceOperation } not =>
            IsFlag(not.Operand) && IsNeverSet(not.Operand, WritesFlag),
        ILocalReferenceOperation or IFieldReferenceOperation => IsFlag(condition) && IsNeverSet(condition, WritesFlag),
        _ => false,
    };

    private static bool IsFlag(IOperation reference) => reference.Type?.SpecialType == SpecialType.System_Boolean;

    private static bool IsTokenSource(IOperation reference) => reference.Type?.Name == "CancellationTokenSource";

    private static bool WritesFlag(SyntaxNode use) => use.Parent switch
    {
        AssignmentExpressionSyntax assignment => assignment.Left == use,
        ArgumentSyntax argument => argument.RefKindKeyword.RawKind != 0,
        RefExpressionSyntax => true,
        _ => false,
    };

    private static bool CancelsSource(SyntaxNode use) =>
        use.Parent is not MemberAccessExpressionSyntax { Name.Identifier.ValueText: "Token" or "IsCancellationRequested" or "Dispose" } member || member.Expression != use;

    // Whatever is neither a wait nor the creation of the event may set it.
    private static bool SetsEvent(SyntaxNode use)
    {
        var isWait = use.Parent is MemberAccessExpressionSyntax { Name.Identifier.ValueText: "Wait" or "WaitOne" or "Dispose" or "Reset" } waits && waits.Expression == use;
        var isCreation = use.Parent is AssignmentExpressionSyntax { Right: BaseObjectCreationExpressionSyntax } assignment && assignment.Left == use;
        return !isWait && !isCreation;
    }

    // Linked to other sources, with a time limit, or not made here: something else may end the wait.
    private static bool EndsByItself(SyntaxNode root, string name, bool isTokenSource)
    {
        foreach (var node in root.DescendantNodes())
        {
            if (node is not VariableDeclaratorSyntax { Initializer.Value: { } value } variable || variable.Identifier.ValueText != name)
                continue;

            var isHarmless = value is LiteralExpressionSyntax
                             || value is BaseObjectCreationExpressionSyntax creation && !(isTokenSource && creation.ArgumentList is { Arguments.Count: > 0 });
            if (!isHarmless)
                return true;
        }

        return false;
    }

    private static bool IsInteractive(IMethodSymbol method) =>
        method.Name is "ReadLine" or "ReadKey" or "Prompt" or "Ask" or "Read" or "ReadLineAsync"
        && (method.ContainingType.Name.Contains("Console") || method.ContainingType.Name.Contains("ReadLine") || method.ContainingType.Name == "TextReader");

    private static Location HeadOf(ILoopOperation loop) => loop.Syntax switch
    {
        WhileStatementSyntax statement => Location.Create(statement.SyntaxTree, Microsoft.CodeAnalysis.Text.TextSpan.FromBounds(statement.SpanStart, statement.CloseParenToken.Span.End)),
        ForStatementSyntax statement => Location.Create(statement.SyntaxTree, Microsoft.CodeAnalysis.Text.TextSpan.FromBounds(statement.SpanStart, statement.CloseParenToken.Span.End)),
        var other => other.GetLocation(),
    };

    private bool WaitsForEver(IInvocationOperation call)
    {
        var method = call.TargetMethod;
        switch (method.Name)
        {
            case "Sleep" when method.ContainingType.Is(symbols.Thread):
                return IsInfinite(call.Arguments[0].Value);
            case "Delay" when method.ContainingType.Is(symbols.Task):
                return IsInfinite(call.Arguments[0].Value) && HasNoToken(call) && IsAwaited(call);
            case "WaitOne" when method.ContainingType.IsOrInherits(symbols.WaitHandle):
                return (call.Arguments.Length == 0 || IsInfinite(call.Arguments[0].Value)) && IsNeverSet(call.Instance, SetsEvent);
            case "Wait" when method.ContainingType.Name is "ManualResetEventSlim" or "SemaphoreSlim" or "CountdownEvent":
                return call.Arguments.Length == 0 && IsNeverSet(call.Instance, SetsEvent);
            case "Join" when method.ContainingType.Is(symbols.Thread):
                return call.Arguments.Length == 0 && call.Instance is IPropertyReferenceOperation { Property.Name: "CurrentThread" };
            default:
                return false;
        }
    }

    private static bool IsInfinite(IOperation value) => value switch
    {
        IConversionOperation conversion => IsInfinite(conversion.Operand),
        IFieldReferenceOperation { Field: { Name: "InfiniteTimeSpan", ContainingType.Name: "Timeout" } } => true,
        _ => value.ConstantValue is { HasValue: true, Value: -1 or -1L },
    };

    private static bool HasNoToken(IInvocationOperation call)
    {
        foreach (var argument in call.Arguments)
        {
            if (argument.Value.Type?.Name == "CancellationToken"
                && argument.Value is not (IDefaultValueOperation or IPropertyReferenceOperation { Property.Name: "None" }))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether the caller goes on only when the task has ended.</summary>
    public static bool IsAwaited(IInvocationOperation call) => call.Parent switch
    {
        IAwaitOperation => true,
        IInvocationOperation { TargetMethod.Name: "Wait" or "GetAwaiter" or "ConfigureAwait" } => true,
        IArgumentOperation { Parent: IInvocationOperation { TargetMethod.Name: "ConfigureAwait" } } => true,
        IPropertyReferenceOperation { Property.Name: "Result" } => true,
        _ => false,
    };

    // By name and within the file: what a Ctrl+C handler sets is not set by SIGTERM, and what anything else sets ends the wait.
    private static bool IsNeverSet(IOperation? instance, Func<SyntaxNode, bool> sets)
    {
        var name = instance switch
        {
            IObjectCreationOperation => null,
            ILocalReferenceOperation local => local.Local.Name,
            IFieldReferenceOperation { Field.DeclaredAccessibility: Accessibility.Private } field => field.Field.Name,
            _ => "",
        };
        if (name is null)
            return true;
        if (name.Length == 0)
            return false;

        var root = instance!.Syntax.SyntaxTree.GetRoot();
        if (EndsByItself(root, name, IsTokenSource(instance)))
            return false;

        foreach (var node in root.DescendantNodes())
        {
            if (node is not IdentifierNameSyntax identifier || identifier.Identifier.ValueText != name)
                continue;

            var use = identifier.Parent is MemberAccessExpressionSyntax { Expression: ThisExpressionSyntax } self ? (SyntaxNode)self : identifier;
            if (sets(use) && !IsInCancelKeyPressHandler(identifier, root))
                return false;
        }

        return true;
    }

    private static bool IsInCancelKeyPressHandler(SyntaxNode node, SyntaxNode root)
    {
        foreach (var ancestor in node.Ancestors())
        {
            switch (ancestor)
            {
                case AssignmentExpressionSyntax { RawKind: (int)SyntaxKind.AddAssignmentExpression } assignment when IsCancelKeyPress(assignment.Left):
                    return true;
                case MethodDeclarationSyntax method:
                    return IsNamedAsHandler(method.Identifier.ValueText, root);
                case LocalFunctionStatementSyntax function:
                    return IsNamedAsHandler(function.Identifier.ValueText, root);
            }
        }

        return false;
    }

    private static bool IsNamedAsHandler(string name, SyntaxNode root)
    {
        var isHandler = false;
        foreach (var node in root.DescendantNodes())
        {
            if (node is not IdentifierNameSyntax identifier || identifier.Identifier.ValueText != name)
                continue;

            // It is the handler and nothing else calls it.
            if (identifier.Ancestors().OfType<AssignmentExpressionSyntax>().FirstOrDefault() is not { } assignment || !IsCancelKeyPress(assignment.Left))
                return false;
            isHandler = true;
        }

        return isHandler;
    }

    private static bool IsCancelKeyPress(ExpressionSyntax expression) =>
        expression is MemberAccessExpressionSyntax { Name.Identifier.ValueText: "CancelKeyPress" } or IdentifierNameSyntax { Identifier.ValueText: "CancelKeyPress" };

    private bool IsKeepAlive(IInvocationOperation call)
    {
        if (!call.TargetMethod.ContainingType.Is(symbols.Console) || call.TargetMethod.Name is not ("ReadLine" or "ReadKey" or "Read"))
            return false;

        // What is read is not used, and it is not only done now and then.
        var statement = call.Parent is ISimpleAssignmentOperation { Target: IDiscardOperation } discard ? discard.Parent : call.Parent;
        return statement is IExpressionStatementOperation && statement.Syntax.Ancestors().TakeWhile(it => it is not (MemberDeclarationSyntax and not GlobalStatementSyntax))
            .All(it => it is not (IfStatementSyntax or SwitchSectionSyntax or CatchClauseSyntax or WhileStatementSyntax or ForStatementSyntax or DoStatementSyntax or ForEachStatementSyntax));
    }

    private static bool StartsServer(IInvocationOperation call)
    {
        var method = call.TargetMethod;
        if (method.Name is "BeginAccept" or "BeginAcceptTcpClient" or "BasicConsume" or "BasicConsumeAsync" or "Listen" or "StartListening" or "StartReceiving")
            return true;
        if (method.Name is not ("Start" or "StartAsync" or "Open" or "OpenAsync" or "Listen"))
            return false;

        var type = (call.Instance?.Type ?? method.ContainingType).Name;
        return ServerSuffixes.Any(suffix => type.EndsWith(suffix, StringComparison.Ordinal));
    }
}
