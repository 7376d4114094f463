using ShutdownKit.TestKit.Engines;
using ShutdownKit.TestKit.Findings;
using ShutdownKit.TestKit.Reports;
using ShutdownKit.TestKit.Scenarios;
using ShutdownKit.TestKit.Subjects;
using ShutdownKit.TestKit.Workloads;

namespace LostOrders.Tests;

/// <summary>
/// LostOrders fails by nature, so these tests ask for the findings themselves: the kit must find all that is wrong, and nothing else.
/// For a service that is meant to pass, see SafeOrders.Tests.
/// </summary>
[Trait("Category", "Engine")]
public sealed class LostOrdersShutdown(ITestContextAccessor context)
{
    private const string SwallowedByShell = "SHT102";
    private const string AcknowledgedWritesLost = "SHT201";
    private const string StateOutsideVolumes = "SHT401";

    [Fact]
    public async Task StopIsSwallowedByTheShellAndLosesOrders()
    {
        ScenarioResult stop = await RunAsync("stop");

        Assert.Equal([SwallowedByShell, AcknowledgedWritesLost], Ids(stop));
        Assert.Contains("SHK8001", Find(stop, SwallowedByShell).Rules);
        Assert.Contains("SHK4001", Find(stop, AcknowledgedWritesLost).Rules);
        Assert.True(stop.Observation.Escalated);
    }

    [Fact]
    public async Task KillLosesOrders()
    {
        ScenarioResult kill = await RunAsync("kill");

        Assert.Equal([AcknowledgedWritesLost], Ids(kill));
        Assert.NotEmpty(kill.Observation.Lost);
    }

    [Fact]
    public async Task RemoveLosesOrdersAndTheDatabaseOutsideTheVolume()
    {
        ScenarioResult rm = await RunAsync("rm");

        Assert.Equal([AcknowledgedWritesLost, StateOutsideVolumes], Ids(rm));
        Assert.Contains("/app/orders.db", rm.Observation.WrittenOutsideVolumes);
    }

    [Fact]
    public async Task PauseLosesNothingButTheShellSwallowsTheStopToo()
    {
        ScenarioResult pause = await RunAsync("pause");

        Assert.Equal([SwallowedByShell], Ids(pause));
        Assert.Empty(pause.Observation.Lost);
    }

    private static IEnumerable<string> Ids(ScenarioResult result) => result.Findings.Select(finding => finding.Id);

    private static Finding Find(ScenarioResult result, string id) => result.Findings.Single(finding => finding.Id == id);

    private async Task<ScenarioResult> RunAsync(string scenario)
    {
        var orders = new HttpWorkload
        {
            Port = 8080,
            WritePath = "/orders",
            Body = """{ "id": "{id}", "item": "tea", "quantity": 1 }""",
            ReadPath = "/orders",
        };
        Subject subject = new SubjectBuilder()
            .FromImage("shutdownkit/sample-lostorders")
            .WithVolume("/data")
            .WithGracePeriod(TimeSpan.FromSeconds(3))
            .ReadyWhen(Http.Get(8080, "/health/ready"))
            .WithWorkload(orders)
            .Build();

        CancellationToken cancellationToken = context.Current.CancellationToken;
        using ContainerEngine engine = await ContainerEngine.ConnectAsync(cancellationToken: cancellationToken);
        RunReport report = await new ShutdownRunner(engine).RunAsync(subject, [Scenario.Find(scenario)!], cancellationToken: cancellationToken);
        ScenarioResult result = Assert.Single(report.Scenarios);
        context.Current.AddAttachment($"{scenario}.json", JsonReport.Write(report));
        Assert.True(result.Verdict == Verdict.Fail, $"{result.Verdict}: {result.Reason} (seed {report.Seed})");
        return result;
    }
}
