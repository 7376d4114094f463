using System.Diagnostics;
using System.Globalization;
using Docker.DotNet.Models;

namespace ShutdownKit.TestKit.Engines;

/// <summary>Who owns a container, volume or network: the labels that say so, and the removal of what dead owners left behind.</summary>
/// <remarks>An owner is known by its machine, its boot and its process (number and start time), never by age.</remarks>
internal static class RunOwner
{
    public const string OwnerLabel = "shutdownkit.owner";
    public const string InstanceLabel = "shutdownkit.instance";

    /// <summary>This process, as the value of <see cref="OwnerLabel"/>.</summary>
    public static string ThisProcess()
    {
        using var process = Process.GetCurrentProcess();
        return Describe(process);
    }

    /// <summary>Removes the containers and volumes of owners that are no longer alive.</summary>
    /// <returns>How many containers and volumes were removed.</returns>
    public static async Task<int> RemoveLeftoversAsync(ContainerEngine engine, CancellationToken cancellationToken)
    {
        var filters = LabelFilter(OwnerLabel);
        var removed = 0;
        var containers = await engine.Client.Containers.ListContainersAsync(
            new ContainersListParameters { All = true, Filters = filters }, cancellationToken).ConfigureAwait(false);
        foreach (var container in containers.Where(container => IsDead(container.Labels)))
        {
            removed += await TryAsync(() => engine.RemoveAsync(container.ID, force: true, volumes: true, cancellationToken)).ConfigureAwait(false);
        }

        var volumes = await engine.Client.Volumes.ListAsync(new VolumesListParameters { Filters = filters }, cancellationToken).ConfigureAwait(false);
        foreach (var volume in (volumes.Volumes ?? []).Where(volume => IsDead(volume.Labels)))
        {
            removed += await TryAsync(() => engine.Client.Volumes.RemoveAsync(volume.Name, force: true, cancellationToken)).ConfigureAwait(false);
        }

        return removed;
    }

    /// <summary>
    /// Removes all containers and volumes with a label, whatever state they are in. What the engine refuses is tried again for a while:
    /// a container that it is still removing for an interrupted scenario is not listed any more, and its volume is still in use.
    /// </summary>
    public static async Task RemoveAllAsync(ContainerEngine engine, string label, CancellationToken cancellationToken)
    {
        const int Attempts = 25;
        var filters = LabelFilter(label);
        for (var attempt = 1; ; attempt++)
        {
            var refused = 0;
            var containers = await engine.Client.Containers.ListContainersAsync(
                new ContainersListParameters { All = true, Filters = filters }, cancellationToken).ConfigureAwait(false);
            foreach (var container in containers)
            {
                refused += 1 - await TryAsync(() => engine.RemoveAsync(container.ID, force: true, volumes: true, cancellationToken)).ConfigureAwait(false);
            }

            var volumes = await engine.Client.Volumes.ListAsync(new VolumesListParameters { Filters = filters }, cancellationToken).ConfigureAwait(false);
            foreach (var volume in volumes.Volumes ?? [])
            {
                refused += 1 - await TryAsync(() => engine.Client.Volumes.RemoveAsync(volume.Name, force: true, cancellationToken)).ConfigureAwait(false);
            }

            if (refused == 0 || attempt == Attempts)
            {
                return;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(200), cancellationToken).ConfigureAwait(false);
        }
    }

    internal static bool IsDead(IDictionary<string, string>? labels)
    {
        if (labels is null || !labels.TryGetValue(OwnerLabel, out var owner) || owner.Split('/') is not [var machine, var boot, var pidNamespace, var id, var start])
        {
            return false;
        }

        if (machine != MachineId())
        {
            return false; // another machine's: not ours to judge
        }

        if (boot != BootId())
        {
            return true;
        }

        if (pidNamespace != PidNamespace() || !int.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var processId))
        {
            return false; // a process of another container, which cannot be seen from here
        }

        try
        {
            using var process = Process.GetProcessById(processId);
            return StartMark(process) != start;
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException)
        {
            return true;
        }
    }

    private static string Describe(Process process) => string.Create(
        CultureInfo.InvariantCulture, $"{MachineId()}/{BootId()}/{PidNamespace()}/{process.Id}/{StartMark(process)}");

    // A machine-id alone may be baked into an image; with the host name two machines are hardly mistaken for each other.
    private static string MachineId() => (ReadWord("/etc/machine-id") ?? "machine") + "@" + Environment.MachineName;

    private static string BootId() => ReadWord("/proc/sys/kernel/random/boot_id") ?? "boot";

    private static string PidNamespace() =>
        OperatingSystem.IsLinux() && new FileInfo("/proc/self/ns/pid").LinkTarget is { } target ? target.Trim('p', 'i', 'd', ':', '[', ']') : "pid";

    // The kernel's own count of ticks: StartTime is computed from clocks and may differ between two processes that ask.
    private static string StartMark(Process process)
    {
        const int StartTimeField = 22;
        if (ReadWord($"/proc/{process.Id}/stat") is { } stat)
        {
            // The second field is the program's name in parentheses, and may have blanks and parentheses in it.
            var afterName = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return afterName[StartTimeField - 3];
        }

        return process.StartTime.ToUniversalTime().ToString("yyyyMMddHHmm", CultureInfo.InvariantCulture);
    }

    private static string? ReadWord(string path)
    {
        try
        {
            return File.Exists(path) && File.ReadAllText(path).Trim() is { Length: > 0 } word ? word : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static Dictionary<string, IDictionary<string, bool>> LabelFilter(string label) =>
        new() { ["label"] = new Dictionary<string, bool> { [label] = true } };

    // Somebody else may remove the same thing at the same moment.
    private static async Task<int> TryAsync(Func<Task> remove)
    {
        try
        {
            await remove().ConfigureAwait(false);
            return 1;
        }
        catch (Exception exception) when (exception is ContainerGoneException or VerbRefusedException or Docker.DotNet.DockerApiException)
        {
            return 0;
        }
    }
}
