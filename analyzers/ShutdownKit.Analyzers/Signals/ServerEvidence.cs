using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.Signals;

/// <summary>
/// Tells a server that is kept alive by a wait from a tool that shows its result until a key is pressed: by what is started before the
/// wait, and by what is stopped behind it.
/// </summary>
internal static class ServerEvidence
{
    private static readonly HashSet<string> ServerCalls = new(StringComparer.Ordinal)
    {
        "BeginAccept", "BeginAcceptTcpClient", "BeginGetContext", "BasicConsume", "BasicConsumeAsync", "Listen", "ListenAsync", "StartListening", "StartListeningAsync",
        "StartListener", "StartReceiving", "StartReceivingAsync", "StartConsuming", "StartConsumer", "StartProcessing", "StartProcessingAsync", "StartServer", "StartServerAsync",
        "StartService", "StartBot", "RunServer", "StartPolling", "RegisterMessageHandler", "RegisterSessionHandler", "StartAccept", "StartListen",
        "BindAsync", "BeginReceive", "BeginReceiveFrom",
    };

    private static readonly HashSet<string> StartCalls = new(StringComparer.Ordinal) { "Start", "StartAsync", "Open", "OpenAsync", "Run", "RunAsync", "Init", "Initialize", "Serve", "Launch" };

    private static readonly HashSet<string> StopCalls = new(StringComparer.Ordinal)
    {
        "Stop", "StopAsync", "Shutdown", "ShutdownAsync", "ShutDown", "StopListening", "StopServer", "StopReceiving", "StopReceivingAsync", "StopProcessingAsync", "StopService",
        "KillAsync", "Terminate", "TerminateAsync",
    };

    private static readonly string[] ServerWords =
    [
        "server", "listener", "service", "bot", "worker", "consumer", "daemon", "broker", "bus", "receiver", "processor", "scheduler", "watcher", "subscriber", "proxy", "gateway",
        "agent", "host", "endpoint", "silo", "node", "hub", "tunnel", "relay", "responder", "poller", "router", "dispatcher", "monitor", "webapp", "broadcaster", "acceptor",
    ];

    // What can be started and stopped and is no server.
    private static readonly string[] OtherWords =
    [
        "watch", "process", "thread", "task", "client", "animation", "spinner", "progress", "player", "recorder", "capture", "recording", "trace", "profiler", "sw", "clock", "story",
    ];

    // What a program says that is there to serve until it is told to end.
    private static readonly string[] Announcements =
        ["to stop", "to shut", "to terminate", "listening", "is running", "server", "service", "bot is", "bot has", "waiting for"];

    /// <summary>Whether the code before a wait starts a server, or the code behind it stops what was started before.</summary>
    public static bool Surrounds(SyntaxNode body, SyntaxNode wait, SemanticModel model, CancellationToken cancellationToken)
    {
        var serves = false;
        var creates = false;
        var starts = false;
        var announces = false;
        var stops = false;
        foreach (var node in body.DescendantNodes(static node => node is not TypeDeclarationSyntax))
        {
            if (node.SpanStart < wait.SpanStart)
            {
                serves |= IsServerStart(node, model, cancellationToken);
                creates |= node is ObjectCreationExpressionSyntax { Type: var type } && SyntaxNames.Of(type) is { } created && IsServerType(created);
            }

            if (node is not InvocationExpressionSyntax call || SyntaxNames.OfInvoked(call) is not { } name)
                continue;

            if (node.SpanStart >= wait.SpanStart)
            {
                stops |= StopCalls.Contains(name) && !Is(OtherWords, call, model, cancellationToken);
                continue;
            }

            // What is only given some time is a demonstration, and the wait shows its result.
            if (name is "Sleep" or "Delay" && (starts || serves) && !IsInLoopOrFunction(call, body))
                return false;

            serves |= IsServerStart(call, name, model, cancellationToken);
            starts |= name is "Start" or "StartAsync" or "Subscribe" or "SubscribeAsync" && !Is(OtherWords, call, model, cancellationToken);
            announces |= name is "WriteLine" or "Write" && Announces(call);
        }

        return serves || (starts || creates) && (announces || stops);
    }

