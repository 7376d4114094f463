using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.HostedServices;

/// <summary>SHK2018: clean-up after a loop that a stop leaves by an exception, so that the clean-up is not reached.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class UnreachedCleanupAnalyzer : ShutdownAnalyzer
{
    internal const string Id = "SHK2018";

    /// <summary>The names without which there is nothing to find.</summary>
    internal static readonly string[] Names = ["IsCancellationRequested", "WaitForNextTickAsync"];

    private static readonly string[] CleanupWords =
    [
        "Stop", "Close", "Dispose", "Flush", "Save", "Commit", "Complete", "TryComplete", "Drain", "Persist", "Write", "Unsubscribe", "Unregister", "Deregister",
        "Disconnect", "Shutdown", "Release", "Logout", "LogOut", "Cleanup", "CleanUp", "Abort", "Leave", "Cancel", "Delete", "Remove", "Send", "Publish",
    ];

    private static readonly DiagnosticDescriptor Rule = RuleDescriptor.Create(
        Id,
        "The clean-up after the loop is not reached on a stop",
        "'{0}' is not reached when a stop finds the loop in '{1}': that throws when '{2}' is cancelled, and the exception leaves the method",
        RuleCategories.HostedServices,
        DiagnosticSeverity.Warning,
        "A wait that is given the token throws OperationCanceledException when the token is cancelled. A loop spends most of its time in its wait, so "
        + "that nearly every stop takes that way, and what comes after the loop is skipped. Put it into a finally block.");

    /// <summary>Creates the analyzer.</summary>
    public UnreachedCleanupAnalyzer()
        : base(Rule)
    {
    }

    private protected override void Register(Watch watch)
    {
        if (watch.Symbols.HostedService is not null && !watch.Facts.IsExemptAsTest)
            watch.Names(Names, Look);
    }

    private static void Look(SourceFile file, SyntaxToken name)
    {
        if (LoopOf(name) is not { } loop
            || CleanupAfter(loop) is not { } cleanup
            || ThrowingWaitIn(loop) is not var (wait, token)
            || IsGiven(cleanup, token)
            || MethodGraph.DeclarationOf(loop) is not MethodDeclarationSyntax member
            || member.FirstAncestorOrSelf<TypeDeclarationSyntax>() is not { } declaration
            || file.Model.GetDeclaredSymbol(declaration, file.CancellationToken) is not { } type
            || !type.IsOrInherits(file.Symbols.HostedService)
            || !StopSignals.Of(type, file.Facts, file.CancellationToken).IsWorkOfService(member)
            || !IsConfirmed(file, wait, token))
        {
            return;
        }

        file.Report(Diagnostic.Create(
            Rule, cleanup.GetLocation(), SyntaxNames.OfInvoked(cleanup), SyntaxNames.OfInvoked(wait), token));
    }

    // The clean-up would not be done with the cancelled token either, which SHK5003 says.
    private static bool IsGiven(InvocationExpressionSyntax cleanup, string token)
    {
        foreach (var argument in cleanup.ArgumentList.Arguments)
        {
            if (argument.Expression.ToString() == token)
                return true;
        }

        return false;
    }

    /// <summary>The while loop in whose condition the name stands.</summary>
    private static WhileStatementSyntax? LoopOf(SyntaxToken name)
    {
        for (var node = name.Parent; node is ExpressionSyntax or ArgumentSyntax or ArgumentListSyntax; node = node.Parent)
        {
            if (node.Parent is WhileStatementSyntax loop && loop.Condition == node)
                return loop;
        }

        return null;
    }

    /// <summary>
    /// The first call of the clean-up that comes after the loop and that an exception from the loop skips; null where there is none, or
    /// where the exception is caught.
    /// </summary>
    internal static InvocationExpressionSyntax? CleanupAfter(WhileStatementSyntax loop)
    {
        for (SyntaxNode node = loop; node.Parent is { } parent; node = parent)
        {
            switch (parent)
            {
                case BlockSyntax block when node is StatementSyntax statement:
                    for (var i = block.Statements.IndexOf(statement) + 1; i < block.Statements.Count; i++)
                    {
                        if (CleanupIn(block.Statements[i]) is { } cleanup)
                            return cleanup;
                    }

                    break;
                case TryStatementSyntax { Catches.Count: > 0 } attempt when attempt.Block == node:
                    return null;
                case TryStatementSyntax or UsingStatementSyntax or LockStatementSyntax:
                    break;
                default:
                    return null;
            }
        }

        return null;
    }

    private static InvocationExpressionSyntax? CleanupIn(StatementSyntax statement)
    {
        foreach (var node in statement.DescendantNodesAndSelf(static node => !LoopSyntax.IsFunction(node)))
        {
            if (node is not InvocationExpressionSyntax call || SyntaxNames.OfInvoked(call) is not { } called || IsLog(SyntaxNames.OfReceiver(call)))
                continue;

            foreach (var word in CleanupWords)
            {
                if (called.StartsWith(word, StringComparison.Ordinal))
                    return call;
            }
        }

        return null;
    }

    private static bool IsLog(string? receiver) =>
        receiver is "Console" or "Debug" or "Trace" || receiver?.IndexOf("log", StringComparison.OrdinalIgnoreCase) >= 0;

    /// <summary>The wait of the loop that is given a token and whose exception nothing in the loop catches.</summary>
    private static (InvocationExpressionSyntax Wait, string Token)? ThrowingWaitIn(WhileStatementSyntax loop)
    {
        foreach (var node in LoopSyntax.NodesOf(loop))
        {
            if (node is not AwaitExpressionSyntax { Expression: var awaited })
                continue;

            if (awaited is InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax { Name.Identifier.ValueText: "ConfigureAwait", Expression: var configured } } configure)
            {
                if (LoopSyntax.Mentions(configure.ArgumentList, "SuppressThrowing"))
                    continue;

                awaited = configured;
            }

            if (awaited is InvocationExpressionSyntax { ArgumentList.Arguments: { Count: > 0 } arguments } wait
                && SyntaxNames.OfInvoked(wait) is "Delay" or "WaitForNextTickAsync" or "WaitToReadAsync" or "ReadAsync" or "WaitAsync"
                && SyntaxNames.Of(arguments[arguments.Count - 1].Expression) is not null
                && !IsCaught(node, loop))
            {
                return (wait, arguments[arguments.Count - 1].Expression.ToString());
            }
        }

        return null;
    }

    private static bool IsCaught(SyntaxNode node, SyntaxNode loop)
    {
        for (; node != loop && node.Parent is { } parent; node = parent)
        {
            if (parent is TryStatementSyntax { Catches.Count: > 0 } attempt && attempt.Block == node)
                return true;
        }

        return false;
    }

    private static bool IsConfirmed(SourceFile file, InvocationExpressionSyntax wait, string token)
    {
        var arguments = wait.ArgumentList.Arguments;
        return file.Model.GetTypeInfo(arguments[arguments.Count - 1].Expression, file.CancellationToken).Type.Is(file.Symbols.CancellationToken)
               && file.Model.GetSymbolInfo(wait, file.CancellationToken).Symbol is IMethodSymbol { ContainingType: var type }
               && !token.EndsWith(".None", StringComparison.Ordinal)
               && (type.Is(file.Symbols.Task)
                   || type.Is(file.Symbols.ChannelReaderOfT)
                   || type.Is(file.Symbols.Type("System.Threading.PeriodicTimer"))
                   || type.Is(file.Symbols.Type("System.Threading.SemaphoreSlim")));
    }
}
