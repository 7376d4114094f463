using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace ShutdownKit.Analyzers.Model;

/// <summary>
/// How the background work of a type learns that it is to end: by a token or a token source in a member, or by a flag that the stop
/// sets; and which code of the type is such work. Like <see cref="StopPath"/> it is found by names.
/// </summary>
internal sealed class StopSignals
{
    // Keyed weakly by the compilation: nothing here outlives it.
    private static readonly ConditionalWeakTable<Compilation, ConcurrentDictionary<INamedTypeSymbol, StopSignals>> Cache = new();

    private static readonly string[] StopWords =
        ["stop", "dispos", "close", "shutdown", "quit", "exit", "terminat", "abort", "cancel", "kill", "halt", "disconnect", "teardown", "cleanup", "destroy", "unload"];

    // How many calls the work is followed from where it starts.
    private const int MaximalDepth = 3;

    private readonly Dictionary<string, string> _tokens = new(StringComparer.Ordinal);
    private readonly HashSet<string> _cancelled = new(StringComparer.Ordinal);

    // With the value that the stop gives them.
    private readonly HashSet<(string Name, bool Value)> _flags = [];
    private readonly HashSet<string> _states = new(StringComparer.Ordinal);
    private readonly HashSet<string> _stopMentions = new(StringComparer.Ordinal);
    private readonly HashSet<SyntaxNode> _started = [];
    private readonly HashSet<SyntaxNode> _belowLoops = [];

    private StopSignals(INamedTypeSymbol type, CompilationFacts facts, CancellationToken cancellationToken)
    {
        Path = StopPath.Of(type, facts, cancellationToken);
        FindTokens(type, facts.Symbols);
        ReadMembers(cancellationToken);
        if (Path.IsHostedService)
            Follow(Path.MembersNamed(Path.IsBackgroundService ? "ExecuteAsync" : "StartAsync"), _started);

        Follow(LoopsThatObserve(cancellationToken), _belowLoops);
    }

    /// <summary>The code that runs when the type is stopped.</summary>
    public StopPath Path { get; }

    /// <summary>The tokens, token sources and lifetimes that the type holds: the member's name, and the expression for the token.</summary>
    public IReadOnlyDictionary<string, string> Tokens => _tokens;

    /// <summary>Whether anything tells the work of the type to end.</summary>
    public bool HasSignal => _cancelled.Count > 0 || _flags.Count > 0 || _states.Count > 0;

    /// <summary>The expression for a token that a stop cancels; null when the type holds none.</summary>
    public string? CancelledToken
    {
        get
        {
            foreach (var pair in _tokens)
            {
                if (_cancelled.Contains(pair.Key))
                    return pair.Value;
            }

            return null;
        }
    }

    public static StopSignals Of(INamedTypeSymbol type, CompilationFacts facts, CancellationToken cancellationToken)
    {
        var known = Cache.GetValue(facts.Compilation, static _ => new ConcurrentDictionary<INamedTypeSymbol, StopSignals>(SymbolEqualityComparer.Default));
        type = type.OriginalDefinition;
        return known.TryGetValue(type, out var signals) ? signals : known.GetOrAdd(type, new StopSignals(type, facts, cancellationToken));
    }

    /// <summary>Whether code that ends something mentions the name: it may be what ends a wait.</summary>
    public bool IsMentionedByStop(string name) => _stopMentions.Contains(name);

    /// <summary>
    /// Whether the member is part of the work that the host waits for: <c>ExecuteAsync</c> of a background service, what
    /// <c>StartAsync</c> of another hosted service does and starts, and the members that these use.
    /// </summary>
    public bool IsWorkOfService(SyntaxNode member) => _started.Contains(member);

    /// <summary>Whether a loop that ends on a stop uses the member, at a few calls' distance.</summary>
    public bool IsBelowObservingLoop(SyntaxNode member) => _belowLoops.Contains(member);

