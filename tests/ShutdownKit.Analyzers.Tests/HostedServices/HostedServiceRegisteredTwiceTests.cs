using ShutdownKit.Analyzers.HostedServices;
using ShutdownKit.Analyzers.Tests.Verifiers;

namespace ShutdownKit.Analyzers.Tests.HostedServices;

public sealed class HostedServiceRegisteredTwiceTests
{
    private const string Services = """

        public class Worker : BackgroundService
        {
            public Worker() { }
            public Worker(string queue) { }
            protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.CompletedTask;
        }

        public class Other : Worker { }
        """;

    private static string Registration(string code) => $$"""
        public static class Registrations
        {
            public static void Register(IServiceCollection services, IServiceCollection others, bool both)
            {
                {{code}}
            }
        }
        {{Services}}
        """;

    private static Task Silent(string code) => Rule.Of<HostedServiceRegisteredTwiceAnalyzer>(Registration(code)).RunAsync();

    [Theory]
    [InlineData("services.AddHostedService<Worker>(); services.[|AddHostedService|]<Worker>();")]
    [InlineData("services.AddHostedService<Worker>().[|AddHostedService|]<Worker>();")]
    [InlineData("services.AddHostedService(_ => new Worker(\"a\")); services.[|AddHostedService|](_ => new Worker(\"b\"));")]
    [InlineData("services.AddHostedService<Worker>(); if (both) { services.AddSingleton<Worker>().[|AddHostedService|]<Worker>(); }")]
    [InlineData("for (var i = 0; i < 4; i++) { services.[|AddHostedService|]<Worker>(); }")]
    [InlineData("foreach (var queue in new[] { \"a\", \"b\" }) services.[|AddHostedService|](_ => new Worker(queue));")]
    public Task Second_one_is_dropped(string code) => Rule.Of<HostedServiceRegisteredTwiceAnalyzer>(Registration(code)).RunAsync();

    [Fact]
    public Task Top_level_code() =>
        Rule.Of<HostedServiceRegisteredTwiceAnalyzer>("""
            var builder = Host.CreateApplicationBuilder(args);
            builder.Services.AddHostedService<Worker>();
            builder.Services.AddHostedService<Other>();
            builder.Services.[|AddHostedService|]<Worker>();
            builder.Build().Run();
            """ + Services).AsProgram().RunAsync();

    [Theory]
    [InlineData("services.AddHostedService<Worker>(); services.AddHostedService<Other>();")]
    [InlineData("if (both) services.AddHostedService<Worker>(); else services.AddHostedService<Worker>();")]
    [InlineData("if (both) { services.AddHostedService<Worker>(); return; } services.AddHostedService<Worker>();")]
    [InlineData("services.AddHostedService<Worker>(); others.AddHostedService<Worker>();")]
    [InlineData("services.AddSingleton<Worker>(); services.AddHostedService(it => it.GetRequiredService<Worker>()); services.AddHostedService(it => it.GetRequiredService<Worker>());")]
    [InlineData("foreach (var each in new[] { services, others }) each.AddHostedService<Worker>();")]
    [InlineData("services.AddSingleton<IHostedService>(new Worker(\"a\")); services.AddSingleton<IHostedService>(new Worker(\"b\"));")]
    [InlineData("A(x => x.AddHostedService<Worker>()); A(x => x.AddHostedService<Worker>()); static void A(Action<IServiceCollection> a) { }")]
    public Task All_are_registered(string code) => Silent(code);

    [Fact]
    public Task Other_method_of_that_name() =>
        Silent("Own.AddHostedService<Worker>(services); Own.AddHostedService<Worker>(services); } } public static class Own { public static void AddHostedService<T>(IServiceCollection services) {");

    [Fact]
    public Task Broken_code_is_survived() =>
        Rule.Of<HostedServiceRegisteredTwiceAnalyzer>(Registration("services.AddHostedService<; services.AddHostedService<Worker>(; AddHostedService<Worker>().AddHostedService<Missing>().AddHostedService<Missing>()"))
            .Broken()
            .RunAsync();
}
