using ShutdownKit.TestKit.Scenarios;
using ShutdownKit.TestKit.Subjects;

namespace ShutdownKit.TestKit.Findings;

internal sealed class AcknowledgedWritesLost : FindingDefinition
{
    public override string Id => "SHT201";

    public override string Title => "Acknowledged writes are lost";

    public override IReadOnlyList<string> Rules => ["SHK4001", "SHK5001", "SHK5003", "SHK6001"];

    internal override string? Diagnose(Observation observation, Subject subject)
    {
        if (observation.Lost.Count == 0)
        {
            return null;
        }

        var all = observation.Lost.Count == observation.Acknowledged ? "all " : $"{observation.Lost.Count} of ";
        return $"{all}{observation.Acknowledged} acknowledged writes are gone after {observation.Blow}: {Cause(observation)}; lost: {Some(observation.Lost)}";
    }

    private static string Cause(Observation observation)
    {
        var removed = observation.Blow.Contains("rm", StringComparison.Ordinal);
        // What goes with the container goes as a whole; a part that is missing was never written out.
        var everything = observation.Survived == 0;
        if (removed && everything && observation.WrittenOutsideVolumes.Count > 0)
        {
            return $"it writes to the container's own layer ({Some(observation.WrittenOutsideVolumes)}), which goes with the container";
        }

        if (removed && everything && observation.AnonymousVolumes.Count > 0)
        {
            return $"the image declares a volume at {Some(observation.AnonymousVolumes)}, nothing named is mounted there, and a fresh container gets a new, empty one";
        }

        return observation.Signals.Contains("SIGKILL") || observation.Blow.Contains("SIGKILL", StringComparison.Ordinal) || observation.Blow == "rm -f"
            ? "they were acknowledged while they were only in the memory of the process, which SIGKILL ends without a chance to flush"
            : "they were acknowledged while they were only in the memory of the process, and it did not write them out when it was told to stop";
    }
}
