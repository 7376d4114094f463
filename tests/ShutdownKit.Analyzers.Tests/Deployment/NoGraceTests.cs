using Microsoft.CodeAnalysis.Testing;
using ShutdownKit.Analyzers.CodeFixes.Deployment;
using ShutdownKit.Analyzers.Deployment;
using ShutdownKit.Analyzers.Tests.Verifiers;

namespace ShutdownKit.Analyzers.Tests.Deployment;

public sealed class NoGraceTests
{
    [Theory]
    [InlineData("0s")]
    [InlineData("0")]
    [InlineData("\"0s\"")]
    [InlineData("0m0s")]
    public Task Compose_fires(string period) => Of().WithFile("compose.yaml", $"services:\n  db:\n    image: postgres\n    stop_grace_period: [|{period}|]\n").RunAsync();

    [Theory]
    [InlineData("1s")]
    [InlineData("30s")]
    [InlineData("${GRACE}")]
    [InlineData("")]
    public Task Compose_is_silent(string period) => Of().WithFile("compose.yaml", $"services:\n  db:\n    image: postgres\n    stop_grace_period: {period}\n").RunAsync();

    [Theory]
    [InlineData("docker-compose.dev.yml")]
    [InlineData("compose.override.yaml")]
    [InlineData("compose.e2e.yaml")]
    [InlineData("tests/compose.yaml")]
    public Task Files_for_development_are_left_alone(string name) => Of().WithFile(name, "services:\n  db:\n    image: postgres\n    stop_grace_period: 0s\n").RunAsync();

    [Fact]
    public async Task Kubernetes_fires()
    {
        await Of().WithFile("k8s.yaml", Pod("{|#0:0|}"))
            .Expecting("SHK8007", 0, "terminationGracePeriodSeconds 0: the pod is killed with SIGKILL as soon as it is told to stop").RunAsync();
        await Of().WithFile("k8s.yaml", Pod("{|#0:1|}"))
            .Expecting("SHK8007", 0, "terminationGracePeriodSeconds 1: the pod is killed with SIGKILL one second after it is told to stop").RunAsync();
    }

    [Fact]
    public async Task Kubernetes_is_silent()
    {
        await Of().WithFile("k8s.yaml", Pod("2")).RunAsync();
        await Of().WithFile("k8s.yaml", "apiVersion: batch/v1\nkind: Job\nspec:\n  template:\n    spec:\n      terminationGracePeriodSeconds: 0\n      containers: [{ image: app }]\n").RunAsync();
        await Of().WithFile("values.yaml", "terminationGracePeriodSeconds: 0\n").RunAsync();
    }

    [Theory]
    [InlineData("[|KillSignal=SIGKILL|]")]
    [InlineData("[|KillSignal=9|]")]
    [InlineData("[|KillMode=none|]")]
    public Task Systemd_fires(string setting) => Of().WithFile("app.service", $"[Service]\nExecStart=/app/TestProject\n{setting}\n").RunAsync();

    [Theory]
    [InlineData("ExecStart=/app/TestProject\nKillSignal=SIGINT")]
    [InlineData("ExecStart=/app/TestProject\nKillMode=process")]
    [InlineData("ExecStart=/app/TestProject\nKillMode=none\nExecStop=/app/stop")]
    [InlineData("ExecStart=/usr/bin/other\nKillSignal=SIGKILL")]
    [InlineData("ExecStart=/app/TestProject\nTimeoutStopSec=0")]
    public Task Systemd_is_silent(string settings) => Of().WithFile("app.service", "[Service]\n" + settings).RunAsync();

    [Fact]
    public async Task Fix_gives_time()
    {
        var changed = await AdditionalFileFix.ApplyAllAsync<NoGraceAnalyzer, NoGraceFix>(
            ("compose.yaml", "services:\n  db:\n    stop_grace_period: 0s # quick\n  app:\n    stop_grace_period: '0'\n"),
            ("app.service", "[Service]\nKillSignal=SIGKILL\n"));

        Assert.Equal("services:\n  db:\n    stop_grace_period: 10s # quick\n  app:\n    stop_grace_period: 10s\n", changed["compose.yaml"]);
        Assert.Equal("[Service]\nKillSignal=SIGTERM\n", changed["app.service"]);
    }

    private static string Pod(string seconds) =>
        $"apiVersion: v1\nkind: Pod\nmetadata: {{ name: app }}\nspec:\n  terminationGracePeriodSeconds: {seconds}\n  containers:\n  - image: app\n";

    private static RuleTest<NoGraceAnalyzer, EmptyCodeFixProvider> Of() => Rule.Of<NoGraceAnalyzer>("class Program;");
}
