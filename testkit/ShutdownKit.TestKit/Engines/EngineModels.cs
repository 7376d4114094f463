namespace ShutdownKit.TestKit.Engines;

/// <summary>Which engine answered.</summary>
/// <param name="Name">Its product name, for instance <c>Docker</c>.</param>
/// <param name="Version">Its version, for instance <c>20.10.24</c>.</param>
/// <param name="Api">The newest API version that it offers.</param>
/// <param name="Endpoint">Where it listens.</param>
/// <param name="OperatingSystem">What containers it runs: <c>linux</c> or <c>windows</c>.</param>
public sealed record EngineInfo(string Name, string Version, string Api, string Endpoint, string OperatingSystem);

/// <summary>Something the engine said about a container, with the engine's own time.</summary>
/// <param name="At">The engine's time, to the nanosecond tick that .NET can hold (100 ns).</param>
/// <param name="ContainerId">The container's full identifier.</param>
/// <param name="Action">The engine's word: <c>start</c>, <c>kill</c>, <c>die</c>, <c>stop</c>, <c>pause</c>, <c>oom</c>, <c>destroy</c>, …</param>
/// <param name="Signal">For <c>kill</c>: the number of the signal.</param>
/// <param name="ExitCode">For <c>die</c>: the exit code.</param>
public sealed record EngineEvent(DateTimeOffset At, string ContainerId, string Action, int? Signal, int? ExitCode);

/// <summary>The live state of a container, never a cached one.</summary>
public sealed record ContainerInspection
{
    /// <summary>The container's full identifier.</summary>
    public required string Id { get; init; }

    /// <summary>The name without the leading slash.</summary>
    public required string Name { get; init; }

    /// <summary>The identifier of the image that it was made from.</summary>
    public required string ImageId { get; init; }

    /// <summary>The engine's word for the state: <c>created</c>, <c>running</c>, <c>paused</c>, <c>exited</c>, …</summary>
    public required string Status { get; init; }

    /// <summary>Whether its main process lives; a paused container is running, too.</summary>
    public required bool Running { get; init; }

    /// <summary>Whether its processes are frozen.</summary>
    public required bool Paused { get; init; }

    /// <summary>Whether a process of it was killed for lack of memory.</summary>
    public required bool OomKilled { get; init; }

    /// <summary>The number of PID 1 on the engine's machine; 0 when it is not running.</summary>
    public required long Pid { get; init; }

    /// <summary>The exit code of the last run; 0 while it has never ended.</summary>
    public required int ExitCode { get; init; }

    /// <summary>What the engine could not do, for instance start the command; empty as a rule.</summary>
    public required string Error { get; init; }

    /// <summary>The engine's time of the last start; <see langword="null"/> before the first.</summary>
    public required DateTimeOffset? StartedAt { get; init; }

    /// <summary>The engine's time of the last exit; <see langword="null"/> before the first.</summary>
    public required DateTimeOffset? FinishedAt { get; init; }

    /// <summary>The signal that a stop sends, by name: SIGTERM unless the image or the container says otherwise.</summary>
    public required string StopSignal { get; init; }

    /// <summary>The full command line of PID 1.</summary>
    public required IReadOnlyList<string> Command { get; init; }

    /// <summary>How often a restart policy has started it again.</summary>
    public required long RestartCount { get; init; }

    /// <summary>The health check's state (<c>starting</c>, <c>healthy</c>, <c>unhealthy</c>); <see langword="null"/> without a health check.</summary>
    public required string? Health { get; init; }

    /// <summary>What is mounted into it.</summary>
    public required IReadOnlyList<ContainerMount> Mounts { get; init; }

    /// <summary>The host port of each published container port. They change with every start unless they were fixed.</summary>
    public required IReadOnlyDictionary<int, int> Ports { get; init; }
}

/// <summary>A mount of a container.</summary>
/// <param name="Type"><c>volume</c>, <c>bind</c> or <c>tmpfs</c>.</param>
/// <param name="Name">The volume's name; empty for other types.</param>
/// <param name="Destination">The path in the container.</param>
/// <param name="Anonymous">Whether the engine made the volume for this container alone, for an image's VOLUME.</param>
public sealed record ContainerMount(string Type, string Name, string Destination, bool Anonymous);

/// <summary>A process of a container as the engine's machine sees it.</summary>
/// <param name="HostPid">Its number on the engine's machine.</param>
/// <param name="ParentHostPid">Its parent's number on the engine's machine.</param>
/// <param name="CommandLine">Its command line.</param>
public sealed record ContainerProcess(long HostPid, long ParentHostPid, string CommandLine);

/// <summary>The kind of a change in the container's own layer.</summary>
public enum LayerChangeKind
{
    /// <summary>Something of the image was changed.</summary>
    Modified,

    /// <summary>Something was added.</summary>
    Added,

    /// <summary>Something of the image was deleted.</summary>
    Deleted,
}

/// <summary>A path that was changed in the container's own layer, which <c>rm</c> loses.</summary>
/// <param name="Path">The path in the container.</param>
/// <param name="Kind">What happened to it.</param>
public sealed record LayerChange(string Path, LayerChangeKind Kind);

/// <summary>How a container ended.</summary>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="Signals">The signals that the engine sent in this time, by name, in order.</param>
/// <param name="Escalated">Whether the engine had to send SIGKILL after another signal.</param>
/// <param name="OomKilled">Whether a process of it was killed for lack of memory.</param>
/// <param name="Duration">From the first signal to the exit, by the engine's clock; <see langword="null"/> where no signal was reported.</param>
/// <param name="FinishedAt">When it ended, by the engine's clock.</param>
public sealed record ContainerExit(
    int ExitCode, IReadOnlyList<string> Signals, bool Escalated, bool OomKilled, TimeSpan? Duration, DateTimeOffset FinishedAt);
