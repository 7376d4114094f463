using ShutdownKit.TestKit.Scenarios;
using ShutdownKit.TestKit.Subjects;

namespace ShutdownKit.TestKit.Findings;

internal sealed class OverStopBudget : FindingDefinition
{
    public override string Id => "SHT105";

    public override string Title => "The stop took longer than its budget";

    public override IReadOnlyList<string> Rules => ["SHK2001", "SHK2003"];

    internal override string? Diagnose(Observation observation, Subject subject) =>
        observation is { StopWasAsked: true, Escalated: false, StopDuration: { } duration } && duration > subject.StopBudget
            ? $"{StopFailure.When(observation)}the stop took {Seconds(duration)}, and {Seconds(subject.StopBudget)} are allowed: from {observation.StopSignal} to "
              + "the exit by the engine's clock"
            : null;
}
