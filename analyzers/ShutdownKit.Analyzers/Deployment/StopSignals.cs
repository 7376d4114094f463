using System.Globalization;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.Deployment;

/// <summary>The signals by which containers and services are stopped.</summary>
internal static class StopSignals
{
    private static readonly string[] RuntimeSignals = ["SIGTERM", "SIGINT", "SIGQUIT", "SIGHUP"];

    /// <summary>The identifiers by which code handles a signal.</summary>
    internal static string[] Names { get; } = [.. RuntimeSignals, "PosixSignalRegistration", "CancelKeyPress"];

    /// <summary>The signal's name with SIG in front; null for what is no signal, or depends on a variable.</summary>
    public static string? NameOf(string? text)
    {
        var name = text?.Trim().Trim('"', '\'').ToUpperInvariant();
        if (name is null or "")
            return null;
        if (int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return number switch
            {
                1 => "SIGHUP", 2 => "SIGINT", 3 => "SIGQUIT", 9 => "SIGKILL", 10 => "SIGUSR1", 12 => "SIGUSR2", 15 => "SIGTERM", 28 => "SIGWINCH", _ => null,
            };
        }

        name = name.StartsWith("SIG", StringComparison.Ordinal) ? name : "SIG" + name;
        return name.All(it => it is (>= 'A' and <= 'Z') or (>= '0' and <= '9') or '+' or '-') ? name : null;
    }

    /// <summary>Whether the program handles the signal; null when that is not known, or when it handles none at all, which is another rule's finding.</summary>
    public static bool? AreHandled(string signal, CompilationFacts facts, CancellationToken cancellationToken)
    {
        var routes = SignalRoutes.Of(facts, cancellationToken);
        if (!facts.App.IsConsoleProgram || facts.App.IsForOtherPlatform)
            return null;
        if (routes.HasHost && signal is "SIGTERM" or "SIGINT" or "SIGQUIT")
            return true;

        var isRuntimeSignal = RuntimeSignals.Contains(signal);
        if (isRuntimeSignal && facts.Mentions(signal, cancellationToken))
            return true;

        var isRegistered = facts.Mentions("PosixSignalRegistration", cancellationToken);
        var isCancelled = facts.Mentions("CancelKeyPress", cancellationToken);
        if (isCancelled && signal is "SIGINT" or "SIGQUIT")
            return true;
        // A signal without a name of its own in .NET may be registered by its number.
        if ((isRegistered && !isRuntimeSignal) || (routes.HasLifetimeOwner && !routes.HasHost))
            return null;
        return routes.HasHost || isRegistered || isCancelled ? false : null;
    }

    /// <summary>Whether SIGTERM is certain to be handled.</summary>
    public static bool IsSigtermHandled(CompilationFacts facts, CancellationToken cancellationToken)
    {
        var routes = SignalRoutes.Of(facts, cancellationToken);
        return routes.HasHost || routes.HasSigtermHandler;
    }
}
