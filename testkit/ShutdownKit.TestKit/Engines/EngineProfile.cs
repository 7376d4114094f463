namespace ShutdownKit.TestKit.Engines;

/// <summary>What one kind of engine does differently. All that the kit knows about differences between engines is said here.</summary>
/// <remarks>Measured on Docker 20.10 (API 1.41) and Podman 4.3.</remarks>
public sealed record EngineProfile
{
    private EngineProfile(string name) => Name = name;

    /// <summary>The engine's name: <c>Docker</c> or <c>Podman</c>.</summary>
    public string Name { get; }

    /// <summary>Whether the engine reports each signal that it sends as a <c>kill</c> event. Podman does not for a stop.</summary>
    public bool ReportsSignals { get; private init; }

    /// <summary>Whether a stop of a paused container works. Podman refuses; the kit unpauses first there.</summary>
    public bool StopsPausedContainers { get; private init; }

    /// <summary>Whether <c>rm -f</c> of a running container sends the stop signal first. Docker sends SIGKILL at once.</summary>
    public bool ForcedRemoveIsGraceful { get; private init; }

    /// <summary>Docker (moby).</summary>
    public static EngineProfile Docker { get; } = new("Docker") { ReportsSignals = true, StopsPausedContainers = true };

    /// <summary>Podman, through its Docker-compatible API.</summary>
    public static EngineProfile Podman { get; } = new("Podman") { ForcedRemoveIsGraceful = true };
}
