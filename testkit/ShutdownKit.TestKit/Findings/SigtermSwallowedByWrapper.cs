using ShutdownKit.TestKit.Scenarios;
using ShutdownKit.TestKit.Subjects;

namespace ShutdownKit.TestKit.Findings;

internal sealed class SigtermSwallowedByWrapper : FindingDefinition
{
    public override string Id => "SHT102";

    public override string Title => "The stop signal is swallowed by a shell or wrapper that is PID 1";

    public override IReadOnlyList<string> Rules => ["SHK8001"];

    internal override string? Diagnose(Observation observation, Subject subject)
    {
        if (StopFailure.Of(observation) is not { Cause: StopFailureCause.SwallowedByWrapper, Pid1: { } pid1, Child: { } child })
        {
            return null;
        }

        var cause = pid1.CommandLine.Contains(" -c ", StringComparison.Ordinal)
            ? "a shell-form ENTRYPOINT or CMD; use the exec form, or exec the application in the shell"
            : "a script that does not exec the application; begin its last command with exec";
        return $"{StopFailure.When(observation)}{observation.StopSignal} reached {StopFailure.Name(pid1)}, which did not pass it to "
            + $"{StopFailure.Name(child)}; SIGKILL ended both after the whole grace period of {Seconds(subject.GracePeriod)}: {cause}";
    }
}