    private static bool IsServerType(string name) =>
        name.EndsWith("Server", StringComparison.Ordinal) || name.EndsWith("Listener", StringComparison.Ordinal) || name.EndsWith("Consumer", StringComparison.Ordinal);

    // The method handed to Task.Run or to a thread, a watcher that is switched on, a server whose events are handled.
    private static bool IsServerStart(SyntaxNode node, SemanticModel model, CancellationToken cancellationToken) => node switch
    {
        ArgumentSyntax { Expression: MemberAccessExpressionSyntax { Name.Identifier.ValueText: var method, Expression: var receiver } } =>
            method is "Start" or "StartAsync" or "Run" or "RunAsync" or "Listen" or "StartListening" or "StartServer"
            && (EndsWithAny(SyntaxNames.Of(receiver), ServerWords) || EndsWithAny(model.GetTypeInfo(receiver, cancellationToken).Type?.Name, ServerWords)),
        AssignmentExpressionSyntax { Right: LiteralExpressionSyntax { RawKind: (int)SyntaxKind.TrueLiteralExpression }, Left: var switched } =>
            SyntaxNames.Of(switched) == "EnableRaisingEvents",
        AssignmentExpressionSyntax { RawKind: (int)SyntaxKind.AddAssignmentExpression, Left: MemberAccessExpressionSyntax { Expression: var source } } =>
            EndsWithAny(SyntaxNames.Of(source), ServerWords),
        _ => false,
    };

    private static bool IsInLoopOrFunction(SyntaxNode node, SyntaxNode body)
    {
        for (var outer = node.Parent; outer is not null && outer != body; outer = outer.Parent)
        {
            if (outer is AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax or WhileStatementSyntax or ForStatementSyntax or DoStatementSyntax or CommonForEachStatementSyntax)
                return true;
        }

        return false;
    }

    /// <summary>Whether the code stops something.</summary>
    public static bool Stops(SyntaxNode code)
    {
        foreach (var node in code.DescendantNodes())
        {
            if (node is InvocationExpressionSyntax call && SyntaxNames.OfInvoked(call) is { } name && StopCalls.Contains(name))
                return true;
        }

        return false;
    }

    /// <summary>Whether the name ends with one of the words, in whatever case.</summary>
    public static bool EndsWithAny(string? name, string[] words)
    {
        if (name is null)
            return false;

        foreach (var word in words)
        {
            if (name.EndsWith(word, StringComparison.OrdinalIgnoreCase))
                return true;
        }

        return false;
    }

    private static bool IsServerStart(InvocationExpressionSyntax call, string name, SemanticModel model, CancellationToken cancellationToken)
    {
        if (ServerCalls.Contains(name))
            return true;

        // What has been awaited has come to its end, unless it only starts.
        return StartCalls.Contains(name)
               && !(name == "RunAsync" && EndlessWaits.IsAwaited(call))
               && Is(ServerWords, call, model, cancellationToken)
               && !Is(OtherWords, call, model, cancellationToken);
    }

    private static bool Is(string[] words, InvocationExpressionSyntax call, SemanticModel model, CancellationToken cancellationToken)
    {
        if (call.Expression is not (MemberAccessExpressionSyntax or MemberBindingExpressionSyntax))
            return false;
        if (EndsWithAny(SyntaxNames.OfReceiver(call), words))
            return true;

        var receiver = (call.Expression as MemberAccessExpressionSyntax)?.Expression;
        return receiver is not null && EndsWithAny(model.GetTypeInfo(receiver, cancellationToken).Type?.Name, words);
    }

    private static bool Announces(InvocationExpressionSyntax call)
    {
        if (call.ArgumentList.Arguments.Count == 0)
            return false;

        var text = call.ArgumentList.Arguments[0].ToString();
        foreach (var announcement in Announcements)
        {
            if (text.IndexOf(announcement, StringComparison.OrdinalIgnoreCase) >= 0)
                return true;
        }

        return false;
    }
}