    /// <summary>The text of what tells the loop to end, as the code writes it; null when it looks at nothing of the kind.</summary>
    public string? SignalOf(SyntaxNode loop)
    {
        var condition = loop switch
        {
            WhileStatementSyntax loopWhile => loopWhile.Condition,
            DoStatementSyntax loopDo => loopDo.Condition,
            ForStatementSyntax loopFor => loopFor.Condition,
            _ => null,
        };

        // A loop that counts ends by itself.
        if (condition is not null && (SignalIn(condition) ?? (loop is ForStatementSyntax { Incrementors.Count: > 0 } ? null : FlagIn(condition))) is { } signal)
            return signal;

        if (loop is CommonForEachStatementSyntax each && TokenArgumentIn(each.Expression) is { } token)
            return token;

        foreach (var statement in StatementsOf(loop))
        {
            switch (statement)
            {
                case IfStatementSyntax { Statement: var then } test when Leaves(then) && (SignalIn(test.Condition) ?? FlagIn(test.Condition, whenLeft: true)) is { } tested:
                    return tested;
                case ExpressionStatementSyntax { Expression: InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax access } }
                    when access.Name.Identifier.ValueText == "ThrowIfCancellationRequested":
                    return access.Expression.ToString();
            }
        }

        return null;
    }

    private string? SignalIn(ExpressionSyntax condition)
    {
        foreach (var node in condition.DescendantNodesAndSelf())
        {
            switch (node)
            {
                case MemberAccessExpressionSyntax { Name.Identifier.ValueText: "IsCancellationRequested" } test:
                    return test.Expression.ToString();
                case MemberBindingExpressionSyntax { Name.Identifier.ValueText: "IsCancellationRequested", Parent: ConditionalAccessExpressionSyntax test }:
                    return test.Expression.ToString();
            }
        }

        return TokenArgumentIn(condition);
    }

    /// <summary>A flag in the condition to which the stop gives the value that ends the loop.</summary>
    private string? FlagIn(ExpressionSyntax condition, bool whenLeft = false)
    {
        switch (condition)
        {
            case ParenthesizedExpressionSyntax parenthesized:
                return FlagIn(parenthesized.Expression, whenLeft);
            case PrefixUnaryExpressionSyntax { RawKind: (int)SyntaxKind.LogicalNotExpression } not:
                return FlagIn(not.Operand, !whenLeft);
            case BinaryExpressionSyntax { RawKind: (int)SyntaxKind.LogicalAndExpression } both when !whenLeft:
                return FlagIn(both.Left) ?? FlagIn(both.Right);
            case BinaryExpressionSyntax { RawKind: (int)SyntaxKind.LogicalOrExpression } either when whenLeft:
                return FlagIn(either.Left, whenLeft) ?? FlagIn(either.Right, whenLeft);
            case BinaryExpressionSyntax { RawKind: (int)SyntaxKind.EqualsExpression, Right.RawKind: (int)SyntaxKind.FalseLiteralExpression } isFalse:
                return FlagIn(isFalse.Left, !whenLeft);
            case BinaryExpressionSyntax { RawKind: (int)SyntaxKind.EqualsExpression, Right.RawKind: (int)SyntaxKind.TrueLiteralExpression } isTrue:
                return FlagIn(isTrue.Left, whenLeft);
            case BinaryExpressionSyntax { RawKind: (int)SyntaxKind.EqualsExpression or (int)SyntaxKind.NotEqualsExpression, Right.RawKind: not (int)SyntaxKind.NullLiteralExpression } comparison:
                return StateOf(comparison.Left);
            case IdentifierNameSyntax or MemberAccessExpressionSyntax { Expression: ThisExpressionSyntax }:
                return SyntaxNames.Of(condition) is { } name && _flags.Contains((name, whenLeft)) ? name : null;
            case MemberAccessExpressionSyntax { Name.Identifier.ValueText: "IsSet" or "IsCompleted" } completion:
                return EventOf(completion.Expression);
            case InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax { Name.Identifier.ValueText: "WaitOne" or "Wait" } wait }:
                return EventOf(wait.Expression);
            default:
                return null;
        }
    }

    // _state == State.Running, Volatile.Read(ref _stopped) == 0
    private string? StateOf(ExpressionSyntax compared)
    {
        // A call that changes what it reads takes a lock.
        if (compared is InvocationExpressionSyntax { ArgumentList.Arguments: { Count: > 0 } arguments } read && arguments[0].RefKindKeyword.RawKind != 0)
        {
            var isRead = arguments.Count == 1 || (arguments.Count == 3 && arguments[1].ToString() == arguments[2].ToString());
            if (!isRead || SyntaxNames.OfInvoked(read) is not ("Read" or "CompareExchange"))
                return null;

            compared = arguments[0].Expression;
        }

        return compared is IdentifierNameSyntax or MemberAccessExpressionSyntax { Expression: ThisExpressionSyntax }
               && SyntaxNames.Of(compared) is { } name && _states.Contains(name)
            ? name
            : null;
    }

    // An event that the stop sets, a task that it completes.
    private string? EventOf(ExpressionSyntax owner)
    {
        if (owner is MemberAccessExpressionSyntax { Name.Identifier.ValueText: "Task", Expression: var source })
            owner = source;

        return SyntaxNames.Of(owner) is { } name && _stopMentions.Contains(name) ? name : null;
    }

    // await timer.WaitForNextTickAsync(token), reader.ReadAllAsync(token)
    private string? TokenArgumentIn(ExpressionSyntax expression)
    {
        foreach (var node in expression.DescendantNodesAndSelf())
        {
            if (node is ArgumentSyntax argument && IsTokenName(SyntaxNames.Of(argument.Expression), argument))
                return argument.Expression.ToString();
        }

        return null;
    }

    private bool IsTokenName(string? name, SyntaxNode use)
    {
        if (name is null)
            return false;

        if (name == "Token" || _tokens.ContainsKey(name))
            return true;

        return use.FirstAncestorOrSelf<MethodDeclarationSyntax>()?.ParameterList.Parameters
            .Any(parameter => parameter.Identifier.ValueText == name && SyntaxNames.OfType(parameter.Type) == "CancellationToken") == true;
    }

    // The statements of the loop, and those of a try in it: what is below an if may never run.
    private static IEnumerable<StatementSyntax> StatementsOf(SyntaxNode loop)
    {
        if (BodyOf(loop) is not BlockSyntax body)
            yield break;

        foreach (var statement in body.Statements)
        {
            yield return statement;
            if (statement is not TryStatementSyntax attempt)
                continue;

            foreach (var inner in attempt.Block.Statements)
                yield return inner;
        }
    }

    private static StatementSyntax? BodyOf(SyntaxNode loop) => loop switch
    {
        WhileStatementSyntax loopWhile => loopWhile.Statement,
        DoStatementSyntax loopDo => loopDo.Statement,
        ForStatementSyntax loopFor => loopFor.Statement,
        CommonForEachStatementSyntax each => each.Statement,
        _ => null,
    };

    private static bool Leaves(StatementSyntax statement) => statement switch
    {
        BreakStatementSyntax or ReturnStatementSyntax or ThrowStatementSyntax => true,
        BlockSyntax { Statements: { Count: > 0 } statements } => Leaves(statements.Last()),
        _ => false,
    };

    private void FindTokens(INamedTypeSymbol type, ShutdownSymbols symbols)
    {
        for (var current = type; current is { SpecialType: SpecialType.None }; current = current.BaseType)
        {
            foreach (var member in current.GetMembers())
            {
                if (member.IsImplicitlyDeclared || (member.DeclaredAccessibility == Accessibility.Private && !SymbolEqualityComparer.Default.Equals(current, type)))
                    continue;

                switch (member)
                {
                    case IFieldSymbol field:
                        Add(field.Name, field.Type);
                        break;
                    case IPropertySymbol { IsIndexer: false } property:
                        Add(property.Name, property.Type);
                        break;
                    case IMethodSymbol { MethodKind: MethodKind.Constructor } constructor
                        when SymbolEqualityComparer.Default.Equals(current, type) && IsPrimary(constructor):
                        foreach (var parameter in constructor.Parameters)
                            Add(parameter.Name, parameter.Type);
                        break;
                }
            }
        }

        void Add(string name, ITypeSymbol held)
        {
            if (_tokens.ContainsKey(name))
                return;

            if (held.Is(symbols.CancellationToken))
            {
                // Who made it cancels it.
                _tokens.Add(name, name);
                _cancelled.Add(name);
            }
            else if (held.IsOrInherits(symbols.CancellationTokenSource))
            {
                _tokens.Add(name, name + ".Token");
            }
            else if (held.IsOrInherits(symbols.HostApplicationLifetime))
            {
                _tokens.Add(name, name + ".ApplicationStopping");
                _cancelled.Add(name);
            }
        }
    }

    private static bool IsPrimary(IMethodSymbol constructor) =>
        constructor.DeclaringSyntaxReferences.Length > 0 && constructor.DeclaringSyntaxReferences[0].GetSyntax() is TypeDeclarationSyntax;

    private void ReadMembers(CancellationToken cancellationToken)
    {
        foreach (var code in Path.Code)
            ReadStop(code);

        foreach (var declaration in Path.Declarations)
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (var member in declaration.Members)
            {
                if (member is BaseMethodDeclarationSyntax method && IsStopName(method))
                    ReadStop(method);
            }
        }
    }

    // A background service is disposed after the host has waited for its work: what Dispose does comes too late for that.
    private bool ComesTooLate(SyntaxNode code) =>
        Path.IsBackgroundService && code is MethodDeclarationSyntax { Identifier.ValueText: "Dispose" or "DisposeAsync" or "DisposeAsyncCore" };

    private static bool IsStopName(BaseMethodDeclarationSyntax method)
    {
        if (method is DestructorDeclarationSyntax)
            return true;

        var name = (method as MethodDeclarationSyntax)?.Identifier.ValueText;
        if (name is null)
            return false;

        foreach (var word in StopWords)
        {
            if (name.IndexOf(word, StringComparison.OrdinalIgnoreCase) >= 0)
                return true;
        }

        return false;
    }

    private void ReadStop(SyntaxNode code)
    {
        if (ComesTooLate(code))
            return;

        foreach (var node in code.DescendantNodes())
        {
            switch (node)
            {
                case SimpleNameSyntax name:
                    _stopMentions.Add(name.Identifier.ValueText);
                    break;
                case AssignmentExpressionSyntax { Left: var target, Right: LiteralExpressionSyntax { RawKind: (int)SyntaxKind.TrueLiteralExpression or (int)SyntaxKind.FalseLiteralExpression } value }
                    when target is IdentifierNameSyntax or MemberAccessExpressionSyntax { Expression: ThisExpressionSyntax }:
                    _flags.Add((SyntaxNames.Of(target)!, value.IsKind(SyntaxKind.TrueLiteralExpression)));
                    break;
                case AssignmentExpressionSyntax { RawKind: (int)SyntaxKind.SimpleAssignmentExpression, Left: var state, Right: MemberAccessExpressionSyntax }
                    when state is IdentifierNameSyntax or MemberAccessExpressionSyntax { Expression: ThisExpressionSyntax }:
                    _states.Add(SyntaxNames.Of(state)!);
                    break;
                case ArgumentSyntax { RefKindKeyword.RawKind: (int)SyntaxKind.RefKeyword, Parent.Parent: InvocationExpressionSyntax atomic } argument
                    when SyntaxNames.OfInvoked(atomic) is "Write" or "Exchange" or "CompareExchange" or "Increment" && SyntaxNames.Of(argument.Expression) is { } changed:
                    _states.Add(changed);
                    break;
                case InvocationExpressionSyntax call when SyntaxNames.OfInvoked(call) is "Cancel" or "CancelAsync" or "CancelAfter" && SyntaxNames.OfReceiver(call) is { } receiver:
                    if (_tokens.ContainsKey(receiver))
                        _cancelled.Add(receiver);
                    break;
            }
        }
    }

    private IEnumerable<SyntaxNode> LoopsThatObserve(CancellationToken cancellationToken)
    {
        foreach (var declaration in Path.Declarations)
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (var node in declaration.DescendantNodes())
            {
                if (node is WhileStatementSyntax or DoStatementSyntax or ForStatementSyntax or CommonForEachStatementSyntax && SignalOf(node) is not null)
                    yield return node;
            }
        }
    }

    private void Follow(IEnumerable<SyntaxNode> from, HashSet<SyntaxNode> reached)
    {
        var work = new Queue<(SyntaxNode Code, int Depth)>();
        foreach (var code in from)
        {
            if (reached.Add(code))
                work.Enqueue((code, 0));
        }

        while (work.Count > 0)
        {
            var (code, depth) = work.Dequeue();
            if (depth == MaximalDepth)
                continue;

            foreach (var name in StopPath.OwnNames(code))
            {
                foreach (var member in Path.MembersNamed(name.Identifier.ValueText))
                {
                    if (member is MethodDeclarationSyntax && reached.Add(member))
                        work.Enqueue((member, depth + 1));
                }
            }
        }
    }
}
