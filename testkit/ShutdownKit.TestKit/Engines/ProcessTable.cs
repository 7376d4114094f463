using System.Diagnostics;
using System.Globalization;

namespace ShutdownKit.TestKit.Engines;

/// <summary>A process of a container, and what it does with the stop signal.</summary>
/// <param name="ContainerPid">Its number inside the container; <see langword="null"/> where that cannot be seen from here.</param>
/// <param name="ParentContainerPid">Its parent's number inside the container; <see langword="null"/> where that cannot be seen from here.</param>
/// <param name="CommandLine">Its command line.</param>
/// <param name="HandlesStopSignal">Whether it has a handler for the stop signal (or waits for it); <see langword="null"/> where that cannot be seen from here.</param>
public sealed record ObservedProcess(int? ContainerPid, int? ParentContainerPid, string CommandLine, bool? HandlesStopSignal)
{
    private static readonly HashSet<string> Shells = new(StringComparer.Ordinal) { "sh", "dash", "bash", "ash", "busybox", "zsh", "ksh", "mksh", "fish" };

    private static readonly HashSet<string> Wrappers = new(StringComparer.Ordinal)
    {
        "su", "sudo", "runuser", "npm", "yarn", "pnpm", "npx", "script", "timeout", "nohup", "strace", "xargs", "env", "nice", "stdbuf", "time", "make", "screen",
        "flock", "watch", "entr", "unshare", "setsid",
    };

    /// <summary>The name of the program, without its path.</summary>
    public string Program
    {
        get
        {
            var first = CommandLine.Split(' ', 2)[0].TrimStart('-');
            return first[(first.LastIndexOf('/') + 1)..];
        }
    }

    /// <summary>Whether it is a shell.</summary>
    public bool IsShell => Shells.Contains(Program);

    /// <summary>Whether it is a shell or another program whose job is to run a program.</summary>
    public bool IsShellOrWrapper => IsShell || Wrappers.Contains(Program);
}

/// <summary>The process table of a container as seen from outside, without anything in the image.</summary>
internal static class ProcessTable
{
    /// <summary>Takes it down; empty when the container has just ended.</summary>
    public static async Task<IReadOnlyList<ObservedProcess>> ObserveAsync(
        ContainerEngine engine, string containerId, int stopSignal, CancellationToken cancellationToken)
    {
        IReadOnlyList<ContainerProcess> rows;
        ContainerInspection state;
        try
        {
            state = await engine.InspectAsync(containerId, cancellationToken).ConfigureAwait(false);
            rows = await engine.GetProcessesAsync(containerId, cancellationToken).ConfigureAwait(false);
        }
        catch (ContainerGoneException)
        {
            return [];
        }
        catch (VerbRefusedException)
        {
            // The container has just ended, or the engine's machine has no ps, which `docker top` needs.
            state = await engine.TryInspectAsync(containerId, cancellationToken).ConfigureAwait(false) ?? throw new ContainerGoneException(containerId);
            rows = state.Running ? LocalProcesses(containerId) : [];
        }

        var processes = new List<ObservedProcess>();
        var numbers = rows.ToDictionary(row => row.HostPid, row => row.HostPid == state.Pid ? 1 : LocalStatus.TryRead(row.HostPid, containerId)?.ContainerPid);
        foreach (var row in rows)
        {
            var status = LocalStatus.TryRead(row.HostPid, containerId);
            processes.Add(new ObservedProcess(
                numbers[row.HostPid],
                numbers.TryGetValue(row.ParentHostPid, out var parent) ? parent : 0,
                row.CommandLine,
                status?.Handles(stopSignal)));
        }

        // The masks are in /proc, which is readable here only when the engine runs on this machine. Where it does not, PID 1 can say so itself.
        if (processes.Find(process => process.ContainerPid == 1) is { HandlesStopSignal: null } first)
        {
            var handles = await AskInsideAsync(engine, containerId, stopSignal, cancellationToken).ConfigureAwait(false);
            processes[processes.IndexOf(first)] = first with { HandlesStopSignal = handles };
        }

        return processes;
    }

    /// <summary>Sends SIGKILL to a process of a container of this machine.</summary>
    /// <returns>Whether it was sent; not when the process is none of this container, or this process may not.</returns>
    public static bool TryKillLocally(long hostPid, string containerId)
    {
        if (LocalStatus.TryRead(hostPid, containerId) is null)
        {
            return false;
        }

        try
        {
            using var process = Process.GetProcessById((int)hostPid);
            process.Kill();
            return true;
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    /// <summary>The processes of a container of this machine; none when it runs elsewhere.</summary>
    private static List<ContainerProcess> LocalProcesses(string containerId)
    {
        var processes = new List<ContainerProcess>();
        if (!OperatingSystem.IsLinux())
        {
            return processes;
        }

        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            if (long.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out var pid)
                && LocalStatus.TryRead(pid, containerId) is { } status
                && TryReadCommandLine(directory) is { } commandLine)
            {
                processes.Add(new ContainerProcess(pid, status.ParentHostPid, commandLine));
            }
        }

        return processes;
    }

    private static string? TryReadCommandLine(string directory)
    {
        try
        {
            return File.ReadAllText(Path.Combine(directory, "cmdline")).Replace('\0', ' ').TrimEnd();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null; // it has just ended
        }
    }

    private static async Task<bool?> AskInsideAsync(ContainerEngine engine, string containerId, int stopSignal, CancellationToken cancellationToken)
    {
        try
        {
            var outcome = await engine.ExecAsync(containerId, ["cat", "/proc/1/status"], cancellationToken).ConfigureAwait(false);
            return outcome.ExitCode == 0 ? LocalStatus.Parse(outcome.Output)?.Handles(stopSignal) : null;
        }
        catch (Exception exception) when (exception is VerbRefusedException or ContainerGoneException or EngineUnavailableException)
        {
            return null;
        }
    }

    /// <summary>What <c>/proc/PID/status</c> says of a process.</summary>
    private sealed record LocalStatus(int ContainerPid, long ParentHostPid, ulong Caught, ulong Blocked)
    {
        // A blocked signal is waited for by sigwait or signalfd, as init programs do.
        public bool Handles(int signal) => ((Caught | Blocked) & (1UL << (signal - 1))) != 0;

        public static LocalStatus? TryRead(long hostPid, string containerId)
        {
            try
            {
                // Only a process of this very container will do: with a remote engine the number may belong to anybody here.
                var id = hostPid.ToString(CultureInfo.InvariantCulture);
                return File.ReadAllText($"/proc/{id}/cgroup").Contains(containerId, StringComparison.Ordinal)
                    ? Parse(File.ReadAllLines($"/proc/{id}/status"))
                    : null;
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                return null;
            }
        }

        public static LocalStatus? Parse(IReadOnlyList<string> lines)
        {
            string? Value(string name) => lines.FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))?[name.Length..].Trim();

            return ulong.TryParse(Value("SigCgt:"), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var caught)
                && ulong.TryParse(Value("SigBlk:"), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var blocked)
                ? new LocalStatus(
                    int.TryParse(Value("NSpid:")?.Split('\t', ' ')[^1], NumberStyles.None, CultureInfo.InvariantCulture, out var pid) ? pid : 0,
                    long.TryParse(Value("PPid:"), NumberStyles.None, CultureInfo.InvariantCulture, out var parent) ? parent : 0,
                    caught,
                    blocked)
                : null;
        }
    }
}
