using System.Text;
using ShutdownKit.TestKit.Engines;
using ShutdownKit.TestKit.Findings;
using ShutdownKit.TestKit.Reports;
using ShutdownKit.TestKit.Scenarios;
using ShutdownKit.TestKit.Subjects;
using Xunit;

namespace ShutdownKit.TestKit.Xunit;

/// <summary>The shutdown scenarios as tests of an application: derive from it, say what is under test, and each scenario is a test.</summary>
/// <remarks>
/// A finding fails its test, with its cause as the message and the whole observation as an attachment. A scenario that could not be judged fails, too:
/// what was not checked does not pass. One that cannot run here is skipped with its reason. Override a test with an attribute of your own, for instance
/// <c>[Fact(Skip = "…")]</c>, to change how it is run.
/// </remarks>
/// <example>
/// <code>
/// public sealed class OrdersShutdown : ShutdownSpecification
/// {
///     protected override void Configure(SubjectBuilder app) => app
///         .FromImage("orders:dev")
///         .WithVolume("/data")
///         .ReadyWhen(Http.Get(8080, "/health/ready"))
///         .WithWorkload(new OrdersWorkload());
/// }
/// </code>
/// </example>
public abstract class ShutdownSpecification
{
    /// <summary>How the scenarios are run; one trial each, with a random seed, unless overridden.</summary>
    protected virtual RunOptions Options => new();

    /// <summary>Which engine to use, as an address; <see langword="null"/>, the default, takes the environment's.</summary>
    protected virtual string? EngineAddress => null;

    /// <summary><c>docker stop</c> under load.</summary>
    /// <returns>A task.</returns>
    [Fact(DisplayName = "docker stop: ends in time, cleans up, loses nothing")]
    public virtual Task Stop() => RunAsync("stop");

    /// <summary><c>docker pause</c> and <c>unpause</c> under load.</summary>
    /// <returns>A task.</returns>
    [Fact(DisplayName = "docker pause: goes on afterwards, loses nothing, can be stopped while paused")]
    public virtual Task Pause() => RunAsync("pause");

    /// <summary><c>docker kill</c> under load.</summary>
    /// <returns>A task.</returns>
    [Fact(DisplayName = "docker kill: starts again, loses nothing")]
    public virtual Task Kill() => RunAsync("kill");

    /// <summary><c>docker rm</c> under load.</summary>
    /// <returns>A task.</returns>
    [Fact(DisplayName = "docker rm: a fresh container on the same volumes has everything")]
    public virtual Task Remove() => RunAsync("rm");

    /// <summary>Says what is under test.</summary>
    /// <param name="app">The description to fill in.</param>
    protected abstract void Configure(SubjectBuilder app);

    private async Task RunAsync(string scenarioName)
    {
        var builder = new SubjectBuilder();
        Configure(builder);
        var subject = builder.Build();
        var test = TestContext.Current;
        using var engine = await ContainerEngine.ConnectAsync(EngineAddress, test.CancellationToken).ConfigureAwait(true);
        var report = await new ShutdownRunner(engine)
            .RunAsync(subject, [Scenario.Find(scenarioName)!], Options, new TestOutput(test.TestOutputHelper), test.CancellationToken)
            .ConfigureAwait(true);
        test.AddAttachment($"shutdownkit-{scenarioName}.json", JsonReport.Write(report));
        Judge(report);
    }

    private static void Judge(RunReport report)
    {
        var result = report.Scenarios[0];
        var seed = $"(seed {report.Seed})";
        switch (result.Verdict)
        {
            case Verdict.Pass:
                break;
            case Verdict.Skipped:
                Assert.Skip(result.Reason ?? "it cannot run here");
                break;
            case Verdict.Inconclusive:
                Assert.Fail($"inconclusive: {result.Reason} {seed}");
                break;
            default:
                Assert.Fail(Explain(result, seed));
                break;
        }
    }

    private static string Explain(ScenarioResult result, string seed)
    {
        var text = new StringBuilder();
        foreach (var finding in result.Findings)
        {
            text.Append(finding.Id).Append(": ").AppendLine(finding.Message);
            if (finding.Rules.Count > 0)
            {
                text.Append("  caught at compile time by ").AppendLine(string.Join(", ", finding.Rules));
            }
        }

        return text.Append(seed).ToString();
    }

    private sealed class TestOutput(ITestOutputHelper? output) : IProgress<RunProgress>
    {
        public void Report(RunProgress value) => output?.WriteLine($"{value.Scenario}: {value.Step}");
    }
}
