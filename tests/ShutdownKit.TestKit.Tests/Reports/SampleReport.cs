using ShutdownKit.TestKit.Engines;
using ShutdownKit.TestKit.Findings;
using ShutdownKit.TestKit.Reports;
using ShutdownKit.TestKit.Scenarios;

namespace ShutdownKit.TestKit.Tests.Reports;

/// <summary>Reports made by hand.</summary>
internal static class SampleReport
{
    private static readonly DateTimeOffset Start = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    public static RunReport WithVerdicts(params Verdict[] verdicts) =>
        Of([.. verdicts.Select((verdict, index) => Result($"scenario{index}", verdict, new Observation()))]);

    /// <summary>One scenario of each verdict, with everything that an observation can hold.</summary>
    public static RunReport OfEverything()
    {
        var stop = new Observation
        {
            ExitCode = 137,
            Signals = ["SIGTERM", "SIGKILL"],
            Escalated = true,
            StopWasAsked = true,
            StopDuration = TimeSpan.FromMilliseconds(2034.5678),
            Acknowledged = 3,
            Survived = 1,
            Lost = ["r2"],
            Torn = ["r3"],
            Phantom = ["ghost"],
            Blow = "SIGTERM and SIGKILL",
            WrittenOutsideVolumes = ["/srv/state.json"],
            Processes = [new ObservedProcess(1, 0, "/bin/sh /entrypoint.sh", false), new ObservedProcess(7, 1, "/app/orders \"x\" <y> → größe", true)],
            LogTail = ["ready", "it's \"quoted\""],
        };
        stop.Note(Start.AddMilliseconds(1500), "die", "exit code 137");
        stop.Note(Start, "kill", "SIGTERM");
        return Of(
            Result("stop", Verdict.Fail, stop, findings: FindingDefinition.JudgeAll(stop, new TestKit.Subjects.SubjectBuilder().FromImage("app").Build())),
            Result("pause", Verdict.Pass, new Observation { ExitCode = 0, Signals = ["SIGTERM"], Acknowledged = 9, Survived = 9 }),
            Result("kill", Verdict.Inconclusive, new Observation(), reason: "the writer ended and acknowledged nothing"),
            Result("rm", Verdict.Skipped, new Observation { ExitCode = 137, OomKilled = true }, reason: "without a writer and a reader nothing says whether its data survived"));
    }

    private static RunReport Of(params ScenarioResult[] scenarios) => new()
    {
        Engine = new EngineInfo("Docker", "20.10.24", "1.41", "unix:///var/run/docker.sock", "linux"),
        Image = "orders:dev",
        ImageId = "sha256:0123456789abcdef",
        Seed = 42,
        Scenarios = scenarios,
    };

    private static ScenarioResult Result(
        string name, Verdict verdict, Observation observation, string? reason = null, IReadOnlyList<Finding>? findings = null) => new()
    {
        Name = name,
        Verdict = verdict,
        Reason = reason,
        Findings = findings ?? [],
        Observation = observation,
        Trials = 1,
        FailedTrials = verdict == Verdict.Fail ? 1 : 0,
        Duration = TimeSpan.FromSeconds(1),
    };
}
