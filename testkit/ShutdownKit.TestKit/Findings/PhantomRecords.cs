using ShutdownKit.TestKit.Scenarios;
using ShutdownKit.TestKit.Subjects;

namespace ShutdownKit.TestKit.Findings;

internal sealed class PhantomRecords : FindingDefinition
{
    public override string Id => "SHT202";

    public override string Title => "There are records that nobody wrote";

    public override IReadOnlyList<string> Rules => [];

    internal override string? Diagnose(Observation observation, Subject subject) =>
        observation.Phantom.Count == 0
            ? null
            : $"{RecordsAre(observation.Phantom.Count)} there after {observation.Blow} that nobody wrote: {Some(observation.Phantom)}";
}
