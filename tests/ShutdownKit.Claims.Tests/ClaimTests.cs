using System.Globalization;
using Docker.DotNet.Models;
using DotNet.Testcontainers.Builders;
using ShutdownKit.TestKit.Engines;

namespace ShutdownKit.Claims.Tests;

/// <summary>Each statement of the catalogue, tried out on the engine at hand.</summary>
/// <remarks>
/// Specimens: <c>graceful</c> cleans up on SIGTERM, <c>shell-pid1</c> is the same as child of a shell that does not pass it on (see
/// <c>tests/images</c>); <c>sleep</c> knows nothing of signals, so that the kernel ignores SIGTERM for it where it is PID 1.
/// </remarks>
[Trait("Category", "Engine")]
public sealed class ClaimTests(Laboratory laboratory) : IClassFixture<Laboratory>
{
    private const string Graceful = "shutdownkit/graceful";
    private const string Stubborn = "echo ready; exec sleep 600";
    private const string Wrapped = "shutdownkit/shell-pid1";
    private static readonly TimeSpan ShortGrace = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongGrace = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan AtOnce = TimeSpan.FromSeconds(1);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task C01_stop_sends_SIGTERM_to_the_main_process()
    {
        var claim = New("C01");

        await using (var graceful = await laboratory.StartAsync(Graceful))
        {
            var exit = await graceful.StopAsync(LongGrace);
            var log = await graceful.LogAsync();
            claim.Observe(
                exit.Signals is ["SIGTERM"] && log.Contains("received SIGTERM", StringComparison.Ordinal),
                $"a program that handles SIGTERM was stopped: the engine sent {Sent(exit)}, the program logged that it received it");
        }

        await using (var wrapped = await laboratory.StartAsync(Wrapped))
        {
            var exit = await wrapped.StopAsync(ShortGrace);
            var log = await wrapped.LogAsync();
            claim.Observe(
                exit.Signals is ["SIGTERM", ..] && !log.Contains("received", StringComparison.Ordinal),
                "only the main process gets it: the same program as child of a shell script received nothing");
        }

        await using (var other = await laboratory.StartAsync(Graceful, b => b.WithCreateParameterModifier(p => p.StopSignal = "SIGINT")))
        {
            var exit = await other.StopAsync(LongGrace);
            claim.Observe(exit.Signals is ["SIGTERM"], $"with STOPSIGNAL SIGINT (in the image or given to `run`) the engine sent {Sent(exit)}");
        }

        laboratory.Conclude(claim, Verdict.Conditional);
    }

    [Fact]
    public async Task C02_the_grace_period_is_10_seconds_by_default()
    {
        var claim = New("C02");

        await using (var stubborn = await laboratory.StartScriptAsync(Stubborn))
        {
            var exit = await StopWithoutTimeAsync(stubborn);
            claim.Observe(
                Seconds(exit.Duration) == "10 s",
                $"a program that ignores SIGTERM was stopped without a time: {Sent(exit)} within {Seconds(exit.Duration)}");
        }

        await using (var stubborn = await laboratory.StartScriptAsync(
            Stubborn, b => b.WithCreateParameterModifier(p => p.StopTimeout = TimeSpan.FromSeconds(3))))
        {
            var exit = await StopWithoutTimeAsync(stubborn);
            Assert.Equal("3 s", Seconds(exit.Duration));
            claim.Note($"a container that was created with `--stop-timeout 3`: {Seconds(exit.Duration)}");
        }

        laboratory.Conclude(claim, Verdict.True);
    }

    [Fact]
    public async Task C03_the_grace_period_can_be_set()
    {
        var claim = New("C03");

        foreach (var grace in new[] { 1, 4 })
        {
            await using var stubborn = await laboratory.StartScriptAsync(Stubborn);
            var exit = await stubborn.StopAsync(TimeSpan.FromSeconds(grace));
            claim.Observe(
                Seconds(exit.Duration) == $"{grace} s",
                $"a program that ignores SIGTERM, `--time {grace}`: {Sent(exit)} within {Seconds(exit.Duration)}");
        }

        laboratory.Conclude(claim, Verdict.True);
    }

