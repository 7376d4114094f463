using ShutdownKit.TestKit.Scenarios;
using ShutdownKit.TestKit.Subjects;

namespace ShutdownKit.TestKit.Findings;

internal sealed class StateOutsideVolumes : FindingDefinition
{
    public override string Id => "SHT401";

    public override string Title => "State is written outside every volume";

    public override IReadOnlyList<string> Rules => ["SHK8009", "SHK7010"];

    internal override string? Diagnose(Observation observation, Subject subject) =>
        observation.WrittenOutsideVolumes.Count == 0
            ? null
            : $"written to the container's own layer, in no volume, and so gone with docker rm: {Some(observation.WrittenOutsideVolumes)} "
              + "(mount a volume there, or declare the path disposable)";
}
