using System.CommandLine;
using ShutdownKit.Cli.CommandLine;
using ShutdownKit.Cli.Terminal;
using ShutdownKit.Cli.Testing;

namespace ShutdownKit.Cli.Tests.CommandLine;

/// <summary>What <c>shutdownkit test</c> understands, and how it refuses the rest. No engine is asked.</summary>
public sealed class TestCommandTests
{
    [Fact]
    public async Task An_image_alone_means_the_defaults()
    {
        var request = await ReadAsync("shop:dev");

        Assert.Equal("shop:dev", request.Image);
        Assert.Empty(request.Command);
        Assert.Empty(request.Scenarios);
        Assert.Null(request.Grace);
        Assert.Null(request.Ready);
        Assert.False(request.Stateless);
        Assert.False(request.SurvivesPowerLoss);
    }

    [Fact]
    public async Task Everything_can_be_said()
    {
        var report = Path.Combine(Path.GetTempPath(), "r.json");
        var request = await ReadAsync(
            "shop:dev", "--scenario", "stop", "--scenario", "kill", "--scenario", "stop", "--volume", "/data/", "--volume", "/var//lib/x", "--port", "8080",
            "--env", "A=b=c", "--env", "EMPTY=", "--grace", "30s", "--stop-budget", "1.5s", "--ready", "http:8080/health/ready", "--ready-timeout", "2m",
            "--writer", "host:./write {n}", "--reader", "/app/read", "--exit-code", "0", "--exit-code", "143", "--durability", "power",
            "--disposable", "/app/cache", "--trials", "3", "--seed", "42", "--report", $"json={report}", "--quiet", "--", "--serve", "-v", "@x", "--");

        Assert.Equal(["stop", "kill"], request.Scenarios);
        Assert.Equal(["/data", "/var/lib/x"], request.Volumes);
        Assert.Equal([8080], request.Ports);
        Assert.Equal([KeyValuePair.Create("A", "b=c"), KeyValuePair.Create("EMPTY", "")], request.Environment);
        Assert.Equal(TimeSpan.FromSeconds(30), request.Grace);
        Assert.Equal(TimeSpan.FromSeconds(1.5), request.StopBudget);
        Assert.Equal(new ReadyCondition.Http(8080, "/health/ready"), request.Ready);
        Assert.Equal(TimeSpan.FromMinutes(2), request.ReadyTimeout);
        Assert.Equal("host:./write {n}", request.Writer);
        Assert.Equal("/app/read", request.Reader);
        Assert.Equal([0, 143], request.ExitCodes);
        Assert.True(request.SurvivesPowerLoss);
        Assert.Equal(["/app/cache"], request.DisposablePaths);
        Assert.Equal(3, request.Trials);
        Assert.Equal(42, request.Seed);
        Assert.Equal([new ReportRequest("json", report)], request.Reports);
        Assert.True(request.Quiet);
        Assert.Equal(["--serve", "-v", "@x", "--"], request.Command);
    }

    [Theory]
    [InlineData("log:listening on .*", typeof(ReadyCondition.Log))]
    [InlineData("tcp:5432", typeof(ReadyCondition.Tcp))]
    [InlineData("http:80", typeof(ReadyCondition.Http))]
    [InlineData("exec:redis-cli -p 6379 ping", typeof(ReadyCondition.Exec))]
    public async Task Readiness_has_four_forms(string text, Type form) =>
        Assert.IsType(form, (await ReadAsync("shop", "--ready", text)).Ready);

