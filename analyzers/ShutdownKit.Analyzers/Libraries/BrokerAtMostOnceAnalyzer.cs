using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.Libraries;

/// <summary>SHK7008: a broker is told to forget a message before anybody has worked on it, or a message is sent without learning whether it arrived.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class BrokerAtMostOnceAnalyzer : ShutdownAnalyzer
{
    internal const string Id = "SHK7008";

    private const string Option = "at_most_once_ok";

    private static readonly string[] Consuming = ["BasicConsume", "BasicConsumeAsync", "BasicGet", "BasicGetAsync"];
    private static readonly string[] Publishing = ["BasicPublish", "BasicPublishAsync"];

    // What tells that somebody waits for the broker's confirmation, in all generations of the client.
    private static readonly string[] Confirming =
    [
        "ConfirmSelect", "ConfirmSelectAsync", "WaitForConfirms", "WaitForConfirmsAsync", "WaitForConfirmsOrDie", "WaitForConfirmsOrDieAsync",
        "publisherConfirmationsEnabled", "PublisherConfirmationsEnabled", "CreateChannelOptions", "BasicAcks", "BasicAcksAsync", "TxSelect", "TxSelectAsync",
    ];

    /// <summary>The names without which there is nothing to find, and those that tell that there is not.</summary>
    internal static readonly string[] Names = [.. Consuming, .. Publishing, .. Confirming, "ReceiveAndDelete", "FireAndForget"];

    private static readonly HashSet<string> RedisWrites = new(StringComparer.Ordinal)
    {
        "StringSet", "StringAppend", "StringIncrement", "StringDecrement", "HashSet", "HashIncrement", "HashDecrement", "ListLeftPush", "ListRightPush",
        "SetAdd", "SortedSetAdd", "SortedSetIncrement", "StreamAdd",
    };

    private static readonly DiagnosticDescriptor Rule = RuleDescriptor.Create(
        Id,
        "Messages are delivered at most once",
        "{0}",
        RuleCategories.Libraries,
        DiagnosticSeverity.Info,
        "A message that is acknowledged when it is delivered, or sent without waiting for the broker's confirmation, is lost when a process is stopped or killed at the wrong moment. "
        + "Where that is meant, say so: shutdownkit.at_most_once_ok = true.");

    /// <summary>Creates the analyzer.</summary>
    public BrokerAtMostOnceAnalyzer()
        : base(Rule)
    {
    }

    private protected override void Register(Watch watch)
    {
        if (watch.Facts.IsExemptAsTest)
            return;

        watch.Names(Consuming, LookAtConsumer);
        watch.Names(Publishing, LookAtPublisher);
        watch.Names(["ReceiveAndDelete"], LookAtReceiveMode);
        watch.Names(["FireAndForget"], LookAtRedis);
    }

    private static void LookAtConsumer(SourceFile file, SyntaxToken name)
    {
        if (SyntaxNames.InvocationOf(name) is not { } call || AutoAckOf(call) is not { } autoAck || !IsOfRabbit(file, call))
            return;

        Report(file, autoAck, name.ValueText.StartsWith("BasicGet", StringComparison.Ordinal)
            ? "The broker forgets the message as soon as it has handed it out: a process that ends before it is done with it loses it"
            : "The broker forgets each message as soon as it has sent it: all that this consumer has received and not finished when the process ends is lost");
    }

    private static ArgumentSyntax? AutoAckOf(InvocationExpressionSyntax call)
    {
        var arguments = call.ArgumentList.Arguments;
        for (var i = 0; i < arguments.Count; i++)
        {
            var isAutoAck = arguments[i].NameColon is { Name.Identifier.ValueText: var name } ? name is "autoAck" or "noAck" : i == 1;
            if (isAutoAck)
                return arguments[i].Expression.IsKind(SyntaxKind.TrueLiteralExpression) ? arguments[i] : null;
        }

        return null;
    }

    private static void LookAtPublisher(SourceFile file, SyntaxToken name)
    {
        // The answer to a call is worth something only to a caller who still waits for it.
        if (SyntaxNames.InvocationOf(name) is not { ArgumentList.Arguments.Count: > 1 } call
            || call.ArgumentList.ToString().Contains("ReplyTo")
            || IsRepeated(file, call)
            || file.Facts.MentionsAny(Confirming, file.CancellationToken)
            || !IsOfRabbit(file, call))
        {
            return;
        }

        Report(file, name.Parent!, "Nobody waits for the broker to confirm this message: if the connection or the process ends now, it may be lost although this call has succeeded");
    }

    // Once a file: the channels of a program are mostly made in one place.
    private static bool IsRepeated(SourceFile file, InvocationExpressionSyntax call)
    {
        foreach (var name in Publishing)
        {
            foreach (var token in file.Tokens(name))
            {
                if (token.SpanStart < call.ArgumentList.SpanStart && SyntaxNames.InvocationOf(token) is { } other && other != call)
                    return true;
            }
        }

        return false;
    }

    private static void LookAtReceiveMode(SourceFile file, SyntaxToken name)
    {
        if (name.Parent is IdentifierNameSyntax { Parent: MemberAccessExpressionSyntax mode }
            && mode.Parent is AssignmentExpressionSyntax or ArgumentSyntax or EqualsValueClauseSyntax
            && file.Model.GetSymbolInfo(mode, file.CancellationToken).Symbol is IFieldSymbol field
            && field.ContainingNamespace.ToDisplayString() is "Azure.Messaging.ServiceBus" or "Microsoft.Azure.ServiceBus")
        {
            Report(file, mode, "Messages are deleted from the queue when they are received: all that is received and not finished when the process ends is lost");
        }
    }

    private static void LookAtRedis(SourceFile file, SyntaxToken name)
    {
        if (name.Parent is IdentifierNameSyntax { Parent: MemberAccessExpressionSyntax { Parent: ArgumentSyntax { Parent.Parent: InvocationExpressionSyntax call } } flags }
            && SyntaxNames.OfInvoked(call) is { } command
            && RedisWrites.Contains(command.EndsWith("Async", StringComparison.Ordinal) ? command.Substring(0, command.Length - 5) : command)
            && !IsForCache(call, command)
            && file.Model.GetSymbolInfo(flags, file.CancellationToken).Symbol is IFieldSymbol { ContainingType: { Name: "CommandFlags", ContainingNamespace.Name: "Redis" } })
        {
            Report(file, flags, $"Nobody learns whether '{command}' has reached the server: what is still on its way when the process ends is lost");
        }
    }

    // What expires by itself, or lives in a cache, may be lost.
    private static bool IsForCache(InvocationExpressionSyntax call, string command)
    {
        if (call.FirstAncestorOrSelf<TypeDeclarationSyntax>()?.Identifier.ValueText.Contains("Cache") == true)
            return true;

        if (!command.StartsWith("StringSet", StringComparison.Ordinal))
            return false;

        var arguments = call.ArgumentList.Arguments;
        return arguments.Any(static argument => argument.NameColon?.Name.Identifier.ValueText == "expiry")
               || (arguments.Count > 3 && arguments[2].NameColon is null);
    }

    private static bool IsOfRabbit(SourceFile file, InvocationExpressionSyntax call) =>
        file.Model.GetSymbolInfo(call, file.CancellationToken).Symbol is IMethodSymbol method
        && (method.ReducedFrom ?? method).ContainingNamespace.ToDisplayString() == "RabbitMQ.Client";

    private static void Report(SourceFile file, SyntaxNode place, string message)
    {
        if (!string.Equals(RuleOptions.Text(file.Options, file.Tree, Option), "true", StringComparison.OrdinalIgnoreCase))
            file.Report(Diagnostic.Create(Rule, place.GetLocation(), message));
    }
}
