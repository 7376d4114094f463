using ShutdownKit.TestKit.Scenarios;
using ShutdownKit.TestKit.Subjects;

namespace ShutdownKit.TestKit.Findings;

internal sealed class EscalatedToSigkill : FindingDefinition
{
    public override string Id => "SHT103";

    public override string Title => "The application was not done within the grace period";

    public override IReadOnlyList<string> Rules => ["SHK1004", "SHK2001", "SHK2003"];

    internal override string? Diagnose(Observation observation, Subject subject)
    {
        if (StopFailure.Of(observation) is not { Cause: StopFailureCause.NotFinishedInTime } failure)
        {
            return null;
        }

        var who = failure.Pid1 is { } pid1 ? StopFailure.Name(pid1) : "PID 1";
        var what = failure.Pid1?.HandlesStopSignal == true
            ? $"{who} has a handler for {observation.StopSignal} but had not ended"
            : $"{who} had not ended after {observation.StopSignal}";
        var under = failure.Child is { } child ? $"; it had started {StopFailure.Name(child)}" : string.Empty;
        return $"{StopFailure.When(observation)}{what} when the grace period of {Seconds(subject.GracePeriod)} was over, and SIGKILL cut its clean-up short"
            + $"{under} (a .NET host waits up to 30 s for its services by default, which is longer than most grace periods)";
    }
}
