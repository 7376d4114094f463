using ShutdownKit.TestKit.Engines;

namespace ShutdownKit.TestKit.Scenarios;

/// <summary>What happened in a scenario: facts, no judgement.</summary>
public sealed class Observation
{
    private readonly List<TimelineEntry> _timeline = [];

    /// <summary>The exit code after the blow; <see langword="null"/> when there was no exit to observe.</summary>
    public int? ExitCode { get; internal set; }

    /// <summary>The signals that the engine sent, by name, in order.</summary>
    public IReadOnlyList<string> Signals { get; internal set; } = [];

    /// <summary>Whether the engine had to send SIGKILL after the stop signal.</summary>
    public bool Escalated { get; internal set; }

    /// <summary>Whether a process was killed for lack of memory.</summary>
    public bool OomKilled { get; internal set; }

    /// <summary>From the stop signal to the exit, by the engine's clock; <see langword="null"/> when nothing was stopped.</summary>
    public TimeSpan? StopDuration { get; internal set; }

    /// <summary>The signal that a stop sends to this container.</summary>
    public string StopSignal { get; internal set; } = "SIGTERM";

    /// <summary>Whether the container was to be stopped, so that its exit code counts.</summary>
    public bool StopWasAsked { get; internal set; }

    /// <summary>Whether the stop fell on a paused container.</summary>
    public bool StoppedWhilePaused { get; internal set; }

    /// <summary>How many writes had been acknowledged; <see langword="null"/> without a workload.</summary>
    public int? Acknowledged { get; internal set; }

    /// <summary>How many acknowledged writes were there afterwards; <see langword="null"/> when nothing was read back.</summary>
    public int? Survived { get; internal set; }

    /// <summary>The ids of acknowledged writes that were absent afterwards.</summary>
    public IReadOnlyList<string> Lost { get; internal set; } = [];

    /// <summary>The ids of records that were present but had never been written.</summary>
    public IReadOnlyList<string> Phantom { get; internal set; } = [];

    /// <summary>The ids of records that were present but damaged.</summary>
    public IReadOnlyList<string> Torn { get; internal set; } = [];

    /// <summary>What had happened before the records were read back: "SIGKILL", "rm -f", …</summary>
    public string Blow { get; internal set; } = string.Empty;

    /// <summary>Paths in the container's own layer that were written, in no volume and not declared disposable.</summary>
    public IReadOnlyList<string> WrittenOutsideVolumes { get; internal set; } = [];

    /// <summary>The paths of volumes that belong to one container alone: a fresh container gets new, empty ones.</summary>
    public IReadOnlyList<string> AnonymousVolumes { get; internal set; } = [];

    /// <summary>The processes just before the blow, as seen from outside.</summary>
    public IReadOnlyList<ObservedProcess> Processes { get; internal set; } = [];

    /// <summary>The last lines of the log before the application was started again.</summary>
    public IReadOnlyList<string> LogTail { get; internal set; } = [];

    /// <summary>Why the application did not start again on its own data; <see langword="null"/> when it did, or was not started again.</summary>
    public string? RestartFailure { get; internal set; }

    /// <summary>Why the application did not resume after the pause; <see langword="null"/> when it did, or was not paused.</summary>
    public string? ResumeFailure { get; internal set; }

    /// <summary>Why nothing can be said; <see langword="null"/> when something can.</summary>
    public string? Inconclusive { get; internal set; }

    /// <summary>Whether the application did not even become ready for the scenario.</summary>
    internal bool NeverReady { get; set; }

    /// <summary>What could not be checked although the scenario ran; <see langword="null"/> when everything was.</summary>
    public string? NotChecked { get; internal set; }

    /// <summary>What happened when, by the engine's clock.</summary>
    public IReadOnlyList<TimelineEntry> Timeline => [.. _timeline.OrderBy(entry => entry.At)];

    internal void Note(DateTimeOffset at, string what, string detail = "") => _timeline.Add(new TimelineEntry(at, what, detail));

    /// <summary>Takes over what the engine said.</summary>
    internal void Note(IEnumerable<EngineEvent> events)
    {
        foreach (var e in events)
        {
            var detail = e.Action switch
            {
                "kill" when e.Signal is { } signal => Engines.Signals.NameOf(signal),
                "die" when e.ExitCode is { } code => $"exit code {code}",
                "create" or "start" or "kill" or "die" or "stop" or "pause" or "unpause" or "oom" or "restart" or "destroy" => string.Empty,
                _ => null, // exec sessions, health checks, look-ups: the kit's own noise
            };
            if (detail is not null)
            {
                Note(e.At, e.Action, detail);
            }
        }
    }
}

/// <summary>Something that happened.</summary>
/// <param name="At">The engine's time.</param>
/// <param name="Event">A word: the engine's own, or <c>ready</c>, <c>load</c>, <c>read back</c>, …</param>
/// <param name="Detail">More about it; may be empty.</param>
public sealed record TimelineEntry(DateTimeOffset At, string Event, string Detail);