    [Fact]
    public async Task C04_within_the_grace_period_it_can_clean_up()
    {
        var claim = New("C04");
        await using var graceful = await laboratory.StartAsync(Graceful, b => b.WithEnvironment("CLEANUP_MS", "2000"));

        var exit = await graceful.StopAsync(LongGrace);

        var saved = await graceful.ReadAsync("/data/clean-exit") is not null && await BufferedRecordsAsync(graceful) == "all";
        claim.Observe(
            exit is { ExitCode: 0, Escalated: false } && saved && exit.Duration < LongGrace,
            $"a program that needs 2 s to clean up, grace 10 s: exit code {exit.ExitCode} after {Seconds(exit.Duration)}, everything saved, no SIGKILL");

        await using var cut = await laboratory.StartAsync(Graceful, b => b.WithEnvironment("CLEANUP_MS", "4000"));
        var late = await cut.StopAsync(ShortGrace);
        Assert.True(late is { ExitCode: 137, Escalated: true } && await cut.ReadAsync("/data/clean-exit") is null);
        claim.Note($"one that needs 4 s, grace 2 s: exit code {late.ExitCode}, the clean-up was cut off");
        laboratory.Conclude(claim, Verdict.True);
    }

    [Fact]
    public async Task C05_what_has_not_stopped_by_then_gets_SIGKILL()
    {
        var claim = New("C05");
        await using var stubborn = await laboratory.StartScriptAsync(Stubborn);

        var exit = await stubborn.StopAsync(ShortGrace);

        claim.Observe(
            exit is { ExitCode: 137, Escalated: true, OomKilled: false, Signals: ["SIGTERM", "SIGKILL"] },
            $"a program that ignores SIGTERM, grace 2 s: {Sent(exit)} within {Seconds(exit.Duration)}, exit code {exit.ExitCode}");
        laboratory.Conclude(claim, Verdict.True);
    }

    [Fact]
    public async Task C06_kill_ends_the_main_process_and_its_children()
    {
        var claim = New("C06");
        await using var wrapped = await laboratory.StartAsync(Wrapped);
        var processes = await wrapped.Container.GetProcessesAsync(laboratory.Engine, Token);
        Assert.Equal(2, processes.Count);
        Assert.Equal(processes.Count, await CountAliveAsync(processes)); // the probe can see them at all

        var exit = await wrapped.KillAsync();

        claim.Observe(
            exit is { ExitCode: 137, Signals: ["SIGKILL"] } && exit.Duration < AtOnce && await CountAliveAsync(processes) == 0,
            $"a shell with a child was killed: {Sent(exit)}, exit code {exit.ExitCode} within {Seconds(exit.Duration)}; "
            + "neither of the two processes was left on the engine's machine");
        laboratory.Conclude(claim, Verdict.True);
    }

    [Fact]
    public async Task C07_kill_gives_no_chance_to_clean_up()
    {
        var claim = New("C07");
        await using var volume = await laboratory.CreateVolumeAsync();
        await using var graceful = await laboratory.StartAsync(Graceful, b => b.WithVolumeMount(volume.Name, "/data"));
        await RecordsAsync(graceful, 5);

        var exit = await graceful.KillAsync();

        var log = await graceful.LogAsync();
        claim.Observe(
            exit.ExitCode == 137 && !log.Contains("received", StringComparison.Ordinal) && await graceful.ReadAsync("/data/clean-exit") is null,
            $"a program that cleans up on SIGTERM was killed: {Sent(exit)}, no handler of it ran");
        claim.Observe(
            await BufferedRecordsAsync(graceful) == "none",
            "of the records that it held in a buffer of its own, none was in its volume afterwards");
        Assert.True(await CountAsync(graceful, "/data/appended.log") >= 5);
        claim.Note("the records that it had handed to the kernel were all there, although it never called fsync");
        laboratory.Conclude(claim, Verdict.True);
    }

