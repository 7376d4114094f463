using System.Collections.Immutable;
using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.HostedServices;

/// <summary>SHK2008: a wait in background work that a stop cannot end.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class UncancellableWaitAnalyzer : ShutdownAnalyzer
{
    internal const string Id = "SHK2008";

    /// <summary>The property of the diagnostic that holds an expression for the token, or for its source.</summary>
    internal const string TokenProperty = "Token";

    /// <summary>The names without which there is nothing to find.</summary>
    internal static readonly string[] Names =
    [
        "Delay", "Sleep", "WaitOne", "Wait", "WaitAsync", "Take", "GetConsumingEnumerable", "WaitForNextTickAsync", "Consume", "AcceptTcpClient",
        "AcceptTcpClientAsync", "AcceptSocket", "AcceptSocketAsync", "GetContext", "GetContextAsync", "ReadLine",
    ];

    private const double DefaultThreshold = 1_000;

    private const string Title = "The wait cannot be ended by a stop";

    private const string Message = "'{0}' is not ended by a stop of '{1}': the work goes on {2}, and docker stop sends SIGKILL after 10 s";

    private const string Description =
        "A stop sets a token or a flag and then waits for the work to end. A wait that is not given the token ends only by itself: the stop "
        + "takes that much longer, and a container is killed when its grace period is over. Give the wait the token.";

    private static readonly DiagnosticDescriptor Rule =
        RuleDescriptor.Create(Id, Title, Message, RuleCategories.HostedServices, DiagnosticSeverity.Warning, Description);

    /// <summary>Creates the analyzer.</summary>
    public UncancellableWaitAnalyzer()
        : base(Rule)
    {
    }

    private protected override void Register(Watch watch)
    {
        if (watch.Symbols.CancellationToken is not null && !watch.Facts.IsExemptAsTest)
            watch.Names(Names, Look);
    }

    private static void Look(SourceFile file, SyntaxToken name)
    {
        if (WaitCall.Of(name) is not { } wait || MethodGraph.DeclarationOf(wait.Call) is not { } member)
            return;

        var threshold = Threshold(file);
        var time = Waits.Milliseconds(wait.Time);
        if (time < threshold || TypeAround(file, member) is not { } type)
            return;

        // The signals of a type take a look at all of its code: not for each lock that is taken somewhere.
        if (wait.Kind == WaitKind.Blocking && !IsInLoop(wait.Call) && !type.IsOrInherits(file.Symbols.BackgroundService))
            return;

        var signals = StopSignals.Of(type, file.Facts, file.CancellationToken);
        if (ContextOf(file, wait, member, signals) is not { } context
            || (wait.CanTakeToken && IsGivenByAnotherRule(file, wait.Call))
            || file.Model.GetSymbolInfo(wait.Call, file.CancellationToken).Symbol is not IMethodSymbol method
            || !wait.IsConfirmed(method, file.Symbols)
            || BlockingStartAnalyzer.Covers(file, member, wait.Call))
        {
            return;
        }

        if (wait.Kind == WaitKind.Blocking ? !IsUnended(file, wait, method, signals, type) : !IsLong(time ??= TimeOf(file, wait.Time!), wait.Time!, threshold))
            return;

        file.Report(Diagnostic.Create(
            Rule,
            wait.Call.GetLocation(),
            context.Severity,
            additionalLocations: null,
            properties: ImmutableDictionary<string, string?>.Empty.Add(TokenProperty, context.Token),
            $"{SyntaxNames.OfReceiver(wait.Call)}.{wait.Name}",
            type.Name,
            Duration(wait, time)));
    }

    // A time that is worked out on the spot may be the rest of a short one; a named one is an interval.
    private static bool IsLong(double? milliseconds, ExpressionSyntax time, double threshold)
    {
        if (milliseconds is { } known)
            return known >= threshold;

        switch (time)
        {
            case IdentifierNameSyntax or MemberAccessExpressionSyntax:
                return true;
            case InvocationExpressionSyntax { ArgumentList.Arguments: { Count: > 0 } arguments } call when SyntaxNames.OfReceiver(call) == "TimeSpan":
                return SyntaxNames.OfInvoked(call) is "FromSeconds" or "FromMinutes" or "FromHours" or "FromDays"
                       || (SyntaxNames.OfInvoked(call) == "FromMilliseconds" && IsLong(null, arguments[0].Expression, threshold));
            case InvocationExpressionSyntax { ArgumentList.Arguments: var parts } call when SyntaxNames.OfReceiver(call) == "Math" && SyntaxNames.OfInvoked(call) == "Min":
                // A pause that grows with each attempt, up to a limit.
                return parts.Any(part => Waits.Milliseconds(part.Expression) >= threshold);
            case CastExpressionSyntax cast:
                return IsLong(null, cast.Expression, threshold);
            case BinaryExpressionSyntax { RawKind: (int)SyntaxKind.SubtractExpression } left:
                return LoopSyntax.Mentions(left.Right, "UtcNow") || LoopSyntax.Mentions(left.Right, "Now");
            case BinaryExpressionSyntax { RawKind: (int)SyntaxKind.MultiplyExpression } product:
                return Waits.Milliseconds(product.Left) >= threshold || Waits.Milliseconds(product.Right) >= threshold;
            default:
                return false;
        }
    }

    private static string Duration(WaitCall wait, double? milliseconds) => milliseconds switch
    {
        _ when wait.Kind == WaitKind.Blocking => "until something arrives",
        null => "until the time is over",
        double.PositiveInfinity => "for ever",
        { } known => string.Format(CultureInfo.InvariantCulture, "up to {0} s longer", Math.Round(known / 1_000, 1)),
    };

    private static INamedTypeSymbol? TypeAround(SourceFile file, SyntaxNode member) =>
        member.FirstAncestorOrSelf<TypeDeclarationSyntax>() is { } declaration
            ? file.Model.GetDeclaredSymbol(declaration, file.CancellationToken)
            : file.Model.GetDeclaredSymbol(member, file.CancellationToken)?.ContainingType;

    /// <summary>Why a stop has to wait for the call, and the token that it could be given; null when it has not to.</summary>
    private static (DiagnosticSeverity Severity, string? Token)? ContextOf(SourceFile file, WaitCall wait, SyntaxNode member, StopSignals signals)
    {
        var isInEndlessLoop = false;
        var isInRetry = false;
        var isInLoop = false;
        SyntaxNode function = wait.Call;
        for (var node = wait.Call.Parent; node is not null && node != member.Parent; node = node.Parent)
        {
            function = node;
            if (node is AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax)
                break;

            if (node is not (WhileStatementSyntax or DoStatementSyntax or ForStatementSyntax or CommonForEachStatementSyntax))
                continue;

            if (signals.SignalOf(node) is { } signal && !IsTimeLimit(file, signal, node))
                return (DiagnosticSeverity.Warning, signal);

            isInLoop = true;
            isInEndlessLoop |= LoopSyntax.HasNoCondition(node) && !LoopSyntax.HasExit(node);
            isInRetry |= node is not CommonForEachStatementSyntax && LoopSyntax.NodesOf(node).Any(static inner => inner is CatchClauseSyntax);
        }

        var token = TokenParameterOf(function) ?? TokenParameterOf(member) ?? signals.CancelledToken;
        if (signals.IsWorkOfService(member) && IsWaitedFor(function))
            return (signals.Path.IsBackgroundService || signals.HasSignal ? DiagnosticSeverity.Warning : DiagnosticSeverity.Info, token);

        if (wait.Kind == WaitKind.Blocking)
            return null;

        if (signals.IsBelowObservingLoop(member))
            return (DiagnosticSeverity.Info, token);

        if ((isInEndlessLoop && signals.HasSignal) || (isInRetry && signals.CancelledToken is not null))
            return (DiagnosticSeverity.Info, token);

        // A stop that polls is what SHK2007 is about.
        return !isInLoop && IsWaitedFor(function) && member is MethodDeclarationSyntax { Identifier.ValueText: var name } && StopPath.IsEntry(name) ? (DiagnosticSeverity.Info, token) : null;
    }

    private static bool IsInLoop(SyntaxNode node)
    {
        for (var parent = node.Parent; parent is not (null or MemberDeclarationSyntax) && !LoopSyntax.IsFunction(parent); parent = parent.Parent)
        {
            if (LoopSyntax.IsLoop(parent))
                return true;
        }

        return false;
    }

    // new CancellationTokenSource(time): it does not tell of a stop.
    private static bool IsTimeLimit(SourceFile file, string signal, SyntaxNode loop)
    {
        var name = signal.EndsWith(".Token", StringComparison.Ordinal) ? signal.Substring(0, signal.Length - ".Token".Length) : signal;
        foreach (var symbol in file.Model.LookupSymbols(loop.SpanStart, name: name))
        {
            if (symbol is ILocalSymbol { DeclaringSyntaxReferences: { Length: 1 } references }
                && references[0].GetSyntax(file.CancellationToken) is VariableDeclaratorSyntax { Initializer.Value: BaseObjectCreationExpressionSyntax { ArgumentList.Arguments.Count: > 0 } })
            {
                return true;
            }
        }

        return false;
    }

    private static string? TokenParameterOf(SyntaxNode function)
    {
        var parameters = function switch
        {
            BaseMethodDeclarationSyntax method => method.ParameterList,
            LocalFunctionStatementSyntax local => local.ParameterList,
            ParenthesizedLambdaExpressionSyntax lambda => lambda.ParameterList,
            _ => null,
        };
        foreach (var parameter in parameters?.Parameters ?? default)
        {
            if (SyntaxNames.OfType(parameter.Type) == "CancellationToken")
                return parameter.Identifier.ValueText;
        }

        return null;
    }

    // A lambda that is thrown away is nothing that a stop would wait for.
    private static bool IsWaitedFor(SyntaxNode function) =>
        function is not AnonymousFunctionExpressionSyntax
        || function.FirstAncestorOrSelf<StatementSyntax>(static statement => statement is not BlockSyntax) switch
        {
            ExpressionStatementSyntax { Expression: AssignmentExpressionSyntax assignment } => SyntaxNames.Of(assignment.Left) != "_",
            ExpressionStatementSyntax { Expression: InvocationExpressionSyntax call } => SyntaxNames.OfInvoked(call) is "Wait" or "GetResult",
            _ => true,
        };

    // CA2016 asks for a parameter that is the only token of the closest function, and its last parameter; it looks out of local functions, not of lambdas.
    private static bool IsGivenByAnotherRule(SourceFile file, SyntaxNode call)
    {
        for (var node = call.Parent; node is not null; node = node.Parent)
        {
            switch (node)
            {
                case AnonymousFunctionExpressionSyntax lambda:
                    return HasParameters(lambda)
                           && file.Model.GetSymbolInfo(lambda, file.CancellationToken).Symbol is IMethodSymbol method
                           && method.Parameters.Length > 0
                           && method.Parameters[method.Parameters.Length - 1].Type.Is(file.Symbols.CancellationToken);
                case LocalFunctionStatementSyntax local when EndsWithTheOnlyToken(local.ParameterList):
                    return true;
                case BaseMethodDeclarationSyntax declaration:
                    return EndsWithTheOnlyToken(declaration.ParameterList);
                case MemberDeclarationSyntax:
                    return false;
            }
        }

        return false;
    }

    private static bool HasParameters(AnonymousFunctionExpressionSyntax lambda) => lambda switch
    {
        SimpleLambdaExpressionSyntax => true,
        ParenthesizedLambdaExpressionSyntax parenthesized => parenthesized.ParameterList.Parameters.Count > 0,
        AnonymousMethodExpressionSyntax anonymous => anonymous.ParameterList?.Parameters.Count > 0,
        _ => false,
    };

    private static bool EndsWithTheOnlyToken(ParameterListSyntax list)
    {
        var count = 0;
        foreach (var parameter in list.Parameters)
        {
            if (parameter.Type is not NullableTypeSyntax && SyntaxNames.OfType(parameter.Type) == "CancellationToken")
                count++;
        }

        return count == 1 && SyntaxNames.OfType(list.Parameters[list.Parameters.Count - 1].Type) == "CancellationToken";
    }

    /// <summary>Whether nothing in the type can end the blocking wait.</summary>
    private static bool IsUnended(SourceFile file, WaitCall wait, IMethodSymbol method, StopSignals signals, INamedTypeSymbol type)
    {
        if (wait.Name == "ReadLine")
            return signals.Path.IsBackgroundService;

        if (wait.Call.Expression is not MemberAccessExpressionSyntax { Expression: var receiver }
            || file.Model.GetSymbolInfo(receiver, file.CancellationToken).Symbol is not { } waited
            || signals.IsMentionedByStop(waited.Name)
            || (waited is not ILocalSymbol && !SymbolEqualityComparer.Default.Equals(waited.ContainingType?.OriginalDefinition, type.OriginalDefinition)))
        {
            return false;
        }

        // What comes from outside may be ended from outside, and an event or a queue in a local is there to be shared with something that sets it.
        if ((waited is ILocalSymbol && wait.Name is "Wait" or "WaitAsync" or "WaitOne" or "Take" or "GetConsumingEnumerable")
            || waited is IParameterSymbol or IFieldSymbol { DeclaredAccessibility: not Accessibility.Private } or IPropertySymbol { DeclaredAccessibility: not Accessibility.Private }
            || !IsCreatedHere(waited, method.ContainingType.Name, file.CancellationToken))
        {
            return false;
        }

        // A semaphore that is released around here is a lock.
        return !IsEndedIn(waited, signals.Path.Declarations);
    }

    private static bool IsCreatedHere(ISymbol waited, string typeName, CancellationToken cancellationToken)
    {
        foreach (var reference in waited.DeclaringSyntaxReferences)
        {
            if (reference.GetSyntax(cancellationToken) is VariableDeclaratorSyntax { Initializer.Value: BaseObjectCreationExpressionSyntax })
                return true;
        }

        if (waited.ContainingType is null || typeName is "IConsumer")
            return true;

        foreach (var reference in waited.ContainingType.DeclaringSyntaxReferences)
        {
            foreach (var node in reference.GetSyntax(cancellationToken).DescendantNodes())
            {
                if (node is AssignmentExpressionSyntax { Right: BaseObjectCreationExpressionSyntax } assignment && SyntaxNames.Of(assignment.Left) == waited.Name)
                    return true;
            }
        }

        return false;
    }

    private static bool IsEndedIn(ISymbol waited, IEnumerable<SyntaxNode> declarations)
    {
        foreach (var declaration in declarations)
        {
            foreach (var node in declaration.DescendantNodes())
            {
                if (node is InvocationExpressionSyntax call
                    && SyntaxNames.OfReceiver(call) == waited.Name
                    && (SyntaxNames.OfInvoked(call) is "CompleteAdding" or "Release"
                        || (SyntaxNames.OfInvoked(call) is "Stop" or "Close" or "Abort" or "Dispose" or "Set" && waited is ILocalSymbol)))
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>The time in milliseconds that a constant, or a field or local that is set once, holds; null when it is not known.</summary>
    private static double? TimeOf(SourceFile file, ExpressionSyntax time)
    {
        if (file.Model.GetConstantValue(time, file.CancellationToken) is { HasValue: true, Value: int constant })
            return constant < 0 ? double.PositiveInfinity : constant;

        if (time is InvocationExpressionSyntax { ArgumentList.Arguments: { Count: > 0 } parts } && file.Model.GetOperation(time, file.CancellationToken) is { } operation
            && Waits.Milliseconds(operation) is { } factory)
        {
            return factory;
        }

        var symbol = file.Model.GetSymbolInfo(time, file.CancellationToken).Symbol;
        if (symbol is not (IFieldSymbol or ILocalSymbol or IPropertySymbol { SetMethod: null }))
            return null;

        foreach (var reference in symbol.DeclaringSyntaxReferences)
        {
            var value = reference.GetSyntax(file.CancellationToken) switch
            {
                VariableDeclaratorSyntax variable => variable.Initializer?.Value,
                PropertyDeclarationSyntax property => property.ExpressionBody?.Expression ?? property.Initializer?.Value,
                _ => null,
            };
            if (Waits.Milliseconds(value) is { } known)
                return known;
        }

        return null;
    }

    private static double Threshold(SourceFile file)
    {
        var text = RuleOptions.Text(file.Options, file.Tree, "max_uncancellable_wait");
        if (text is null)
            return DefaultThreshold;

        var factor = text.EndsWith("ms", StringComparison.OrdinalIgnoreCase) ? 1 : 1_000;
        return double.TryParse(text.TrimEnd('m', 's', 'M', 'S', ' '), NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            ? number * factor
            : DefaultThreshold;
    }
}
