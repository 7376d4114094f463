using ShutdownKit.TestKit.Engines;
using ShutdownKit.TestKit.Findings;
using ShutdownKit.TestKit.Scenarios;

namespace ShutdownKit.TestKit.Reports;

/// <summary>What a run comes to.</summary>
public sealed record RunReport
{
    /// <summary>The engine that it ran on.</summary>
    public required EngineInfo Engine { get; init; }

    /// <summary>The image as it was named.</summary>
    public required string Image { get; init; }

    /// <summary>The image's identifier.</summary>
    public required string ImageId { get; init; }

    /// <summary>The seed of all that was left to chance; the same seed repeats the run.</summary>
    public required int Seed { get; init; }

    /// <summary>The scenarios, in the order in which they ran.</summary>
    public required IReadOnlyList<ScenarioResult> Scenarios { get; init; }

    /// <summary>The worst of the scenarios' verdicts. Only skipped scenarios make a run inconclusive: nothing was checked.</summary>
    public Verdict Verdict
    {
        get
        {
            var worst = Scenarios.Select(scenario => scenario.Verdict).DefaultIfEmpty(Verdict.Inconclusive).Max();
            return worst == Verdict.Skipped && Scenarios.All(scenario => scenario.Verdict == Verdict.Skipped) ? Verdict.Inconclusive
                : worst == Verdict.Skipped ? Verdict.Pass
                : worst;
        }
    }
}

/// <summary>What a scenario comes to.</summary>
public sealed record ScenarioResult
{
    /// <summary>Its name: <c>stop</c>, <c>kill</c>, …</summary>
    public required string Name { get; init; }

    /// <summary>The verdict.</summary>
    public required Verdict Verdict { get; init; }

    /// <summary>Why it is skipped or inconclusive, or what a pass leaves open; <see langword="null"/> when there is nothing to say.</summary>
    public required string? Reason { get; init; }

    /// <summary>What is wrong; empty unless the verdict is <see cref="Verdict.Fail"/>.</summary>
    public required IReadOnlyList<Finding> Findings { get; init; }

    /// <summary>What happened. With several trials: in the first that failed, else in the last.</summary>
    public required Observation Observation { get; init; }

    /// <summary>How many trials were run.</summary>
    public required int Trials { get; init; }

    /// <summary>How many of them failed.</summary>
    public required int FailedTrials { get; init; }

    /// <summary>How long it took.</summary>
    public required TimeSpan Duration { get; init; }
}