    [Fact]
    public async Task C08_stop_to_save_and_kill_for_what_is_stuck()
    {
        var claim = New("C08");

        await using (var graceful = await laboratory.StartAsync(Graceful))
        {
            await RecordsAsync(graceful, 5);
            var exit = await graceful.StopAsync(LongGrace);
            var records = await BufferedRecordsAsync(graceful);
            claim.Observe(exit.ExitCode == 0 && records == "all", $"stop, a healthy program: exit code {exit.ExitCode}, {records} of its buffered records saved");
        }

        await using (var stuck = await StartStuckAsync())
        {
            var exit = await stuck.StopAsync(TimeSpan.FromSeconds(3));
            claim.Observe(
                exit is { ExitCode: 137, Escalated: true } && Seconds(exit.Duration) == "3 s",
                $"stop, a program stuck in a loop, grace 3 s: exit code {exit.ExitCode} after {Seconds(exit.Duration)}, the grace period was waited for in vain");
        }

        await using (var stuck = await StartStuckAsync())
        {
            var exit = await stuck.KillAsync();
            claim.Observe(
                exit.ExitCode == 137 && exit.Duration < AtOnce,
                $"kill, a program stuck in a loop: exit code {exit.ExitCode} within {Seconds(exit.Duration)}");
        }

        laboratory.Conclude(claim, Verdict.True);
    }

    [Fact]
    public async Task C09_pause_suspends_all_processes()
    {
        var claim = New("C09");
        await using var writers = await StartWritersAsync();

        await writers.PauseAsync();

        var state = await writers.InspectAsync();
        var before = await WrittenAsync(writers);
        await Task.Delay(TimeSpan.FromSeconds(1), Token);
        var after = await WrittenAsync(writers);
        claim.Observe(
            state is { Paused: true, Status: "paused" } && before.SequenceEqual(after),
            "a shell with three children, each writing to a file of its own ten times a second: none wrote anything in 1 s of pause");
        await writers.UnpauseAsync();
        await EventuallyAsync(async () => (await WrittenAsync(writers)).Zip(after).All(pair => pair.First > pair.Second), "the writers go on");
        claim.Note("all three went on after `unpause`");
        laboratory.Conclude(claim, Verdict.True);
    }

    [Fact]
    public async Task C10_while_paused_resources_stay_and_nothing_runs()
    {
        var claim = New("C10");
        await using var stuck = await StartStuckAsync();
        var processes = await stuck.Container.GetProcessesAsync(laboratory.Engine, Token);
        var running = await StatisticsAsync(stuck);

        await stuck.PauseAsync();

        var paused = await StatisticsAsync(stuck);
        await Task.Delay(TimeSpan.FromSeconds(1), Token);
        var later = await StatisticsAsync(stuck);

        // The kernel counts memory in batches, of which a program as small as this one has few; what would be freed is all of it.
        claim.Observe(
            paused.Memory >= running.Memory / 2 && later.Memory >= running.Memory / 2 && running.Memory > 0,
            "the container's memory use was the same before and during the pause");
        claim.Observe(later.Cpu == paused.Cpu, "a program in a busy loop used no CPU time in 1 s of pause");
        var still = await stuck.Container.GetProcessesAsync(laboratory.Engine, Token);
        claim.Observe(
            still.Select(p => p.HostPid).SequenceEqual(processes.Select(p => p.HostPid)) && (await stuck.InspectAsync()).Pid > 0,
            "its processes were all still in the process table, under the same numbers");
        laboratory.Conclude(claim, Verdict.True);
    }

    [Fact]
    public async Task C11_pausing_serves_to_free_the_CPU_to_debug_to_take_a_snapshot()
    {
        var claim = New("C11");
        await using var stuck = await StartStuckAsync();
        var (start, began) = (await StatisticsAsync(stuck), DateTime.UtcNow);
        await Task.Delay(TimeSpan.FromSeconds(1), Token);
        var busy = (await StatisticsAsync(stuck)).Cpu - start.Cpu;
        Assert.True(busy > (DateTime.UtcNow - began) / 10, "the loop was busy before the pause");

        await stuck.PauseAsync();

        var paused = await StatisticsAsync(stuck);
        await Task.Delay(TimeSpan.FromSeconds(1), Token);
        claim.Observe((await StatisticsAsync(stuck)).Cpu == paused.Cpu, "CPU: a program in a busy loop used none while it was paused");

        var changes = await stuck.Container.GetChangesAsync(laboratory.Engine, Token);
        var state = await stuck.ReadAsync("/state");
        claim.Observe(
            state == "half done\n" && changes.Any(change => change.Path == "/state"),
            "snapshot: `docker cp` and `docker diff` show the files of a paused container");
        claim.Observe(await CommitHasAsync(stuck, "/state", "half done\n"), "snapshot: `docker commit` makes an image of its files; it holds no memory");

        var refused = await Record.ExceptionAsync(() => stuck.Container.ExecAsync(["/bin/true"], Token));
        claim.Observe(refused is null, "debug: `docker exec` into a paused container " + (refused is null ? "works" : "is refused; only looking from outside works"));
        laboratory.Conclude(claim, Verdict.Conditional);
    }

