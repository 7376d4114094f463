using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.Signals;

/// <summary>SHK1002: ProcessExit or Unloading as the only hook for SIGTERM, which does not raise them since .NET 10.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class ProcessExitAsSigtermHookAnalyzer : ShutdownAnalyzer
{
    internal const string Id = "SHK1002";

    /// <summary>The names without which there is nothing to find.</summary>
    internal static readonly string[] Names = ["ProcessExit", "Unloading"];

    private static readonly DiagnosticDescriptor Rule = RuleDescriptor.Create(
        Id,
        "ProcessExit is not raised on SIGTERM",
        "Since .NET 10 SIGTERM does not raise {0}, and nothing else in this program handles SIGTERM: 'docker stop' never runs this handler and ends in SIGKILL when the program is PID 1",
        RuleCategories.Signals,
        DiagnosticSeverity.Warning,
        "The runtime of .NET 10 has no default handler of SIGTERM any more. A program that handles it with neither a host nor a PosixSignalRegistration is killed at once, or, as PID 1 of a container, does not react until SIGKILL.");

    /// <summary>Creates the analyzer.</summary>
    public ProcessExitAsSigtermHookAnalyzer()
        : base(Rule)
    {
    }

    /// <summary>Whether a subscription somewhere in the program is reported, so that rules about its waits need not say the same.</summary>
    internal static bool ReportsIn(CompilationFacts facts, CancellationToken cancellationToken)
    {
        foreach (var name in Names)
        {
            foreach (var token in facts.TokensOf(name, cancellationToken))
            {
                if (EventHandlers.SubscriptionOf(token) is not null
                    && EventHandlers.ExitHook(token, facts.ModelOf(token.SyntaxTree!), facts.Symbols, cancellationToken) is { } hook
                    && DoesMoreThanLog(hook, cancellationToken))
                {
                    return true;
                }
            }
        }

        return false;
    }

    private protected override void Register(Watch watch)
    {
        var app = watch.Facts.App;
        if (!watch.Facts.IsExemptAsTest && app.IsConsoleProgram && app.IsNet10OrLater && !app.IsForOtherPlatform)
            watch.Names(Names, Look);
    }

    private static void Look(SourceFile file, SyntaxToken name)
    {
        if (EventHandlers.SubscriptionOf(name) is null)
            return;

        var routes = SignalRoutes.Of(file.Facts, file.CancellationToken);
        if (routes.HasHost || routes.HasSigtermHandler || routes.HasLifetimeOwner)
            return;

        if (EventHandlers.ExitHook(name, file.Model, file.Symbols, file.CancellationToken) is { } hook && DoesMoreThanLog(hook, file.CancellationToken))
        {
            var reference = (IEventReferenceOperation)hook.EventReference;
            file.Report(Diagnostic.Create(Rule, hook.Syntax.GetLocation(), $"{reference.Event.ContainingType.Name}.{reference.Event.Name}"));
        }
    }

    private static bool DoesMoreThanLog(IEventAssignmentOperation hook, CancellationToken cancellationToken) =>
        SignalHandlers.Resolve(hook.HandlerValue, cancellationToken) is not { } known || !SignalHandlers.OnlyLogs(known.Body);
}
