using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;
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
internal sealed class EndlessWait(WaitKind kind, SyntaxNode node)
{
    public WaitKind Kind { get; } = kind;

    /// <summary>The call, or the loop.</summary>
    public SyntaxNode Node { get; } = node;

    /// <summary>The call, or the head of the loop.</summary>
    public Location Location { get; } = node switch
    {
        WhileStatementSyntax loop => Head(loop.SpanStart, loop.CloseParenToken, loop),
        ForStatementSyntax loop => Head(loop.SpanStart, loop.CloseParenToken, loop),
        DoStatementSyntax loop => Head(loop.WhileKeyword.SpanStart, loop.CloseParenToken, loop),
        _ => node.GetLocation(),
    };

    private static Location Head(int start, SyntaxToken end, SyntaxNode loop) =>
        Location.Create(loop.SyntaxTree, TextSpan.FromBounds(start, end.Span.End));
}

/// <summary>Finds what keeps a program alive in a method, lambdas left aside, and in order.</summary>
internal static class EndlessWaits
{
    /// <summary>The first endless loop or wait of a body; null when there is none that is beyond doubt.</summary>
    public static EndlessWait? FirstIn(SyntaxNode body, SemanticModel model, ShutdownSymbols symbols, CancellationToken cancellationToken)
    {
        foreach (var node in OwnCodeOf(body))
        {
            switch (node)
            {
                case WhileStatementSyntax or ForStatementSyntax or DoStatementSyntax when IsEndless((StatementSyntax)node, model, cancellationToken):
                    return new EndlessWait(WaitKind.Loop, node);
                case InvocationExpressionSyntax call when WaitsForEver(call, model, symbols, cancellationToken):
                    return new EndlessWait(WaitKind.Wait, call);
                case AwaitExpressionSyntax { Expression: MemberAccessExpressionSyntax { Name.Identifier.ValueText: "Task" } task }
                    when IsNeverSet(task.Expression, "TaskCompletionSource", SetsTask, model, cancellationToken):
                    return new EndlessWait(WaitKind.Wait, task);
            }
        }

        return null;
    }

    /// <summary>
    /// Whether the body has a loop or a wait that a token ends which may come from a Ctrl+C handler, and nothing else ends it.
    /// </summary>
    public static bool RunsUntilCancelled(SyntaxNode body)
    {
        foreach (var node in OwnCodeOf(body))
        {
            switch (node)
            {
                case WhileStatementSyntax { Condition: PrefixUnaryExpressionSyntax { RawKind: (int)SyntaxKind.LogicalNotExpression, Operand: MemberAccessExpressionSyntax asked } } loop
                    when asked.Name.Identifier.ValueText == "IsCancellationRequested" && !HasExit(loop):
                case WhileStatementSyntax { Condition: LiteralExpressionSyntax { RawKind: (int)SyntaxKind.TrueLiteralExpression } } endless
                    when !HasExit(endless) && UsesToken(endless.Statement):
                case InvocationExpressionSyntax { ArgumentList.Arguments: { Count: 2 } delay } call
                    when SyntaxNames.OfInvoked(call) == "Delay" && IsInfinite(delay[0].Expression) && IsToken(delay[1].Expression):
                case InvocationExpressionSyntax { ArgumentList.Arguments.Count: 0, Expression: MemberAccessExpressionSyntax { Name.Identifier.ValueText: "WaitOne" } wait }
                    when SyntaxNames.Of(wait.Expression) == "WaitHandle":
                    return true;
            }
        }

        return false;
    }

    /// <summary>Whether the body uses what it reads from the terminal: a shell, or a program that is controlled by hand.</summary>
    public static bool IsInteractive(SyntaxNode body)
    {
        foreach (var node in body.DescendantNodes())
        {
            if (node is InvocationExpressionSyntax { Parent: not ExpressionStatementSyntax } call && IsTerminalRead(call))
                return true;
        }

        return false;
    }

