using ShutdownKit.TestKit.Scenarios;
using ShutdownKit.TestKit.Subjects;

namespace ShutdownKit.TestKit.Findings;

internal sealed class TornRecords : FindingDefinition
{
    public override string Id => "SHT203";

    public override string Title => "Records are damaged";

    public override IReadOnlyList<string> Rules => ["SHK5001", "SHK4001"];

    internal override string? Diagnose(Observation observation, Subject subject) =>
        observation.Torn.Count == 0
            ? null
            : $"{RecordsAre(observation.Torn.Count)} there after {observation.Blow}, but damaged, as by a write that was cut off in the middle: {Some(observation.Torn)}";
}
