using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.Signals;

/// <summary>SHK1003: a program that stops on Ctrl+C only, and not on SIGTERM.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class CancelKeyPressOnlyAnalyzer : ShutdownAnalyzer
{
    internal const string Id = "SHK1003";

    /// <summary>The names without which there is nothing to find.</summary>
    internal static readonly string[] Names = ["CancelKeyPress"];

    // What is named like one of these and run or started does not end by itself.
    private static readonly string[] ServerWords = ["server", "bot", "listener", "daemon", "broker", "silo", "gateway", "subscriber", "consumer"];

    private static readonly DiagnosticDescriptor Rule = RuleDescriptor.Create(
        Id,
        "The program stops on Ctrl+C only",
        "'docker stop' sends SIGTERM, which does not raise CancelKeyPress, and nothing else handles it: {0}",
        RuleCategories.Signals,
        DiagnosticSeverity.Warning,
        "CancelKeyPress is raised on SIGINT and SIGQUIT. Container engines, Kubernetes and systemd send SIGTERM: handle it with a PosixSignalRegistration that does the same, or run a host, whose lifetime handles all three.");

    /// <summary>Creates the analyzer.</summary>
    public CancelKeyPressOnlyAnalyzer()
        : base(Rule)
    {
    }

    /// <summary>The first subscription to CancelKeyPress in the program; null when there is none.</summary>
    internal static AssignmentExpressionSyntax? Subscription(CompilationFacts facts, CancellationToken cancellationToken)
    {
        foreach (var token in facts.TokensOf("CancelKeyPress", cancellationToken))
        {
            if (EventHandlers.SubscriptionOf(token) is { } subscription)
                return subscription;
        }

        return null;
    }

    private protected override void Register(Watch watch)
    {
        var app = watch.Facts.App;
        if (!watch.Facts.IsExemptAsTest && app.IsConsoleProgram && !app.IsForOtherPlatform && app.NetMajorVersion is not null)
            watch.Names(Names, Look);
    }

    private static void Look(SourceFile file, SyntaxToken name)
    {
        if (EventHandlers.SubscriptionOf(name) is not { } assignment || assignment != Subscription(file.Facts, file.CancellationToken))
            return;

        var routes = SignalRoutes.Of(file.Facts, file.CancellationToken);
        if (routes.HasHost || routes.HasSigtermHandler || routes.HasLifetimeOwner || routes.IsWindowsService)
            return;

        // Up to .NET 9 ProcessExit is a way to hear of SIGTERM; since then the hook itself is what has to be said.
        var isNet10 = file.Facts.App.IsNet10OrLater;
        if (routes.HasProcessExitHook && (!isNet10 || ProcessExitAsSigtermHookAnalyzer.ReportsIn(file.Facts, file.CancellationToken)))
            return;

        if (EventHandlers.CancelKeyPress(name, file.Model, file.Symbols, file.CancellationToken) is not { } subscription
            || HandlerLetsProcessDieAnalyzer.LetsProcessDie(subscription.HandlerValue, file.Symbols.ConsoleCancelEventArgs, file.CancellationToken)
            || SignalHandlers.Resolve(subscription.HandlerValue, file.CancellationToken) is { } handler && SignalHandlers.OnlyLogs(handler.Body)
            || !RunsUntilStopped(file))
        {
            return;
        }

        var consequence = isNet10
            ? "as PID 1 of a container the program goes on until SIGKILL"
            : "the program ends at once, and neither this handler nor what it asks to stop cleans up";
        file.Report(Diagnostic.Create(Rule, assignment.Left.GetLocation(), consequence));
    }

    // A tool that comes to its end by itself may well be stopped by Ctrl+C only.
    private static bool RunsUntilStopped(SourceFile file)
    {
        var program = ProgramCode.Of(file.Facts, file.CancellationToken);
        if (program.IsInteractive)
            return false;
        if (program.FirstWait is not null || program.RunsUntilCancelled)
            return true;

        foreach (var body in program.Bodies)
        {
            foreach (var node in body.DescendantNodes())
            {
                if (node is InvocationExpressionSyntax call && SyntaxNames.OfInvoked(call) is "Start" or "StartAsync" or "Run" or "RunAsync" or "Listen" or "ListenAsync"
                    && IsOnServer(call))
                {
                    return true;
                }
            }
        }

        return false;

        bool IsOnServer(InvocationExpressionSyntax call)
        {
            var receiver = (call.Expression as MemberAccessExpressionSyntax)?.Expression;
            return ServerEvidence.EndsWithAny(SyntaxNames.OfReceiver(call), ServerWords)
                   || receiver is not null
                   && ServerEvidence.EndsWithAny(file.Facts.ModelOf(receiver.SyntaxTree).GetTypeInfo(receiver, file.CancellationToken).Type?.Name, ServerWords);
        }
    }
}