    /// <summary>The nodes of a body in their order, without those of lambdas, local functions and types, which run at some other time.</summary>
    public static IEnumerable<SyntaxNode> OwnCodeOf(SyntaxNode body) =>
        body.DescendantNodes(static node => node is not (AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax or TypeDeclarationSyntax));

    /// <summary>The body of the method, local function or lambda around a node, or the file of top-level statements; null for initializers.</summary>
    public static SyntaxNode? BodyAround(SyntaxNode node)
    {
        foreach (var ancestor in node.Ancestors())
        {
            switch (ancestor)
            {
                case AnonymousFunctionExpressionSyntax function:
                    return function.Body;
                case BaseMethodDeclarationSyntax or LocalFunctionStatementSyntax:
                    return SignalHandlers.BodyOf(ancestor);
                case GlobalStatementSyntax:
                    return ancestor.Parent;
                case MemberDeclarationSyntax:
                    return null;
            }
        }

        return null;
    }

    /// <summary>Whether the call is <c>Console.ReadLine()</c>, <c>ReadKey</c> or <c>Read</c>.</summary>
    public static bool IsTerminalRead(InvocationExpressionSyntax call) =>
        SyntaxNames.OfInvoked(call) is "ReadLine" or "ReadLineAsync" or "ReadKey" or "Read" && SyntaxNames.OfReceiver(call) is "Console" or "In";

    /// <summary>Whether the caller goes on only when the task has ended.</summary>
    public static bool IsAwaited(SyntaxNode call)
    {
        var outer = call.Parent;
        while (outer is ParenthesizedExpressionSyntax)
            outer = outer.Parent;
        return outer switch
        {
            AwaitExpressionSyntax or ReturnStatementSyntax or ArrowExpressionClauseSyntax => true,
            MemberAccessExpressionSyntax { Name.Identifier.ValueText: "Wait" or "GetAwaiter" or "Result" or "ConfigureAwait" or "WaitAsync" } => true,
            ArgumentSyntax { Parent.Parent: InvocationExpressionSyntax combined } =>
                SyntaxNames.OfInvoked(combined) is "WhenAll" or "WhenAny" or "WaitAll" or "WaitAny" && (SyntaxNames.OfInvoked(combined)!.StartsWith("Wait", StringComparison.Ordinal) || IsAwaited(combined)),
            _ => false,
        };
    }

    private static bool IsEndless(StatementSyntax loop, SemanticModel model, CancellationToken cancellationToken)
    {
        var holds = loop switch
        {
            WhileStatementSyntax once => HoldsForEver(once.Condition, model, cancellationToken),
            DoStatementSyntax again => HoldsForEver(again.Condition, model, cancellationToken),
            ForStatementSyntax counted => counted.Condition is null || HoldsForEver(counted.Condition, model, cancellationToken),
            _ => false,
        };
        return holds && !HasExit(loop) && !UsesToken(loop);
    }

    // Leaves the loop, or the program; a program that reads from a terminal is no service.
    private static bool HasExit(StatementSyntax loop)
    {
        foreach (var node in OwnCodeOf(loop))
        {
            switch (node)
            {
                case ReturnStatementSyntax or ThrowStatementSyntax or ThrowExpressionSyntax or GotoStatementSyntax { RawKind: (int)SyntaxKind.GotoStatement }:
                case YieldStatementSyntax:
                case BreakStatementSyntax leave when Left(leave) == loop:
                case InvocationExpressionSyntax call when SyntaxNames.OfInvoked(call) is "Exit" or "FailFast" or "Prompt" or "Ask" || IsTerminalRead(call):
                    return true;
            }
        }

        return false;
    }

    private static SyntaxNode? Left(BreakStatementSyntax leave)
    {
        for (var node = leave.Parent; node is not null; node = node.Parent)
        {
            if (node is WhileStatementSyntax or DoStatementSyntax or ForStatementSyntax or CommonForEachStatementSyntax or SwitchStatementSyntax)
                return node;
        }

        return null;
    }