    [Fact]
    public async Task C12_after_a_pause_the_processes_go_on()
    {
        var claim = New("C12");
        await using var graceful = await laboratory.StartAsync(Graceful);
        await RecordsAsync(graceful, 3);
        var before = await graceful.InspectAsync();
        await using var watch = laboratory.Engine.Watch(graceful.Container.Id);

        await graceful.PauseAsync();
        var records = await CountAsync(graceful, "/data/appended.log");
        await Task.Delay(TimeSpan.FromSeconds(1), Token);
        await graceful.UnpauseAsync();

        await RecordsAsync(graceful, records + 3);
        var after = await graceful.InspectAsync();
        claim.Observe(
            after.Running && after.Pid == before.Pid && after.StartedAt == before.StartedAt && watch.Events.All(e => e.Action is not ("die" or "kill")),
            "a writing program, paused for 1 s: the same process as before, no signal and no exit reported, and it wrote on");
        var exit = await graceful.StopAsync(LongGrace);
        claim.Observe(exit.ExitCode == 0 && await BufferedRecordsAsync(graceful) == "all", "stopped afterwards it saved what it had held in memory over the pause");
        laboratory.Conclude(claim, Verdict.True);
    }

    [Fact]
    public async Task C13_rm_removes_a_stopped_or_a_running_container()
    {
        var claim = New("C13");

        await using (var stopped = await laboratory.StartAsync(Graceful))
        {
            await stopped.StopAsync(LongGrace);
            await stopped.RemoveAsync();
            claim.Observe(await IsGoneAsync(stopped), "a stopped container was removed");
        }

        await using (var running = await laboratory.StartAsync(Graceful))
        {
            var refusal = await Record.ExceptionAsync(() => running.RemoveAsync());
            Assert.True(refusal is null or VerbRefusedException);
            claim.Observe(
                refusal is null,
                refusal is VerbRefusedException refused ? $"for a running one the engine refused ({(int)refused.StatusCode}), and it ran on" : "so was a running one");
            Assert.True((await running.InspectAsync()).Running);
            await running.RemoveAsync(force: true);
            claim.Observe(await IsGoneAsync(running), "with `-f` a running one was removed");
        }

        laboratory.Conclude(claim, Verdict.Conditional);
    }

    [Fact]
    public async Task C14_rm_of_a_running_container_tries_to_stop_it_first()
    {
        var claim = New("C14");
        await using var volume = await laboratory.CreateVolumeAsync();
        await using var running = await laboratory.StartAsync(Graceful, b => b.WithVolumeMount(volume.Name, "/data"));

        Assert.IsType<VerbRefusedException>(await Record.ExceptionAsync(() => running.RemoveAsync()));
        var log = await running.LogAsync();
        var heard = log.Contains("received", StringComparison.Ordinal);
        claim.Observe(heard, $"`rm` of a running container was refused, and its program got {(heard ? "a" : "no")} signal");

        var exit = await running.EndByAsync(c => c.RemoveAsync(force: true, engine: laboratory.Engine, cancellationToken: Token), LongGrace);
        var clean = await ReadVolumeAsync(volume, "clean-exit") is not null;
        claim.Observe(
            exit.Signals is ["SIGTERM", ..] || clean,
            $"`rm -f`: {Sent(exit)}, exit code {exit.ExitCode}; the program, which cleans up on SIGTERM, {(clean ? "did" : "could not")}");
        laboratory.Conclude(claim, laboratory.Engine.Profile.ForcedRemoveIsGraceful ? Verdict.Conditional : Verdict.False);
    }

