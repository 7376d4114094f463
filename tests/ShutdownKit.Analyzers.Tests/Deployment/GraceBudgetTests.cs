using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Testing;
using ShutdownKit.Analyzers.CodeFixes.Deployment;
using ShutdownKit.Analyzers.Deployment;
using ShutdownKit.Analyzers.Tests.Verifiers;

namespace ShutdownKit.Analyzers.Tests.Deployment;

public sealed class GraceBudgetTests
{
    private const string Default = "WebApplication.CreateBuilder(args).Build().Run();";

    [Theory]
    [InlineData("builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromSeconds(60));")]
    [InlineData("builder.Services.Configure<HostOptions>(o => { o.ShutdownTimeout = new TimeSpan(0, 1, 0); });")]
    [InlineData("builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromMinutes(1));")]
    [InlineData("builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = Limits.Stop);")]
    [InlineData("builder.Services.Configure<HostOptions>(options => { const int seconds = 60; options.ShutdownTimeout = TimeSpan.FromSeconds(seconds); });")]
    public async Task What_the_code_says_is_more_than_the_deployment_grants(string configure)
    {
        await Of(Program(configure)).WithFile("compose.yaml", "services:\n  app:\n    build: .\n    stop_grace_period: {|#0:20s|}\n")
            .Expecting("SHK8006", 0, Message("60 s", "stop_grace_period of 'app'", "20 s")).RunAsync();
        await Of(Program(configure)).WithFile("compose.yaml", "services:\n  {|#0:app|}:\n    build: .\n")
            .Expecting("SHK8006", 0, Message("60 s", "the default stop_grace_period of 'app'", "10 s")).RunAsync();
        await Of(Program(configure)).WithFile("k8s.yaml", Pod("", "", "{|#0:containers|}"))
            .Expecting("SHK8006", 0, Message("60 s", "the default terminationGracePeriodSeconds of 'app'", "30 s")).RunAsync();
        await Of(Program(configure)).WithFile("k8s.yaml", Pod("terminationGracePeriodSeconds: {|#0:60|}"))
            .Expecting("SHK8006", 0, Message("60 s", "terminationGracePeriodSeconds of 'app'", "60 s")).RunAsync();
        await Of(Program(configure)).WithFile("app.service", "[Service]\nExecStart=/app/TestProject\n{|#0:TimeoutStopSec=20|}\n")
            .Expecting("SHK8006", 0, Message("60 s", "TimeoutStopSec", "20 s")).RunAsync();
    }

    [Theory]
    [InlineData("services:\n  app:\n    build: .\n    stop_grace_period: 62s\n")]
    [InlineData("services:\n  app:\n    build: .\n    stop_grace_period: ${GRACE}\n")]
    [InlineData("services:\n  app:\n    extends: { service: base }\n    build: .\n")]
    [InlineData("services:\n  db:\n    image: postgres\n")]
    [InlineData("services:\n  app:\n    build: .\n    stop_grace_period: 0s\n")]
    [InlineData("x: &x\n  stop_grace_period: 2m\nservices:\n  app:\n    <<: *x\n    build: .\n")]
    public Task Long_enough_or_not_known(string compose) =>
        Of(Program("builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromSeconds(60));")).WithFile("compose.yaml", compose).RunAsync();

    [Fact]
    public Task Another_file_of_the_same_project_may_say_it() =>
        Of(Program("builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromSeconds(60));"))
            .WithFile("compose.yaml", "services:\n  app:\n    build: .\n").WithFile("compose.prod.yaml", "services:\n  app:\n    stop_grace_period: 90s\n").RunAsync();

    [Fact]
    public Task The_defaults_contradict_each_other_under_compose() =>
        Of(Default).WithFile("compose.yaml", "services:\n  {|#0:app|}:\n    build: .\n    restart: unless-stopped\n")
            .Expecting("SHK8006", 0, Message("30 s (its default)", "the default stop_grace_period of 'app'", "10 s"), DiagnosticSeverity.Info).RunAsync();

    [Fact]
    public Task Of_a_service_that_is_started_by_hand_the_defaults_are_not_worth_a_word() =>
        Of(Default).WithFile("compose.yaml", "services:\n  app:\n    build: .\n").RunAsync();

    [Fact]
    public async Task The_defaults_agree_under_Kubernetes_until_a_hook_takes_its_share()
    {
        await Of(Default).WithFile("k8s.yaml", Pod("")).RunAsync();
        await Of(Default).WithFile("k8s.yaml", Pod("terminationGracePeriodSeconds: 60")).RunAsync();
        await Of(Default).WithFile("k8s.yaml", Pod("", "lifecycle: { preStop: { exec: { command: {|#0:[sleep, \"15\"]|} } } }"))
            .Expecting(
                "SHK8006", 0,
                "The host waits up to 30 s (its default) for its services, after 15 s in the preStop hook, but the default terminationGracePeriodSeconds of 'app' is 30 s: SIGKILL comes first, and what they still had to save is lost",
                DiagnosticSeverity.Info)
            .RunAsync();
        await Of(Default).WithFile("k8s.yaml", Pod("terminationGracePeriodSeconds: 40", "lifecycle: { preStop: { sleep: { seconds: 5 } } }")).RunAsync();
    }