    // An exception of a cancelled call ends the loop as well.
    private static bool UsesToken(SyntaxNode code)
    {
        foreach (var node in OwnCodeOf(code))
        {
            if (node is ArgumentSyntax { Expression: var argument } && IsToken(argument) || node is IdentifierNameSyntax { Identifier.ValueText: "ThrowIfCancellationRequested" })
                return true;
        }

        return false;
    }

    private static bool IsToken(ExpressionSyntax expression) =>
        expression is IdentifierNameSyntax or MemberAccessExpressionSyntax
        && SyntaxNames.Of(expression) is { } name
        && (name.EndsWith("token", StringComparison.OrdinalIgnoreCase) || name.EndsWith("ct", StringComparison.Ordinal) && name.Length <= 3
            || name.IndexOf("cancel", StringComparison.OrdinalIgnoreCase) >= 0);

    // Constant, or ended by nothing but a Ctrl+C handler, which SIGTERM does not call.
    private static bool HoldsForEver(ExpressionSyntax condition, SemanticModel model, CancellationToken cancellationToken)
    {
        switch (condition)
        {
            case LiteralExpressionSyntax literal:
                return literal.IsKind(SyntaxKind.TrueLiteralExpression);
            case ParenthesizedExpressionSyntax inner:
                return HoldsForEver(inner.Expression, model, cancellationToken);
            case PrefixUnaryExpressionSyntax { RawKind: (int)SyntaxKind.LogicalNotExpression, Operand: MemberAccessExpressionSyntax { Name.Identifier.ValueText: "IsCancellationRequested" } requested }:
                return IsNeverSet(requested.Expression, "CancellationTokenSource", CancelsSource, model, cancellationToken);
            case PrefixUnaryExpressionSyntax { RawKind: (int)SyntaxKind.LogicalNotExpression, Operand: IdentifierNameSyntax flag }:
                return IsNeverSet(flag, "Boolean", static use => WritesFlag(use, SyntaxKind.FalseLiteralExpression), model, cancellationToken);
            case IdentifierNameSyntax flag:
                return IsNeverSet(flag, "Boolean", static use => WritesFlag(use, SyntaxKind.TrueLiteralExpression), model, cancellationToken);
            default:
                return false;
        }
    }

    private static bool WaitsForEver(InvocationExpressionSyntax call, SemanticModel model, ShutdownSymbols symbols, CancellationToken cancellationToken)
    {
        var arguments = call.ArgumentList.Arguments;
        var receiver = (call.Expression as MemberAccessExpressionSyntax)?.Expression;
        switch (SyntaxNames.OfInvoked(call))
        {
            case "Sleep" when arguments.Count == 1 && IsInfinite(arguments[0].Expression):
                return IsMethodOf(symbols.Thread);
            case "Delay" when arguments.Count is 1 or 2 && IsInfinite(arguments[0].Expression) && (arguments.Count == 1 || IsNoToken(arguments[1].Expression)) && IsAwaited(call):
                return IsMethodOf(symbols.Task);
            case "WaitOne" when receiver is not null && (arguments.Count == 0 || IsInfinite(arguments[0].Expression)):
                return IsNeverSet(receiver, "WaitHandle", SetsEvent, model, cancellationToken);
            case "Wait" when receiver is MemberAccessExpressionSyntax { Name.Identifier.ValueText: "Task" } task && arguments.Count == 0:
                return IsNeverSet(task.Expression, "TaskCompletionSource", SetsTask, model, cancellationToken);
            case "Wait" when receiver is not null && arguments.Count == 0:
                return IsNeverSet(receiver, "Event", SetsEvent, model, cancellationToken);
            case "SpinUntil" when arguments.Count == 1 && arguments[0].Expression is LambdaExpressionSyntax { ExpressionBody: LiteralExpressionSyntax { RawKind: (int)SyntaxKind.FalseLiteralExpression } }:
            case "Join" when arguments.Count == 0 && SyntaxNames.Of(receiver) == "CurrentThread":
            case "WaitForExit" or "WaitForExitAsync" when arguments.Count == 0 && receiver is InvocationExpressionSyntax own && SyntaxNames.OfInvoked(own) == "GetCurrentProcess":
                return true;
            default:
                return false;
        }

        bool IsMethodOf(INamedTypeSymbol? type) => model.GetSymbolInfo(call, cancellationToken).Symbol?.ContainingType.Is(type) == true;
    }

