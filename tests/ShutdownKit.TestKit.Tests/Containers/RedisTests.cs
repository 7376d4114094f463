using ShutdownKit.TestKit.Reports;
using ShutdownKit.TestKit.Subjects;

namespace ShutdownKit.TestKit.Tests.Containers;

/// <summary>The kit's verdict on Redis is what its documentation says of its persistence.</summary>
public abstract class RedisTests(EngineFixture engine)
{
    private protected EngineFixture Engine => engine;

    private protected static SubjectBuilder Redis(params string[] persistence) => new SubjectBuilder()
        .FromImage("shutdownkit/redis")
        .WithCommand(["redis-server", "--protected-mode", "no", "--dir", "/data", .. persistence])
        .WithVolume("/data")
        .WithGracePeriod(TimeSpan.FromSeconds(10))
        .ReadyWhen(ExecCommand.Succeeds("redis-cli ping | grep -q PONG"))
        .WithWorkload("i=0; while :; do i=$((i+1)); redis-cli set order-$i tea | grep -q OK && echo order-$i; done", "redis-cli --scan");

    private protected static void LosesEverything(ScenarioResult result)
    {
        Expect.Fails(result, "SHT201");
        Assert.Equal(0, result.Observation.Survived);
        Assert.Equal(result.Observation.Acknowledged, result.Observation.Lost.Count);
    }
}

[Trait("Category", "Engine")]
public sealed class RedisWithoutPersistenceTests(EngineFixture engine) : RedisTests(engine), IClassFixture<EngineFixture>
{
    private static SubjectBuilder App => Redis("--save", "", "--appendonly", "no");

    [Fact(Timeout = EngineFixture.Timeout)]
    public async Task A_stop_loses_everything_although_the_exit_code_is_0()
    {
        var result = await Engine.RunAsync("stop", App);

        LosesEverything(result);
        Assert.Equal(0, result.Observation.ExitCode);
        Assert.False(result.Observation.Escalated);
    }

    [Theory(Timeout = EngineFixture.Timeout)]
    [InlineData("kill")]
    [InlineData("rm")]
    public async Task So_does_every_other_end(string scenario) => LosesEverything(await Engine.RunAsync(scenario, App));

    [Fact(Timeout = EngineFixture.Timeout)]
    public async Task A_pause_loses_nothing() => Expect.Passes(await Engine.RunAsync("pause", App));
}

[Trait("Category", "Engine")]
public sealed class RedisWithSnapshotsTests(EngineFixture engine) : RedisTests(engine), IClassFixture<EngineFixture>
{
    // A snapshot is due after an hour: none falls into the test, but at a stop Redis takes one, because snapshots are configured.
    private static SubjectBuilder App => Redis("--save", "3600 1", "--appendonly", "no");

    [Theory(Timeout = EngineFixture.Timeout)]
    [InlineData("stop")]
    [InlineData("pause")]
    public async Task A_stop_saves(string scenario) => Expect.Passes(await Engine.RunAsync(scenario, App));

    [Theory(Timeout = EngineFixture.Timeout)]
    [InlineData("kill")]
    [InlineData("rm")]
    public async Task A_kill_loses_what_came_after_the_last_snapshot(string scenario) => LosesEverything(await Engine.RunAsync(scenario, App));
}

[Trait("Category", "Engine")]
public sealed class RedisWithAppendOnlyFileTests(EngineFixture engine) : RedisTests(engine), IClassFixture<EngineFixture>
{
    private static readonly string[] Persistence = ["--save", "", "--appendonly", "yes", "--appendfsync", "always"];

    [Theory(Timeout = EngineFixture.Timeout)]
    [InlineData("stop")]
    [InlineData("kill")]
    [InlineData("pause")]
    [InlineData("rm")]
    public async Task Nothing_is_ever_lost(string scenario) => Expect.Passes(await Engine.RunAsync(scenario, Redis(Persistence)));

    [Fact(Timeout = EngineFixture.Timeout)]
    public async Task Without_a_volume_a_removal_loses_it_all()
    {
        var app = Redis(Persistence).WithCommand(["redis-server", "--protected-mode", "no", "--dir", "/root", .. Persistence]);

        var result = await Engine.RunAsync("rm", app);

        var findings = Expect.Fails(result, "SHT201", "SHT401");
        Assert.Contains("it writes to the container's own layer (/root/appendonlydir/", findings[0].Message, StringComparison.Ordinal);
        Assert.All(result.Observation.WrittenOutsideVolumes, path => Assert.StartsWith("/root/appendonlydir/", path, StringComparison.Ordinal));
    }

    [Fact(Timeout = EngineFixture.Timeout)]
    public async Task A_writer_and_a_reader_may_run_on_the_host()
    {
        var scripts = Path.Combine(AppContext.BaseDirectory, "Containers");
        var app = Redis(Persistence)
            .WithPort(6379)
            .WithWorkload($"host:bash '{scripts}/write-redis.sh'", $"host:bash '{scripts}/read-redis.sh'");

        Expect.Passes(await Engine.RunAsync("kill", app));
    }
}
