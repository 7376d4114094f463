using ShutdownKit.TestKit.Scenarios;
using ShutdownKit.TestKit.Subjects;

namespace ShutdownKit.TestKit.Tests.Containers;

/// <summary>A subject that cannot be judged is inconclusive, with a message that says why. <see cref="EngineFixture.RunAsync"/> sees to it that nothing is left.</summary>
[Trait("Category", "Engine")]
public sealed class BadSubjectTests(EngineFixture engine) : IClassFixture<EngineFixture>
{
    [Theory(Timeout = EngineFixture.Timeout)]
    [InlineData("stop")]
    [InlineData("rm")]
    public async Task A_container_that_exits_at_once(string scenario) =>
        Expect.Inconclusive(
            await engine.RunAsync(scenario, ShellApp.UnderLoad("echo 'no configuration'; exit 5")),
            "it ended with exit code 5 before it was ready", "no configuration");

    [Fact(Timeout = EngineFixture.Timeout)]
    public async Task A_container_that_exits_at_once_and_says_nothing() =>
        Expect.Inconclusive(await engine.RunAsync("stop", ShellApp.UnderLoad("exit 0")), "it ended with exit code 0 before it was ready; it logged nothing");

    [Fact(Timeout = EngineFixture.Timeout)]
    public async Task A_command_that_does_not_exist() =>
        Expect.Inconclusive(
            await engine.RunAsync("kill", ShellApp.UnderLoad("").WithCommand("/no/such/program")),
            "the engine could not start the container", "/no/such/program");

    [Fact(Timeout = EngineFixture.Timeout)]
    public async Task A_subject_that_is_never_ready() =>
        Expect.Inconclusive(
            await engine.RunAsync(
                "stop", ShellApp.UnderLoad("echo warming up; " + ShellApp.WellBehaved).ReadyWhen(LogLine.Matches("^listening")).WithReadyTimeout(TimeSpan.FromSeconds(2))),
            "it was not ready within 2 s", "the log has a line that matches '^listening'", "warming up");

    [Fact(Timeout = EngineFixture.Timeout)]
    public async Task A_port_that_nobody_listens_on() =>
        Expect.Inconclusive(
            await engine.RunAsync("stop", ShellApp.Running(ShellApp.WellBehaved).ReadyWhen(Tcp.Accepts(8080)).WithReadyTimeout(TimeSpan.FromSeconds(2))),
            "it was not ready within 2 s", "port 8080 accepts a connection");

    [Fact(Timeout = EngineFixture.Timeout)]
    public async Task A_probe_command_that_fails() =>
        Expect.Inconclusive(
            await engine.RunAsync(
                "stop", ShellApp.Running(ShellApp.WellBehaved).ReadyWhen(ExecCommand.Succeeds("echo 'not yet' >&2; exit 4")).WithReadyTimeout(TimeSpan.FromSeconds(2))),
            "exit status 4", "not yet");

    [Fact(Timeout = EngineFixture.Timeout)]
    public async Task A_subject_that_ends_by_itself_under_load() =>
        Expect.Inconclusive(
            await engine.RunAsync("kill", ShellApp.UnderLoad("echo ready; until [ -s /data/log ]; do sleep 0.05; done; echo 'out of ideas'; exit 6").ReadyWhen(LogLine.Matches("^ready$"))),
            "it ended with exit code 6 by itself under load, before anything was done to it", "out of ideas");

    [Fact(Timeout = EngineFixture.Timeout)]
    public async Task An_image_that_is_not_there()
    {
        var app = new SubjectBuilder().FromImage($"shutdownkit-test/missing-{Guid.NewGuid():N}").Build();

        var missing = await Assert.ThrowsAsync<ImageUnavailableException>(
            () => new ShutdownRunner(engine.Engine).RunAsync(app, Scenario.All, cancellationToken: TestContext.Current.CancellationToken));

        Assert.StartsWith($"the engine has no image '{app.Image}', and it could not be pulled: ", missing.Message, StringComparison.Ordinal);
    }
}

/// <summary>The same of writers and readers.</summary>
[Trait("Category", "Engine")]
public sealed class BadWorkloadTests(EngineFixture engine) : IClassFixture<EngineFixture>
{
    [Fact(Timeout = EngineFixture.Timeout)]
    public Task A_writer_that_fails() =>
        ExpectInconclusiveAsync("echo 'cannot connect' >&2; exit 2", ShellApp.Reader, "the writer ended with exit status 2 and acknowledged nothing; it said: cannot connect");

    [Fact(Timeout = EngineFixture.Timeout)]
    public Task A_writer_that_does_not_exist() =>
        ExpectInconclusiveAsync("/no/such/writer", ShellApp.Reader, "the writer ended with exit status 127 and acknowledged nothing", "/no/such/writer");

    [Fact(Timeout = EngineFixture.Timeout)]
    public Task A_writer_that_ends_and_acknowledges_nothing() =>
        ExpectInconclusiveAsync("true", ShellApp.Reader, "the writer ended with exit status 0 and acknowledged nothing");

