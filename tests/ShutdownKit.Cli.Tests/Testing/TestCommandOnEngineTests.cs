using System.Diagnostics;
using System.Text.Json;
using Docker.DotNet.Models;
using ShutdownKit.Cli.Tests.Support;
using ShutdownKit.TestKit.Engines;

namespace ShutdownKit.Cli.Tests.Testing;

/// <summary><c>shutdownkit test</c> as its users run it, on a real engine: verdicts, bad input, interruptions, and that nothing stays behind.</summary>
[Trait("Category", "Engine")]
public sealed class TestCommandOnEngineTests : IDisposable
{
    private const string Image = "shutdownkit/base-shell";

    // A shell as PID 1 that does everything right, and its writer and reader.
    private const string Graceful = "trap 'exit 0' TERM; while :; do sleep 0.1 & wait $!; done";
    private const string Writer = "n=0; while :; do n=$((n+1)); echo $n >> /data/records; echo $n; sleep 0.02; done";
    private const string Reader = "cat /data/records";

    // The kernel drops SIGTERM for PID 1 when nobody handles it.
    private const string Deaf = "while :; do sleep 0.2; done";

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task An_application_that_does_everything_right_is_compliant()
    {
        var run = await RunAsync("--volume", "/data", "--writer", Writer, "--reader", Reader, "--report", "json=r.json", "--seed", "7", "--", "sh", "-c", Graceful);

        run.AssertStatus(ExitStatus.Compliant);
        Assert.Empty(run.Error);
        Assert.DoesNotContain('\u001b', run.Output);
        using var report = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(_folder.Path, "r.json"), TestContext.Current.CancellationToken));
        Assert.Equal("pass", report.RootElement.GetProperty("verdict").GetString());
        Assert.Equal(7, report.RootElement.GetProperty("seed").GetInt32());
        Assert.Equal(
            ["kill", "pause", "rm", "stop"],
            report.RootElement.GetProperty("scenarios").EnumerateArray().Select(s => s.GetProperty("name").GetString()).Order());
        foreach (var scenario in report.RootElement.GetProperty("scenarios").EnumerateArray())
            Assert.True(scenario.GetProperty("observation").GetProperty("acknowledged").GetInt32() > 0, scenario.ToString());
    }

    [Fact]
    public async Task An_application_that_ignores_sigterm_is_not_compliant_and_its_output_is_harmless()
    {
        var run = await RunAsync("--stateless", "--scenario", "stop", "--grace", "1s", "--", "sh", "-c", $"printf '\\033[31mred\\n'; {Deaf}");

        run.AssertStatus(ExitStatus.NotCompliant);
        Assert.Contains("FAIL", run.Output, StringComparison.Ordinal);
        Assert.Contains("SHT10", run.Output, StringComparison.Ordinal);
        Assert.Contains("not compliant: stop", run.Output, StringComparison.Ordinal);
        Assert.Contains("\\x1b[31mred", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', run.Output);
    }

    [Fact]
    public async Task Data_outside_a_volume_is_lost_and_reported()
    {
        var run = await RunAsync(
            "--scenario", "rm", "--writer", "mkdir -p /data; " + Writer, "--reader", "test ! -e /data/records || cat /data/records",
            "--report", "json=r.json", "--", "sh", "-c", Graceful);

        run.AssertStatus(ExitStatus.NotCompliant);
        using var report = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(_folder.Path, "r.json"), TestContext.Current.CancellationToken));
        var scenario = report.RootElement.GetProperty("scenarios")[0];
        Assert.NotEmpty(scenario.GetProperty("observation").GetProperty("lost").EnumerateArray());
        Assert.Contains("lost", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_image_is_wrong_usage()
    {
        using var process = Tool.Start(_folder.Path, "test", "shutdownkit.invalid/no-such-image:1", "--stateless");
        var run = (await Tool.WaitAsync(process)).AssertStatus(ExitStatus.WrongUsage);

        Assert.Contains("error: the engine has no image 'shutdownkit.invalid/no-such-image:1'", run.Error, StringComparison.Ordinal);
        await AssertNothingLeftAsync(process.Id);
    }

    [Theory]
    [InlineData("exit code 3", "sh", "-c", "exit 3")]
    [InlineData("no-such-program", "no-such-program")]
    public async Task A_container_that_ends_at_once_is_inconclusive(string reason, params string[] command)
    {
        var run = (await RunAsync(["--stateless", "--scenario", "stop", "--", .. command])).AssertStatus(ExitStatus.Inconclusive);

        Assert.Contains("INCONCLUSIVE", run.Output, StringComparison.Ordinal);
        Assert.Contains(reason, run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_application_that_is_never_ready_is_inconclusive()
    {
        var run = await RunAsync(
            "--stateless", "--scenario", "kill", "--ready", "log:^never$", "--ready-timeout", "2s", "--", "sh", "-c", "echo hello; " + Deaf);

        run.AssertStatus(ExitStatus.Inconclusive);
        Assert.Contains("not ready within 2 s", run.Output, StringComparison.Ordinal);
        Assert.Contains("hello", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("true", Reader)]
    [InlineData("sleep 600", Reader)]
    [InlineData("echo 'what a nice day'; sleep 600", Reader)]
    [InlineData("no-such-writer", Reader)]
    [InlineData(Writer, "exit 9")]
    [InlineData("touch /data/records; while :; do echo 1 > /sys/x && echo 1; sleep 0.1; done", Reader)]
    public async Task A_workload_that_says_nothing_usable_is_inconclusive(string writer, string reader)
    {
        var run = await RunAsync("--scenario", "kill", "--volume", "/data", "--writer", writer, "--reader", reader, "--", "sh", "-c", Graceful);

        run.AssertStatus(ExitStatus.Inconclusive);
        Assert.Contains("inconclusive: kill", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_durability_that_cannot_be_judged_is_no_pass()
    {
        var run = await RunAsync("--stateless", "--scenario", "stop", "--durability", "power", "--", "sh", "-c", Graceful);

        run.AssertStatus(ExitStatus.Inconclusive);
        Assert.Contains("power-loss", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("stop")]
    [InlineData("pause")]
    [InlineData("kill")]
    [InlineData("rm")]
    public async Task An_interruption_in_the_middle_leaves_nothing_behind(string scenario)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no signals to send.");
        using var process = Tool.Start(
            _folder.Path, "test", Image, "--scenario", scenario, "--volume", "/data", "--writer", Writer, "--reader", Reader, "--grace", "3s", "--", "sh", "-c", Deaf);
        var waiting = Tool.WaitAsync(process);
        var clock = Stopwatch.StartNew();
        while ((await LeftByAsync(process.Id)).Count < 2)
        {
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(30), "no container and volume were made");
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }

        // Long enough for the blow to have fallen in some of the scenarios, and for the load to run in all.
        await Task.Delay(2500, TestContext.Current.CancellationToken);
        Assert.False(process.HasExited);
        await Tool.SignalAsync(process, scenario is "stop" or "rm" ? "INT" : "TERM");
        var run = (await waiting).AssertStatus(ExitStatus.Inconclusive);

        Assert.Contains("interrupted", run.Error, StringComparison.Ordinal);
        await AssertNothingLeftAsync(process.Id);
    }

    [Fact]
    public async Task Doctor_finds_the_engine_and_names_the_scenarios()
    {
        var run = (await Tool.RunAsync(_folder.Path, "doctor")).AssertStatus(ExitStatus.Compliant);

        Assert.Contains("ok      container engine", run.Output, StringComparison.Ordinal);
        Assert.Contains("  stop ", run.Output, StringComparison.Ordinal);
    }

    private async Task<ToolRun> RunAsync(params string[] arguments)
    {
        using var process = Tool.Start(_folder.Path, ["test", Image, .. arguments]);
        var run = await Tool.WaitAsync(process);
        await AssertNothingLeftAsync(process.Id);
        return run;
    }

    private static async Task AssertNothingLeftAsync(int process) => Assert.Empty(await LeftByAsync(process));

    // What the kit makes is labelled with its owner, which ends in the process's number and start time.
    private static async Task<List<string>> LeftByAsync(int process)
    {
        const string Label = "shutdownkit.owner";
        var cancellationToken = TestContext.Current.CancellationToken;
        using var engine = await ContainerEngine.ConnectAsync(cancellationToken: cancellationToken);
        using var client = engine.Endpoint.GetDockerClientBuilder().Build();
        var filters = new Dictionary<string, IDictionary<string, bool>> { ["label"] = new Dictionary<string, bool> { [Label] = true } };
        var containers = await client.Containers.ListContainersAsync(new ContainersListParameters { All = true, Filters = filters }, cancellationToken);
        var volumes = await client.Volumes.ListAsync(new VolumesListParameters { Filters = filters }, cancellationToken);
        return containers.Where(c => IsOwn(c.Labels)).Select(c => "container " + c.ID)
            .Concat((volumes.Volumes ?? []).Where(v => IsOwn(v.Labels)).Select(v => "volume " + v.Name))
            .ToList();

        bool IsOwn(IDictionary<string, string> labels) => labels[Label].Split('/') is [.., var id, _] && id == $"{process}";
    }
}
