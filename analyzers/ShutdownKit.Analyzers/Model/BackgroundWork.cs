using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace ShutdownKit.Analyzers.Model;

/// <summary>A task that is started and not waited for at the place where it is started.</summary>
internal sealed class BackgroundTask(InvocationExpressionSyntax call, string? keeper, SyntaxNode work)
{
    /// <summary>What starts it: <c>Task.Run(...)</c>, <c>Task.Factory.StartNew(...)</c> or the call of an asynchronous method of the type.</summary>
    public InvocationExpressionSyntax Call { get; } = call;

    /// <summary>The member that keeps the task, or the collection that does; null where the task is thrown away.</summary>
    public string? Keeper { get; } = keeper;

    /// <summary>The code that runs: a lambda, a method or a local function of the type, or an expression that names code elsewhere.</summary>
    public SyntaxNode Work { get; } = work;
}

/// <summary>
/// Finds the work that a type starts in the background, and says whether it runs as long as the program. By syntax and names alone.
/// </summary>
internal sealed class BackgroundWork(StopPath path)
{
    private const int MaximalDepth = 2;

    private HashSet<string>? _localFunctions;

    /// <summary>The tasks that the code starts and does not wait for.</summary>
    public IEnumerable<BackgroundTask> TasksIn(SyntaxNode code)
    {
        foreach (var node in code.DescendantNodes())
        {
            if (node is InvocationExpressionSyntax call && WorkOf(call) is { } work && IsNotWaitedFor(call, code, out var keeper))
                yield return new BackgroundTask(call, keeper, work);
        }
    }

    /// <summary>The code itself, and the methods and local functions of the type that it uses, two calls deep.</summary>
    public List<SyntaxNode> With(SyntaxNode code)
    {
        var all = new List<SyntaxNode> { code };
        var from = 0;
        for (var depth = 0; depth < MaximalDepth; depth++)
        {
            var to = all.Count;
            for (; from < to; from++)
            {
                foreach (var name in StopPath.OwnNames(all[from]))
                {
                    if (DeclarationOf(name) is { } callee && !all.Contains(callee) && !callee.Span.Contains(code.Span))
                        all.Add(callee);
                }
            }
        }

        return all;
    }

    /// <summary>The method or local function of the type that the name stands for; null where it is none.</summary>
    public SyntaxNode? DeclarationOf(SimpleNameSyntax name)
    {
        var text = name.Identifier.ValueText;
        var isLocal = (_localFunctions ??= LocalFunctions()).Contains(text);
        for (var scope = name.Parent; isLocal && scope is not (null or MemberDeclarationSyntax { Parent: TypeDeclarationSyntax }); scope = scope.Parent)
        {
            foreach (var statement in StatementsOf(scope))
            {
                if (statement is LocalFunctionStatementSyntax function && function.Identifier.ValueText == text)
                    return function;
            }
        }

        foreach (var member in path.MembersNamed(text))
        {
            if (member is MethodDeclarationSyntax)
                return member;
        }

        return null;
    }