    [Fact]
    public async Task C15_rm_frees_what_was_allocated()
    {
        var claim = New("C15");
        var network = await laboratory.Client.Networks.CreateNetworkAsync(
            new NetworksCreateParameters { Name = $"shutdownkit-claims-{Guid.NewGuid():N}", Driver = "bridge" }, Token);
        try
        {
            var name = $"shutdownkit-claims-{Guid.NewGuid():N}";
            await using var first = await StartNamedAsync(name, network.ID);
            await first.StopAsync(LongGrace);
            Assert.NotNull(await first.ReadAsync("/data/appended.log"));

            await first.RemoveAsync();

            claim.Observe(await IsGoneAsync(first), "configuration: the engine knows nothing of the container");
            claim.Observe(await first.ReadAsync("/data/appended.log") is null, "file system: its files cannot be read, which they could before");
            await using var second = await StartNamedAsync(name, network.ID);
            claim.Observe(second.Container.Id != first.Container.Id, "its name could be given to another container");
            await second.RemoveAsync(force: true);
            var left = await laboratory.Client.Networks.InspectNetworkAsync(network.ID, Token);
            claim.Observe(left.Containers.Count == 0, "network: no address of its network was taken any more");
        }
        finally
        {
            await laboratory.Client.Networks.DeleteNetworkAsync(network.ID, CancellationToken.None);
        }

        Assert.True(await AnonymousVolumeOutlivesAsync(volumes: false));
        Assert.False(await AnonymousVolumeOutlivesAsync(volumes: true));
        claim.Note("a volume, even an anonymous one, stayed; `rm -v` removed the anonymous one");
        laboratory.Conclude(claim, Verdict.True);
    }

    [Fact]
    public async Task C16_kill_leaves_the_container()
    {
        var claim = New("C16");
        await using var graceful = await laboratory.StartAsync(Graceful);
        await RecordsAsync(graceful, 3);

        var exit = await graceful.KillAsync();

        var state = await graceful.InspectAsync();
        claim.Observe(
            state is { Running: false, Status: "exited", ExitCode: 137, Pid: 0 },
            $"after the kill the container was there, {state.Status} with exit code {exit.ExitCode}, its files and log too");
        Assert.True(await CountAsync(graceful, "/data/appended.log") >= 3);
        await laboratory.Engine.StartAsync(graceful.Container.Id, Token);
        claim.Observe((await graceful.InspectAsync()).Running, "it could be started again");
        laboratory.Conclude(claim, Verdict.True);
    }

    [Fact]
    public async Task C17_rm_or_kill_loses_what_was_not_persisted()
    {
        var claim = New("C17");
        await using var volume = await laboratory.CreateVolumeAsync();
        // Each run says what it finds of the last one, before it writes.
        const string Script =
            "for f in /layer /tmpfs/file /volume/file; do [ -e $f ] && echo found $f; echo written > $f; done; echo ready; while :; do sleep 0.1; done";

        await using var container = await laboratory.StartScriptAsync(Script, Mounts);
        await container.KillAsync();
        await laboratory.Engine.StartAsync(container.Container.Id, Token);
        await EventuallyAsync(async () => (await container.LogAsync()).Split("ready").Length == 3, "the script has run a second time");
        var log = await container.LogAsync();
        var (layer, tmpfs) = (Found(log, "/layer"), Found(log, "/tmpfs/file"));
        claim.Observe(!layer, $"kill, then start: what was written to the container's own layer was {Fate(layer)}");
        claim.Observe(!tmpfs, $"kill, then start: what was written to a tmpfs was {Fate(tmpfs)}");

        await container.RemoveAsync(force: true);
        await using var fresh = await laboratory.StartScriptAsync(Script, Mounts);
        log = await fresh.LogAsync();
        var removed = Found(log, "/layer");
        claim.Observe(!removed, $"rm, then a new container: what was written to the layer was {Fate(removed)}");
        var kept = Found(log, "/volume/file");
        claim.Observe(kept, $"kill, then rm: what was written to a volume was {Fate(kept)}");
        laboratory.Conclude(claim, Verdict.Conditional);

        static bool Found(string log, string path) => log.Contains($"found {path}", StringComparison.Ordinal);
        static string Fate(bool found) => found ? "still there" : "gone";
        ContainerBuilder Mounts(ContainerBuilder b) => b.WithTmpfsMount("/tmpfs").WithVolumeMount(volume.Name, "/volume");
    }

