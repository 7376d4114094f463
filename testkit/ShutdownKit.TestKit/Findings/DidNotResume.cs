using ShutdownKit.TestKit.Scenarios;
using ShutdownKit.TestKit.Subjects;

namespace ShutdownKit.TestKit.Findings;

internal sealed class DidNotResume : FindingDefinition
{
    public override string Id => "SHT302";

    public override string Title => "The application did not resume after a pause";

    public override IReadOnlyList<string> Rules => [];

    internal override string? Diagnose(Observation observation, Subject subject) =>
        observation.ResumeFailure is { } failure ? $"after pause and unpause it did not go on: {failure}" : null;
}
