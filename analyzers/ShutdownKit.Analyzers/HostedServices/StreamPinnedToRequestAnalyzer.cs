using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.HostedServices;

/// <summary>SHK2012: an endpoint streams until the client leaves, so that one client keeps the server from stopping.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class StreamPinnedToRequestAnalyzer : ShutdownAnalyzer
{
    internal const string Id = "SHK2012";

    // What the token of a request comes from, or the endpoint itself.
    private static readonly string[] Endpoints =
        ["RequestAborted", "ServerCallContext", "AcceptWebSocketAsync", "ControllerBase", "Controller", "MapGet", "MapPost", "MapMethods"];

    // What the condition of a stream's loop asks, or what its body waits for.
    private static readonly string[] LoopNames = ["IsCancellationRequested", "WaitForNextTickAsync", "ReadAllAsync", "WithCancellation", "Delay", "ReceiveAsync"];

    // Whoever knows of these thinks of the stop; hubs are closed by it.
    private static readonly string[] StopNames = ["ApplicationStopping", "IHostApplicationLifetime", "IApplicationLifetime", "Hub"];

    /// <summary>All names that are looked for.</summary>
    internal static readonly string[] Names = [.. Endpoints, .. LoopNames, .. StopNames, "ServerSentEvents", "ClientWebSocket"];

    private static readonly DiagnosticDescriptor Rule = RuleDescriptor.Create(
        Id,
        "Stream ends only with its client",
        "This loop ends only when the client leaves: while one is connected, a stop waits the whole shutdown timeout, and background services are stopped only after that",
        RuleCategories.HostedServices,
        DiagnosticSeverity.Info,
        "The server waits for the requests that are under way before the host goes on to stop its services. A stream that observes nothing but its "
        + "request lasts as long as its client wants. Link its token with IHostApplicationLifetime.ApplicationStopping.");

    /// <summary>Creates the analyzer.</summary>
    public StreamPinnedToRequestAnalyzer()
        : base(Rule)
    {
    }

    private protected override void Register(Watch watch)
    {
        if (watch.Symbols.Type("Microsoft.AspNetCore.Http.HttpContext") is not null && !watch.Facts.IsExemptAsTest)
            watch.Files(Endpoints, Look);
    }

    private static void Look(SourceFile file)
    {
        foreach (var name in StopNames)
        {
            if (file.MayMention(name))
                return;
        }

        HashSet<SyntaxNode>? seen = null;
        foreach (var name in LoopNames)
        {
            if (!file.MayMention(name))
                continue;

            foreach (var token in file.Tokens(name))
            {
                if (LoopAround(token.Parent!) is { } loop && (seen ??= []).Add(loop) && EndpointOf(file, loop) is { } endpoint && IsPinned(file, loop, endpoint))
                    file.Report(Diagnostic.Create(Rule, loop.GetFirstToken().GetLocation(), (object?[]?)null));
            }
        }
    }

    // The loop that the name is in, not that of a lambda around it.
    private static StatementSyntax? LoopAround(SyntaxNode node)
    {
        for (var scope = node; scope is not (null or MemberDeclarationSyntax or AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax); scope = scope.Parent)
        {
            if (scope is WhileStatementSyntax or DoStatementSyntax or ForStatementSyntax or CommonForEachStatementSyntax { AwaitKeyword.RawKind: not 0 })
                return (StatementSyntax)scope;
        }

        return null;
    }

    private static bool IsPinned(SourceFile file, StatementSyntax loop, Endpoint endpoint)
    {
        if (endpoint.Mentions("CreateLinkedTokenSource"))
            return false;

        return loop switch
        {
            WhileStatementSyntax { Condition: var condition, Statement: var body } => IsPinned(file, condition, body, endpoint),
            DoStatementSyntax { Condition: var condition, Statement: var body } => IsPinned(file, condition, body, endpoint),
            ForStatementSyntax { Condition: null, Statement: var body } => IsPinned(file, null, body, endpoint),
            CommonForEachStatementSyntax { Expression: InvocationExpressionSyntax read } => endpoint.IsEventStream && ReadsUntilAborted(read, endpoint),
            _ => false,
        };
    }

    private static bool IsPinned(SourceFile file, ExpressionSyntax? condition, StatementSyntax body, Endpoint endpoint)
    {
        if (condition is null || condition.IsKind(SyntaxKind.TrueLiteralExpression))
            return (Waits(body, endpoint) && !HasOtherExit(body, endpoint)) || Receives(file, body, endpoint);

        if (AsksRequest(condition, endpoint))
            return !HasOtherExit(body, endpoint);

        return IsOpenSocket(condition) && Receives(file, body, endpoint);
    }

    // !token.IsCancellationRequested, await timer.WaitForNextTickAsync(token)
    private static bool AsksRequest(ExpressionSyntax condition, Endpoint endpoint)
    {
        switch (condition)
        {
            case ParenthesizedExpressionSyntax parenthesized:
                return AsksRequest(parenthesized.Expression, endpoint);
            case PrefixUnaryExpressionSyntax { RawKind: (int)SyntaxKind.LogicalNotExpression, Operand: MemberAccessExpressionSyntax { Name.Identifier.ValueText: "IsCancellationRequested" } asked }:
                return endpoint.IsRequestToken(asked.Expression);
            case BinaryExpressionSyntax { RawKind: (int)SyntaxKind.EqualsExpression, Right.RawKind: (int)SyntaxKind.FalseLiteralExpression, Left: MemberAccessExpressionSyntax { Name.Identifier.ValueText: "IsCancellationRequested" } asked }:
                return endpoint.IsRequestToken(asked.Expression);
            case BinaryExpressionSyntax { RawKind: (int)SyntaxKind.LogicalAndExpression } both:
                return (AsksRequest(both.Left, endpoint) && (AsksRequest(both.Right, endpoint) || IsOpenSocket(both.Right)))
                       || (IsOpenSocket(both.Left) && AsksRequest(both.Right, endpoint));
            case AwaitExpressionSyntax { Expression: InvocationExpressionSyntax call } when SyntaxNames.OfInvoked(call) == "WaitForNextTickAsync":
                return HasRequestToken(call, endpoint);
            default:
                return false;
        }
    }

    // socket.State == WebSocketState.Open, !result.CloseStatus.HasValue
    private static bool IsOpenSocket(ExpressionSyntax condition) => condition switch
    {
        ParenthesizedExpressionSyntax parenthesized => IsOpenSocket(parenthesized.Expression),
        BinaryExpressionSyntax { RawKind: (int)SyntaxKind.EqualsExpression, Right: var state } => SyntaxNames.Of(state) == "Open",
        IsPatternExpressionSyntax { Pattern: ConstantPatternSyntax { Expression: var state } } => SyntaxNames.Of(state) == "Open",
        PrefixUnaryExpressionSyntax { RawKind: (int)SyntaxKind.LogicalNotExpression, Operand: MemberAccessExpressionSyntax { Name.Identifier.ValueText: "HasValue", Expression: var status } } =>
            SyntaxNames.Of(status) == "CloseStatus",
        _ => false,
    };

    private static bool Waits(StatementSyntax body, Endpoint endpoint)
    {
        foreach (var node in body.DescendantNodes(static node => node is not (AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax)))
        {
            if (node is InvocationExpressionSyntax call && SyntaxNames.OfInvoked(call) is "Delay" or "WaitForNextTickAsync" && HasRequestToken((InvocationExpressionSyntax)node, endpoint))
                return true;
        }

        return false;
    }

    // A socket that the server accepted, and a receive that nothing but the client or the request ends.
    private static bool Receives(SourceFile file, StatementSyntax body, Endpoint endpoint)
    {
        if (!file.MayMention("AcceptWebSocketAsync") || file.MayMention("ClientWebSocket"))
            return false;

        foreach (var node in body.DescendantNodes(static node => node is not (AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax)))
        {
            if (node is InvocationExpressionSyntax { ArgumentList.Arguments: { Count: 2 } arguments } call
                && SyntaxNames.OfInvoked(call) == "ReceiveAsync"
                && (arguments[1].Expression.IsKind(SyntaxKind.DefaultLiteralExpression)
                    || SyntaxNames.Of(arguments[1].Expression) == "None"
                    || endpoint.IsRequestToken(arguments[1].Expression)))
            {
                return true;
            }
        }

        return false;
    }

    private static bool ReadsUntilAborted(InvocationExpressionSyntax read, Endpoint endpoint) => SyntaxNames.OfInvoked(read) switch
    {
        "ReadAllAsync" or "WithCancellation" => HasRequestToken(read, endpoint),
        "ConfigureAwait" => read.Expression is MemberAccessExpressionSyntax { Expression: InvocationExpressionSyntax inner } && ReadsUntilAborted(inner, endpoint),
        _ => false,
    };

    // The stream also ends with what it streams.
    private static bool HasOtherExit(StatementSyntax body, Endpoint endpoint)
    {
        foreach (var node in body.DescendantNodes(static node => node is not (AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax)))
        {
            if (node is not (BreakStatementSyntax or ReturnStatementSyntax or GotoStatementSyntax or YieldStatementSyntax { RawKind: (int)SyntaxKind.YieldBreakStatement } or ThrowStatementSyntax)
                || IsInner(node, body) || IsForClient(node, body, endpoint))
            {
                continue;
            }

            return true;
        }

        return false;
    }

    private static bool IsInner(SyntaxNode leave, StatementSyntax body)
    {
        if (leave is not BreakStatementSyntax)
            return false;

        for (var scope = leave.Parent; scope is not null && scope != body; scope = scope.Parent)
        {
            if (scope is WhileStatementSyntax or DoStatementSyntax or ForStatementSyntax or CommonForEachStatementSyntax or SwitchStatementSyntax)
                return true;
        }

        return false;
    }

    private static bool IsForClient(SyntaxNode leave, StatementSyntax body, Endpoint endpoint)
    {
        for (var scope = leave.Parent; scope is not null && scope != body; scope = scope.Parent)
        {
            if (scope is CatchClauseSyntax)
                return true;

            if (scope is IfStatementSyntax { Condition: var condition }
                && (AsksRequest(Negated(condition), endpoint) || condition.ToString() is var text && (text.Contains("Close") || text.Contains("Disconnect"))))
            {
                return true;
            }
        }

        return false;
    }

    private static ExpressionSyntax Negated(ExpressionSyntax condition) =>
        SyntaxFactory.PrefixUnaryExpression(SyntaxKind.LogicalNotExpression, condition);

    private static bool HasRequestToken(InvocationExpressionSyntax call, Endpoint endpoint)
    {
        foreach (var argument in call.ArgumentList.Arguments)
        {
            if (endpoint.IsRequestToken(argument.Expression))
                return true;
        }

        return false;
    }

    private static Endpoint? EndpointOf(SourceFile file, SyntaxNode loop)
    {
        for (var scope = loop.Parent; scope is not null; scope = scope.Parent)
        {
            switch (scope)
            {
                case MethodDeclarationSyntax method:
                    return new Endpoint(method, method.ParameterList, IsAction(file, method), file);
                case LocalFunctionStatementSyntax function:
                    return new Endpoint(function, function.ParameterList, IsHandler(function), file);
                case ParenthesizedLambdaExpressionSyntax lambda:
                    return new Endpoint(lambda, lambda.ParameterList, IsHandler(lambda), file);
                case SimpleLambdaExpressionSyntax lambda:
                    return new Endpoint(lambda, null, false, file);
                case MemberDeclarationSyntax:
                    return null;
            }
        }

        return null;
    }

    // The token of an action or of a route handler is that of the request.
    private static bool IsAction(SourceFile file, MethodDeclarationSyntax method) =>
        (file.MayMention("Controller") || file.MayMention("ControllerBase"))
        && method.Modifiers.Any(SyntaxKind.PublicKeyword)
        && file.Model.GetDeclaredSymbol(method, file.CancellationToken)?.ContainingType.IsOrInherits(file.Symbols.Type("Microsoft.AspNetCore.Mvc.ControllerBase")) == true;

    private static bool IsHandler(SyntaxNode function)
    {
        for (var scope = function; scope is not (null or MemberDeclarationSyntax); scope = scope.Parent)
        {
            if (scope is LambdaExpressionSyntax { Parent: ArgumentSyntax { Parent.Parent: InvocationExpressionSyntax call } }
                && SyntaxNames.OfInvoked(call) is "MapGet" or "MapPost" or "MapMethods" or "Map")
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The code that serves one request.</summary>
    private sealed class Endpoint
    {
        private readonly SyntaxNode _code;
        private readonly HashSet<string> _tokens = new(StringComparer.Ordinal);
        private readonly HashSet<string> _calls = new(StringComparer.Ordinal);

        public Endpoint(SyntaxNode code, ParameterListSyntax? parameters, bool getsRequestToken, SourceFile file)
        {
            _code = code;
            foreach (var parameter in parameters?.Parameters ?? default)
            {
                switch (parameter.Type is { } type ? SyntaxNames.Of(type is QualifiedNameSyntax qualified ? qualified.Right : type as ExpressionSyntax) : null)
                {
                    case "CancellationToken" when getsRequestToken:
                        _tokens.Add(parameter.Identifier.ValueText);
                        break;
                    case "ServerCallContext":
                        _calls.Add(parameter.Identifier.ValueText);
                        break;
                    case "IServerStreamWriter":
                        IsEventStream = true;
                        break;
                }
            }

            IsEventStream |= file.MayMention("ServerSentEvents") || IsWrittenAsEvents(code);
            foreach (var node in code.DescendantNodes())
            {
                if (node is VariableDeclaratorSyntax { Initializer.Value: var value } variable && IsRequestToken(value))
                    _tokens.Add(variable.Identifier.ValueText);
            }
        }

        /// <summary>Whether the response goes on for as long as there are events.</summary>
        public bool IsEventStream { get; }

        public bool IsRequestToken(ExpressionSyntax expression) => expression switch
        {
            IdentifierNameSyntax name => _tokens.Contains(name.Identifier.ValueText),
            MemberAccessExpressionSyntax { Name.Identifier.ValueText: "RequestAborted" } => true,
            MemberAccessExpressionSyntax { Name.Identifier.ValueText: "CancellationToken", Expression: IdentifierNameSyntax call } => _calls.Contains(call.Identifier.ValueText),
            _ => false,
        };

        public bool Mentions(string name)
        {
            foreach (var node in _code.DescendantNodes())
            {
                if (node is SimpleNameSyntax simple && simple.Identifier.ValueText == name)
                    return true;
            }

            return false;
        }

        private static bool IsWrittenAsEvents(SyntaxNode code)
        {
            foreach (var token in code.DescendantTokens())
            {
                if (token.IsKind(SyntaxKind.StringLiteralToken) && token.ValueText == "text/event-stream")
                    return true;
            }

            return false;
        }
    }
}
