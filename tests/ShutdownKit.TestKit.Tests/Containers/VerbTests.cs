using System.Net;
using System.Net.Sockets;
using System.Text;
using Docker.DotNet.Models;
using ShutdownKit.TestKit.Engines;

namespace ShutdownKit.TestKit.Tests.Containers;

/// <summary>The verbs on ordinary Testcontainers containers.</summary>
[Trait("Category", "Engine")]
public sealed class EndingVerbTests(EngineFixture engine) : IClassFixture<EngineFixture>
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact(Timeout = EngineFixture.Timeout)]
    public async Task Stop_says_how_long_it_took_by_the_engines_clock()
    {
        await using var specimen = await engine.StartAsync(
            "shutdownkit/graceful", builder => EngineFixture.UntilReady(builder).WithEnvironment("CLEANUP_MS", "800"));

        var exit = await specimen.Container.StopAsync(TimeSpan.FromSeconds(20), engine.Engine, Token);

        Assert.Equal(0, exit.ExitCode);
        Assert.Equal(["SIGTERM"], exit.Signals);
        Assert.False(exit.Escalated);
        Assert.False(exit.OomKilled);
        Assert.InRange(exit.Duration!.Value, TimeSpan.FromSeconds(0.8), TimeSpan.FromSeconds(15));
        var state = await specimen.Container.InspectAsync(engine.Engine, Token);
        Assert.Equal(("exited", 0), (state.Status, state.ExitCode));
        Assert.InRange(state.FinishedAt!.Value - exit.FinishedAt, TimeSpan.FromSeconds(-1), TimeSpan.FromSeconds(1));
    }

    [Fact(Timeout = EngineFixture.Timeout)]
    public async Task Stop_says_when_it_had_to_kill()
    {
        await using var specimen = await engine.StartScriptAsync("echo ready; exec sleep 600");

        var exit = await specimen.Container.StopAsync(Grace, engine.Engine, Token);

        Assert.Equal(137, exit.ExitCode);
        Assert.Equal(["SIGTERM", "SIGKILL"], exit.Signals);
        Assert.True(exit.Escalated);
        Assert.InRange(exit.Duration!.Value, Grace - TimeSpan.FromMilliseconds(100), Grace + TimeSpan.FromSeconds(8));
    }

    [Fact(Timeout = EngineFixture.Timeout)]
    public async Task Stop_sends_the_signal_that_the_container_asks_for()
    {
        await using var specimen = await engine.StartScriptAsync(
            "trap 'exit 7' INT; echo ready; " + ShellApp.Loop, builder => builder.WithCreateParameterModifier(parameters => parameters.StopSignal = "SIGINT"));

        var exit = await specimen.Container.StopAsync(TimeSpan.FromSeconds(10), engine.Engine, Token);

        Assert.Equal((7, "SIGINT"), (exit.ExitCode, Assert.Single(exit.Signals)));
        Assert.Equal("SIGINT", (await specimen.Container.InspectAsync(engine.Engine, Token)).StopSignal);
    }

    [Fact(Timeout = EngineFixture.Timeout)]
    public async Task Stop_of_a_container_that_has_ended_is_refused()
    {
        await using var specimen = await engine.StartScriptAsync("echo ready; " + ShellApp.Loop);
        await specimen.Container.KillAsync(engine: engine.Engine, cancellationToken: Token);

        var refusal = await Assert.ThrowsAsync<VerbRefusedException>(() => specimen.Container.StopAsync(Grace, engine.Engine, Token));

        Assert.Equal("stop", refusal.Verb);
        Assert.Contains("the container is not running", refusal.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = EngineFixture.Timeout)]
    public async Task A_stop_that_nobody_waits_for_is_still_a_graceful_one()
    {
        await using var specimen = await engine.StartAsync(
            "shutdownkit/graceful", builder => EngineFixture.UntilReady(builder).WithEnvironment("CLEANUP_MS", "2500"));
        using var impatience = CancellationTokenSource.CreateLinkedTokenSource(Token);
        impatience.CancelAfter(TimeSpan.FromMilliseconds(700));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => specimen.Container.StopAsync(TimeSpan.FromSeconds(20), engine.Engine, impatience.Token));

        var exit = await specimen.Container.WaitForExitAsync(TimeSpan.FromSeconds(30), engine.Engine, Token);
        Assert.Equal(0, exit.ExitCode);
    }

    [Fact(Timeout = EngineFixture.Timeout)]
    public async Task A_stop_of_a_paused_container_ends_well()
    {
        await using var specimen = await engine.StartAsync("shutdownkit/graceful", EngineFixture.UntilReady);
        await specimen.Container.PauseAsync(Token);
        Assert.True((await specimen.Container.InspectAsync(engine.Engine, Token)).Paused);

        var exit = await specimen.Container.StopAsync(TimeSpan.FromSeconds(20), engine.Engine, Token);

        Assert.Equal((0, false), (exit.ExitCode, exit.Escalated));
    }

    [Fact(Timeout = EngineFixture.Timeout)]
    public async Task Kill_sends_any_signal()
    {
        await using var specimen = await engine.StartScriptAsync("trap 'echo received USR1' USR1; echo ready; " + ShellApp.Loop);

        await specimen.Container.KillAsync("SIGUSR1", engine.Engine, Token);

        await UntilAsync(async () => (await engine.Engine.GetLogTailAsync(specimen.Container.Id, 10, cancellationToken: Token)).Contains("received USR1"));
        Assert.True((await specimen.Container.InspectAsync(engine.Engine, Token)).Running);
    }

    [Fact(Timeout = EngineFixture.Timeout)]
    public async Task Kill_with_what_is_no_signal_is_refused()
    {
        await using var specimen = await engine.StartScriptAsync("echo ready; " + ShellApp.Loop);

        var refusal = await Assert.ThrowsAsync<VerbRefusedException>(() => specimen.Container.KillAsync("SIGNONSENSE", engine.Engine, Token));

        Assert.Equal("kill", refusal.Verb);
        Assert.Contains("SIGNONSENSE", refusal.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = EngineFixture.Timeout)]
    public async Task The_state_is_the_live_one_after_somebody_else_has_killed()
    {
        await using var specimen = await engine.StartScriptAsync("echo ready; " + ShellApp.Loop);
        Assert.True((await specimen.Container.InspectAsync(engine.Engine, Token)).Running);

        await engine.Engine.Client.Containers.KillContainerAsync(specimen.Container.Id, new ContainerKillParameters { Signal = "SIGKILL" }, Token);

        var exit = await specimen.Container.WaitForExitAsync(TimeSpan.FromSeconds(20), engine.Engine, Token);
        Assert.Equal(137, exit.ExitCode);
        var state = await specimen.Container.InspectAsync(engine.Engine, Token);
        Assert.Equal((false, 137, 0L), (state.Running, state.ExitCode, state.Pid));
    }

    [Fact(Timeout = EngineFixture.Timeout)]
    public async Task The_exit_of_a_container_that_removes_itself_is_known()
    {
        await using var specimen = await engine.StartScriptAsync("echo ready; sleep 3; exit 42", builder => builder.WithAutoRemove(true));

        var exit = await specimen.Container.WaitForExitAsync(TimeSpan.FromSeconds(60), engine.Engine, Token);

        Assert.Equal(42, exit.ExitCode);
        await UntilAsync(async () => await engine.Engine.TryInspectAsync(specimen.Container.Id, Token) is null);
        await Assert.ThrowsAsync<ContainerGoneException>(() => specimen.Container.InspectAsync(engine.Engine, Token));
    }

    [Fact(Timeout = EngineFixture.Timeout)]
    public async Task Waiting_for_an_exit_has_a_deadline()
    {
        await using var specimen = await engine.StartScriptAsync("echo ready; " + ShellApp.Loop);

        var timeout = await Assert.ThrowsAsync<TimeoutException>(
            () => specimen.Container.WaitForExitAsync(TimeSpan.FromMilliseconds(400), engine.Engine, Token));

        Assert.Equal("the container was still running after 0.4 s", timeout.Message);
    }

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        while (!await condition())
        {
            await Task.Delay(100, Token);
        }
    }
}

