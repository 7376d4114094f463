using ShutdownKit.TestKit.Workloads;

namespace ShutdownKit.TestKit.Subjects;

/// <summary>What an acknowledged write is meant to survive.</summary>
public enum DurabilityLevel
{
    /// <summary>The end of the process, SIGKILL included. The default.</summary>
    Process,

    /// <summary>A power cut: everything that was not flushed to the disk is gone.</summary>
    Power,
}

/// <summary>What is under test, and what is expected of it. Made by a <see cref="SubjectBuilder"/>; immutable.</summary>
public sealed record Subject
{
    internal Subject()
    {
    }

    /// <summary>The image.</summary>
    public required string Image { get; init; }

    /// <summary>The command that replaces the image's own; empty for the image's own.</summary>
    public required IReadOnlyList<string> Command { get; init; }

    /// <summary>Environment variables.</summary>
    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    /// <summary>Published container ports.</summary>
    public required IReadOnlyList<int> Ports { get; init; }

    /// <summary>Paths in the container at which a named volume is mounted. The volume outlives the container.</summary>
    public required IReadOnlyList<string> Volumes { get; init; }

    /// <summary>How long a stop waits before it sends SIGKILL; 10 seconds by default, as with <c>docker stop</c>.</summary>
    public required TimeSpan GracePeriod { get; init; }

    /// <summary>How long a stop may take; the grace period by default.</summary>
    public required TimeSpan StopBudget { get; init; }

    /// <summary>When it is ready.</summary>
    public required ReadinessProbe Readiness { get; init; }

    /// <summary>How long it may take to be ready; 60 seconds by default.</summary>
    public required TimeSpan ReadyTimeout { get; init; }

    /// <summary>Writes and reads back records; <see langword="null"/> when persistence cannot be judged.</summary>
    public required IWorkload? Workload { get; init; }

    /// <summary>Whether it stores nothing, so that there is no persistence to judge.</summary>
    public required bool Stateless { get; init; }

    /// <summary>The exit codes that a stop may end with; 0 by default.</summary>
    public required IReadOnlyList<int> AcceptedExitCodes { get; init; }

    /// <summary>Paths outside volumes that may be lost with the container.</summary>
    public required IReadOnlyList<string> DisposablePaths { get; init; }

    /// <summary>What an acknowledged write is meant to survive.</summary>
    public required DurabilityLevel Durability { get; init; }
}
