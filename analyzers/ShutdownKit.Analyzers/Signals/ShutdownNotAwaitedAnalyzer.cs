using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.Signals;

/// <summary>SHK1007: a host that is started, and then a wait that does not end when the host is asked to stop.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class ShutdownNotAwaitedAnalyzer : ShutdownAnalyzer
{
    internal const string Id = "SHK1007";

    /// <summary>The names of which there must be one.</summary>
    internal static readonly string[] Names = [.. StartedHost.Names, .. StartedHost.HostNames];

    private static readonly DiagnosticDescriptor Rule = RuleDescriptor.Create(
        Id,
        "Host is started, but its shutdown is not awaited",
        "{0}",
        RuleCategories.Signals,
        DiagnosticSeverity.Warning,
        "A started host answers SIGTERM by asking for its shutdown; who has called Start must wait for that with WaitForShutdownAsync, which also stops the host. Or call RunAsync, which does all of it.");

    /// <summary>Creates the analyzer.</summary>
    public ShutdownNotAwaitedAnalyzer()
        : base(Rule)
    {
    }

    /// <summary>The wait behind the start of a host that goes on when the host is asked to stop; null when there is none.</summary>
    internal static SyntaxNode? WaitBehind(StartedHost host, SourceFile file)
    {
        if (host.IsAwaited || host.Escapes)
            return null;

        foreach (var node in EndlessWaits.OwnCodeOf(host.Body))
        {
            if (node.SpanStart < host.Start.Span.End)
                continue;
            if (node is InvocationExpressionSyntax { Parent: ExpressionStatementSyntax statement } read && EndlessWaits.IsTerminalRead(read) && !IsConditional(statement, host.Body))
                return read;
        }

        return EndlessWaits.FirstIn(host.Body, file.Model, file.Symbols, file.CancellationToken) is { } wait && wait.Node.SpanStart > host.Start.SpanStart ? wait.Node : null;
    }

    private protected override void Register(Watch watch)
    {
        if (!watch.Facts.IsExemptAsTest && (watch.Symbols.Host is not null || watch.Symbols.WebHost is not null))
            watch.Files(StartedHost.HostNames, Look);
    }

    private static void Look(SourceFile file)
    {
        // One wait behind the starts of two hosts is one mistake.
        var reported = new HashSet<SyntaxNode>();
        foreach (var name in StartedHost.Names)
        {
            if (!file.MayMention(name))
                continue;

            foreach (var token in file.Tokens(name))
            {
                if (SyntaxNames.InvocationOf(token) is { } call && StartedHost.Of(file, call) is { } host && WaitBehind(host, file) is { } wait
                    && reported.Add(wait) && !file.Facts.Mentions("SIGTERM", file.CancellationToken))
                {
                    Report(file, host, wait);
                }
            }
        }
    }

    private static void Report(SourceFile file, StartedHost host, SyntaxNode wait)
    {
        var terminal = wait is InvocationExpressionSyntax read && EndlessWaits.IsTerminalRead(read)
            ? SyntaxNames.OfInvoked(read) == "ReadKey" ? "; without a terminal, as in a container, ReadKey throws" : "; without a terminal, as in a container, it returns at once"
            : "";
        var message = host.IsWebHost
            ? $"Nothing waits for the shutdown of '{host.Name}': a web host that is only started does not handle SIGTERM, and this wait does not end on it{terminal}"
            : $"On SIGTERM '{host.Name}' only asks for a stop, and this wait does not end: no StopAsync is called until SIGKILL{terminal}";
        file.Report(Diagnostic.Create(Rule, new EndlessWait(WaitKind.Wait, wait).Location, message));
    }

    private static bool IsConditional(SyntaxNode statement, SyntaxNode body)
    {
        for (var node = statement.Parent; node is not null && node != body; node = node.Parent)
        {
            if (node is IfStatementSyntax or ElseClauseSyntax or SwitchSectionSyntax or CatchClauseSyntax or FinallyClauseSyntax or WhileStatementSyntax or DoStatementSyntax or ForStatementSyntax or CommonForEachStatementSyntax)
                return true;
        }

        return false;
    }
}