    private static bool IsInfinite(ExpressionSyntax duration) => duration switch
    {
        PrefixUnaryExpressionSyntax { RawKind: (int)SyntaxKind.UnaryMinusExpression, Operand: LiteralExpressionSyntax { Token.ValueText: "1" } } => true,
        MemberAccessExpressionSyntax { Name.Identifier.ValueText: "Infinite" or "InfiniteTimeSpan" } => true,
        IdentifierNameSyntax { Identifier.ValueText: "Infinite" or "InfiniteTimeSpan" } => true,
        MemberAccessExpressionSyntax { Name.Identifier.ValueText: "MaxValue", Expression: var type } => type.ToString() is "int" or "Int32" or "System.Int32",
        InvocationExpressionSyntax { ArgumentList.Arguments: { Count: 1 } milliseconds } call =>
            SyntaxNames.OfInvoked(call) == "FromMilliseconds" && IsInfinite(milliseconds[0].Expression),
        _ => false,
    };

    private static bool IsNoToken(ExpressionSyntax token) =>
        token is LiteralExpressionSyntax or DefaultExpressionSyntax || SyntaxNames.Of(token) == "None";

    // An assignment of what it is anyway while the loop runs does not end the loop.
    private static bool WritesFlag(SyntaxNode use, SyntaxKind running) => use.Parent switch
    {
        AssignmentExpressionSyntax assignment => assignment.Left == use && !assignment.Right.IsKind(running),
        ArgumentSyntax argument => argument.RefKindKeyword.RawKind != 0,
        RefExpressionSyntax => true,
        _ => false,
    };

    private static bool CancelsSource(SyntaxNode use) =>
        use.Parent is not MemberAccessExpressionSyntax { Name.Identifier.ValueText: "Token" or "IsCancellationRequested" or "Dispose" } member || member.Expression != use;

    // Whatever is neither a wait nor the creation of the event may set it.
    private static bool SetsEvent(SyntaxNode use)
    {
        var isWait = use.Parent is MemberAccessExpressionSyntax { Name.Identifier.ValueText: "Wait" or "WaitOne" or "Dispose" or "Close" or "Reset" } waits && waits.Expression == use;
        var isCreation = use.Parent is AssignmentExpressionSyntax { Right: BaseObjectCreationExpressionSyntax } assignment && assignment.Left == use;
        return !isWait && !isCreation;
    }

    private static bool SetsTask(SyntaxNode use) =>
        use.Parent is not MemberAccessExpressionSyntax { Name.Identifier.ValueText: "Task" } member || member.Expression != use;

    // By name and within the file: what a Ctrl+C handler sets is not set by SIGTERM, and what anything else sets ends the wait.
    private static bool IsNeverSet(ExpressionSyntax instance, string kind, Func<SyntaxNode, bool> sets, SemanticModel model, CancellationToken cancellationToken)
    {
        if (instance is BaseObjectCreationExpressionSyntax created)
            return StartsUnset(created, kind) && IsKind(model.GetTypeInfo(created, cancellationToken).Type);

        if (instance is MemberAccessExpressionSyntax { Expression: ThisExpressionSyntax, Name: IdentifierNameSyntax own })
            instance = own;
        if (instance is not IdentifierNameSyntax { Identifier.ValueText: var name })
            return false;

        var isOurs = model.GetSymbolInfo(instance, cancellationToken).Symbol switch
        {
            ILocalSymbol local => IsKind(local.Type),
            IFieldSymbol { DeclaredAccessibility: Accessibility.Private } field => IsKind(field.Type),
            _ => false,
        };
        var root = instance.SyntaxTree.GetRoot(cancellationToken);
        if (!isOurs || !IsMadeHere(root, name, kind))
            return false;

        foreach (var node in root.DescendantNodes())
        {
            if (node is not IdentifierNameSyntax identifier || identifier.Identifier.ValueText != name || identifier.Parent is NameColonSyntax)
                continue;

            var use = identifier.Parent is MemberAccessExpressionSyntax { Expression: ThisExpressionSyntax } self ? (SyntaxNode)self : identifier;
            if (sets(use) && !IsInCancelKeyPressHandler(identifier, root))
                return false;
        }

        return true;

        bool IsKind(ITypeSymbol? type) => kind switch
        {
            "Boolean" => type?.SpecialType == SpecialType.System_Boolean,
            "WaitHandle" => type?.Name is "ManualResetEvent" or "AutoResetEvent" or "EventWaitHandle" or "WaitHandle",
            "Event" => type?.Name is "ManualResetEventSlim" or "SemaphoreSlim" or "CountdownEvent",
            _ => type?.Name == kind,
        };
    }

