using System.Globalization;

namespace ShutdownKit.TestKit.Engines;

/// <summary>Names and numbers of the signals of Linux (x86 and Arm).</summary>
internal static class Signals
{
    public const int Int = 2;
    public const int Kill = 9;
    public const int Term = 15;

    private static readonly string[] Names =
    [
        "", "SIGHUP", "SIGINT", "SIGQUIT", "SIGILL", "SIGTRAP", "SIGABRT", "SIGBUS", "SIGFPE", "SIGKILL", "SIGUSR1", "SIGSEGV", "SIGUSR2",
        "SIGPIPE", "SIGALRM", "SIGTERM", "SIGSTKFLT", "SIGCHLD", "SIGCONT", "SIGSTOP", "SIGTSTP", "SIGTTIN", "SIGTTOU", "SIGURG", "SIGXCPU",
        "SIGXFSZ", "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO", "SIGPWR", "SIGSYS",
    ];

    /// <summary>SIGTERM for 15; a real-time signal or an unknown number as it is.</summary>
    public static string NameOf(int number) =>
        number > 0 && number < Names.Length ? Names[number] : "signal " + number.ToString(CultureInfo.InvariantCulture);

    /// <summary>15 for SIGTERM, TERM or 15, whichever way an image says it; <see langword="null"/> for none of these.</summary>
    public static int? NumberOf(string name)
    {
        if (int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return number;
        }

        var full = name.StartsWith("SIG", StringComparison.OrdinalIgnoreCase) ? name : "SIG" + name;
        var index = Array.FindIndex(Names, candidate => candidate.Equals(full, StringComparison.OrdinalIgnoreCase));
        return index > 0 ? index : null;
    }

    /// <summary>The one way of writing it that reports use, for a signal as an image or a user wrote it.</summary>
    public static string Normalize(string? name) =>
        string.IsNullOrWhiteSpace(name) ? "SIGTERM" : NumberOf(name) is { } number ? NameOf(number) : name;
}
