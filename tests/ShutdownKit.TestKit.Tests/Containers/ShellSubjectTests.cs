using ShutdownKit.TestKit.Findings;
using ShutdownKit.TestKit.Subjects;

namespace ShutdownKit.TestKit.Tests.Containers;

/// <summary>What the kit says of subjects with one property each: of how they stop.</summary>
[Trait("Category", "Engine")]
public sealed class StopOfShellSubjectTests(EngineFixture engine) : IClassFixture<EngineFixture>
{
    [Fact(Timeout = EngineFixture.Timeout)]
    public async Task A_subject_that_ends_on_SIGTERM_passes()
    {
        var result = Expect.Passes(await engine.RunAsync("stop", ShellApp.UnderLoad(ShellApp.WellBehaved)));

        Assert.Equal(["SIGTERM"], result.Observation.Signals);
        Assert.Equal(0, result.Observation.ExitCode);
        Assert.InRange(result.Observation.StopDuration!.Value, TimeSpan.Zero, ShellApp.Grace);
    }

    [Fact(Timeout = EngineFixture.Timeout)]
    public async Task An_exit_code_that_is_not_accepted_is_a_finding()
    {
        var finding = Assert.Single(Expect.Fails(await engine.RunAsync("stop", ShellApp.UnderLoad("trap 'echo no disk; exit 3' TERM; " + ShellApp.Loop)), "SHT104"));

        Assert.Contains("the exit code after SIGTERM was 3, not 0", finding.Message, StringComparison.Ordinal);
        Assert.Contains("no disk", finding.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = EngineFixture.Timeout)]
    public async Task An_exit_code_that_is_accepted_is_none() =>
        Expect.Passes(await engine.RunAsync("stop", ShellApp.UnderLoad("trap 'exit 3' TERM; " + ShellApp.Loop).AcceptExitCode(3)));

    [Fact(Timeout = EngineFixture.Timeout)]
    public async Task A_stop_over_its_budget_is_a_finding()
    {
        var app = ShellApp.UnderLoad("trap 'sleep 1.2; exit 0' TERM; " + ShellApp.Loop).WithGracePeriod(TimeSpan.FromSeconds(20));

        var result = await engine.RunAsync("stop", app.WithStopBudget(TimeSpan.FromMilliseconds(500)));

        Expect.Fails(result, "SHT105");
        Assert.InRange(result.Observation.StopDuration!.Value, TimeSpan.FromSeconds(1.2), TimeSpan.FromSeconds(19));
    }

    [Fact(Timeout = EngineFixture.Timeout)]
    public async Task A_clean_up_that_is_longer_than_the_grace_period_is_cut_short()
    {
        var result = await engine.RunAsync("stop", ShellApp.Running("trap 'sleep 60; exit 0' TERM; " + ShellApp.Loop).StoringNothing());

        var finding = Assert.Single(Expect.Fails(result, "SHT103"));
        Assert.Contains("has a handler for SIGTERM but had not ended", finding.Message, StringComparison.Ordinal);
        Assert.Equal(["SIGTERM", "SIGKILL"], result.Observation.Signals);
    }

    [Fact(Timeout = EngineFixture.Timeout)]
    public async Task A_script_without_a_trap_ignores_SIGTERM() =>
        Expect.Fails(await engine.RunAsync("stop", ShellApp.Running("while :; do sleep 0.2; done").StoringNothing()), "SHT101");

    [Fact(Timeout = EngineFixture.Timeout)]
    public async Task A_subject_that_stores_nothing_passes_without_a_workload() =>
        Expect.Passes(await engine.RunAsync("stop", ShellApp.Running(ShellApp.WellBehaved).StoringNothing()));

    [Fact(Timeout = EngineFixture.Timeout)]
    public async Task Without_a_workload_a_pass_says_what_it_leaves_open()
    {
        var result = await engine.RunAsync("stop", ShellApp.Running(ShellApp.WellBehaved));

        Assert.Equal((Verdict.Pass, "persistence was not checked: there is no writer and reader"), (result.Verdict, result.Reason));
    }
}

/// <summary>What the kit says of subjects with one property each: of what becomes of their records.</summary>
[Trait("Category", "Engine")]
public sealed class RecordsOfShellSubjectTests(EngineFixture engine) : IClassFixture<EngineFixture>
{
    /// <summary>Does something to the records at every start but the first.</summary>
    private static string AtNextStart(string command) => $"[ -e /data/started ] && {{ {command}; }}; touch /data/started; {ShellApp.WellBehaved}";