    [Fact(Timeout = EngineFixture.Timeout)]
    public Task A_writer_that_prints_messages() =>
        ExpectInconclusiveAsync("echo 'saved record 1'; sleep 60", ShellApp.Reader, "the writer printed 'saved record 1', which is no id");

    [Fact(Timeout = EngineFixture.Timeout)]
    public Task A_writer_that_prints_bytes() =>
        ExpectInconclusiveAsync("printf '\\001\\377\\n'; sleep 60", ShellApp.Reader, "the writer printed '\\x01\uFFFD', which is no id");

    [Fact(Timeout = EngineFixture.Timeout)]
    public Task A_writer_whose_line_never_ends() =>
        ExpectInconclusiveAsync("head -c 9000 /dev/zero | tr '\\0' x; echo; sleep 60", ShellApp.Reader, "the writer printed 'xxxx", "which is no id");

    [Fact(Timeout = EngineFixture.Timeout)]
    public Task A_writer_for_each_record_that_never_succeeds() =>
        ExpectInconclusiveAsync("echo 'no {n} here' >&2; exit 1", ShellApp.Reader, "the writer acknowledged nothing within 20 s");

    [Fact(Timeout = EngineFixture.Timeout)]
    public Task A_writer_for_each_record_that_does_not_exist() =>
        ExpectInconclusiveAsync("/no/such/writer {n}", ShellApp.Reader, "the writer cannot be run (exit status 127)");

    [Fact(Timeout = EngineFixture.Timeout)]
    public Task A_reader_that_fails() =>
        ExpectInconclusiveAsync(ShellApp.Writer, "echo 'cannot read' >&2; exit 3", "the reader ended with exit status 3; it said: cannot read");

    [Fact(Timeout = EngineFixture.Timeout)]
    public Task A_reader_that_prints_messages() =>
        ExpectInconclusiveAsync(ShellApp.Writer, "echo '7 records'", "the reader printed '7 records', which is no id");

    [Fact(Timeout = EngineFixture.Timeout)]
    public Task A_reader_that_does_not_exist_for_each_record() =>
        ExpectInconclusiveAsync(ShellApp.Writer, "/no/such/reader {n}", "the reader cannot be run (exit status 127)");

    [Fact(Timeout = EngineFixture.Timeout)]
    public Task A_reader_that_speaks_of_other_records() =>
        ExpectInconclusiveAsync(
            ShellApp.Writer, "sed s/^/order-/ /data/log", "writer and reader do not speak of the same records", "(for instance 'r1')");

    [Fact(Timeout = EngineFixture.Timeout)]
    public Task A_reader_for_each_record_that_never_finds_one() =>
        ExpectInconclusiveAsync("touch /data/{n}", "test -e /data/order-{n}", "writer and reader do not speak of the same records");

    private async Task ExpectInconclusiveAsync(string writer, string reader, params string[] parts) =>
        Expect.Inconclusive(await engine.RunAsync("kill", ShellApp.Running(ShellApp.WellBehaved).WithWorkload(writer, reader)), parts);
}

/// <summary>The same of writers that hang, apart because each takes its time, and of volumes.</summary>
[Trait("Category", "Engine")]
public sealed class HangingWorkloadTests(EngineFixture engine) : IClassFixture<EngineFixture>
{
    [Fact(Timeout = EngineFixture.Timeout)]
    public async Task A_writer_that_hangs() =>
        Expect.Inconclusive(
            await engine.RunAsync("stop", ShellApp.Running(ShellApp.WellBehaved).WithWorkload("sleep 600", ShellApp.Reader)),
            "the writer acknowledged nothing within 20 s, and is still running");

    [Fact(Timeout = EngineFixture.Timeout)]
    public async Task A_writer_on_the_host_that_hangs_is_ended()
    {
        var mark = Path.Combine(Path.GetTempPath(), $"shutdownkit-{Guid.NewGuid():N}");
        try
        {
            var app = ShellApp.Running(ShellApp.WellBehaved).WithWorkload($"host:echo $$ > {mark}; exec sleep 600", ShellApp.Reader);

            Expect.Inconclusive(await engine.RunAsync("stop", app), "the writer acknowledged nothing within 20 s, and is still running");

            Assert.False(Directory.Exists("/proc/" + (await File.ReadAllTextAsync(mark, TestContext.Current.CancellationToken)).Trim()));
        }
        finally
        {
            File.Delete(mark);
        }
    }

    [Fact(Timeout = EngineFixture.Timeout)]
    public async Task A_volume_that_the_application_cannot_write_to()
    {
        await using var image = await UnprivilegedImage.BuildAsync(engine.Engine);

        Expect.Inconclusive(
            await engine.RunAsync("stop", ShellApp.UnderLoad(ShellApp.WellBehaved).FromImage(image.Name)),
            "acknowledged nothing", "the volume at /data belongs to root, and the application runs as user '1654', who cannot write there");
    }
}