    [Fact]
    public async Task C18_so_persist_what_matters_before()
    {
        var claim = New("C18");
        await using var volume = await laboratory.CreateVolumeAsync();

        await using (var persisting = await laboratory.StartAsync(Graceful, b => b.WithVolumeMount(volume.Name, "/data")))
        {
            await RecordsAsync(persisting, 5);
            var acknowledged = await CountAsync(persisting, "/data/appended.log");
            await persisting.RemoveAsync(force: true);
            var appended = Lines(await ReadVolumeAsync(volume, "appended.log"));
            claim.Observe(
                acknowledged >= 5 && appended >= acknowledged,
                "`rm -f` of a writing program: every record that it had written through to its volume was there");
            claim.Observe(
                Lines(await ReadVolumeAsync(volume, "buffered.log")) == 0,
                "of the same records, held in its buffer to be written later, none was there");
        }

        await using (var layered = await laboratory.StartAsync(Graceful))
        {
            await RecordsAsync(layered, 5);
            await layered.RemoveAsync(force: true);
            claim.Observe(await layered.ReadAsync("/data/appended.log") is null, "written through, but to the container's own layer: all gone");
        }

        laboratory.Conclude(claim, Verdict.True);
    }

    [Fact]
    public void Every_statement_has_its_test()
    {
        var tested = typeof(ClaimTests).GetMethods().Select(method => method.Name.Split('_')[0]).Where(Catalogue.Statements.ContainsKey);
        Assert.Equal(Catalogue.Statements.Keys, tested.Order(StringComparer.Ordinal));
    }

    private static Claim New(string id) => new(id, Catalogue.Statements[id]);

    private static string Sent(ContainerExit exit) => string.Join(", then ", exit.Signals);

    // Whole seconds: the evidence is published, and must be the same after every run.
    private static string Seconds(TimeSpan? duration) => duration switch
    {
        null => "an unknown time",
        { TotalSeconds: < 0.8 } => "less than 1 s",
        { } known => string.Create(CultureInfo.InvariantCulture, $"{Math.Round(known.TotalSeconds)} s"),
    };

    // Testcontainers' own stop names no time, so that the engine's default holds.
    private static Task<ContainerExit> StopWithoutTimeAsync(Specimen specimen) =>
        specimen.EndByAsync(container => container.StopAsync(Token), TimeSpan.FromSeconds(40));

    private Task<Specimen> StartStuckAsync() =>
        laboratory.StartScriptAsync("trap '' TERM; echo half done > /state; echo ready; while :; do :; done");

    private Task<Specimen> StartWritersAsync() =>
        laboratory.StartScriptAsync(
            "mkdir /data; for i in 1 2 3; do echo start > /data/$i; (while :; do echo more >> /data/$i; sleep 0.1; done) & done; echo ready; wait");

    private static async Task<IReadOnlyList<int>> WrittenAsync(Specimen writers)
    {
        var written = new List<int>();
        foreach (var file in new[] { "/data/1", "/data/2", "/data/3" })
            written.Add(await CountAsync(writers, file));
        return written;
    }

    private Task<Specimen> StartNamedAsync(string name, string networkId) =>
        laboratory.StartAsync(Graceful, b => b
            .WithName(name)
            .WithCreateParameterModifier(p => p.HostConfig!.NetworkMode = networkId));

    private static int Lines(string? text) => text?.Count(c => c == '\n') ?? 0;

    private static async Task<int> CountAsync(Specimen specimen, string path) => Lines(await specimen.ReadAsync(path));

    /// <summary>Waits until the program has written so many records.</summary>
    private static Task RecordsAsync(Specimen specimen, int count) =>
        EventuallyAsync(async () => await CountAsync(specimen, "/data/appended.log") >= count, $"{count} records are written");

    /// <summary>How many of the records are in the file that the program writes at its end only.</summary>
    private static async Task<string> BufferedRecordsAsync(Specimen specimen)
    {
        var written = await CountAsync(specimen, "/data/appended.log");
        var saved = await CountAsync(specimen, "/data/buffered.log");
        return saved == 0 ? "none" : saved == written ? "all" : $"{saved} of {written}";
    }

