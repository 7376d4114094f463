using ShutdownKit.Analyzers.CodeFixes.HostedServices;
using ShutdownKit.Analyzers.HostedServices;
using ShutdownKit.Analyzers.Tests.Verifiers;

namespace ShutdownKit.Analyzers.Tests.HostedServices;

public sealed class StopAsyncWithoutBaseTests
{
    private static string Worker(string stop, string execute = "Task.Delay(-1, stoppingToken)", string members = "") => $$"""
        public class Worker : BackgroundService
        {
            protected readonly Timer _timer = new(_ => { });
            {{members}}

            protected override Task ExecuteAsync(CancellationToken stoppingToken) => {{execute}};

        {{stop}}
        }
        """;

    private static Task Silent(string source) => Rule.Of<StopAsyncWithoutBaseAnalyzer>(source).RunAsync();

    [Fact]
    public Task Expression_body_returns_the_base_task() =>
        Rule.Of<StopAsyncWithoutBaseAnalyzer, StopAsyncWithoutBaseFix>(Worker("""
                public override Task [|StopAsync|](CancellationToken cancellationToken) => Task.CompletedTask;
            """))
            .FixedTo(Worker("""
                public override Task StopAsync(CancellationToken cancellationToken) => base.StopAsync(cancellationToken);
            """))
            .RunAsync();

    [Fact]
    public Task Async_body_awaits_the_base_first() =>
        Rule.Of<StopAsyncWithoutBaseAnalyzer, StopAsyncWithoutBaseFix>(Worker("""
                public override async Task [|StopAsync|](CancellationToken token)
                {
                    // The timer must not fire any more.
                    await _timer.DisposeAsync();
                }
            """))
            .FixedTo(Worker("""
                public override async Task StopAsync(CancellationToken token)
                {
                    await base.StopAsync(token);
                    // The timer must not fire any more.
                    await _timer.DisposeAsync();
                }
            """))
            .RunAsync();

    [Fact]
    public Task Body_with_returned_tasks_becomes_async() =>
        Rule.Of<StopAsyncWithoutBaseAnalyzer, StopAsyncWithoutBaseFix>(Worker("""
                public override Task [|StopAsync|](CancellationToken cancellationToken)
                {
                    if (cancellationToken.IsCancellationRequested)
                        return Task.CompletedTask;

                    if (_timer is null)
                        return Task.Delay(1);

                    _timer.Change(Timeout.Infinite, 0);
                    return Task.CompletedTask;
                }
            """))
            .FixedTo(Worker("""
                public override async Task StopAsync(CancellationToken cancellationToken)
                {
                    await base.StopAsync(cancellationToken);
                    if (cancellationToken.IsCancellationRequested)
                        return;

                    if (_timer is null)
                    {
                        await Task.Delay(1);
                        return;
                    }

                    _timer.Change(Timeout.Infinite, 0);
                }
            """))
            .RunAsync();

    [Fact]
    public Task Fix_all_fixes_each_class()
    {
        const string Second = """
            public class Second : BackgroundService
            {
                protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.Delay(-1, stoppingToken);
                public override Task {0}(CancellationToken cancellationToken) => {1};
            }
            """;
        string Source(string name, string result) =>
            Worker($"    public override Task {name}(CancellationToken cancellationToken) => {result};") + "\n"
            + Second.Replace("{0}", name, StringComparison.Ordinal).Replace("{1}", result, StringComparison.Ordinal);

        return Rule.Of<StopAsyncWithoutBaseAnalyzer, StopAsyncWithoutBaseFix>(Source("[|StopAsync|]", "Task.CompletedTask"))
            .FixedTo(Source("StopAsync", "base.StopAsync(cancellationToken)"))
            .RunAsync();
    }

    [Fact]
    public Task The_message_tells_what_happens() =>
        Rule.Of<StopAsyncWithoutBaseAnalyzer>(Worker("    public override Task {|#0:StopAsync|}(CancellationToken cancellationToken) => Task.CompletedTask;"))
            .Expecting("SHK2004", 0,
                "'Worker.StopAsync' never calls base.StopAsync: the token of ExecuteAsync is not cancelled and nobody waits for it, so the program ends while it is still at work")
            .RunAsync();

    [Fact]
    public Task Below_an_abstract_base_class() =>
        Rule.Of<StopAsyncWithoutBaseAnalyzer>("""
            public abstract class Base : BackgroundService { }

            public sealed class Worker : Base
            {
                protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.Delay(-1, stoppingToken);
                public override async Task [|StopAsync|](CancellationToken cancellationToken) => await Task.Yield();
            }
            """).RunAsync();

    [Theory]
    [InlineData("public override Task StopAsync(CancellationToken cancellationToken) => base.StopAsync(cancellationToken);")]
    [InlineData("public override async Task StopAsync(CancellationToken cancellationToken) { _timer.Dispose(); await base.StopAsync(cancellationToken); }")]
    [InlineData("public override async Task StopAsync(CancellationToken cancellationToken) { await Task.WhenAll(base.StopAsync(cancellationToken), Task.Delay(1)); }")]
    [InlineData("public override Task StopAsync(CancellationToken cancellationToken) => StopCoreAsync(cancellationToken); private Task StopCoreAsync(CancellationToken t) => base.StopAsync(t);")]
    // Its own way: cancel and wait for ExecuteTask.
    [InlineData("private readonly CancellationTokenSource _cts = new(); public override async Task StopAsync(CancellationToken cancellationToken) { _cts.Cancel(); await ExecuteTask!.WaitAsync(cancellationToken); }")]
    [InlineData("public override Task StopAsync(CancellationToken cancellationToken) => throw new NotSupportedException();")]
    [InlineData("public override Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask; public override Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;")]
    [InlineData("public new Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;")]
    [InlineData("public Task StopAsync(int attempt) => Task.CompletedTask;")]
    public Task Silent_where_it_stops(string stop) => Silent(Worker(stop));

    [Fact]
    public Task Silent_where_ExecuteAsync_ends_at_once() =>
        Silent(Worker("public override Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;", execute: "Task.CompletedTask"));

    [Fact]
    public Task Silent_in_a_hosted_service_without_a_base() =>
        Silent("""
            public sealed class Worker : IHostedService
            {
                public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;
                public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
            }
            """);

    [Fact]
    public Task Silent_without_hosting() =>
        Rule.Of<StopAsyncWithoutBaseAnalyzer>("""
            public abstract class Base { public virtual Task StopAsync(CancellationToken t) => Task.CompletedTask; }
            public sealed class Worker : Base { public override Task StopAsync(CancellationToken t) => Task.CompletedTask; }
            """).WithoutHosting().RunAsync();

    [Theory]
    [InlineData("class W : BackgroundService { public override Task StopAsync(CancellationToken t")]
    [InlineData("class W : Missing { public override Task StopAsync(CancellationToken t) => ; }")]
    [InlineData("public override Task StopAsync(CancellationToken t) { }")]
    public Task Broken_code_is_survived(string source) => Rule.Of<StopAsyncWithoutBaseAnalyzer>(source).Broken().RunAsync();
}
