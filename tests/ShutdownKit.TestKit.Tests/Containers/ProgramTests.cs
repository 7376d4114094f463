using ShutdownKit.TestKit.Engines;
using ShutdownKit.TestKit.Subjects;

namespace ShutdownKit.TestKit.Tests.Containers;

/// <summary>The usual .NET programs as PID 1, and the kit's diagnosis of their stop.</summary>
[Trait("Category", "Engine")]
public sealed class ProgramTests(EngineFixture engine) : IClassFixture<EngineFixture>
{
    [Fact(Timeout = EngineFixture.Timeout)]
    public async Task A_shell_script_that_does_not_forward_the_signal_is_named_with_its_application()
    {
        var finding = Assert.Single(Expect.Fails(await engine.RunAsync("stop", Running("shutdownkit/shell-pid1")), "SHT102"));

        Assert.StartsWith("SIGTERM reached '/bin/sh /entrypoint.sh' (PID 1), which did not pass it to '/app/graceful' (PID ", finding.Message, StringComparison.Ordinal);
        Assert.EndsWith("a script that does not exec the application; begin its last command with exec", finding.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = EngineFixture.Timeout)]
    public async Task A_NET_10_program_without_a_handler_ignores_the_signal_or_dies_of_it()
    {
        // The runtime restores the default action and sends itself the signal once more. For PID 1 the default is to ignore it, but a
        // kernel may end the program all the same, since the signal is blocked in the thread that sends it (measured: 6.18.44).
        await using var specimen = await engine.StartAsync("shutdownkit/console-net10", EngineFixture.UntilReady);
        var exit = await specimen.Container.StopAsync(TimeSpan.FromSeconds(2), engine.Engine, TestContext.Current.CancellationToken);
        Assert.Contains(exit.ExitCode, new[] { 137, 143 });

        var finding = Assert.Single(Expect.Fails(
            await engine.RunAsync("stop", Running("shutdownkit/console-net10")), exit.ExitCode == 137 ? "SHT101" : "SHT104"));

        var expected = exit.ExitCode == 137
            ? "SIGTERM reached '/app/console-net10' (PID 1), which has no handler for it"
            : "the exit code after SIGTERM was 143, not 0: SIGTERM itself ended it: no handler ran";
        Assert.StartsWith(expected, finding.Message, StringComparison.Ordinal);
        Assert.Contains("SHK1001", finding.Rules);
    }

    [Fact(Timeout = EngineFixture.Timeout)]
    public async Task The_same_program_on_NET_8_is_ended_by_the_signal()
    {
        var result = await engine.RunAsync("stop", Running("shutdownkit/console-net8"));

        var finding = Assert.Single(Expect.Fails(result, "SHT104"));
        Assert.Equal(143, result.Observation.ExitCode);
        Assert.Contains("SIGTERM itself ended it: no handler ran", finding.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = EngineFixture.Timeout)]
    public async Task A_NET_program_with_a_handler_that_is_not_done_in_time_is_told_from_one_without()
    {
        var result = await engine.RunAsync("stop", Running("shutdownkit/graceful").WithEnvironment("CLEANUP_MS", "60000"));

        var finding = Assert.Single(Expect.Fails(result, "SHT103"));
        Assert.StartsWith("'/app/graceful' (PID 1) has a handler for SIGTERM but had not ended", finding.Message, StringComparison.Ordinal);
    }

    [Theory(Timeout = EngineFixture.Timeout)]
    [InlineData("stop")]
    [InlineData("pause")]
    public async Task A_program_that_handles_the_signal_passes(string scenario) =>
        Expect.Passes(await engine.RunAsync(scenario, Running("shutdownkit/graceful").WithGracePeriod(TimeSpan.FromSeconds(10))));

    private static SubjectBuilder Running(string image) => new SubjectBuilder()
        .FromImage(image)
        .WithVolume("/data")
        .WithGracePeriod(TimeSpan.FromSeconds(2))
        .ReadyWhen(LogLine.Matches("^ready$"))
        .StoringNothing();
}