    private static async Task EventuallyAsync(Func<Task<bool>> condition, string what)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(Token);
        timeout.CancelAfter(TimeSpan.FromSeconds(20));
        while (!await condition())
        {
            Assert.False(timeout.IsCancellationRequested, $"within 20 s: {what}");
            await Task.Delay(TimeSpan.FromMilliseconds(100), Token);
        }
    }

    private async Task<bool> IsGoneAsync(Specimen specimen) =>
        await Record.ExceptionAsync(() => laboratory.Engine.InspectAsync(specimen.Container.Id, Token)) is ContainerGoneException;

    /// <summary>Counts which of the processes are alive on the engine's machine, seen from a container that shares its process table.</summary>
    private async Task<int> CountAliveAsync(IEnumerable<ContainerProcess> processes)
    {
        var probes = string.Concat(processes.Select(p => $"[ -d /proc/{p.HostPid} ] && echo alive; "));
        await using var probe = await laboratory.StartScriptAsync(
            $"{probes} echo ready; sleep 30", b => b.WithCreateParameterModifier(p => p.HostConfig!.PidMode = "host"));
        return (await probe.LogAsync()).Split("alive").Length - 1;
    }

    /// <summary>Reads a file of a volume that no container uses any more.</summary>
    private async Task<string?> ReadVolumeAsync(Volume volume, string file)
    {
        await using var reader = await laboratory.StartScriptAsync("echo ready; sleep 30", b => b.WithVolumeMount(volume.Name, "/volume"));
        return await reader.ReadAsync($"/volume/{file}");
    }

    /// <summary>Whether the anonymous volume of a container is still there after the container was removed.</summary>
    private async Task<bool> AnonymousVolumeOutlivesAsync(bool volumes)
    {
        await using var specimen = await laboratory.StartAsync(
            Graceful, b => b.WithCreateParameterModifier(p => p.Volumes = new Dictionary<string, EmptyStruct> { ["/data"] = default }));
        var name = Assert.Single((await specimen.InspectAsync()).Mounts, mount => mount.Anonymous).Name;
        await specimen.Container.RemoveAsync(force: true, volumes, laboratory.Engine, Token);
        var all = await laboratory.Client.Volumes.ListAsync(Token);
        if (all.Volumes?.Any(volume => volume.Name == name) != true)
            return false;
        await laboratory.Client.Volumes.RemoveAsync(name, force: false, Token);
        return true;
    }

    /// <summary>Makes an image of the container, and says whether a file is in it.</summary>
    private async Task<bool> CommitHasAsync(Specimen specimen, string path, string content)
    {
        var commit = await laboratory.Client.Images.CommitContainerChangesAsync(
            new CommitContainerChangesParameters
            {
                ContainerID = specimen.Container.Id,
                RepositoryName = $"shutdownkit-claims-{Guid.NewGuid():N}",
                Tag = "snapshot",
                Changes = ["ENTRYPOINT [\"/bin/sh\", \"-c\", \"echo ready; sleep 30\"]"],
            },
            Token);
        try
        {
            await using var copy = await laboratory.StartAsync(commit.ID);
            return await copy.ReadAsync(path) == content;
        }
        finally
        {
            await laboratory.Client.Images.DeleteImageAsync(commit.ID, new ImageDeleteParameters { Force = true }, CancellationToken.None);
        }
    }

    private async Task<(TimeSpan Cpu, ulong Memory)> StatisticsAsync(Specimen specimen)
    {
        var received = new TaskCompletionSource<ContainerStatsResponse>(TaskCreationOptions.RunContinuationsAsynchronously);
        await laboratory.Client.Containers.GetContainerStatsAsync(
            specimen.Container.Id, new ContainerStatsParameters { Stream = false }, new Receiver(received), Token);
        var statistics = await received.Task.WaitAsync(TimeSpan.FromSeconds(10), Token);
        Assert.NotNull(statistics.CPUStats?.CPUUsage);
        Assert.NotNull(statistics.MemoryStats?.Usage);
        return (TimeSpan.FromMicroseconds(statistics.CPUStats.CPUUsage.TotalUsage / 1000d), statistics.MemoryStats.Usage.Value);
    }

    private sealed class Receiver(TaskCompletionSource<ContainerStatsResponse> received) : IProgress<ContainerStatsResponse>
    {
        public void Report(ContainerStatsResponse value) => received.TrySetResult(value);
    }
}
