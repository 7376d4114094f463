using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Testing;
using ShutdownKit.Analyzers.HostedServices;
using ShutdownKit.Analyzers.Tests.Verifiers;

namespace ShutdownKit.Analyzers.Tests.HostedServices;

public sealed class IgnoredStoppingTokenTests
{
    private static string Worker(string body, string members = "", string token = "{|#0:stoppingToken|}") => $$"""
        public class Worker(System.Threading.Channels.Channel<int> injected, IHostApplicationLifetime lifetime) : BackgroundService
        {
            private bool _stop;
            private readonly System.Threading.Channels.Channel<int> _own = System.Threading.Channels.Channel.CreateUnbounded<int>();
            {{members}}

            protected override async Task ExecuteAsync(CancellationToken {{token}})
            {
                {{body}}
            }

            private Task WaitedAsync() => Task.Delay(1000, lifetime.ApplicationStopping);

            private Task StepAsync() => _stop ? Task.CompletedTask : injected.Reader.Completion;
        }
        """;

    private static Task Fires(string source, DiagnosticSeverity severity = DiagnosticSeverity.Warning, string token = "stoppingToken") =>
        Rule.Of<IgnoredStoppingTokenAnalyzer>(source)
            .Expecting("SHK2001", 0,
                $"'Worker.ExecuteAsync' never looks at '{token}': a stop waits for it until the host gives up after 30 s, but docker stop sends SIGKILL after 10 s",
                severity)
            .RunAsync();

    private static Task Silent(string source) => Rule.Of<IgnoredStoppingTokenAnalyzer>(source).RunAsync();

    [Theory]
    [InlineData("while (true) { await StepAsync(); }")]
    [InlineData("while (true) { await Task.Delay(1000); }")]
    [InlineData("for (;;) { Thread.Sleep(1000); }")]
    [InlineData("do { await StepAsync(); await Task.Delay(TimeSpan.FromSeconds(1)).ConfigureAwait(false); } while (true);")]
    [InlineData("while (true) { try { await StepAsync(); } catch (Exception) { await Task.Delay(5000); } }")]
    [InlineData("while (true) { foreach (var x in new[] { 1 }) { if (x == 2) break; } await Task.Delay(10); }")]
    [InlineData("using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1)); while (await timer.WaitForNextTickAsync()) await StepAsync();")]
    [InlineData("await foreach (var x in _own.Reader.ReadAllAsync()) { _own.Writer.TryWrite(x); }")]
    [InlineData("while (true) { var x = await _own.Reader.ReadAsync(); _own.Writer.TryWrite(x); }")]
    [InlineData("while (!_stop) { await Task.Delay(100); }")]
    [InlineData("await Task.Delay(Timeout.Infinite);")]
    [InlineData("await Task.Delay(Timeout.InfiniteTimeSpan);")]
    [InlineData("await Task.Delay(TimeSpan.FromMinutes(5)); await StepAsync();")]
    [InlineData("await Task.Yield(); Thread.Sleep(15_000);")]
    [InlineData("new ManualResetEvent(false).ToString(); var e = new ManualResetEvent(false); e.WaitOne(); await StepAsync();")]
    [InlineData("await Task.Run(async () => { while (true) await Task.Delay(1000); });")]
    [InlineData("await Task.Delay(20_000, CancellationToken.None); while (true) await StepAsync();")]
    public Task Endless_work_without_the_token(string body) => Fires(Worker(body));

    [Fact]
    public Task In_a_private_method_one_hop_away() =>
        Fires(Worker("await LoopAsync();", "private async Task LoopAsync() { while (true) { await Task.Delay(1000); } }"));

    [Fact]
    public Task With_a_discard_as_parameter() => Fires(Worker("while (true) await Task.Delay(1000);", token: "{|#0:_|}"), token: "_");

    [Fact]
    public Task Expression_body() =>
        Rule.Of<IgnoredStoppingTokenAnalyzer>("""
            public class Worker : BackgroundService
            {
                protected override Task ExecuteAsync(CancellationToken [|stoppingToken|]) => Task.Delay(-1);
            }
            """).RunAsync();

