using System.Globalization;

namespace ShutdownKit.TestKit.Engines;

/// <summary>Whether the application in a .NET process reacts to a signal.</summary>
/// <remarks>
/// The .NET runtime catches SIGTERM for itself, so the signal mask of a .NET process says nothing of the application. But the runtime's thread for
/// signals (<c>.NET SigHandler</c>) is woken only by those that the application has registered for: that can be counted, when the engine runs here.
/// </remarks>
internal sealed class SignalReaction
{
    private const string AnyDotNetThread = ".NET Finalizer";
    private const string SignalThread = ".NET SigHandler";
    private readonly long _hostPid;
    private readonly long _switchesBefore;

    private SignalReaction(long hostPid, long switchesBefore)
    {
        _hostPid = hostPid;
        _switchesBefore = switchesBefore;
    }

    /// <summary>Whether the application was told of a signal since <see cref="TryBegin"/>; <see langword="null"/> when the process has ended.</summary>
    public bool? Reacted => CountSwitches(_hostPid) is { } switches ? switches != _switchesBefore : null;

    /// <summary>Begins to watch, before the signal is sent; <see langword="null"/> when it is no .NET process, or cannot be seen from here.</summary>
    public static SignalReaction? TryBegin(long hostPid, string containerId)
    {
        try
        {
            // With a remote engine the number may belong to anybody here.
            return File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{hostPid}/cgroup")).Contains(containerId, StringComparison.Ordinal)
                && CountSwitches(hostPid) is { } switches ? new SignalReaction(hostPid, switches) : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    // A process without the thread has never registered for a signal: that counts as 0.
    private static long? CountSwitches(long hostPid)
    {
        const string Switches = "voluntary_ctxt_switches:";
        try
        {
            long? switches = null;
            foreach (var thread in Directory.GetDirectories(string.Create(CultureInfo.InvariantCulture, $"/proc/{hostPid}/task")))
            {
                switch (File.ReadAllText(Path.Combine(thread, "comm")).Trim())
                {
                    case AnyDotNetThread:
                        switches ??= 0;
                        break;
                    case SignalThread:
                        var line = File.ReadLines(Path.Combine(thread, "status")).First(line => line.StartsWith(Switches, StringComparison.Ordinal));
                        return long.Parse(line[Switches.Length..], CultureInfo.InvariantCulture);
                }
            }

            return switches;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            return null; // it has ended meanwhile, or one of its threads has
        }
    }
}
