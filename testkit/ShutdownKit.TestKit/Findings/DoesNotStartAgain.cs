using ShutdownKit.TestKit.Scenarios;
using ShutdownKit.TestKit.Subjects;

namespace ShutdownKit.TestKit.Findings;

internal sealed class DoesNotStartAgain : FindingDefinition
{
    public override string Id => "SHT301";

    public override string Title => "The application does not start again on its own data";

    public override IReadOnlyList<string> Rules => ["SHK5001"];

    internal override string? Diagnose(Observation observation, Subject subject)
    {
        if (observation.RestartFailure is not { } failure)
        {
            return null;
        }

        var unread = observation.Acknowledged is { } acknowledged ? $"; none of its {acknowledged} acknowledged writes can be read back" : string.Empty;
        return $"after {observation.Blow} it does not start again on its own data: {failure}{unread}";
    }
}
