using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.HostedServices;

/// <summary>How a call waits.</summary>
internal enum WaitKind
{
    /// <summary>For a time, without a thread: <c>await Task.Delay(time)</c>.</summary>
    Delay,

    /// <summary>For a time, on a thread: <c>Thread.Sleep(time)</c>.</summary>
    Sleep,

    /// <summary>For something that may never come: an item, a message, a connection, a signal.</summary>
    Blocking,
}

/// <summary>A call that waits and that has been given no token, as its syntax shows it.</summary>
internal sealed class WaitCall
{
    private WaitCall(WaitKind kind, InvocationExpressionSyntax call, string name)
    {
        Kind = kind;
        Call = call;
        Name = name;
    }

    public WaitKind Kind { get; }

    public InvocationExpressionSyntax Call { get; }

    /// <summary>The method's name.</summary>
    public string Name { get; }

    /// <summary>The expression for the time; null for waits that have none.</summary>
    public ExpressionSyntax? Time => Kind == WaitKind.Blocking ? null : Call.ArgumentList.Arguments[0].Expression;

    /// <summary>The wait that the name is part of; null where it is none.</summary>
    public static WaitCall? Of(SyntaxToken name)
    {
        if (SyntaxNames.InvocationOf(name) is not { } call)
            return null;

        var arguments = call.ArgumentList.Arguments.Count;
        var kind = name.ValueText switch
        {
            "Sleep" => arguments == 1 && SyntaxNames.OfReceiver(call) == "Thread" ? WaitKind.Sleep : (WaitKind?)null,
            "Delay" => (arguments == 1 || (arguments == 2 && IsClock(call.ArgumentList.Arguments[1]))) && SyntaxNames.OfReceiver(call) == "Task" && IsWaitedFor(call) ? WaitKind.Delay : null,
            _ => arguments == 0 && SyntaxNames.OfReceiver(call) is not null ? WaitKind.Blocking : null,
        };
        return kind is { } known ? new WaitCall(known, call, name.ValueText) : null;
    }

    /// <summary>Whether the call is what its name says, and is given no token.</summary>
    public bool IsConfirmed(IMethodSymbol method, ShutdownSymbols symbols)
    {
        var type = method.ContainingType;
        switch (Name)
        {
            case "Sleep":
                return type.Is(symbols.Thread);
            case "Delay":
                return type.Is(symbols.Task) && (method.Parameters.Length == 1 || !method.Parameters[method.Parameters.Length - 1].Type.Is(symbols.CancellationToken));
            case "Take" or "GetConsumingEnumerable":
                return type.Is(symbols.Type("System.Collections.Concurrent.BlockingCollection`1"));
            case "WaitOne":
                return type.IsOrInherits(symbols.WaitHandle);
            case "Wait" or "WaitAsync":
                return type.Is(symbols.Type("System.Threading.SemaphoreSlim"))
                       || type.Is(symbols.Type("System.Threading.ManualResetEventSlim"))
                       || type.Is(symbols.Type("System.Threading.CountdownEvent"));
            case "WaitForNextTickAsync":
                return type.Is(symbols.Type("System.Threading.PeriodicTimer"));
            case "Consume":
                return type.Is(symbols.Type("Confluent.Kafka.IConsumer`2"));
            case "AcceptTcpClient" or "AcceptTcpClientAsync" or "AcceptSocket" or "AcceptSocketAsync":
                return type.Is(symbols.Type("System.Net.Sockets.TcpListener"));
            case "GetContext" or "GetContextAsync":
                return type.Is(symbols.Type("System.Net.HttpListener"));
            case "ReadLine":
                return type.Is(symbols.Console);
            default:
                return false;
        }
    }

    /// <summary>Whether there is an overload that takes a token: where a parameter holds one, CA2016 asks for it.</summary>
    public bool CanTakeToken => Name is not ("Sleep" or "WaitOne" or "AcceptTcpClient" or "AcceptSocket" or "GetContext" or "GetContextAsync" or "ReadLine");

    // Task.Delay(time, timeProvider), not Task.Delay(time, token)
    private static bool IsClock(ArgumentSyntax argument) =>
        SyntaxNames.Of(argument.Expression) is { } name
        && (name.IndexOf("time", StringComparison.OrdinalIgnoreCase) >= 0 || name.IndexOf("clock", StringComparison.OrdinalIgnoreCase) >= 0);

    /// <summary>Whether the call awaits a task, or waits for it on a thread.</summary>
    private static bool IsWaitedFor(InvocationExpressionSyntax call)
    {
        for (SyntaxNode node = call; node.Parent is { } parent; node = parent)
        {
            switch (parent)
            {
                case AwaitExpressionSyntax:
                    return true;
                case MemberAccessExpressionSyntax { Name.Identifier.ValueText: "ConfigureAwait" or "GetAwaiter" }:
                case InvocationExpressionSyntax when node is MemberAccessExpressionSyntax:
                case ParenthesizedExpressionSyntax:
                    continue;
                case MemberAccessExpressionSyntax { Name.Identifier.ValueText: "Wait" or "GetResult", Parent: InvocationExpressionSyntax { ArgumentList.Arguments.Count: 0 } }:
                    return true;
                default:
                    return false;
            }
        }

        return false;
    }
}