    [Fact]
    public Task Only_info_where_StopAsync_sets_a_flag() =>
        Fires(
            Worker("while (!_stop) { await Task.Delay(100); }",
                "public override Task StopAsync(CancellationToken t) { _stop = true; return base.StopAsync(t); }"),
            DiagnosticSeverity.Info);

    [Fact]
    public Task Only_info_where_StopAsync_closes_something() =>
        Fires(
            Worker("while (true) { await StepAsync(); }",
                "public override Task StopAsync(CancellationToken t) { _own.Writer.Complete(); return base.StopAsync(t); }"),
            DiagnosticSeverity.Info);

    [Theory]
    // Straight lines, short waits, loops with an end.
    [InlineData("await StepAsync();")]
    [InlineData("await Task.Delay(1000); await StepAsync();")]
    [InlineData("for (var i = 0; i < 10; i++) await Task.Delay(1000);")]
    [InlineData("foreach (var x in new[] { 1, 2 }) await StepAsync();")]
    [InlineData("while (true) { if (_stop) break; await Task.Delay(1000); }")]
    [InlineData("while (true) { try { await StepAsync(); return; } catch (Exception) { await Task.Delay(5000); } }")]
    [InlineData("while (true) { if (_stop) throw new InvalidOperationException(); await Task.Delay(5000); }")]
    [InlineData("var left = 3; while (left > 0) { left--; await Task.Delay(1000); }")]
    // The token is used, in whatever way.
    [InlineData("while (true) await Task.Delay(1000, stoppingToken);")]
    [InlineData("while (true) await Help(stoppingToken); Task Help(CancellationToken t) => Task.Delay(1, t);")]
    [InlineData("stoppingToken.Register(() => _stop = true); while (!_stop) await Task.Delay(100);")]
    // Another token.
    [InlineData("while (!lifetime.ApplicationStopping.IsCancellationRequested) await Task.Delay(100);")]
    [InlineData("while (true) await Task.Delay(100, lifetime.ApplicationStopping);")]
    [InlineData("while (true) await OneAsync(); Task OneAsync() => Task.Delay(1, lifetime.ApplicationStopping);")]
    [InlineData("while (true) await WaitedAsync();")]
    [InlineData("using var cts = new CancellationTokenSource(); while (true) await StepAsync();")]
    // Data that ends.
    [InlineData("await foreach (var x in injected.Reader.ReadAllAsync()) await StepAsync();")]
    [InlineData("while (true) { var x = await injected.Reader.ReadAsync(); }")]
    [InlineData("while (await injected.Reader.WaitToReadAsync()) { }")]
    // Nobody waits for it.
    [InlineData("_ = Task.Run(async () => { while (true) await Task.Delay(1000); }); await Task.Yield();")]
    [InlineData("Func<Task> later = async () => { while (true) await Task.Delay(1000); }; await Task.Yield();")]
    public Task Silent_where_it_ends_or_looks(string body) => Silent(Worker(body, token: "stoppingToken"));

    [Fact]
    public Task Silent_where_the_own_channel_is_completed() =>
        Silent(Worker("await foreach (var x in _own.Reader.ReadAllAsync()) { }", "public void Close() => _own.Writer.TryComplete();", "stoppingToken"));

    [Fact]
    public Task Silent_outside_background_services() =>
        Silent("""
            public abstract class Job { protected abstract Task ExecuteAsync(CancellationToken token); }
            public sealed class Worker : Job { protected override async Task ExecuteAsync(CancellationToken token) { while (true) await Task.Delay(1000); } }
            """);

    [Theory]
    [InlineData("class W : BackgroundService { protected override async Task ExecuteAsync(CancellationToken t) { while (true) { await Task.Delay( } }")]
    [InlineData("class W : Missing { protected override Task ExecuteAsync(CancellationToken t) => x; }")]
    [InlineData("class W : BackgroundService { protected override Task ExecuteAsync(CancellationToken) { for (;;) }")]
    public async Task Broken_code_is_survived(string source)
    {
        var test = Rule.Of<IgnoredStoppingTokenAnalyzer>(source).Broken();
        test.TestBehaviors |= TestBehaviors.SkipGeneratedCodeCheck;
        test.DisabledDiagnostics.Add("SHK2001");
        await test.RunAsync();
    }
}
