using System.Globalization;
using ShutdownKit.TestKit.Engines;
using ShutdownKit.TestKit.Subjects;

namespace ShutdownKit.TestKit.Scenarios;

/// <summary><c>docker pause</c> under load, hold, <c>docker unpause</c>; read back; then a stop while paused.</summary>
internal sealed class PauseScenario : Scenario
{
    /// <summary>Long enough for timers, leases and client time-outs of a second or two to run out.</summary>
    private static readonly TimeSpan Hold = TimeSpan.FromSeconds(3);

    /// <summary>What was on its way to the client at the moment of the freeze may still arrive.</summary>
    private static readonly TimeSpan OnTheWay = TimeSpan.FromMilliseconds(500);

    private static readonly TimeSpan ResumeWithin = TimeSpan.FromSeconds(15);

    public override string Name => "pause";

    public override string Description => "docker pause, hold, unpause under load; then docker stop while paused";

    internal override int Order => 20;

    internal override async Task RunAsync(ScenarioContext context, Observation observation, CancellationToken cancellationToken)
    {
        var running = await context.StartUnderLoadAsync(observation, cancellationToken).ConfigureAwait(false);
        await using var cleanUp = running.ConfigureAwait(false);
        var engine = context.Engine;
        var id = running.App.ContainerId;
        try
        {
            context.Say(string.Create(CultureInfo.InvariantCulture, $"pausing for {Hold.TotalSeconds:0} s"));
            await engine.PauseAsync(id, cancellationToken).ConfigureAwait(false);
            await Task.Delay(OnTheWay, cancellationToken).ConfigureAwait(false);
            var acknowledgedWhenFrozen = running.Ledger.AcknowledgedCount;
            await Task.Delay(Hold - OnTheWay, cancellationToken).ConfigureAwait(false);
            var frozen = await engine.InspectAsync(id, cancellationToken).ConfigureAwait(false);
            var progress = running.Ledger.AcknowledgedCount - acknowledgedWhenFrozen;
            observation.Note(engine.Now, "frozen", progress == 0 ? "nothing was acknowledged" : $"{progress} writes were acknowledged although it was frozen");
            if (!frozen.Paused)
            {
                observation.ResumeFailure = $"it did not stay frozen: after {Hold.TotalSeconds:0} s the engine said {frozen.Status}";
            }

            context.Say("unpausing");
            if (frozen.Paused)
            {
                await engine.UnpauseAsync(id, cancellationToken).ConfigureAwait(false);
            }

            observation.Blow = "pause and unpause";
            if (await ResumedAsync(context, running, observation, cancellationToken).ConfigureAwait(false))
            {
                context.Say("stopping while paused");
                await engine.PauseAsync(id, cancellationToken).ConfigureAwait(false);
                observation.StoppedWhilePaused = true;
                await context.StopAsync(running, observation, cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            observation.Note(running.Instance.Watch.Events);
        }
    }

    private static async Task<bool> ResumedAsync(
        ScenarioContext context, LoadedSubject running, Observation observation, CancellationToken cancellationToken)
    {
        try
        {
            var app = await running.Instance.UntilReadyAsync(
                running.App.ContainerId, running.App.StartRequestedAt, cancellationToken, ResumeWithin).ConfigureAwait(false);
            observation.Note(context.Engine.Now, "ready again");
            var before = running.App.Inspection;
            if (app.Inspection.Pid != before.Pid || app.Inspection.StartedAt != before.StartedAt)
            {
                observation.ResumeFailure = "it is another process than before: the application ended and was started again";
            }

            // Whether the writer goes on after a frozen time is its own affair; what it acknowledges after it counts, too.
            await Task.Delay(OnTheWay, cancellationToken).ConfigureAwait(false);
            if (running.Load is not null)
            {
                await running.Load.EndAsync().ConfigureAwait(false);
                await context.ReadBackAsync(running, app, observation, cancellationToken).ConfigureAwait(false);
            }

            // It may look well at first, and end when its timers find out about the gap.
            await running.Instance.EnsureRunningAsync(app.ContainerId, "soon after it was unpaused", cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (SubjectNotReadyException exception)
        {
            observation.ResumeFailure = exception.Message;
            return false;
        }
    }
}
