using ShutdownKit.TestKit.Scenarios;
using ShutdownKit.TestKit.Subjects;

namespace ShutdownKit.TestKit.Findings;

internal sealed class ExitCodeNotAccepted : FindingDefinition
{
    private const int SignalBase = 128;

    public override string Id => "SHT104";

    public override string Title => "The exit code after a stop is not accepted";

    public override IReadOnlyList<string> Rules => ["SHK1001", "SHK1004", "SHK3001"];

    internal override string? Diagnose(Observation observation, Subject subject)
    {
        if (observation is not { StopWasAsked: true, Escalated: false, ExitCode: { } code } || subject.AcceptedExitCodes.Contains(code))
        {
            return null;
        }

        var stopSignal = Engines.Signals.NumberOf(observation.StopSignal) ?? Engines.Signals.Term;
        var cause = code switch
        {
            _ when code == SignalBase + stopSignal =>
                $"{observation.StopSignal} itself ended it: no handler ran, so no finally, no Dispose and no flush did",
            137 when observation.OomKilled => "it was killed for lack of memory",
            137 => "a SIGKILL that the engine did not send ended it",
            134 or 139 => "it crashed while it was stopping (for .NET: an unhandled exception or FailFast)",
            _ => "it ended by itself with this code; its log says more",
        };
        var accepted = string.Join(" or ", subject.AcceptedExitCodes);
        var lastWord = observation.LogTail.Count > 0 ? $" (the last line of its log: {observation.LogTail[^1].Trim()})" : string.Empty;
        return $"{StopFailure.When(observation)}the exit code after {observation.StopSignal} was {code}, not {accepted}: {cause}{lastWord}";
    }
}