    [Fact(Timeout = EngineFixture.Timeout)]
    public async Task A_record_that_is_cut_off_is_torn()
    {
        // Ids of one length: what is left of the last one is none of the others.
        const string Writer = "i=1000; while :; do i=$((i+1)); echo record-$i >> /data/log && echo record-$i; sleep 0.02; done";
        var app = ShellApp.Running(AtNextStart("truncate -s -3 /data/log")).WithWorkload(Writer, ShellApp.Reader + "; echo");

        var result = await engine.RunAsync("kill", app);

        Expect.Fails(result, "SHT203");
        Assert.StartsWith("record-1", Assert.Single(result.Observation.Torn), StringComparison.Ordinal);
        Assert.Equal(result.Observation.Acknowledged - 1, result.Observation.Survived);
    }

    [Fact(Timeout = EngineFixture.Timeout)]
    public async Task A_record_that_the_reader_calls_torn_is_torn()
    {
        var app = ShellApp.Running(AtNextStart("sed -i '2s/^/torn /' /data/log")).WithWorkload(ShellApp.Writer, ShellApp.Reader);

        var result = await engine.RunAsync("stop", app);

        Expect.Fails(result, "SHT203");
        Assert.Equal(["r2"], result.Observation.Torn);
    }

    [Fact(Timeout = EngineFixture.Timeout)]
    public async Task A_record_that_nobody_wrote_is_a_phantom()
    {
        var app = ShellApp.Running(AtNextStart("echo ghost >> /data/log")).WithWorkload("echo {n} >> /data/log", ShellApp.Reader);

        var result = await engine.RunAsync("kill", app);

        Expect.Fails(result, "SHT202");
        Assert.Equal(["ghost"], result.Observation.Phantom);
    }

    [Fact(Timeout = EngineFixture.Timeout)]
    public async Task Records_that_a_start_throws_away_are_lost()
    {
        var result = await engine.RunAsync("stop", ShellApp.UnderLoad(AtNextStart("sed -i 1,2d /data/log")));

        var finding = Assert.Single(Expect.Fails(result, "SHT201"));
        Assert.Equal(["r1", "r2"], result.Observation.Lost);
        Assert.StartsWith($"2 of {result.Observation.Acknowledged} acknowledged writes are gone after SIGTERM", finding.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = EngineFixture.Timeout)]
    public async Task A_writer_and_a_reader_may_be_called_once_per_record() =>
        Expect.Passes(await engine.RunAsync("kill", ShellApp.Running(ShellApp.WellBehaved).WithWorkload("touch /data/{n}", "test -e /data/{n}")));

    [Fact(Timeout = EngineFixture.Timeout)]
    public async Task A_record_that_a_reader_for_each_does_not_find_is_lost()
    {
        var app = ShellApp.Running(AtNextStart("rm /data/1")).WithWorkload("touch /data/{n}", "test -e /data/{n}");

        var result = await engine.RunAsync("stop", app);

        Expect.Fails(result, "SHT201");
        Assert.Equal(["1"], result.Observation.Lost);
    }

    [Fact(Timeout = EngineFixture.Timeout)]
    public async Task What_was_in_the_volume_before_is_no_phantom()
    {
        var app = ShellApp.Running("[ -e /data/log ] || echo seed > /data/log; " + ShellApp.WellBehaved).WithWorkload("echo {n} >> /data/log", ShellApp.Reader);

        Expect.Passes(await engine.RunAsync("stop", app));
    }
}

/// <summary>What the kit says of subjects with one property each: of kill, pause and rm.</summary>
[Trait("Category", "Engine")]
public sealed class BlowsOnShellSubjectsTests(EngineFixture engine) : IClassFixture<EngineFixture>
{
    [Theory(Timeout = EngineFixture.Timeout)]
    [InlineData("kill")]
    [InlineData("pause")]
    [InlineData("rm")]
    public async Task A_subject_that_keeps_its_records_passes(string scenario) =>
        Expect.Passes(await engine.RunAsync(scenario, ShellApp.UnderLoad(ShellApp.WellBehaved)));

