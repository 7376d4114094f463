using ShutdownKit.TestKit.Engines;

namespace ShutdownKit.TestKit.Scenarios;

/// <summary><c>docker rm</c>: refused while running; <c>rm -f</c> under load; stop, then <c>rm</c>; each time a fresh container on the same volumes.</summary>
internal sealed class RemoveScenario : Scenario
{
    private static readonly TimeSpan ExitDeadline = TimeSpan.FromSeconds(30);

    public override string Name => "rm";

    public override string Description => "docker rm -f under load, and docker stop then rm: a fresh container on the same volumes";

    internal override int Order => 40;

    internal override async Task RunAsync(ScenarioContext context, Observation observation, CancellationToken cancellationToken)
    {
        await ForcedAsync(context, observation, cancellationToken).ConfigureAwait(false);
        if (observation is { Lost.Count: 0, Torn.Count: 0, Phantom.Count: 0, RestartFailure: null, Inconclusive: null })
        {
            await StoppedFirstAsync(context, observation, cancellationToken).ConfigureAwait(false);
        }

        if (context.Subject is { Workload: null, Stateless: false })
        {
            observation.NotChecked = "without a writer and a reader nothing says whether its data survived";
        }
    }

    private static async Task ForcedAsync(ScenarioContext context, Observation observation, CancellationToken cancellationToken)
    {
        var running = await context.StartUnderLoadAsync(observation, cancellationToken).ConfigureAwait(false);
        await using var cleanUp = running.ConfigureAwait(false);
        var id = running.App.ContainerId;
        try
        {
            try
            {
                await context.Engine.RemoveAsync(id, force: false, volumes: false, cancellationToken).ConfigureAwait(false);
                observation.Inconclusive = "the engine removed a running container without being forced to";
                return;
            }
            catch (VerbRefusedException)
            {
                observation.Note(context.Engine.Now, "rm", "refused while it is running");
            }

            context.Say("rm -f");
            observation.WrittenOutsideVolumes = await context.WrittenOutsideVolumesAsync(running, cancellationToken).ConfigureAwait(false);
            var since = context.Engine.Now;
            await context.Engine.RemoveAsync(id, force: true, volumes: false, cancellationToken).ConfigureAwait(false);
            var exit = await context.ExitAsync(running, since, ExitDeadline, cancellationToken).ConfigureAwait(false);
            observation.Blow = "rm -f";
            observation.ExitCode = exit.ExitCode;
            observation.Signals = exit.Signals;
            await context.StartAgainAndReadBackAsync(running, observation, freshContainer: true, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            observation.Note(running.Instance.Watch.Events);
        }
    }

    private static async Task StoppedFirstAsync(ScenarioContext context, Observation observation, CancellationToken cancellationToken)
    {
        var running = await context.StartUnderLoadAsync(observation, cancellationToken).ConfigureAwait(false);
        await using var cleanUp = running.ConfigureAwait(false);
        try
        {
            var stop = new Observation { StopSignal = observation.StopSignal };
            await context.StopAsync(running, stop, cancellationToken).ConfigureAwait(false);
            var written = await context.WrittenOutsideVolumesAsync(running, cancellationToken).ConfigureAwait(false);
            observation.WrittenOutsideVolumes = [.. observation.WrittenOutsideVolumes.Union(written).Order(StringComparer.Ordinal)];
            context.Say("rm");
            await context.Engine.RemoveAsync(running.App.ContainerId, force: false, volumes: false, cancellationToken).ConfigureAwait(false);
            observation.Blow = "stop, then rm";
            observation.ExitCode = stop.ExitCode;
            observation.Signals = stop.Signals;
            observation.Escalated = stop.Escalated;
            observation.StopDuration = stop.StopDuration;
            observation.LogTail = stop.LogTail;
            await context.StartAgainAndReadBackAsync(running, observation, freshContainer: true, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            observation.Note(running.Instance.Watch.Events);
        }
    }
}
