using ShutdownKit.TestKit.Engines;
using ShutdownKit.TestKit.Findings;
using ShutdownKit.TestKit.Scenarios;
using ShutdownKit.TestKit.Subjects;

namespace ShutdownKit.TestKit.Tests.Findings;

/// <summary>What each kind of finding says of observations that were made by hand.</summary>
public sealed class DiagnosisTests
{
    private static readonly ObservedProcess App = new(7, 1, "/app/orders", HandlesStopSignal: true);

    [Fact]
    public void A_clean_stop_has_no_finding() => Assert.Empty(Judge(CleanStop()));

    [Fact]
    public void An_observation_of_nothing_has_no_finding() => Assert.Empty(Judge(new Observation()));

    [Fact]
    public void SHT101_says_that_PID_1_has_no_handler()
    {
        var finding = Only(Judge(Escalated(new ObservedProcess(1, 0, "/app/console", HandlesStopSignal: false))));

        Assert.Equal("SHT101", finding.Id);
        Assert.StartsWith("SIGTERM reached '/app/console' (PID 1), which has no handler for it, and for PID 1 the kernel then drops it", finding.Message, StringComparison.Ordinal);
        Assert.Contains("the whole grace period of 2.0 s", finding.Message, StringComparison.Ordinal);
        Assert.Equal(["SHK1001", "SHK1002"], finding.Rules);
    }

