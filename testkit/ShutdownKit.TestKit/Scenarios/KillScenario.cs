namespace ShutdownKit.TestKit.Scenarios;

/// <summary><c>docker kill</c> under load, then start again and read back.</summary>
internal sealed class KillScenario : Scenario
{
    private static readonly TimeSpan ExitDeadline = TimeSpan.FromSeconds(15);

    public override string Name => "kill";

    public override string Description => "docker kill under load: SIGKILL, no chance to clean up";

    internal override int Order => 30;

    internal override async Task RunAsync(ScenarioContext context, Observation observation, CancellationToken cancellationToken)
    {
        var running = await context.StartUnderLoadAsync(observation, cancellationToken).ConfigureAwait(false);
        await using var cleanUp = running.ConfigureAwait(false);
        try
        {
            context.Say("killing");
            var since = context.Engine.Now;
            await context.Engine.KillAsync(running.App.ContainerId, "SIGKILL", cancellationToken).ConfigureAwait(false);
            var exit = await context.ExitAsync(running, since, ExitDeadline, cancellationToken).ConfigureAwait(false);
            observation.Blow = "SIGKILL";
            observation.ExitCode = exit.ExitCode;
            observation.OomKilled = exit.OomKilled;
            observation.Signals = exit.Signals.Count > 0 ? exit.Signals : ["SIGKILL"];
            await context.StartAgainAndReadBackAsync(running, observation, freshContainer: false, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            observation.Note(running.Instance.Watch.Events);
        }

        if (context.Subject is { Workload: null, Stateless: false })
        {
            observation.NotChecked = "it starts again, but without a writer and a reader nothing says whether its data survived";
        }
    }
}
