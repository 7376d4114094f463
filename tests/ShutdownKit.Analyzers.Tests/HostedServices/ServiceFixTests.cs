using ShutdownKit.Analyzers.CodeFixes.HostedServices;
using ShutdownKit.Analyzers.CodeFixes.Queues;
using ShutdownKit.Analyzers.HostedServices;
using ShutdownKit.Analyzers.Queues;
using ShutdownKit.Analyzers.Tests.Verifiers;

namespace ShutdownKit.Analyzers.Tests.HostedServices;

/// <summary>The fixes of the rules about what a hosted service runs in the background.</summary>
public sealed class ServiceFixTests
{
    private const string Loop = """
            private static async Task PollAsync(CancellationToken token)
            {
                while (!token.IsCancellationRequested)
                    await Task.Delay(1000, token);
            }
        }
        """;

    [Fact]
    public Task Thread_runs_in_the_background() =>
        Rule.Of<ForegroundThreadAnalyzer, ForegroundThreadFix>("""
            public class Pump : IHostedService
            {
                public Task StartAsync(CancellationToken cancellationToken)
                {
                    [|new Thread(Work)|].Start();
                    var second = [|new Thread(Work) { Name = "pump" }|];
                    second.Start();
                    return Task.CompletedTask;
                }

                public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

                private void Work()
                {
                    while (true)
                        Thread.Sleep(100);
                }
            }
            """)
            .FixedTo("""
            public class Pump : IHostedService
            {
                public Task StartAsync(CancellationToken cancellationToken)
                {
                    new Thread(Work) { IsBackground = true }.Start();
                    var second = new Thread(Work) { IsBackground = true, Name = "pump" };
                    second.Start();
                    return Task.CompletedTask;
                }

                public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

                private void Work()
                {
                    while (true)
                        Thread.Sleep(100);
                }
            }
            """)
            .RunAsync();

    [Fact]
    public Task Loop_gets_a_source_of_its_own() =>
        Rule.Of<StartTokenKeptAnalyzer, StartTokenKeptFix>("""
            public class Poller : IHostedService
            {
                private Task? _first, _second;

                public Task StartAsync(CancellationToken cancellationToken)
                {
                    _first = PollAsync([|cancellationToken|]);
                    _second = Task.Run(() => PollAsync([|cancellationToken|]), cancellationToken);
                    return Task.CompletedTask;
                }

                public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

            """ + Loop)
            .FixedTo("""
            public class Poller : IHostedService
            {
                private readonly CancellationTokenSource _stopping = new CancellationTokenSource();
                private Task? _first, _second;

                public Task StartAsync(CancellationToken cancellationToken)
                {
                    _first = PollAsync(_stopping.Token);
                    _second = Task.Run(() => PollAsync(_stopping.Token), cancellationToken);
                    return Task.CompletedTask;
                }

                public Task StopAsync(CancellationToken cancellationToken)
                {
                    _stopping.Cancel();
                    return Task.CompletedTask;
                }

            """ + Loop)
            .RunAsync();

    [Fact]
    public Task Loop_gets_the_source_that_the_class_has() =>
        Rule.Of<StartTokenKeptAnalyzer, StartTokenKeptFix>("""
            public class Poller : IHostedService
            {
                private readonly CancellationTokenSource _stop = new();

                public Task StartAsync(CancellationToken cancellationToken)
                {
                    _ = PollAsync([|cancellationToken|]);
                    return Task.CompletedTask;
                }

                public Task StopAsync(CancellationToken cancellationToken)
                {
                    _stop.Cancel();
                    return Task.CompletedTask;
                }

            """ + Loop)
            .FixedTo("""
            public class Poller : IHostedService
            {
                private readonly CancellationTokenSource _stop = new();

                public Task StartAsync(CancellationToken cancellationToken)
                {
                    _ = PollAsync(_stop.Token);
                    return Task.CompletedTask;
                }

                public Task StopAsync(CancellationToken cancellationToken)
                {
                    _stop.Cancel();
                    return Task.CompletedTask;
                }

            """ + Loop)
            .RunAsync();

    [Fact]
    public Task Linked_source_is_cancelled() =>
        Rule.Of<StartTokenKeptAnalyzer, StartTokenKeptFix>("""
            public class Poller : IHostedService
            {
                private CancellationTokenSource? _stop;
                private Task? _loop;

                public Task StartAsync(CancellationToken cancellationToken)
                {
                    _stop = CancellationTokenSource.CreateLinkedTokenSource([|cancellationToken|]);
                    _loop = PollAsync(_stop.Token);
                    return Task.CompletedTask;
                }

                public async Task StopAsync(CancellationToken cancellationToken)
                {
                    await _loop!;
                }

            """ + Loop)
            .FixedTo("""
            public class Poller : IHostedService
            {
                private CancellationTokenSource? _stop;
                private Task? _loop;

                public Task StartAsync(CancellationToken cancellationToken)
                {
                    _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                    _loop = PollAsync(_stop.Token);
                    return Task.CompletedTask;
                }

                public async Task StopAsync(CancellationToken cancellationToken)
                {
                    _stop?.Cancel();
                    await _loop!;
                }

            """ + Loop)
            .RunAsync();

