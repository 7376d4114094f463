using ShutdownKit.TestKit.Subjects;
using ShutdownKit.TestKit.Workloads;

namespace ShutdownKit.TestKit.Tests.Subjects;

public sealed class SubjectBuilderTests
{
    [Fact]
    public void What_nobody_said_has_the_documented_default()
    {
        var subject = new SubjectBuilder().FromImage("app").Build();

        Assert.Equal("app", subject.Image);
        Assert.Empty(subject.Command);
        Assert.Empty(subject.Volumes);
        Assert.Empty(subject.Ports);
        Assert.Equal(TimeSpan.FromSeconds(10), subject.GracePeriod);
        Assert.Equal(TimeSpan.FromSeconds(10), subject.StopBudget);
        Assert.Equal(TimeSpan.FromSeconds(60), subject.ReadyTimeout);
        Assert.Equal([0], subject.AcceptedExitCodes);
        Assert.Equal(DurabilityLevel.Process, subject.Durability);
        Assert.Null(subject.Workload);
        Assert.False(subject.Stateless);
        Assert.Contains("/tmp", subject.DisposablePaths);
    }

    [Fact]
    public void A_subject_without_an_image_is_refused() =>
        Assert.Equal(
            "the subject has no image: call FromImage",
            Assert.Throws<InvalidOperationException>(() => new SubjectBuilder().Build()).Message);

    [Fact]
    public void A_subject_that_stores_nothing_has_no_workload() =>
        Assert.Equal(
            "the subject is said to store nothing, and has a workload: one of them must go",
            Assert.Throws<InvalidOperationException>(() => new SubjectBuilder().FromImage("app").StoringNothing().WithWorkload("w", "r").Build()).Message);

    [Theory]
    [InlineData("data")]
    [InlineData("./data")]
    [InlineData("")]
    [InlineData("C:\\data")]
    [InlineData("/data/../etc")]
    public void A_volume_is_named_by_its_full_path(string path)
    {
        var refusal = Assert.Throws<ArgumentException>(() => new SubjectBuilder().WithVolume(path));

        Assert.StartsWith($"'{path}' is no absolute path: a volume is named by its full path in the container, for instance /data", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("//")]
    public void A_volume_cannot_replace_the_root_directory(string path) =>
        Assert.StartsWith(
            "a volume cannot be mounted over the root directory",
            Assert.Throws<ArgumentException>(() => new SubjectBuilder().WithVolume(path)).Message,
            StringComparison.Ordinal);

    [Fact]
    public void A_volume_named_twice_is_one() =>
        Assert.Equal(["/data"], new SubjectBuilder().FromImage("app").WithVolume("/data").WithVolume("/data/").Build().Volumes);

    [Fact]
    public void A_disposable_path_is_named_by_its_full_path() =>
        Assert.StartsWith(
            "'cache' is no absolute path: a disposable path is named by its full path in the container",
            Assert.Throws<ArgumentException>(() => new SubjectBuilder().WithDisposable("cache")).Message,
            StringComparison.Ordinal);

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(65536)]
    public void What_is_no_port_is_refused(int port) => Assert.Throws<ArgumentOutOfRangeException>(() => new SubjectBuilder().WithPort(port));

    [Theory]
    [InlineData(-1)]
    [InlineData(256)]
    public void What_is_no_exit_code_is_refused(int code) => Assert.Throws<ArgumentOutOfRangeException>(() => new SubjectBuilder().AcceptExitCode(code));

    [Theory]
    [InlineData(-1)]
    [InlineData(86_401)]
    public void What_is_no_grace_period_is_refused(int seconds) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new SubjectBuilder().WithGracePeriod(TimeSpan.FromSeconds(seconds)));

    [Fact]
    public void Budgets_and_time_outs_are_positive()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new SubjectBuilder().WithStopBudget(TimeSpan.Zero));
        Assert.Throws<ArgumentOutOfRangeException>(() => new SubjectBuilder().WithReadyTimeout(TimeSpan.Zero));
    }

    [Theory]
    [InlineData("", "reader")]
    [InlineData("writer", " ")]
    public void A_command_that_is_empty_is_refused(string writer, string reader) =>
        Assert.Throws<ArgumentException>(() => new SubjectBuilder().WithWorkload(writer, reader));

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    public void An_image_has_a_name(string image) => Assert.Throws<ArgumentException>(() => new SubjectBuilder().FromImage(image));

    [Fact]
    public void The_budget_follows_the_grace_period_until_it_is_set()
    {
        var builder = new SubjectBuilder().FromImage("app").WithGracePeriod(TimeSpan.FromSeconds(3));
        Assert.Equal(TimeSpan.FromSeconds(3), builder.Build().StopBudget);

        Assert.Equal(TimeSpan.FromSeconds(1), builder.WithStopBudget(TimeSpan.FromSeconds(1)).Build().StopBudget);
    }

    [Fact]
    public void Accepting_an_exit_code_replaces_the_default() =>
        Assert.Equal([3, 143], new SubjectBuilder().FromImage("app").AcceptExitCode(143).AcceptExitCode(3).Build().AcceptedExitCodes);

    [Fact]
    public void Ports_that_probes_and_workloads_need_are_published()
    {
        var workload = new HttpWorkload { Port = 8080, WritePath = "/", ReadPath = "/" };

        var subject = new SubjectBuilder().FromImage("app").ReadyWhen(Tcp.Accepts(9000)).WithWorkload(workload).WithPort(7000).Build();

        Assert.Equal([7000, 8080, 9000], subject.Ports);
    }

    [Fact]
    public void A_subject_does_not_change_when_its_builder_goes_on()
    {
        var builder = new SubjectBuilder().FromImage("app").WithEnvironment("A", "1");
        var subject = builder.Build();

        builder.WithEnvironment("A", "2").WithVolume("/data").WithCommand("other");

        Assert.Equal("1", subject.Environment["A"]);
        Assert.Empty(subject.Volumes);
        Assert.Empty(subject.Command);
    }
}
