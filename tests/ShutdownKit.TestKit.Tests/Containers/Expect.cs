using ShutdownKit.TestKit.Findings;
using ShutdownKit.TestKit.Reports;

namespace ShutdownKit.TestKit.Tests.Containers;

/// <summary>Assertions whose failure shows the whole result.</summary>
internal static class Expect
{
    public static ScenarioResult Passes(ScenarioResult result)
    {
        Assert.True(result is { Verdict: Verdict.Pass, Reason: null }, Describe(result));
        Assert.True(result.Observation.Acknowledged is null or > 0, Describe(result));
        Assert.True(result.Observation.Acknowledged == result.Observation.Survived, Describe(result));
        return result;
    }

    /// <summary>It fails with exactly these findings.</summary>
    public static IReadOnlyList<Finding> Fails(ScenarioResult result, params string[] ids)
    {
        Assert.True(result.Verdict == Verdict.Fail && result.Findings.Select(finding => finding.Id).SequenceEqual(ids), Describe(result));
        return result.Findings;
    }

    public static string Inconclusive(ScenarioResult result, params string[] parts)
    {
        Assert.True(result is { Verdict: Verdict.Inconclusive, Reason: not null } && parts.All(part => result.Reason.Contains(part, StringComparison.Ordinal)), Describe(result));
        return result.Reason!;
    }

    private static string Describe(ScenarioResult result) =>
        $"{result.Name}: {result.Verdict} ({result.Reason}), acknowledged {result.Observation.Acknowledged}, survived {result.Observation.Survived}, exit code {result.Observation.ExitCode}\n"
        + string.Join('\n', result.Findings.Select(finding => $"{finding.Id}: {finding.Message}")) + "\n"
        + string.Join('\n', result.Observation.Timeline.Select(entry => $"{entry.At:HH:mm:ss.fff} {entry.Event} {entry.Detail}"));
}