    // Most names are those of something else; going through the statements around each of them would be work without end.
    private HashSet<string> LocalFunctions()
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var declaration in path.Declarations)
        {
            foreach (var node in declaration.DescendantNodes())
            {
                if (node is LocalFunctionStatementSyntax function)
                    names.Add(function.Identifier.ValueText);
            }
        }

        return names;
    }

    /// <summary>
    /// Whether the stop path does something to a member that the code uses, which may be what ends the code: it cancels, disposes of,
    /// closes, stops, completes or sets it.
    /// </summary>
    /// <param name="code">The code, with what it uses.</param>
    /// <param name="except">A member that is known not to end it.</param>
    /// <param name="byDisposal">Whether disposing of a member counts: a loop that catches what its turns throw survives that.</param>
    public bool IsEndedOnStop(IReadOnlyList<SyntaxNode> code, string? except = null, bool byDisposal = true)
    {
        var used = new HashSet<string>(StringComparer.Ordinal);
        foreach (var part in code)
        {
            foreach (var name in StopPath.OwnNames(part))
                used.Add(name.Identifier.ValueText);
        }

        if (except is not null)
            used.Remove(except);

        foreach (var stop in path.Code)
        {
            foreach (var name in StopPath.OwnNames(stop))
            {
                if (used.Contains(name.Identifier.ValueText) && Ends(name, byDisposal))
                    return true;
            }
        }

        return false;
    }

    private static bool Ends(SimpleNameSyntax name, bool byDisposal)
    {
        ExpressionSyntax member = name.Parent is MemberAccessExpressionSyntax { Expression: ThisExpressionSyntax } access ? access : name;
        if (member.Parent is AssignmentExpressionSyntax assignment && assignment.Left == member)
            return !assignment.Right.IsKind(SyntaxKind.NullLiteralExpression);

        // What is handed on may be ended by whoever gets it.
        if (member.Parent is ArgumentSyntax { RefOrOutKeyword.RawKind: not 0 })
            return true;

        return CallOn(member) is { } call
               && (call.StartsWith("Cancel", StringComparison.Ordinal) || (byDisposal && call.StartsWith("Dispose", StringComparison.Ordinal))
                   || call.StartsWith("Close", StringComparison.Ordinal) || call.StartsWith("Stop", StringComparison.Ordinal)
                   || call.StartsWith("Complete", StringComparison.Ordinal) || call.StartsWith("TryComplete", StringComparison.Ordinal)
                   || call.StartsWith("Shut", StringComparison.Ordinal) || call.StartsWith("Disconnect", StringComparison.Ordinal)
                   || call.StartsWith("Unsubscribe", StringComparison.Ordinal) || call.StartsWith("Abort", StringComparison.Ordinal)
                   || call is "Set" or "TrySetResult" or "SetResult" or "TrySetCanceled" or "Release" or "Interrupt" or "Kill" or "Signal" or "Exit" or "End" or "Quit");
    }

    /// <summary>The name of the method that is called on the expression, also through <c>?.</c> and one property such as a channel's writer.</summary>
    public static string? CallOn(ExpressionSyntax receiver)
    {
        SyntaxNode current = receiver;
        for (var depth = 0; depth < 4; depth++)
        {
            switch (current.Parent)
            {
                case MemberAccessExpressionSyntax access when access.Expression == current:
                    if (access.Parent is InvocationExpressionSyntax)
                        return access.Name.Identifier.ValueText;
                    current = access;
                    break;
                case ConditionalAccessExpressionSyntax conditional when conditional.Expression == current:
                    return FirstCall(conditional.WhenNotNull);
                case PostfixUnaryExpressionSyntax or ParenthesizedExpressionSyntax:
                    current = current.Parent;
                    break;
                default:
                    return null;
            }
        }

        return null;
    }

    private static string? FirstCall(ExpressionSyntax expression) => expression switch
    {
        InvocationExpressionSyntax { Expression: MemberBindingExpressionSyntax binding } => binding.Name.Identifier.ValueText,
        InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax access } =>
            access.Expression is InvocationExpressionSyntax inner ? FirstCall(inner) : access.Name.Identifier.ValueText,
        ConditionalAccessExpressionSyntax conditional => FirstCall(conditional.WhenNotNull),
        _ => null,
    };

    /// <summary>Whether the name of a method says that it goes on until it is told to end.</summary>
    public static bool SoundsEndless(string method) =>
        method is "StartReceiving" or "Run" or "RunAsync"
        || method.StartsWith("Listen", StringComparison.Ordinal) || method.StartsWith("Consume", StringComparison.Ordinal)
        || method.StartsWith("Poll", StringComparison.Ordinal) || method.StartsWith("Watch", StringComparison.Ordinal)
        || method.IndexOf("Loop", StringComparison.Ordinal) >= 0 || method.IndexOf("Forever", StringComparison.Ordinal) >= 0;

    /// <summary>
    /// Whether the code is, or a lambda consists of, the call of a method of another class that gets a token and whose name says that it
    /// goes on.
    /// </summary>
    public static bool CallsEndlessly(SyntaxNode code)
    {
        foreach (var node in code.DescendantNodesAndSelf())
        {
            if (node is InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax { Name.Identifier.ValueText: var name, Expression: not (ThisExpressionSyntax or BaseExpressionSyntax) } } call
                && SoundsEndless(name)
                && SyntaxNames.OfReceiver(call) is not ("Task" or "Factory" or "Parallel")
                && call.ArgumentList.Arguments.Any(static argument => IsTokenName(SyntaxNames.Of(argument.Expression))))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsTokenName(string? name) =>
        name is "ct" or "Cancellation" || (name is not null && name.EndsWith("token", StringComparison.OrdinalIgnoreCase));

    private SyntaxNode? WorkOf(InvocationExpressionSyntax call)
    {
        var arguments = call.ArgumentList.Arguments;
        switch (SyntaxNames.OfInvoked(call))
        {
            case "Run" when SyntaxNames.OfReceiver(call) == "Task" && arguments.Count > 0:
            case "StartNew" when SyntaxNames.OfReceiver(call) == "Factory" && arguments.Count > 0:
                return CodeOf(arguments[0].Expression);
            case { } name when SoundsEndless(name) && call.Expression is MemberAccessExpressionSyntax { Expression: not (ThisExpressionSyntax or BaseExpressionSyntax) } && CallsEndlessly(call):
                return call;
        }

        return OwnCallee(call) switch
        {
            MethodDeclarationSyntax method when IsAsynchronous(method.ReturnType, method.Modifiers) => method,
            LocalFunctionStatementSyntax function when IsAsynchronous(function.ReturnType, function.Modifiers) => function,
            _ => null,
        };
    }

    /// <summary>The method or local function of the type that is called; null where another type's is.</summary>
    public SyntaxNode? OwnCallee(InvocationExpressionSyntax call) => call.Expression switch
    {
        SimpleNameSyntax name => DeclarationOf(name),
        MemberAccessExpressionSyntax { Expression: ThisExpressionSyntax, Name: var name } => DeclarationOf(name),
        _ => null,
    };

    /// <summary>The code that a delegate runs: a lambda, a method or local function of the type; else the expression itself.</summary>
    public SyntaxNode CodeOf(ExpressionSyntax function) => function switch
    {
        SimpleNameSyntax name => DeclarationOf(name) ?? name,
        MemberAccessExpressionSyntax { Expression: ThisExpressionSyntax, Name: var name } => DeclarationOf(name) ?? function,
        _ => function,
    };

    private static bool IsAsynchronous(TypeSyntax returnType, SyntaxTokenList modifiers) => returnType switch
    {
        SimpleNameSyntax { Identifier.ValueText: "Task" or "ValueTask" } => true,
        QualifiedNameSyntax { Right.Identifier.ValueText: "Task" or "ValueTask" } => true,
        PredefinedTypeSyntax => modifiers.Any(SyntaxKind.AsyncKeyword),
        _ => false,
    };

    /// <summary>Whether the task that a call returns is thrown away, or kept in a member of the type.</summary>
    public static bool IsNotWaitedFor(InvocationExpressionSyntax call, SyntaxNode code, out string? keeper)
    {
        keeper = null;
        SyntaxNode task = call;
        while (true)
        {
            switch (task.Parent)
            {
                // task.Unwrap(), task.ContinueWith(...), task.ConfigureAwait(false)
                case MemberAccessExpressionSyntax { Name.Identifier.ValueText: "Unwrap" or "ContinueWith" or "ConfigureAwait" or "AsTask" } access
                    when access.Expression == task && access.Parent is InvocationExpressionSyntax next:
                    task = next;
                    break;

                case ParenthesizedExpressionSyntax or InitializerExpressionSyntax or BaseObjectCreationExpressionSyntax or ArrayCreationExpressionSyntax
                    or ImplicitArrayCreationExpressionSyntax or CollectionExpressionSyntax or ExpressionElementSyntax:
                    task = task.Parent;
                    break;

                // keeper.Add(task), Task.WhenAll(task, other)
                case ArgumentSyntax { Parent: ArgumentListSyntax { Parent: InvocationExpressionSyntax outer } }:
                    if (SyntaxNames.OfInvoked(outer) is "WhenAll" or "WhenAny")
                    {
                        task = outer;
                        break;
                    }

                    keeper = SyntaxNames.OfInvoked(outer) is "Add" or "Enqueue" or "Push" && outer.Expression is MemberAccessExpressionSyntax { Expression: var collection }
                        ? OwnName(collection, code)
                        : null;
                    return keeper is not null;

                case AssignmentExpressionSyntax { RawKind: (int)SyntaxKind.SimpleAssignmentExpression or (int)SyntaxKind.CoalesceAssignmentExpression } assignment
                    when assignment.Right == task:
                    if (assignment.Left is IdentifierNameSyntax { Identifier.ValueText: "_" })
                        return task == call || task is InvocationExpressionSyntax;
                    keeper = OwnName(assignment.Left, code);
                    return keeper is not null;

                case EqualsValueClauseSyntax { Parent: VariableDeclaratorSyntax { Parent.Parent: LocalDeclarationStatementSyntax } local }:
                    return IsOnlyLookedAt(local, code, out keeper);

                case ExpressionStatementSyntax:
                    return true;

                // ApplicationStarted.Register(() => LoopAsync())
                case ParenthesizedLambdaExpressionSyntax { Parent: ArgumentSyntax { Parent.Parent: InvocationExpressionSyntax registration } }:
                    return SyntaxNames.OfInvoked(registration) == "Register";

                default:
                    return false;
            }
        }
    }

    // var task = LoopAsync(token); return task.IsCompleted ? task : Task.CompletedTask;
    private static bool IsOnlyLookedAt(VariableDeclaratorSyntax local, SyntaxNode code, out string? keeper)
    {
        keeper = null;
        foreach (var node in code.DescendantNodes())
        {
            if (node is not IdentifierNameSyntax mention || mention.Identifier.ValueText != local.Identifier.ValueText)
                continue;

            switch (mention.Parent)
            {
                case MemberAccessExpressionSyntax { Name.Identifier.ValueText: "IsCompleted" or "IsFaulted" or "IsCanceled" or "Status" or "Exception" or "ContinueWith" } access
                    when access.Expression == mention:
                case ReturnStatementSyntax { Parent: IfStatementSyntax { Condition: var condition } } when IsCompleted(condition, mention):
                case ReturnStatementSyntax { Parent: BlockSyntax { Parent: IfStatementSyntax { Condition: var asked } } } when IsCompleted(asked, mention):
                case ConditionalExpressionSyntax { Condition: var question } when IsCompleted(question, mention):
                    break;

                case AssignmentExpressionSyntax assignment when assignment.Right == mention && OwnName(assignment.Left, code) is { } member:
                    keeper = member;
                    break;

                default:
                    return false;
            }
        }

        return true;
    }

    private static bool IsCompleted(ExpressionSyntax condition, IdentifierNameSyntax task) =>
        condition is MemberAccessExpressionSyntax { Name.Identifier.ValueText: "IsCompleted", Expression: IdentifierNameSyntax asked }
        && asked.Identifier.ValueText == task.Identifier.ValueText;

    // Other locals are left alone: what becomes of them cannot be told by names.
    private static string? OwnName(ExpressionSyntax expression, SyntaxNode code)
    {
        var name = expression switch
        {
            IdentifierNameSyntax identifier => identifier.Identifier.ValueText,
            MemberAccessExpressionSyntax { Expression: ThisExpressionSyntax, Name: var member } => member.Identifier.ValueText,
            _ => null,
        };
        return name is not null && !IsLocal(name, code) ? name : null;
    }

    /// <summary>Whether the code declares a local or a parameter of that name.</summary>
    public static bool IsLocal(string name, SyntaxNode code)
    {
        foreach (var node in code.DescendantNodes())
        {
            if (node switch
                {
                    VariableDeclaratorSyntax { Parent.Parent: not BaseFieldDeclarationSyntax } variable => variable.Identifier.ValueText == name,
                    SingleVariableDesignationSyntax designation => designation.Identifier.ValueText == name,
                    ParameterSyntax parameter => parameter.Identifier.ValueText == name,
                    ForEachStatementSyntax each => each.Identifier.ValueText == name,
                    _ => false,
                })
            {
                return true;
            }
        }

        return false;
    }

    private static SyntaxList<StatementSyntax> StatementsOf(SyntaxNode scope) => scope switch
    {
        BlockSyntax block => block.Statements,
        SwitchSectionSyntax section => section.Statements,
        _ => default,
    };
}