    private static bool StartsUnset(BaseObjectCreationExpressionSyntax creation, string kind)
    {
        var arguments = creation.ArgumentList?.Arguments;
        return kind switch
        {
            // A named event may be set by another process, and a first argument that is true lets the first wait pass.
            "WaitHandle" => arguments is { Count: 1 or 2 } list && list[0].Expression.IsKind(SyntaxKind.FalseLiteralExpression),
            "Event" => arguments is null or { Count: 0 }
                       || arguments is { Count: 1 or 2 } list && (list[0].Expression.IsKind(SyntaxKind.FalseLiteralExpression) || list[0].Expression is LiteralExpressionSyntax { Token.ValueText: "0" or "1" }),
            "CancellationTokenSource" => arguments is null or { Count: 0 },
            _ => true,
        };
    }

    // Made here, and neither linked to other sources nor with a time limit: else something that is not seen may end the wait.
    private static bool IsMadeHere(SyntaxNode root, string name, string kind)
    {
        var isMade = kind == "Boolean";
        foreach (var node in root.DescendantNodes())
        {
            var value = node switch
            {
                VariableDeclaratorSyntax { Initializer.Value: { } initial } variable when variable.Identifier.ValueText == name => initial,
                AssignmentExpressionSyntax { Right: BaseObjectCreationExpressionSyntax later } assignment when SyntaxNames.Of(assignment.Left) == name => later,
                _ => null,
            };
            switch (value)
            {
                case null or LiteralExpressionSyntax:
                    break;
                case BaseObjectCreationExpressionSyntax creation when StartsUnset(creation, kind):
                    isMade = true;
                    break;
                default:
                    return false;
            }
        }

        return isMade;
    }

    private static bool IsInCancelKeyPressHandler(SyntaxNode node, SyntaxNode root)
    {
        foreach (var ancestor in node.Ancestors())
        {
            switch (ancestor)
            {
                case AssignmentExpressionSyntax { RawKind: (int)SyntaxKind.AddAssignmentExpression } assignment when SyntaxNames.Of(assignment.Left) == "CancelKeyPress":
                case VariableDeclarationSyntax { Type: var type } when TypeNameOf(type) == "ConsoleCancelEventHandler":
                    return true;
                case MethodDeclarationSyntax method:
                    return IsNamedAsHandler(method.Identifier.ValueText, root);
                case LocalFunctionStatementSyntax function:
                    return IsNamedAsHandler(function.Identifier.ValueText, root);
            }
        }

        return false;
    }

    private static string? TypeNameOf(TypeSyntax type) => SyntaxNames.Of(type is NullableTypeSyntax nullable ? nullable.ElementType : type);

    private static bool IsNamedAsHandler(string name, SyntaxNode root)
    {
        var isHandler = false;
        foreach (var node in root.DescendantNodes())
        {
            if (node is not IdentifierNameSyntax identifier || identifier.Identifier.ValueText != name)
                continue;

            // It is the handler and nothing else calls it.
            if (identifier.FirstAncestorOrSelf<AssignmentExpressionSyntax>() is not { } assignment || SyntaxNames.Of(assignment.Left) != "CancelKeyPress")
                return false;
            isHandler = true;
        }

        return isHandler;
    }
}
