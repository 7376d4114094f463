namespace ShutdownKit.TestKit.Scenarios;

/// <summary><c>docker stop</c> under load, then start again and read back.</summary>
internal sealed class StopScenario : Scenario
{
    public override string Name => "stop";

    public override string Description => "docker stop under load: the stop signal, the grace period, SIGKILL";

    internal override int Order => 10;

    internal override async Task RunAsync(ScenarioContext context, Observation observation, CancellationToken cancellationToken)
    {
        var running = await context.StartUnderLoadAsync(observation, cancellationToken).ConfigureAwait(false);
        await using var cleanUp = running.ConfigureAwait(false);
        try
        {
            await context.StopAsync(running, observation, cancellationToken).ConfigureAwait(false);
            observation.Blow = observation.Escalated ? $"{observation.StopSignal} and SIGKILL" : observation.StopSignal;
            await context.StartAgainAndReadBackAsync(running, observation, freshContainer: false, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            observation.Note(running.Instance.Watch.Events);
        }
    }
}
