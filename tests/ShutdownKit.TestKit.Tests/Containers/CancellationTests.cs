using ShutdownKit.TestKit.Scenarios;

namespace ShutdownKit.TestKit.Tests.Containers;

/// <summary>A run that is cancelled in the middle of a scenario leaves nothing behind, whatever it was doing.</summary>
public abstract class CancellationTests(EngineFixture engine)
{
    private protected async Task CancelAsync(string scenario, string step)
    {
        await using var traces = await Traces.OfAsync(engine.Engine, ShellApp.Image);
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        using var canceller = new CancelAt(step, cancellation);
        var run = new ShutdownRunner(engine.Engine).RunAsync(
            ShellApp.UnderLoad(ShellApp.WellBehaved).FromImage(traces.Image).Build(),
            [Scenario.Find(scenario)!],
            options: null,
            canceller,
            cancellation.Token);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);

        Assert.True(canceller.Fired, $"{scenario} has no step '{step}'");
        Assert.False(TestContext.Current.CancellationToken.IsCancellationRequested);
        Assert.Empty(await traces.LeftAsync());
        Assert.True(traces.Instances > 0 || step == "starting");
    }

    /// <summary>Cancels a moment after a step has begun, so that it falls into it.</summary>
    private sealed class CancelAt(string step, CancellationTokenSource cancellation) : IProgress<RunProgress>, IDisposable
    {
        private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(60);

        public bool Fired { get; private set; }

        public void Report(RunProgress value)
        {
            if (!Fired && value.Step.StartsWith(step, StringComparison.Ordinal))
            {
                Fired = true;
                cancellation.CancelAfter(Moment);
            }
        }

        public void Dispose() => cancellation.Dispose();
    }
}

[Trait("Category", "Engine")]
public sealed class CancelledStopTests(EngineFixture engine) : CancellationTests(engine), IClassFixture<EngineFixture>
{
    [Theory(Timeout = EngineFixture.Timeout)]
    [InlineData("starting")]
    [InlineData("under load")]
    [InlineData("stopping")]
    [InlineData("starting again")]
    public Task In_the_middle_of_a_stop(string step) => CancelAsync("stop", step);
}

[Trait("Category", "Engine")]
public sealed class CancelledKillTests(EngineFixture engine) : CancellationTests(engine), IClassFixture<EngineFixture>
{
    [Theory(Timeout = EngineFixture.Timeout)]
    [InlineData("under load")]
    [InlineData("killing")]
    [InlineData("starting again")]
    public Task In_the_middle_of_a_kill(string step) => CancelAsync("kill", step);
}

[Trait("Category", "Engine")]
public sealed class CancelledPauseTests(EngineFixture engine) : CancellationTests(engine), IClassFixture<EngineFixture>
{
    [Theory(Timeout = EngineFixture.Timeout)]
    [InlineData("pausing")]
    [InlineData("unpausing")]
    [InlineData("stopping while paused")]
    public Task In_the_middle_of_a_pause(string step) => CancelAsync("pause", step);
}

[Trait("Category", "Engine")]
public sealed class CancelledRemoveTests(EngineFixture engine) : CancellationTests(engine), IClassFixture<EngineFixture>
{
    [Theory(Timeout = EngineFixture.Timeout)]
    [InlineData("under load")]
    [InlineData("rm -f")]
    [InlineData("starting a fresh container")]
    [InlineData("stopping")]
    public Task In_the_middle_of_a_removal(string step) => CancelAsync("rm", step);
}