/// <summary>The verbs that do not end a container, and its removal.</summary>
[Trait("Category", "Engine")]
public sealed class OtherVerbTests(EngineFixture engine) : IClassFixture<EngineFixture>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact(Timeout = EngineFixture.Timeout)]
    public async Task Removal_of_a_running_container_is_refused()
    {
        await using var specimen = await engine.StartScriptAsync("echo ready; " + ShellApp.Loop);

        var refusal = await Assert.ThrowsAsync<VerbRefusedException>(() => specimen.Container.RemoveAsync(engine: engine.Engine, cancellationToken: Token));

        Assert.Equal(("rm", HttpStatusCode.Conflict), (refusal.Verb, refusal.StatusCode));
        Assert.True((await specimen.Container.InspectAsync(engine.Engine, Token)).Running);
    }

    [Fact(Timeout = EngineFixture.Timeout)]
    public async Task Forced_removal_removes_a_running_container()
    {
        await using var specimen = await engine.StartScriptAsync("echo ready; " + ShellApp.Loop);

        await specimen.Container.RemoveAsync(force: true, engine: engine.Engine, cancellationToken: Token);

        var gone = await Assert.ThrowsAsync<ContainerGoneException>(() => specimen.Container.InspectAsync(engine.Engine, Token));
        Assert.Equal(specimen.Container.Id, gone.ContainerId);
        await Assert.ThrowsAsync<ContainerGoneException>(() => specimen.Container.RemoveAsync(force: true, engine: engine.Engine, cancellationToken: Token));
    }

    [Theory(Timeout = EngineFixture.Timeout)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Removal_takes_anonymous_volumes_along_only_when_asked(bool volumes)
    {
        var named = $"shutdownkit-test-{Guid.NewGuid():N}";
        string? anonymous = null;
        try
        {
            await using var specimen = await engine.StartScriptAsync(
                "echo ready; " + ShellApp.Loop,
                builder => builder.WithVolumeMount(named, "/named").WithCreateParameterModifier(
                    parameters => parameters.Volumes = new Dictionary<string, EmptyStruct> { ["/anonymous"] = default }));
            var mounts = (await specimen.Container.InspectAsync(engine.Engine, Token)).Mounts;
            anonymous = mounts.Single(mount => mount.Destination == "/anonymous").Name;
            Assert.Equal([("/anonymous", true), ("/named", false)], mounts.Select(mount => (mount.Destination, mount.Anonymous)).Order());

            await specimen.Container.RemoveAsync(force: true, volumes, engine.Engine, Token);

            var left = (await engine.Engine.Client.Volumes.ListAsync(Token)).Volumes.Select(volume => volume.Name).ToList();
            Assert.Contains(named, left);
            Assert.Equal(!volumes, left.Contains(anonymous));
        }
        finally
        {
            var left = (await engine.Engine.Client.Volumes.ListAsync(CancellationToken.None)).Volumes.Select(volume => volume.Name);
            foreach (var volume in left.Where(volume => volume == named || volume == anonymous))
            {
                await engine.Engine.Client.Volumes.RemoveAsync(volume, force: true, CancellationToken.None);
            }
        }
    }

    [Fact(Timeout = EngineFixture.Timeout)]
    public async Task Restart_answers_with_the_new_ports()
    {
        await using var specimen = await engine.StartAsync("shutdownkit/redis", builder => builder.WithPortBinding(6379, assignRandomHostPort: true));
        var before = await specimen.Container.InspectAsync(engine.Engine, Token);

        var after = await specimen.Container.RestartAsync(TimeSpan.FromSeconds(10), engine.Engine, Token);

        Assert.True(after.Running);
        Assert.True(after.StartedAt > before.StartedAt);
        Assert.NotEqual(before.Pid, after.Pid);
        Assert.Equal("+PONG", await PingAsync(after.Ports[6379]));
    }

    [Fact(Timeout = EngineFixture.Timeout)]
    public async Task Changes_are_what_was_written_to_the_containers_own_layer()
    {
        await using var specimen = await engine.StartScriptAsync("mkdir -p /srv/app && echo 1 > /srv/app/state && echo x >> /etc/passwd && rm /etc/group && echo ready; " + ShellApp.Loop);

        var changes = await specimen.Container.GetChangesAsync(engine.Engine, Token);

        Assert.Contains(new LayerChange("/srv/app/state", LayerChangeKind.Added), changes);
        Assert.Contains(new LayerChange("/etc/passwd", LayerChangeKind.Modified), changes);
        Assert.Contains(new LayerChange("/etc/group", LayerChangeKind.Deleted), changes);
    }

    [Fact(Timeout = EngineFixture.Timeout)]
    public async Task Processes_are_seen_from_outside()
    {
        await using var specimen = await engine.StartAsync("shutdownkit/shell-pid1", EngineFixture.UntilReady);

        var (processes, state) = (await specimen.Container.GetProcessesAsync(engine.Engine, Token), await specimen.Container.InspectAsync(engine.Engine, Token));

        var first = processes.Single(process => process.HostPid == state.Pid);
        Assert.Contains("/entrypoint.sh", first.CommandLine, StringComparison.Ordinal);
        Assert.StartsWith("/app/graceful", Assert.Single(processes, process => process.ParentHostPid == first.HostPid).CommandLine, StringComparison.Ordinal);
    }

    [Fact(Timeout = EngineFixture.Timeout)]
    public async Task Processes_of_a_container_that_has_ended_are_refused()
    {
        await using var specimen = await engine.StartScriptAsync("echo ready; " + ShellApp.Loop);
        await specimen.Container.KillAsync(engine: engine.Engine, cancellationToken: Token);

        Assert.Equal("top", (await Assert.ThrowsAsync<VerbRefusedException>(() => specimen.Container.GetProcessesAsync(engine.Engine, Token))).Verb);
    }

    [Fact(Timeout = EngineFixture.Timeout)]
    public async Task The_last_words_of_a_log_need_no_end_of_line()
    {
        await using var specimen = await engine.StartScriptAsync("echo ready; sleep 2; printf 'no space left'; exit 1");
        await specimen.Container.WaitForExitAsync(TimeSpan.FromSeconds(60), engine.Engine, Token);

        Assert.Equal(["ready", "no space left"], await engine.Engine.GetLogTailAsync(specimen.Container.Id, 10, cancellationToken: Token));
    }

    private static async Task<string?> PingAsync(int port)
    {
        while (true)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, port, Token);
                var stream = client.GetStream();
                await stream.WriteAsync("PING\r\n"u8.ToArray(), Token);
                using var reader = new StreamReader(stream, Encoding.ASCII);
                if (await reader.ReadLineAsync(Token) is { } answer)
                {
                    return answer;
                }
            }
            catch (Exception exception) when (exception is IOException or SocketException)
            {
                // It listens in a moment.
            }

            await Task.Delay(100, Token);
        }
    }
}