    [Theory(Timeout = EngineFixture.Timeout)]
    [InlineData("stop", "SIGTERM")]
    [InlineData("kill", "SIGKILL")]
    [InlineData("rm", "rm -f")]
    public async Task A_lock_that_outlives_its_process_is_a_finding(string scenario, string blow)
    {
        var app = ShellApp.UnderLoad("[ -e /data/lock ] && { echo 'somebody has the lock'; exit 7; }; touch /data/lock; " + ShellApp.WellBehaved);

        var result = await engine.RunAsync(scenario, app);

        var finding = Assert.Single(Expect.Fails(result, "SHT301"));
        Assert.StartsWith(
            $"after {blow} it does not start again on its own data: it ended with exit code 7 before it was ready; the end of its log: ", finding.Message, StringComparison.Ordinal);
        Assert.Contains("somebody has the lock", finding.Message, StringComparison.Ordinal);
        Assert.EndsWith($"; none of its {result.Observation.Acknowledged} acknowledged writes can be read back", finding.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = EngineFixture.Timeout)]
    public async Task A_subject_that_ends_while_its_records_are_read_back_does_not_start_again()
    {
        // It looks well for longer than the kit waits where nobody said what ready means, and then finds out about its data.
        var app = ShellApp.Running("if [ -e /data/lock ]; then sleep 2; echo 'the data is damaged'; exit 7; fi; touch /data/lock; " + ShellApp.WellBehaved)
            .WithWorkload(ShellApp.Writer, "[ $(ls /data/lock) ] && sleep 5; " + ShellApp.Reader);

        Expect.Fails(await engine.RunAsync("kill", app), "SHT301");
    }

    [Fact(Timeout = EngineFixture.Timeout)]
    public async Task A_subject_that_does_not_bear_a_gap_in_time_does_not_resume()
    {
        const string Watchdog = "last=$(date +%s); while :; do now=$(date +%s); [ $((now - last)) -ge 3 ] && { echo 'a gap in time'; exit 9; }; last=$now; sleep 0.2 & wait $!; done";

        var result = await engine.RunAsync("pause", ShellApp.UnderLoad("trap 'exit 0' TERM; " + Watchdog));

        var finding = Assert.Single(Expect.Fails(result, "SHT302"));
        Assert.Contains("exit code 9", finding.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = EngineFixture.Timeout)]
    public async Task State_outside_every_volume_is_a_finding()
    {
        var result = await engine.RunAsync("rm", ShellApp.UnderLoad("mkdir -p /srv/app; echo 1 > /srv/app/state; echo 2 > /tmp/scratch; " + ShellApp.WellBehaved));

        Expect.Fails(result, "SHT401");
        Assert.Equal(["/srv/app/state"], result.Observation.WrittenOutsideVolumes);
    }

    [Fact(Timeout = EngineFixture.Timeout)]
    public async Task State_that_was_declared_disposable_is_none() =>
        Expect.Passes(await engine.RunAsync(
            "rm", ShellApp.UnderLoad("mkdir -p /srv/app; echo 1 > /srv/app/state; " + ShellApp.WellBehaved).WithDisposable("/srv")));

    [Fact(Timeout = EngineFixture.Timeout)]
    public async Task Records_in_the_containers_own_layer_are_lost_with_it()
    {
        var app = ShellApp.Running("mkdir -p /srv; " + ShellApp.WellBehaved)
            .WithWorkload("i=0; while :; do i=$((i+1)); echo r$i >> /srv/log && echo r$i; sleep 0.02; done", "cat /srv/log || true");

        var result = await engine.RunAsync("rm", app);

        var findings = Expect.Fails(result, "SHT201", "SHT401");
        Assert.StartsWith($"all {result.Observation.Acknowledged} acknowledged writes are gone after rm -f: it writes to the container's own layer (/srv/log)", findings[0].Message, StringComparison.Ordinal);
    }

    [Theory(Timeout = EngineFixture.Timeout)]
    [InlineData("kill")]
    [InlineData("rm")]
    public async Task Without_a_workload_persistence_is_not_said_to_be_fine(string scenario)
    {
        var result = await engine.RunAsync(scenario, ShellApp.Running(ShellApp.WellBehaved));

        Assert.Equal(Verdict.Skipped, result.Verdict);
        Assert.Contains("without a writer and a reader", result.Reason, StringComparison.Ordinal);
    }
}