    [Fact]
    public Task A_dockerfile_alone_says_nothing_about_time() =>
        Of(Program("builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromSeconds(60));"))
            .WithFile("Dockerfile", "FROM debian:12\nENTRYPOINT [\"dotnet\", \"App.dll\"]\n").RunAsync();

    [Theory]
    [InlineData("builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromSeconds(8));")]
    [InlineData("builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromSeconds(args.Length));")]
    [InlineData("builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = builder.Configuration[\"x\"] is null ? TimeSpan.FromSeconds(60) : TimeSpan.Zero);")]
    [InlineData("builder.WebHost.UseSetting(\"shutdownTimeoutSeconds\", \"5\");")]
    [InlineData("builder.WebHost.UseShutdownTimeout(TimeSpan.FromSeconds(5));")]
    public Task Short_or_not_known_in_the_code(string configure) =>
        Of(Program(configure)).WithFile("compose.yaml", "services:\n  app:\n    build: .\n    stop_grace_period: 10s\n").RunAsync();

    [Fact]
    public Task A_timeout_of_something_else_is_no_business_of_ours() =>
        Of(Default + " class Hangfire { public TimeSpan ShutdownTimeout { get; set; } public static Hangfire Make() => new() { ShutdownTimeout = TimeSpan.FromMinutes(5) }; }")
            .WithFile("k8s.yaml", Pod("")).RunAsync();

    [Fact]
    public async Task The_environment_sets_the_timeout_too()
    {
        await Of(Default).WithFile("compose.yaml", "services:\n  app:\n    build: .\n    stop_grace_period: 10s\n    environment:\n      - DOTNET_SHUTDOWNTIMEOUTSECONDS=5\n").RunAsync();
        await Of(Default).WithFile("compose.yaml", "services:\n  app:\n    build: .\n    stop_grace_period: 40s\n    env_file: .env\n").RunAsync();
        await Of(Default).WithFile("k8s.yaml", Pod("terminationGracePeriodSeconds: {|#0:60|}", "env: [{ name: ASPNETCORE_SHUTDOWNTIMEOUTSECONDS, value: \"120\" }]"))
            .Expecting("SHK8006", 0, Message("120 s", "terminationGracePeriodSeconds of 'app'", "60 s")).RunAsync();
    }

    [Fact]
    public Task The_settings_file_counts_when_it_is_handed_over() =>
        Of(Default).WithFile("appsettings.json", "{ \"shutdownTimeoutSeconds\": 5 }").WithFile("compose.yaml", "services:\n  app:\n    build: .\n").RunAsync();

    [Fact]
    public Task Without_a_host_there_is_no_timeout() => Of("Thread.Sleep(-1);").WithFile("compose.yaml", "services:\n  app:\n    build: .\n").RunAsync();

    [Fact]
    public async Task Fix_makes_the_grace_period_long_enough()
    {
        const string Code = "builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromSeconds(60));";
        Assert.Equal(
            "services:\n  app:\n    build: .\n    stop_grace_period: 62s # short\n",
            await AdditionalFileFix.ApplyAsync<GraceBudgetAnalyzer, GraceBudgetFix>("compose.yaml", "services:\n  app:\n    build: .\n    stop_grace_period: 20s # short\n", Program(Code)));
        Assert.Equal(
            "services:\n  app:\n    # the application\n    stop_grace_period: 62s\n    build: .\n",
            await AdditionalFileFix.ApplyAsync<GraceBudgetAnalyzer, GraceBudgetFix>("compose.yaml", "services:\n  app:\n    # the application\n    build: .\n", Program(Code)));
        Assert.Equal(
            Pod("terminationGracePeriodSeconds: 62"),
            await AdditionalFileFix.ApplyAsync<GraceBudgetAnalyzer, GraceBudgetFix>("k8s.yaml", Pod("terminationGracePeriodSeconds: 45"), Program(Code)));
        Assert.Null(await AdditionalFileFix.ApplyAsync<GraceBudgetAnalyzer, GraceBudgetFix>("compose.yaml", "services:\n  app: { build: . }\n", Program(Code)));
    }

    private static string Program(string configure) =>
        $"var builder = WebApplication.CreateBuilder(args); {configure} builder.Build().Run(); static class Limits {{ public static readonly TimeSpan Stop = TimeSpan.FromSeconds(60); }}";

    private static string Pod(string setting, string inContainer = "", string containers = "containers") =>
        $"apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: app\nspec:\n  template:\n    spec:\n      {(setting.Length > 0 ? setting : "restartPolicy: Always")}\n      {containers}:\n      - image: example/app\n        {(inContainer.Length > 0 ? inContainer : "name: app")}\n";

    private static string Message(string host, string setting, string grace) =>
        $"The host waits up to {host} for its services, but {setting} is {grace}: SIGKILL comes first, and what they still had to save is lost";

    private static RuleTest<GraceBudgetAnalyzer, EmptyCodeFixProvider> Of(string program)
    {
        var test = Rule.Of<GraceBudgetAnalyzer>("using Microsoft.AspNetCore.Hosting; " + program).As(OutputKind.ConsoleApplication);
        return test;
    }
}