    [Theory]
    [InlineData("--volume: 'data' is not absolute: begin it with a slash", "shop", "--volume", "data")]
    [InlineData("--volume: './data' is not absolute", "shop", "--volume", "./data")]
    [InlineData("--volume: '/srv/data:/data' has a colon: give the path in the container only", "shop", "--volume", "/srv/data:/data")]
    [InlineData("--volume: '/data/../etc' has '.' or '..'", "shop", "--volume", "/data/../etc")]
    [InlineData("--volume: '/' is the root", "shop", "--volume", "/")]
    [InlineData("--disposable: 'cache' is not absolute", "shop", "--disposable", "cache")]
    [InlineData("--scenario: 'explode' is no scenario: use stop, kill", "shop", "--scenario", "explode")]
    [InlineData("--grace: '10' is no duration: write a number with ms, s, m or h", "shop", "--grace", "10")]
    [InlineData("--grace: '-1s' is no duration", "shop", "--grace", "-1s")]
    [InlineData("--grace: '500ms' is no whole number of seconds", "shop", "--grace", "500ms")]
    [InlineData("--stop-budget: '0s' is no duration", "shop", "--stop-budget", "0s")]
    [InlineData("--ready: 'now' says nothing: write log:REGEX, http:PORT/PATH, tcp:PORT or exec:COMMAND", "shop", "--ready", "now")]
    [InlineData("--ready: 'udp:53' is no way to be ready", "shop", "--ready", "udp:53")]
    [InlineData("--ready: '(' is no regular expression", "shop", "--ready", "log:(")]
    [InlineData("--ready: 'health' is no port", "shop", "--ready", "http:health")]
    [InlineData("--port: '70000' is no port", "shop", "--port", "70000")]
    [InlineData("--env: 'PATH' is not NAME=VALUE", "shop", "--env", "PATH")]
    [InlineData("--exit-code: '256' is no number from 0 to 255", "shop", "--exit-code", "256")]
    [InlineData("--durability: 'disk' is no level: write process or power", "shop", "--durability", "disk")]
    [InlineData("--trials: '0' is no number from 1", "shop", "--trials", "0")]
    [InlineData("--seed: 'x' is no number", "shop", "--seed", "x")]
    [InlineData("--report: 'out.json' is not FORMAT=FILE", "shop", "--report", "out.json")]
    [InlineData("--report: this command cannot write the format 'html' yet: use json", "shop", "--report", "html=out.html")]
    [InlineData("--report: 'pdf' is no report format: use json", "shop", "--report", "pdf=out.pdf")]
    [InlineData("--report: the folder of '/nowhere/out.json' does not exist", "shop", "--report", "json=/nowhere/out.json")]
    [InlineData("--writer: the command is empty", "shop", "--writer", "host:", "--reader", "r")]
    [InlineData("--writer needs --reader", "shop", "--writer", "w")]
    [InlineData("--reader needs --writer", "shop", "--reader", "r")]
    [InlineData("--stateless says that nothing is stored", "shop", "--stateless", "--writer", "w", "--reader", "r")]
    [InlineData("'shop2' is one argument too many: write '--' before a command", "shop", "shop2")]
    [InlineData("'shutdownkit test' knows no '--volumes'", "shop", "--volumes", "--", "sh")]
    [InlineData("'shop2' is one argument too many", "shop", "shop2", "--", "sh")]
    [InlineData("the image is missing: write it before '--'", "--env", "x=sh", "--", "sh")]
    [InlineData("the image's name is empty", "")]
    [InlineData("'shutdownkit test' knows no '--volumes'", "shop", "--volumes")]
    public async Task What_cannot_be_done_is_refused_in_one_line(string reason, params string[] arguments)
    {
        var (status, error, request) = await RunAsync(arguments);

        Assert.Equal(ExitStatus.WrongUsage, status);
        Assert.Null(request);
        Assert.StartsWith("error: " + reason, error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd('\n').Split('\n'));
    }

    [Fact]
    public async Task A_missing_image_is_refused() =>
        Assert.StartsWith("error: the image is missing: write for example", (await RunAsync([])).Error, StringComparison.Ordinal);

    [Theory]
    [InlineData("shop", "--grace")]
    [InlineData("shop", "--grace", "1s", "--grace", "2s")]
    public async Task What_is_missing_or_given_twice_is_refused(params string[] arguments)
    {
        var (status, error, _) = await RunAsync(arguments);

        Assert.Equal(ExitStatus.WrongUsage, status);
        Assert.StartsWith("error: ", error, StringComparison.Ordinal);
    }

    private static async Task<TestRequest> ReadAsync(params string[] arguments)
    {
        var (status, error, request) = await RunAsync(arguments);
        Assert.True(request is not null, error);
        Assert.Equal(ExitStatus.Compliant, status);
        return request;
    }

    private static async Task<(ExitStatus Status, string Error, TestRequest? Request)> RunAsync(string[] arguments)
    {
        TestRequest? seen = null;
        using var output = new StringWriter();
        using var error = new StringWriter();
        var command = TestCommand.Create(["stop", "kill"], (request, _) =>
        {
            seen = request;
            return Task.FromResult(ExitStatus.Compliant);
        });
        var app = new CommandLineApp(CliConsole.Plain(output, error), new RootCommand { command });
        var status = await app.RunAsync(["test", .. arguments], TestContext.Current.CancellationToken);
        return (status, error.ToString(), seen);
    }
}
