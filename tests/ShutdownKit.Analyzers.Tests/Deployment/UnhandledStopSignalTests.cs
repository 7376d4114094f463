using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Testing;
using ShutdownKit.Analyzers.CodeFixes.Deployment;
using ShutdownKit.Analyzers.Deployment;
using ShutdownKit.Analyzers.Tests.Verifiers;

namespace ShutdownKit.Analyzers.Tests.Deployment;

public sealed class UnhandledStopSignalTests
{
    private const string Host = "WebApplication.CreateBuilder(args).Build().Run();";
    private const string Handler = "using var r = System.Runtime.InteropServices.PosixSignalRegistration.Create(System.Runtime.InteropServices.PosixSignal.SIGTERM, c => c.Cancel = true); Thread.Sleep(-1);";
    private const string CancelKey = "Console.CancelKeyPress += (_, e) => e.Cancel = true; Thread.Sleep(-1);";

    [Theory]
    [InlineData(Host, "SIGUSR1")]
    [InlineData(Host, "SIGHUP")]
    [InlineData(Host, "1")]
    [InlineData(Host, "SIGRTMIN+3")]
    [InlineData(Handler, "SIGINT")]
    [InlineData(Handler, "SIGQUIT")]
    [InlineData(CancelKey, "SIGHUP")]
    public Task Fires(string program, string signal) => Of(program).WithFile("Dockerfile", $"FROM debian:12\n[|STOPSIGNAL {signal}|]\n").RunAsync();

    [Theory]
    [InlineData(Host, "SIGTERM")]
    [InlineData(Host, "SIGINT")]
    [InlineData(Host, "INT")]
    [InlineData(Host, "SIGQUIT")]
    [InlineData(Host, "3")]
    [InlineData(Host, "${SIGNAL}")]
    [InlineData(Handler, "SIGTERM")]
    [InlineData(Handler, "SIGUSR1")]
    [InlineData(CancelKey, "SIGINT")]
    [InlineData("Thread.Sleep(-1);", "SIGINT")]
    public Task Silent(string program, string signal) => Of(program).WithFile("Dockerfile", $"FROM debian:12\nSTOPSIGNAL {signal}\n").RunAsync();

    [Fact]
    public Task SIGKILL_is_an_error() =>
        Of(Host).WithFile("Dockerfile", "FROM debian:12\n{|#0:STOPSIGNAL SIGKILL|}\n")
            .Expecting("SHK8005", 0, "STOPSIGNAL SIGKILL cannot be handled: every stop kills the application at once, with all that it has not written yet", DiagnosticSeverity.Error)
            .RunAsync();

    [Fact]
    public Task The_message_says_what_happens() =>
        Of(Host).WithFile("Dockerfile", "FROM debian:12\n{|#0:STOPSIGNAL SIGHUP|}\n")
            .Expecting(
                "SHK8005", 0,
                "STOPSIGNAL SIGHUP is not handled by the application, which ignores it as PID 1: 'docker stop' waits the whole grace period and then kills it with SIGKILL")
            .RunAsync();

    [Fact]
    public Task Only_the_stage_that_is_run_counts() =>
        Of(Host).WithFile("Dockerfile", "FROM debian:12 AS build\nSTOPSIGNAL SIGKILL\nFROM debian:12\nSTOPSIGNAL SIGKILL\nSTOPSIGNAL SIGTERM\n").RunAsync();

    [Fact]
    public Task Compose_and_Kubernetes_set_it_too() =>
        Of(Host).WithFile("compose.yaml", "services:\n  app:\n    build: .\n    stop_signal: [|SIGUSR2|]\n  db:\n    image: postgres\n    stop_signal: SIGKILL\n")
            .WithFile("k8s.yaml", "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - image: app\n    lifecycle:\n      stopSignal: [|SIGHUP|]\n")
            .RunAsync();

    [Fact]
    public Task Nothing_is_said_of_libraries() =>
        Rule.Of<UnhandledStopSignalAnalyzer>("class C;").WithFile("Dockerfile", "FROM debian:12\nSTOPSIGNAL SIGUSR1\n").RunAsync();

    private static RuleTest<UnhandledStopSignalAnalyzer, EmptyCodeFixProvider> Of(string program) =>
        Rule.Of<UnhandledStopSignalAnalyzer>(program).As(OutputKind.ConsoleApplication);
}
