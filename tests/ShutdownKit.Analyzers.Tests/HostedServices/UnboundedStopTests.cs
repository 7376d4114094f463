using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Testing;
using ShutdownKit.Analyzers.CodeFixes.HostedServices;
using ShutdownKit.Analyzers.HostedServices;
using ShutdownKit.Analyzers.Tests.Verifiers;

namespace ShutdownKit.Analyzers.Tests.HostedServices;

public sealed class UnboundedStopTests
{
    private static string Service(string stop) => $$"""
        public sealed class Importer : IHostedService
        {
            private readonly CancellationTokenSource _stopping = new();
            private readonly ManualResetEvent _done = new(false);
            private readonly List<Task> _tasks = [];
            private Thread? _thread;
            private Task _work = Task.CompletedTask;
            private volatile int _inFlight;

            public Task StartAsync(CancellationToken cancellationToken)
            {
                _thread = new Thread(() => _done.Set());
                _work = Task.Run(() => { _inFlight++; _tasks.Clear(); });
                return Task.CompletedTask;
            }

            {{stop}}

            private Task FinishAsync() => Task.CompletedTask;
        }
        """;

    private static async Task Fires(string stop, DiagnosticSeverity severity)
    {
        var test = Rule.Of<UnboundedStopAnalyzer>(Service(stop));
        test.TestState.ExpectedDiagnostics.Add(new DiagnosticResult("SHK2007", severity).WithLocation(0));
        await test.RunAsync();
    }

    [Theory]
    [InlineData("public async Task StopAsync(CancellationToken token) { _stopping.Cancel(); {|#0:while|} (_inFlight > 0) await Task.Delay(100); }")]
    [InlineData("public Task StopAsync(CancellationToken token) { {|#0:while|} (_inFlight > 0) { Thread.Sleep(100); } return Task.CompletedTask; }")]
    [InlineData("public async Task StopAsync(CancellationToken token) { {|#0:do|} { await Task.Delay(100); } while (_inFlight != 0); }")]
    public Task Polling_without_a_limit(string stop) => Fires(stop, DiagnosticSeverity.Warning);

    [Theory]
    [InlineData("public async Task StopAsync(CancellationToken token) { _stopping.Cancel(); {|#0:await _work|}; }")]
    [InlineData("public async Task StopAsync(CancellationToken token) { _stopping.Cancel(); {|#0:await _work.ConfigureAwait(false)|}; }")]
    [InlineData("public async Task StopAsync(CancellationToken token) { {|#0:await Task.WhenAll(_tasks)|}; }")]
    [InlineData("public Task StopAsync(CancellationToken token) { _stopping.Cancel(); {|#0:_thread!.Join()|}; return Task.CompletedTask; }")]
    [InlineData("public Task StopAsync(CancellationToken token) { {|#0:_done.WaitOne()|}; return Task.CompletedTask; }")]
    public Task Waiting_for_the_work_without_a_limit(string stop) => Fires(stop, DiagnosticSeverity.Info);

    [Theory]
    [InlineData("public Task StopAsync(CancellationToken token) { _stopping.Cancel(); return Task.CompletedTask; }")]
    [InlineData("public async Task StopAsync(CancellationToken token) { await _work.WaitAsync(token); }")]
    [InlineData("public async Task StopAsync(CancellationToken token) { await Task.WhenAny(_work, Task.Delay(Timeout.Infinite, token)); await _work; }")]
    [InlineData("public async Task StopAsync(CancellationToken token) { while (_inFlight > 0 && !token.IsCancellationRequested) await Task.Delay(100); }")]
    [InlineData("public async Task StopAsync(CancellationToken token) { await Task.WhenAny(_work, Task.Delay(5000)); }")]
    [InlineData("public async Task StopAsync(CancellationToken token) { for (var i = 0; i < 50 && _inFlight > 0; i++) await Task.Delay(100); }")]
    [InlineData("public async Task StopAsync(CancellationToken token) { var tries = 0; while (_inFlight > 0 && tries++ < 50) await Task.Delay(100); }")]
    [InlineData("public async Task StopAsync(CancellationToken token) { var clock = System.Diagnostics.Stopwatch.StartNew(); while (_inFlight > 0 && clock.Elapsed < TimeSpan.FromSeconds(5)) await Task.Delay(100); }")]
    [InlineData("public Task StopAsync(CancellationToken token) { _thread!.Join(5000); _done.WaitOne(5000); return Task.CompletedTask; }")]
    [InlineData("public async Task StopAsync(CancellationToken token) { await FinishAsync(); }")]
    [InlineData("public async Task StopAsync(CancellationToken token) { await Task.CompletedTask; }")]
    [InlineData("public Task StopAsync(CancellationToken token) { _ = Task.Run(async () => await _work); return Task.CompletedTask; }")]
    // CA2016 asks for the token.
    [InlineData("public Task StopAsync(CancellationToken token) { _work.Wait(); return Task.CompletedTask; }")]
    public Task Silent_where_it_is_bounded(string stop) => Rule.Of<UnboundedStopAnalyzer>(Service(stop)).RunAsync();

    [Fact]
    public Task Handing_the_token_to_the_base_method_bounds_nothing_else() =>
        Rule.Of<UnboundedStopAnalyzer>("""
            public sealed class Worker : BackgroundService
            {
                private int _inFlight;

                protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.Delay(_inFlight++, stoppingToken);

                public override async Task StopAsync(CancellationToken cancellationToken)
                {
                    await base.StopAsync(cancellationToken);
                    {|#0:while|} (_inFlight > 0)
                        await Task.Delay(50);
                }
            }
            """)
            .Expecting("SHK2007", 0, "'Worker.StopAsync' waits here without a limit and without 'cancellationToken': ShutdownTimeout does not end it, and docker stop sends SIGKILL after 10 s")
            .RunAsync();

    [Theory]
    [InlineData("{|#0:await _work|};", "await _work.WaitAsync(token);")]
    [InlineData("{|#0:await _work.ConfigureAwait(false)|};", "await _work.WaitAsync(token).ConfigureAwait(false);")]
    [InlineData("{|#0:await Task.WhenAll(_tasks)|};", "await Task.WhenAll(_tasks).WaitAsync(token);")]
    public async Task Fix_bounds_the_wait(string wait, string bounded)
    {
        var test = Rule.Of<UnboundedStopAnalyzer, UnboundedStopFix>(Service($"public async Task StopAsync(CancellationToken token) {{ _stopping.Cancel(); {wait} }}"))
            .FixedTo(Service($"public async Task StopAsync(CancellationToken token) {{ _stopping.Cancel(); {bounded} }}"));
        test.TestState.ExpectedDiagnostics.Add(new DiagnosticResult("SHK2007", DiagnosticSeverity.Info).WithLocation(0));
        await test.RunAsync();
    }

    [Theory]
    [InlineData("class S : IHostedService { public async Task StopAsync(CancellationToken t) { while ( await Task.Delay(1); } }")]
    [InlineData("class S : IHostedService { public async Task StopAsync(CancellationToken t) { await _missing; await ; _x.Join(; } }")]
    public async Task Broken_code_is_survived(string source)
    {
        var test = Rule.Of<UnboundedStopAnalyzer>(source).Broken();
        test.TestBehaviors |= TestBehaviors.SkipGeneratedCodeCheck;
        test.DisabledDiagnostics.Add("SHK2007");
        await test.RunAsync();
    }
}
