using ShutdownKit.TestKit.Scenarios;
using ShutdownKit.TestKit.Subjects;

namespace ShutdownKit.TestKit.Findings;

internal sealed class SigtermIgnoredByPid1 : FindingDefinition
{
    public override string Id => "SHT101";

    public override string Title => "The stop signal is ignored by PID 1";

    public override IReadOnlyList<string> Rules => ["SHK1001", "SHK1002"];

    internal override string? Diagnose(Observation observation, Subject subject) =>
        StopFailure.Of(observation) is { Cause: StopFailureCause.IgnoredByPid1, Pid1: { } pid1 }
            ? $"{StopFailure.When(observation)}{observation.StopSignal} reached {StopFailure.Name(pid1)}, which has no handler for it, and for PID 1 the "
              + $"kernel then drops it; SIGKILL ended it after the whole grace period of {Seconds(subject.GracePeriod)} "
              + "(a .NET 10 console application has a handler only with a generic host or a PosixSignalRegistration)"
            : null;
}
