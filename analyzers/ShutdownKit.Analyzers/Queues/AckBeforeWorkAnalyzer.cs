using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.Queues;

/// <summary>SHK6006: a message is acknowledged to the broker before the work on it.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class AckBeforeWorkAnalyzer : ShutdownAnalyzer
{
    internal const string Id = "SHK6006";

    /// <summary>The names without which there is nothing to find.</summary>
    internal static readonly string[] Names =
    [
        "BasicAck", "BasicAckAsync", "CompleteMessageAsync", "DeleteMessage", "DeleteMessageAsync", "StoreOffset", "Commit", "UpdateCheckpointAsync",
        "StreamAcknowledge", "StreamAcknowledgeAsync",
    ];

    private static readonly DiagnosticDescriptor Rule = RuleDescriptor.Create(
        Id,
        "Message is acknowledged before the work",
        "'{0}' tells the broker that the message is done before the work on it: if the process ends in between, the message is lost",
        RuleCategories.Queues,
        DiagnosticSeverity.Info,
        "A broker delivers a message again until it is acknowledged. Acknowledge it behind the work, so that a message whose consumer was killed is delivered once more.");

    /// <summary>Creates the analyzer.</summary>
    public AckBeforeWorkAnalyzer()
        : base(Rule)
    {
    }

    private protected override void Register(Watch watch) => watch.Names(Names, Look);

    private static void Look(SourceFile file, SyntaxToken name)
    {
        if (SyntaxNames.InvocationOf(name) is not { ArgumentList.Arguments.Count: > 0 } ack
            || StatementOf(ack) is not { } statement
            || !ComesBeforeTheWork(statement, name.ValueText)
            || file.Model.GetSymbolInfo(ack, file.CancellationToken).Symbol is not IMethodSymbol method
            || !IsOfBroker(method))
        {
            return;
        }

        file.Report(Diagnostic.Create(Rule, name.GetLocation(), name.ValueText));
    }

    private static bool IsOfBroker(IMethodSymbol method)
    {
        var space = (method.ReducedFrom ?? method).ContainingNamespace.ToDisplayString();
        return space.StartsWith("RabbitMQ.Client", StringComparison.Ordinal) || space.StartsWith("Azure.Messaging.", StringComparison.Ordinal)
            || space.StartsWith("Azure.Storage.Queues", StringComparison.Ordinal) || space.StartsWith("Amazon.SQS", StringComparison.Ordinal)
            || space.StartsWith("Confluent.Kafka", StringComparison.Ordinal) || space.StartsWith("StackExchange.Redis", StringComparison.Ordinal);
    }

    private static ExpressionStatementSyntax? StatementOf(InvocationExpressionSyntax ack)
    {
        ExpressionSyntax value = ack;
        while (true)
        {
            switch (value.Parent)
            {
                case AwaitExpressionSyntax or ParenthesizedExpressionSyntax or ConditionalAccessExpressionSyntax:
                    value = (ExpressionSyntax)value.Parent;
                    continue;
                case MemberAccessExpressionSyntax { Name.Identifier.ValueText: "ConfigureAwait", Parent: InvocationExpressionSyntax configured }:
                    value = configured;
                    continue;
                case ExpressionStatementSyntax statement:
                    return statement;
                default:
                    return null;
            }
        }
    }

    /// <summary>
    /// Whether nothing that looks like work stands before the statement, and something does behind it, on the way through the blocks
    /// around it up to the loop or function that handles one message.
    /// </summary>
    private static bool ComesBeforeTheWork(StatementSyntax statement, string ack)
    {
        var worksLater = false;
        var leaves = false;
        for (SyntaxNode child = statement; child.Parent is { } parent; child = parent)
        {
            switch (parent)
            {
                case CatchClauseSyntax or FinallyClauseSyntax or SwitchSectionSyntax or GlobalStatementSyntax:
                    return false;

                case BlockSyntax block:
                    var isBefore = true;
                    foreach (var other in block.Statements)
                    {
                        if (other == child)
                        {
                            isBefore = false;
                            continue;
                        }

                        if (isBefore)
                        {
                            if (IsWork(other, ack, isBefore: true))
                                return false;
                        }
                        else if (!leaves)
                        {
                            worksLater |= IsWork(other, ack, isBefore: false);
                            leaves |= other is ReturnStatementSyntax or ContinueStatementSyntax or BreakStatementSyntax or ThrowStatementSyntax;
                        }
                    }

                    break;

                case WhileStatementSyntax or ForStatementSyntax or DoStatementSyntax or CommonForEachStatementSyntax:
                case AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax or BaseMethodDeclarationSyntax:
                    return worksLater;

                case MemberDeclarationSyntax:
                    return false;
            }
        }

        return false;
    }

    private static bool IsWork(StatementSyntax statement, string ack, bool isBefore)
    {
        foreach (var node in statement.DescendantNodesAndSelf(static node => node is not AnonymousFunctionExpressionSyntax))
        {
            switch (node)
            {
                case AwaitExpressionSyntax { Expression: InvocationExpressionSyntax call } when !IsTrifle(call, ack):
                    return true;
                case ExpressionStatementSyntax { Expression: InvocationExpressionSyntax call } when (isBefore || call.ArgumentList.Arguments.Count > 0) && !IsTrifle(call, ack):
                    return true;

                // A result that is assigned may come from work just as well; before the acknowledgement that is reason enough to keep silent.
                case AssignmentExpressionSyntax { Right: InvocationExpressionSyntax call } when isBefore && !IsTrifle(call, ack):
                    return true;
                case IfStatementSyntax or ForStatementSyntax or CommonForEachStatementSyntax or WhileStatementSyntax when isBefore && ContainsCallStatement(node, ack):
                    return true;
            }
        }

        return false;
    }

    private static bool ContainsCallStatement(SyntaxNode node, string ack) =>
        node.DescendantNodes().Any(inner => inner is ExpressionStatementSyntax { Expression: InvocationExpressionSyntax call } && !IsTrifle(call, ack));

    // Reading, decoding, logging, waiting, and acknowledging in other ways.
    private static bool IsTrifle(InvocationExpressionSyntax call, string ack)
    {
        var text = call.Expression.ToString();
        var name = SyntaxNames.OfInvoked(call) ?? "";
        if (name == "ConfigureAwait" && call.Expression is MemberAccessExpressionSyntax { Expression: InvocationExpressionSyntax inner })
            return IsTrifle(inner, ack);

        return name == ack
            || text.IndexOf("log", StringComparison.OrdinalIgnoreCase) >= 0
            || text.StartsWith("Console.", StringComparison.Ordinal)
            || text.StartsWith("Debug.", StringComparison.Ordinal)
            || name is "Delay" or "Yield" or "Cancel" or "Wait" or "WaitAsync" or "Release" or "Dispose" or "DisposeAsync" or "SetResult" or "TrySetResult" or "Set" or "Reset"
                or "Start" or "Stop" or "Restart" or "Add" or "Increment" or "Record" or "Observe" or "SetTag" or "AddTag" or "SetStatus" or "Remove" or "TryRemove"
            || name.StartsWith("Receive", StringComparison.Ordinal)
            || name.StartsWith("Consume", StringComparison.Ordinal)
            || name.StartsWith("Read", StringComparison.Ordinal)
            || name.StartsWith("Get", StringComparison.Ordinal)
            || name.StartsWith("Deserialize", StringComparison.Ordinal)
            || name.StartsWith("Parse", StringComparison.Ordinal)
            || name.StartsWith("TryParse", StringComparison.Ordinal)
            || name.StartsWith("ThrowIf", StringComparison.Ordinal)
            || name.StartsWith("Basic", StringComparison.Ordinal)
            || name is "Close" or "CloseAsync" or "Subscribe" or "Unsubscribe";
    }
}