    [Fact]
    public void SHT101_names_the_signal_that_the_image_asks_for()
    {
        var observation = Escalated(new ObservedProcess(1, 0, "/app/console", HandlesStopSignal: false));
        observation.StopSignal = "SIGQUIT";

        Assert.StartsWith("SIGQUIT reached", Only(Judge(observation)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void SHT102_names_the_shell_and_the_application()
    {
        var finding = Only(Judge(Escalated(new ObservedProcess(1, 0, "/bin/sh /entrypoint.sh", HandlesStopSignal: false), App)));

        Assert.Equal("SHT102", finding.Id);
        Assert.StartsWith(
            "SIGTERM reached '/bin/sh /entrypoint.sh' (PID 1), which did not pass it to '/app/orders' (PID 7); SIGKILL ended both", finding.Message, StringComparison.Ordinal);
        Assert.EndsWith("a script that does not exec the application; begin its last command with exec", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void SHT102_tells_a_shell_form_entry_point_from_a_script() =>
        Assert.Contains(
            "a shell-form ENTRYPOINT or CMD",
            Only(Judge(Escalated(new ObservedProcess(1, 0, "/bin/sh -c /app/orders | cat", HandlesStopSignal: false), App))).Message,
            StringComparison.Ordinal);

    [Fact]
    public void SHT102_is_about_other_wrappers_too() =>
        Assert.Equal("SHT102", Only(Judge(Escalated(new ObservedProcess(1, 0, "npm run start", HandlesStopSignal: true), App))).Id);

    [Fact]
    public void A_shell_that_is_the_application_itself_ignores_the_signal() =>
        Assert.Equal("SHT101", Only(Judge(Escalated(new ObservedProcess(1, 0, "/bin/sh /loop.sh", HandlesStopSignal: false)))).Id);

    [Fact]
    public void A_shell_that_only_sleeps_between_rounds_wraps_nothing() =>
        Assert.Equal(
            "SHT101",
            Only(Judge(Escalated(
                new ObservedProcess(1, 0, "/bin/sh /loop.sh", HandlesStopSignal: false), new ObservedProcess(9, 1, "sleep 1", HandlesStopSignal: false)))).Id);

    [Fact]
    public void A_shell_with_a_handler_that_is_not_done_in_time_swallows_nothing() =>
        Assert.Equal(
            "SHT103",
            Only(Judge(Escalated(
                new ObservedProcess(1, 0, "/bin/sh /loop.sh", HandlesStopSignal: true), new ObservedProcess(9, 1, "sleep 1", HandlesStopSignal: false)))).Id);

    [Fact]
    public void SHT103_says_that_the_handler_was_not_done()
    {
        var finding = Only(Judge(Escalated(App with { ContainerPid = 1 })));

        Assert.Equal("SHT103", finding.Id);
        Assert.StartsWith(
            "'/app/orders' (PID 1) has a handler for SIGTERM but had not ended when the grace period of 2.0 s was over", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void SHT103_claims_no_handler_where_none_could_be_seen()
    {
        Assert.StartsWith(
            "'/app/orders' (PID 1) had not ended after SIGTERM",
            Only(Judge(Escalated(new ObservedProcess(1, 0, "/app/orders", HandlesStopSignal: null)))).Message,
            StringComparison.Ordinal);
        Assert.StartsWith("PID 1 had not ended after SIGTERM", Only(Judge(Escalated())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void SHT103_says_that_the_stop_fell_on_a_paused_container()
    {
        var observation = Escalated(App with { ContainerPid = 1 });
        observation.StoppedWhilePaused = true;

        Assert.StartsWith("stopped while paused: ", Only(Judge(observation)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_escalated_stop_is_one_finding_although_its_exit_code_is_not_accepted_either()
    {
        var observation = Escalated(App with { ContainerPid = 1 });

        Assert.Equal(137, observation.ExitCode);
        Assert.Equal(["SHT103"], Judge(observation).Select(finding => finding.Id));
    }

    [Theory]
    [InlineData(143, "SIGTERM itself ended it: no handler ran, so no finally, no Dispose and no flush did")]
    [InlineData(139, "it crashed while it was stopping")]
    [InlineData(134, "it crashed while it was stopping")]
    [InlineData(137, "a SIGKILL that the engine did not send ended it")]
    [InlineData(3, "it ended by itself with this code; its log says more")]
    public void SHT104_says_what_the_exit_code_means(int code, string cause)
    {
        var observation = CleanStop();
        observation.ExitCode = code;

        var finding = Only(Judge(observation));

        Assert.Equal("SHT104", finding.Id);
        Assert.StartsWith($"the exit code after SIGTERM was {code}, not 0: {cause}", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void SHT104_tells_a_lack_of_memory_from_a_kill()
    {
        var observation = CleanStop();
        observation.ExitCode = 137;
        observation.OomKilled = true;

        Assert.Contains("it was killed for lack of memory", Only(Judge(observation)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void SHT104_quotes_the_last_word_of_the_log()
    {
        var observation = CleanStop();
        observation.ExitCode = 1;
        observation.LogTail = ["stopping", "  disk is gone "];

        Assert.EndsWith("(the last line of its log: disk is gone)", Only(Judge(observation)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void SHT104_is_silent_where_the_code_is_accepted()
    {
        var observation = CleanStop();
        observation.ExitCode = 143;

        Assert.Empty(Judge(observation, app => app.AcceptExitCode(0).AcceptExitCode(143)));
        Assert.Contains("not 3 or 4", Only(Judge(observation, app => app.AcceptExitCode(3).AcceptExitCode(4))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void SHT104_knows_the_code_of_the_signal_that_the_image_asks_for()
    {
        var observation = CleanStop();
        observation.StopSignal = "SIGINT";
        observation.ExitCode = 130;

        Assert.Contains("SIGINT itself ended it", Only(Judge(observation)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_exit_code_of_a_kill_does_not_count() =>
        Assert.Empty(Judge(new Observation { Blow = "SIGKILL", ExitCode = 137, Signals = ["SIGKILL"], Acknowledged = 3, Survived = 3 }));

    [Fact]
    public void SHT105_compares_the_stop_with_its_budget()
    {
        var observation = CleanStop();
        observation.StopDuration = TimeSpan.FromMilliseconds(1500);

        var finding = Only(Judge(observation, app => app.WithStopBudget(TimeSpan.FromMilliseconds(500))));

        Assert.Equal("SHT105", finding.Id);
        Assert.StartsWith("the stop took 1.5 s, and 0.5 s are allowed", finding.Message, StringComparison.Ordinal);
        Assert.Empty(Judge(observation, app => app.WithStopBudget(TimeSpan.FromMilliseconds(1500))));
    }

    [Fact]
    public void SHT201_counts_what_is_lost_and_names_some()
    {
        var finding = Only(Judge(After("SIGKILL", acknowledged: 20, lost: 7)));

        Assert.Equal("SHT201", finding.Id);
        Assert.StartsWith("7 of 20 acknowledged writes are gone after SIGKILL: they were acknowledged while they were only in the memory", finding.Message, StringComparison.Ordinal);
        Assert.EndsWith("lost: r1, r2, r3, r4, r5, … (7 in all)", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void SHT201_says_all_when_all_are_lost() =>
        Assert.StartsWith("all 4 acknowledged writes are gone after SIGTERM", Only(Judge(After("SIGTERM", 4, 4))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("SIGKILL", "which SIGKILL ends without a chance to flush")]
    [InlineData("rm -f", "which SIGKILL ends without a chance to flush")]
    [InlineData("SIGTERM and SIGKILL", "which SIGKILL ends without a chance to flush")]
    [InlineData("SIGTERM", "it did not write them out when it was told to stop")]
    [InlineData("stop, then rm", "it did not write them out when it was told to stop")]
    public void SHT201_blames_the_memory_by_how_it_ended(string blow, string cause) =>
        Assert.Contains(cause, Only(Judge(After(blow, 4, 2))).Message, StringComparison.Ordinal);

    [Fact]
    public void SHT201_blames_the_containers_own_layer()
    {
        var observation = After("stop, then rm", 4, 4);
        observation.WrittenOutsideVolumes = ["/srv/orders.db"];

        var findings = Judge(observation);

        Assert.Equal(["SHT201", "SHT401"], findings.Select(finding => finding.Id));
        Assert.Contains("it writes to the container's own layer (/srv/orders.db), which goes with the container", findings[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void SHT201_blames_a_volume_that_nobody_named()
    {
        var observation = After("rm -f", 4, 4);
        observation.AnonymousVolumes = ["/var/lib/app"];

        Assert.Contains(
            "the image declares a volume at /var/lib/app, nothing named is mounted there, and a fresh container gets a new, empty one",
            Only(Judge(observation, app => app, volumes: [])).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void SHT202_names_the_phantoms()
    {
        var finding = Only(Judge(new Observation { Blow = "SIGTERM", Acknowledged = 1, Survived = 1, Phantom = ["ghost"] }));

        Assert.Equal(("SHT202", "1 record is there after SIGTERM that nobody wrote: ghost"), (finding.Id, finding.Message));
    }

    [Fact]
    public void SHT203_names_the_damaged()
    {
        var finding = Only(Judge(new Observation { Blow = "SIGKILL", Acknowledged = 2, Survived = 1, Torn = ["r2"] }));

        Assert.Equal("SHT203", finding.Id);
        Assert.StartsWith("1 record is there after SIGKILL, but damaged", finding.Message, StringComparison.Ordinal);
        Assert.EndsWith(": r2", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void SHT301_counts_the_writes_that_cannot_be_read_back()
    {
        var finding = Only(Judge(new Observation { Blow = "SIGKILL", Acknowledged = 12, RestartFailure = "it ended with exit code 7 before it was ready" }));

        Assert.Equal(
            ("SHT301", "after SIGKILL it does not start again on its own data: it ended with exit code 7 before it was ready; none of its 12 acknowledged writes can be read back"),
            (finding.Id, finding.Message));
    }

    [Fact]
    public void SHT301_speaks_of_no_writes_where_there_were_none() =>
        Assert.DoesNotContain("acknowledged", Only(Judge(new Observation { Blow = "SIGKILL", RestartFailure = "it ended" })).Message, StringComparison.Ordinal);

    [Fact]
    public void SHT302_says_what_happened_instead_of_going_on() =>
        Assert.Equal(
            "after pause and unpause it did not go on: it ended",
            Only(Judge(new Observation { Blow = "pause and unpause", ResumeFailure = "it ended" })).Message);

    [Fact]
    public void SHT401_names_the_paths() =>
        Assert.Equal(
            "written to the container's own layer, in no volume, and so gone with docker rm: /srv/a, /srv/b (mount a volume there, or declare the path disposable)",
            Only(Judge(new Observation { Blow = "rm -f", WrittenOutsideVolumes = ["/srv/a", "/srv/b"] })).Message);

    [Fact]
    public void Ids_are_stable_and_unique()
    {
        Assert.Equal(
            ["SHT101", "SHT102", "SHT103", "SHT104", "SHT105", "SHT201", "SHT202", "SHT203", "SHT301", "SHT302", "SHT401"],
            FindingDefinition.All.Select(definition => definition.Id));
        Assert.All(FindingDefinition.All, definition => Assert.All(definition.Rules, rule => Assert.Matches("^SHK[0-9]{4}$", rule)));
    }

    private static Observation CleanStop() => new()
    {
        StopWasAsked = true,
        ExitCode = 0,
        Signals = ["SIGTERM"],
        StopDuration = TimeSpan.FromMilliseconds(40),
        Blow = "SIGTERM",
        Acknowledged = 10,
        Survived = 10,
        Processes = [App with { ContainerPid = 1 }],
    };

    private static Observation Escalated(params ObservedProcess[] processes) => new()
    {
        StopWasAsked = true,
        Escalated = true,
        ExitCode = 137,
        Signals = ["SIGTERM", "SIGKILL"],
        StopDuration = TimeSpan.FromSeconds(2.1),
        Blow = "SIGTERM and SIGKILL",
        Processes = processes,
    };

    private static Observation After(string blow, int acknowledged, int lost) => new()
    {
        Blow = blow,
        Acknowledged = acknowledged,
        Survived = acknowledged - lost,
        Lost = [.. Enumerable.Range(1, lost).Select(n => $"r{n}")],
    };

    private static IReadOnlyList<Finding> Judge(Observation observation, Func<SubjectBuilder, SubjectBuilder>? configure = null, string[]? volumes = null)
    {
        var builder = new SubjectBuilder().FromImage("app").WithGracePeriod(TimeSpan.FromSeconds(2));
        foreach (var volume in volumes ?? ["/data"])
        {
            builder.WithVolume(volume);
        }

        return FindingDefinition.JudgeAll(observation, (configure?.Invoke(builder) ?? builder).Build());
    }

    private static Finding Only(IReadOnlyList<Finding> findings) => Assert.Single(findings);
}
