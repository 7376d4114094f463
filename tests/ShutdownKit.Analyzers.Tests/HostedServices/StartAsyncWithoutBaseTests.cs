using Microsoft.CodeAnalysis.Testing;
using ShutdownKit.Analyzers.CodeFixes.HostedServices;
using ShutdownKit.Analyzers.HostedServices;
using ShutdownKit.Analyzers.Tests.Verifiers;

namespace ShutdownKit.Analyzers.Tests.HostedServices;

public sealed class StartAsyncWithoutBaseTests
{
    private const string Execute = "protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.Delay(-1, stoppingToken);";

    private static string Worker(string start, string execute = Execute, string members = "") => $$"""
        public class Worker(ILogger<Worker> logger) : BackgroundService
        {
            {{start}}

            {{execute}}

            {{members}}

            protected Task PrepareAsync() => Task.CompletedTask;
        }
        """;

    private static Task Check(string source) => Rule.Of<StartAsyncWithoutBaseAnalyzer>(source).RunAsync();

    [Theory]
    [InlineData("public override Task [|StartAsync|](CancellationToken cancellationToken) => Task.CompletedTask;")]
    [InlineData("public override async Task [|StartAsync|](CancellationToken cancellationToken) { await PrepareAsync(); }")]
    [InlineData("public override Task [|StartAsync|](CancellationToken cancellationToken) { logger.LogInformation(\"Started\"); return Task.CompletedTask; }")]
    public Task Override_without_the_base_call(string start) => Check(Worker(start));

    [Theory]
    [InlineData("public override Task StartAsync(CancellationToken cancellationToken) => base.StartAsync(cancellationToken);")]
    [InlineData("public override async Task StartAsync(CancellationToken cancellationToken) { await PrepareAsync(); await base.StartAsync(cancellationToken); }")]
    [InlineData("public override Task StartAsync(CancellationToken cancellationToken) => Environment.ProcessorCount == 1 ? Task.CompletedTask : base.StartAsync(cancellationToken);")]
    [InlineData("public override Task StartAsync(CancellationToken cancellationToken) => BeginAsync(cancellationToken);", Execute, "private Task BeginAsync(CancellationToken token) => base.StartAsync(token);")]
    [InlineData("public override Task StartAsync(CancellationToken cancellationToken) { _ = ExecuteAsync(cancellationToken); return Task.CompletedTask; }")]
    [InlineData("public override Task StartAsync(CancellationToken cancellationToken) => throw new NotSupportedException();")]
    [InlineData("public override Task StartAsync(CancellationToken cancellationToken) => PrepareAsync();", "protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.CompletedTask;")]
    public Task Silent_where_the_work_is_started(string start, string execute = Execute, string members = "") => Check(Worker(start, execute, members));

    [Fact]
    public Task Silent_outside_background_services() =>
        Check("""
            public sealed class Service : IHostedService
            {
                public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;
                public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
            }
            """);

    [Theory]
    [InlineData("public override Task [|StartAsync|](CancellationToken token) => Task.CompletedTask;", "public override Task StartAsync(CancellationToken token) => base.StartAsync(token);")]
    [InlineData("public override Task [|StartAsync|](CancellationToken token) { logger.LogInformation(\"x\"); return Task.CompletedTask; }", "public override Task StartAsync(CancellationToken token) { logger.LogInformation(\"x\"); return base.StartAsync(token); }")]
    public Task Fix_ends_with_the_base_call(string start, string fixedStart) =>
        Rule.Of<StartAsyncWithoutBaseAnalyzer, StartAsyncWithoutBaseFix>(Worker(start)).FixedTo(Worker(fixedStart)).RunAsync();

    [Fact]
    public Task Fix_in_an_async_method() =>
        Rule.Of<StartAsyncWithoutBaseAnalyzer, StartAsyncWithoutBaseFix>(Worker("""
                public override async Task [|StartAsync|](CancellationToken token)
                    {
                        await PrepareAsync();
                    }
                """))
            .FixedTo(Worker("""
                public override async Task StartAsync(CancellationToken token)
                    {
                        await PrepareAsync();
                        await base.StartAsync(token);
                    }
                """))
            .RunAsync();

    [Fact]
    public Task No_fix_where_the_end_is_not_reached() =>
        Rule.Of<StartAsyncWithoutBaseAnalyzer, StartAsyncWithoutBaseFix>(
            Worker("public override async Task [|StartAsync|](CancellationToken token) { while (!token.IsCancellationRequested) await PrepareAsync(); }")).NotFixed().RunAsync();

    [Theory]
    [InlineData("class W : BackgroundService { public override Task StartAsync(CancellationToken t) { return } }")]
    [InlineData("class W : Missing { public override Task StartAsync(CancellationToken t) => x; }")]
    public async Task Broken_code_is_survived(string source)
    {
        var test = Rule.Of<StartAsyncWithoutBaseAnalyzer>(source).Broken();
        test.TestBehaviors |= TestBehaviors.SkipGeneratedCodeCheck;
        test.DisabledDiagnostics.Add("SHK2005");
        await test.RunAsync();
    }
}
