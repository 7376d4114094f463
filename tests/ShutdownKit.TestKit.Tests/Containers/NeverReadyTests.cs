using ShutdownKit.TestKit.Findings;
using ShutdownKit.TestKit.Scenarios;
using ShutdownKit.TestKit.Subjects;

namespace ShutdownKit.TestKit.Tests.Containers;

/// <summary>An application that is never ready is waited for once, not once for each scenario and trial.</summary>
[Trait("Category", "Engine")]
public sealed class NeverReadyTests(EngineFixture engine) : IClassFixture<EngineFixture>
{
    [Fact(Timeout = EngineFixture.Timeout)]
    public async Task It_is_waited_for_once()
    {
        var patience = TimeSpan.FromSeconds(4);
        var subject = new SubjectBuilder()
            .FromImage("shutdownkit/base-shell")
            .WithCommand("sh", "-c", "trap 'exit 0' TERM; while :; do sleep 0.1; done")
            .ReadyWhen(LogLine.Matches("never"))
            .WithReadyTimeout(patience)
            .Build();

        var report = await new ShutdownRunner(engine.Engine).RunAsync(
            subject, Scenario.All, new RunOptions { Trials = 3 }, progress: null, TestContext.Current.CancellationToken);

        Assert.Equal(Scenario.All.Select(scenario => scenario.Name), report.Scenarios.Select(result => result.Name));
        Assert.All(report.Scenarios, result => Assert.Equal(Verdict.Inconclusive, result.Verdict));
        Assert.All(report.Scenarios, result => Assert.Contains("it was not ready within 4 s", result.Reason, StringComparison.Ordinal));
        Assert.Equal([1, 0, 0, 0], report.Scenarios.Select(result => result.Trials));
    }
}
