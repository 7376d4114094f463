using Microsoft.CodeAnalysis.Testing;
using ShutdownKit.Analyzers.CodeFixes.HostedServices;
using ShutdownKit.Analyzers.HostedServices;
using ShutdownKit.Analyzers.Tests.Verifiers;

namespace ShutdownKit.Analyzers.Tests.HostedServices;

public sealed class BlockingStartTests
{
    private static string Worker(string execute) => $$"""
        public sealed class Worker : BackgroundService
        {
            private readonly System.Collections.Concurrent.BlockingCollection<int> _queue = new();

            {{execute}}

            private static void Handle(int item) => Console.WriteLine(item);
        }
        """;

    private static RuleTest<BlockingStartAnalyzer, EmptyCodeFixProvider> OnNet8(string execute) => Rule.Of<BlockingStartAnalyzer>(Worker(execute)).On(TargetFrameworks.Net8);

    [Theory]
    [InlineData("protected override async Task ExecuteAsync(CancellationToken stoppingToken) { while (!stoppingToken.IsCancellationRequested) { Handle([|_queue.Take(stoppingToken)|]); await Task.Delay(1, stoppingToken); } }")]
    [InlineData("protected override Task ExecuteAsync(CancellationToken stoppingToken) { foreach (var item in [|_queue.GetConsumingEnumerable(stoppingToken)|]) Handle(item); return Task.CompletedTask; }")]
    [InlineData("protected override Task ExecuteAsync(CancellationToken stoppingToken) { while (!stoppingToken.IsCancellationRequested) { Handle(1); [|Thread.Sleep(100)|]; } return Task.CompletedTask; }")]
    [InlineData("protected override async Task ExecuteAsync(CancellationToken stoppingToken) { [|Thread.Sleep(5000)|]; await Task.Delay(1, stoppingToken); }")]
    [InlineData("protected override async Task ExecuteAsync(CancellationToken stoppingToken) { var line = [|Console.ReadLine()|]; await Task.Delay(1, stoppingToken); }")]
    public Task Blocks_before_the_first_await(string execute) => OnNet8(execute).RunAsync();

    [Theory]
    [InlineData("protected override async Task ExecuteAsync(CancellationToken stoppingToken) { await Task.Yield(); while (!stoppingToken.IsCancellationRequested) Handle(_queue.Take(stoppingToken)); }")]
    [InlineData("protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.Run(() => { while (!stoppingToken.IsCancellationRequested) Handle(_queue.Take(stoppingToken)); });")]
    [InlineData("protected override async Task ExecuteAsync(CancellationToken stoppingToken) { Thread.Sleep(10); await Task.Delay(1, stoppingToken); }")]
    [InlineData("protected override async Task ExecuteAsync(CancellationToken stoppingToken) { if (_queue.TryTake(out var item)) Handle(item); await Task.Delay(1, stoppingToken); }")]
    [InlineData("protected override async Task ExecuteAsync(CancellationToken stoppingToken) { foreach (var item in new[] { 1, 2 }.Take(1)) Handle(item); await Task.Delay(1, stoppingToken); }")]
    public Task Silent_where_the_start_goes_on(string execute) => OnNet8(execute).RunAsync();

    [Fact]
    public Task Silent_on_NET_10_where_the_host_does_not_wait() =>
        Rule.Of<BlockingStartAnalyzer>(Worker("protected override async Task ExecuteAsync(CancellationToken stoppingToken) { Handle(_queue.Take(stoppingToken)); await Task.Yield(); }")).RunAsync();

    [Fact]
    public Task The_message_tells_what_happens() =>
        OnNet8("protected override async Task ExecuteAsync(CancellationToken stoppingToken) { Handle({|#0:_queue.Take(stoppingToken)|}); await Task.Yield(); }")
            .Expecting("SHK2013", 0,
                "'_queue.Take' blocks before the first await of 'Worker.ExecuteAsync': before .NET 10 the host waits for it, so that later services are not started and a SIGTERM aborts the start")
            .RunAsync();

    [Fact]
    public Task Fix_yields_first() =>
        Rule.Of<BlockingStartAnalyzer, BlockingStartFix>(Worker("""
                protected override async Task ExecuteAsync(CancellationToken stoppingToken)
                    {
                        Handle([|_queue.Take(stoppingToken)|]);
                        await Task.Delay(1, stoppingToken);
                    }
                """))
            .FixedTo(Worker("""
                protected override async Task ExecuteAsync(CancellationToken stoppingToken)
                    {
                        await Task.Yield();
                        Handle(_queue.Take(stoppingToken));
                        await Task.Delay(1, stoppingToken);
                    }
                """))
            .On(TargetFrameworks.Net8)
            .RunAsync();

    [Fact]
    public Task No_fix_in_a_method_that_is_not_async() =>
        Rule.Of<BlockingStartAnalyzer, BlockingStartFix>(
                Worker("protected override Task ExecuteAsync(CancellationToken stoppingToken) { Handle([|_queue.Take(stoppingToken)|]); return Task.CompletedTask; }"))
            .NotFixed().On(TargetFrameworks.Net8).RunAsync();

    [Fact]
    public async Task Broken_code_is_survived()
    {
        var test = Rule.Of<BlockingStartAnalyzer>("class W : BackgroundService { protected override Task ExecuteAsync(CancellationToken t) { while (true) Thread.Sleep(; _x.Take( } }")
            .On(TargetFrameworks.Net8).Broken();
        test.TestBehaviors |= TestBehaviors.SkipGeneratedCodeCheck;
        test.DisabledDiagnostics.Add("SHK2013");
        await test.RunAsync();
    }
}