    [Fact]
    public Task Source_is_cancelled_in_StopAsync() =>
        Rule.Of<StopTokenSourceNeverCancelledAnalyzer, StopTokenSourceNeverCancelledFix>("""
            public class Poller : IHostedService
            {
                private readonly CancellationTokenSource _stop = [|new()|];
                private Task? _loop;

                public Task StartAsync(CancellationToken cancellationToken)
                {
                    _loop = PollAsync(_stop.Token);
                    return Task.CompletedTask;
                }

                public Task StopAsync(CancellationToken cancellationToken) => _loop ?? Task.CompletedTask;

            """ + Loop)
            .FixedTo("""
            public class Poller : IHostedService
            {
                private readonly CancellationTokenSource _stop = new();
                private Task? _loop;

                public Task StartAsync(CancellationToken cancellationToken)
                {
                    _loop = PollAsync(_stop.Token);
                    return Task.CompletedTask;
                }

                public Task StopAsync(CancellationToken cancellationToken)
                {
                    _stop.Cancel();
                    return _loop ?? Task.CompletedTask;
                }

            """ + Loop)
            .RunAsync();

    [Fact]
    public Task Source_of_a_class_without_StopAsync_is_left_alone() =>
        Rule.Of<StopTokenSourceNeverCancelledAnalyzer, StopTokenSourceNeverCancelledFix>("""
            public sealed class Poller : IDisposable
            {
                private readonly CancellationTokenSource _stop = [|new()|];
                public void Start() => Task.Run(() => PollAsync(_stop.Token));
                public void Dispose() => _stop.Dispose();

            """ + Loop)
            .NotFixed()
            .RunAsync();

    private static string Reporter(string stop, string callback = "Save", string modifiers = "") => $$"""
        public class Reporter : IHostedService
        {
            private Timer? _timer;

            public Task StartAsync(CancellationToken cancellationToken)
            {
                _timer = new Timer({{callback}}, null, 0, 1000);
                return Task.CompletedTask;
            }

        {{stop}}

            private {{modifiers}} void Save(object? state) => File.WriteAllText("report.json", "{}");
        }
        """;

    [Fact]
    public Task Timer_is_awaited() =>
        Rule.Of<TimerNotDrainedAnalyzer, TimerNotDrainedFix>(Reporter("""
                public Task StopAsync(CancellationToken cancellationToken)
                {
                    [|_timer|]?.Change(Timeout.Infinite, 0);
                    return Task.CompletedTask;
                }
            """))
            .FixedTo(Reporter("""
                public async Task StopAsync(CancellationToken cancellationToken)
                {
                    if (_timer != null)
                        await _timer.DisposeAsync();
                }
            """))
            .RunAsync();

    [Fact]
    public Task Timer_that_is_there_is_awaited() =>
        Rule.Of<TimerNotDrainedAnalyzer, TimerNotDrainedFix>(Reporter("""
                public async Task StopAsync(CancellationToken cancellationToken)
                {
                    await Task.Yield();
                    [|_timer!|].Dispose();
                }
            """))
            .FixedTo(Reporter("""
                public async Task StopAsync(CancellationToken cancellationToken)
                {
                    await Task.Yield();
                    await _timer.DisposeAsync();
                }
            """))
            .RunAsync();

    [Theory]
    [InlineData("async _ => await File.WriteAllTextAsync(\"report.json\", \"{}\")", "")]
    [InlineData("Save", "async")]
    public Task Asynchronous_callback_is_left_alone(string callback, string modifiers) =>
        Rule.Of<TimerNotDrainedAnalyzer, TimerNotDrainedFix>(Reporter("""
                public Task StopAsync(CancellationToken cancellationToken)
                {
                    [|_timer|]?.Dispose();
                    return Task.CompletedTask;
                }
            """, callback, modifiers))
            .NotFixed()
            .RunAsync();

    private static string Counter(string execute) => $$"""
        public class Counter : BackgroundService
        {
            private readonly System.Collections.Concurrent.ConcurrentQueue<string> _visits = new();

            public void Record(string visit) => _visits.Enqueue(visit);

            protected override async Task ExecuteAsync(CancellationToken stoppingToken)
            {
        {{execute}}
            }

            private async Task FlushAsync(string name, CancellationToken token)
            {
                while (_visits.TryDequeue(out var visit))
                    await File.AppendAllTextAsync(name, visit, token);
            }

            private Task FlushAsync(CancellationToken token) => FlushAsync("visits", token);
        }
        """;

    [Fact]
    public Task Buffer_is_saved_once_more() =>
        Rule.Of<PeriodicFlushWithoutLastAnalyzer, PeriodicFlushWithoutLastFix>(Counter("""
                    using var timer = new PeriodicTimer(TimeSpan.FromSeconds(5));
                    while (await timer.WaitForNextTickAsync(stoppingToken))
                        await [|FlushAsync(stoppingToken)|];
            """))
            .FixedTo(Counter("""
                    using var timer = new PeriodicTimer(TimeSpan.FromSeconds(5));
                    try
                    {
                        while (await timer.WaitForNextTickAsync(stoppingToken))
                            await FlushAsync(stoppingToken);
                    }
                    finally
                    {
                        await FlushAsync(CancellationToken.None);
                    }
            """))
            .RunAsync();

    [Fact]
    public Task Flush_that_needs_more_is_left_alone() =>
        Rule.Of<PeriodicFlushWithoutLastAnalyzer, PeriodicFlushWithoutLastFix>(Counter("""
                    while (!stoppingToken.IsCancellationRequested)
                    {
                        await Task.Delay(5000, stoppingToken);
                        var name = DateTime.Now.ToString();
                        await [|FlushAsync(name, stoppingToken)|];
                    }
            """))
            .NotFixed()
            .RunAsync();
}