/// <summary>How the kit finds its engine and comes to terms with it.</summary>
[Trait("Category", "Engine")]
public sealed class ConnectionTests(EngineFixture engine) : IClassFixture<EngineFixture>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact(Timeout = EngineFixture.Timeout)]
    public async Task The_version_is_agreed_without_anyone_setting_a_variable()
    {
        Assert.Null(Environment.GetEnvironmentVariable("DOCKER_API_VERSION"));
        var offered = System.Version.Parse(engine.Engine.Info.Api);

        Assert.Equal(offered < new System.Version(1, 44) ? offered : new System.Version(1, 44), engine.Engine.Endpoint.Version);

        // Without an engine a verb finds the environment's, and agrees with it on its own.
        await using var specimen = await engine.StartScriptAsync("echo ready; " + ShellApp.Loop);
        Assert.True((await specimen.Container.InspectAsync(cancellationToken: Token)).Running);
        Assert.Equal(137, (await specimen.Container.StopAsync(TimeSpan.FromSeconds(1), cancellationToken: Token)).ExitCode);
    }

    [Fact(Timeout = EngineFixture.Timeout)]
    public async Task The_engine_says_what_it_is()
    {
        using var again = await ContainerEngine.ConnectAsync(engine.Engine.Info.Endpoint, Token);

        Assert.Equal(engine.Engine.Info, again.Info);
        Assert.Equal("linux", again.Info.OperatingSystem);
        Assert.InRange(again.Now - DateTimeOffset.UtcNow, TimeSpan.FromSeconds(-5), TimeSpan.FromSeconds(5));
    }

    [Theory(Timeout = EngineFixture.Timeout)]
    [InlineData("unix:///nobody/listens/here.sock")]
    [InlineData("tcp://127.0.0.1:1")]
    public async Task An_engine_that_does_not_answer_is_named(string address)
    {
        var failure = await Assert.ThrowsAsync<EngineUnavailableException>(() => ContainerEngine.ConnectAsync(address, Token));

        Assert.StartsWith("no container engine answers: " + address, failure.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = EngineFixture.Timeout)]
    public async Task What_is_no_address_is_refused() =>
        Assert.Contains(
            "which is no engine address",
            (await Assert.ThrowsAsync<EngineUnavailableException>(() => ContainerEngine.ConnectAsync("docker", Token))).Message,
            StringComparison.Ordinal);
}
