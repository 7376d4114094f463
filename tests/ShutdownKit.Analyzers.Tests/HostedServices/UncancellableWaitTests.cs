using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Testing;
using ShutdownKit.Analyzers.CodeFixes.HostedServices;
using ShutdownKit.Analyzers.HostedServices;
using ShutdownKit.Analyzers.Tests.Verifiers;

namespace ShutdownKit.Analyzers.Tests.HostedServices;

public sealed class UncancellableWaitTests
{
    private static string Poller(string loop, string members = "", string stop = "_cts.Cancel(); _stop = true; _running = false; _state = State.Stopped; Interlocked.Exchange(ref _stopped, 1); _wake.Set(); _ended.TrySetResult();") => $$"""
        public sealed class Poller : IDisposable
        {
            private readonly CancellationTokenSource _cts = new();
            private readonly TimeSpan _interval;
            private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);
            private const int ShortPause = 50;
            private enum State { Running, Stopped }
            private State _state;
            private int _stopped;
            private readonly TaskCompletionSource _ended = new();
            private volatile bool _stop;
            private volatile bool _running = true;
            private readonly AutoResetEvent _wake = new(false);
            private readonly AutoResetEvent _work = new(false);
            private readonly System.Collections.Concurrent.BlockingCollection<int> _queue = new();
            private readonly System.Collections.Concurrent.BlockingCollection<int> _completed = new();
            {{members}}

            public Poller(TimeSpan interval) => _interval = interval;

            public void Start() => Task.Run(LoopAsync);

            private async Task LoopAsync()
            {
                await Task.Yield();
                {{loop}}
            }

            private Task PollAsync() => Task.CompletedTask;

            public void Complete() => _completed.CompleteAdding();

            public void Stop() { {{stop}} }

            public void Dispose() => Stop();
        }
        """;

    private static string Worker(string body, string members = "") => $$"""
        public sealed class Worker(IHostApplicationLifetime lifetime) : BackgroundService
        {
            {{members}}

            protected override async Task ExecuteAsync(CancellationToken stoppingToken)
            {
                {{body}}
            }

            private Task StepAsync(CancellationToken token) => Task.Delay(1, token);
        }
        """;

    private static Task Check(string source) => Rule.Of<UncancellableWaitAnalyzer>(source).RunAsync();

    // Only the places count: Info where it is less certain.
    private static Task ChecksInfo(string source, string member = "Poller")
    {
        var test = Rule.Of<UncancellableWaitAnalyzer>(source.Replace("[|", "{|#0:", StringComparison.Ordinal));
        test.TestState.ExpectedDiagnostics.Add(new DiagnosticResult("SHK2008", DiagnosticSeverity.Info).WithLocation(0));
        return test.RunAsync();
    }

    [Theory]
    [InlineData("while (!_cts.IsCancellationRequested) { await PollAsync(); await [|Task.Delay(5000)|]; }")]
    [InlineData("while (!_cts.Token.IsCancellationRequested) { try { await PollAsync(); } catch (Exception) { await [|Task.Delay(TimeSpan.FromSeconds(30))|].ConfigureAwait(false); } }")]
    [InlineData("while (_cts?.IsCancellationRequested == false) { await PollAsync(); [|Thread.Sleep(Pause)|]; }")]
    [InlineData("while (!_stop) { await PollAsync(); [|Thread.Sleep(5000)|]; }")]
    [InlineData("while (_running) { await PollAsync(); [|Task.Delay(60 * 1000)|].Wait(); }")]
    [InlineData("while (this._running) { await PollAsync(); await [|Task.Delay(_interval)|]; }")]
    [InlineData("while (true) { if (_stop) break; await PollAsync(); await [|Task.Delay(1000)|]; }")]
    [InlineData("while (true) { _cts.Token.ThrowIfCancellationRequested(); await PollAsync(); await [|Task.Delay(1000)|]; }")]
    [InlineData("var token = _cts.Token; while (!token.IsCancellationRequested) { await PollAsync(); await [|Task.Delay(_interval)|]; }")]
    [InlineData("do { await PollAsync(); await [|Task.Delay(new TimeSpan(0, 0, 15))|]; } while (!_stop);")]
    [InlineData("while (_state == State.Running) { await PollAsync(); await [|Task.Delay(1000)|]; }")]
    [InlineData("while (Volatile.Read(ref _stopped) == 0) { await PollAsync(); await [|Task.Delay(1000)|]; }")]
    [InlineData("while (!_wake.WaitOne(0)) { await PollAsync(); [|Thread.Sleep(1000)|]; }")]
    [InlineData("while (!_ended.Task.IsCompleted) { await PollAsync(); [|Thread.Sleep(1000)|]; }")]
    [InlineData("var tries = 0; while (!_stop) { tries++; await PollAsync(); await [|Task.Delay(Math.Min(tries * 100, 10_000))|]; }")]
    [InlineData("while (!_stop) { [|_work.WaitOne()|]; await PollAsync(); }")]
    [InlineData("while (!_cts.IsCancellationRequested) { var item = [|_queue.Take()|]; await PollAsync(); }")]
    public Task Wait_in_a_loop_that_a_stop_ends(string loop) => Check(Poller(loop));

    [Theory]
    // Short, cancellable, or ended by the stop.
    [InlineData("while (!_stop) { await PollAsync(); Thread.Sleep(100); }")]
    [InlineData("while (!_stop) { await PollAsync(); Thread.Sleep(ShortPause); }")]
    [InlineData("while (!_stop) { await PollAsync(); await Task.Delay(TimeSpan.FromMilliseconds(250)); }")]
    [InlineData("while (!_cts.IsCancellationRequested) { await PollAsync(); await Task.Delay(5000, _cts.Token); }")]
    [InlineData("while (!_cts.IsCancellationRequested) { await PollAsync(); _cts.Token.WaitHandle.WaitOne(5000); }")]
    [InlineData("while (!_stop) { await PollAsync(); _wake.WaitOne(); }")]
    [InlineData("while (!_stop) { await PollAsync(); _wake.WaitOne(5000); }")]
    [InlineData("while (!_stop) { var item = _completed.Take(); await PollAsync(); }")]
    [InlineData("while (!_stop) { await Task.WhenAny(PollAsync(), Task.Delay(5000)); }")]
    [InlineData("while (!_stop) { await PollAsync(); _ = Task.Delay(5000); }")]
    // Not for ever, not to do with a stop.
    [InlineData("for (var i = 0; i < 3 && _running; i++) { await PollAsync(); await Task.Delay(1000); }")]
    [InlineData("using var limit = new CancellationTokenSource(5000); while (!limit.IsCancellationRequested) { await PollAsync(); await Task.Delay(1000); }")]
    [InlineData("while (await File.ReadAllTextAsync(\"x\") == \"\") { await Task.Delay(1000); }")]
    [InlineData("await Task.Delay(1000);")]
    // The rest of a time that may be short.
    [InlineData("var started = Environment.TickCount; while (!_stop) { await PollAsync(); await Task.Delay(Math.Max(0, 20 - (Environment.TickCount - started))); }")]
    public Task Silent_where_the_stop_has_not_to_wait(string loop) => Check(Poller(loop));

    [Fact]
    public Task A_flag_that_the_stop_sets_the_other_way_is_none() =>
        Check(Poller("while (!_initialized) { await PollAsync(); await Task.Delay(1000); }", "private bool _initialized;", "_initialized = false;"));

    [Fact]
    public Task Lambda_in_a_method_with_a_token_which_CA2016_leaves_alone() =>
        Check("""
            public sealed class Sync
            {
                public Task RunAsync(CancellationToken token) => Task.Run(async () =>
                {
                    while (!token.IsCancellationRequested)
                    {
                        await Task.Yield();
                        await [|Task.Delay(TimeSpan.FromSeconds(10))|];
                    }
                });
            }
            """);

    [Theory]
    // CA2016 asks for the parameter.
    [InlineData("while (!token.IsCancellationRequested) await Task.Delay(5000);")]
    [InlineData("async Task LocalAsync() { while (!token.IsCancellationRequested) await Task.Delay(5000); } await LocalAsync();")]
    [InlineData("Func<CancellationToken, Task> run = async ct => { while (!ct.IsCancellationRequested) await Task.Delay(5000); }; await run(token);")]
    public Task Silent_where_CA2016_asks_for_the_token(string body) =>
        Check($$"""
            public sealed class Sync
            {
                public async Task RunAsync(CancellationToken token) { {{body}} }
            }
            """);

    [Theory]
    [InlineData("while (!token.IsCancellationRequested) { await Task.Yield(); [|Thread.Sleep(5000)|]; }")]
    [InlineData("while (!token.IsCancellationRequested) { var client = [|listener.AcceptTcpClient()|]; client.Dispose(); await Task.Yield(); }", "var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Any, 1);")]
    public Task Calls_that_take_no_token(string body, string before = "") =>
        Check($$"""
            public sealed class Sync
            {
                public async Task RunAsync(CancellationToken token) { {{before}} {{body}} }
            }
            """);

    [Theory]
    [InlineData("while (!stoppingToken.IsCancellationRequested) await RefreshAsync();", "private async Task RefreshAsync() { try { await File.ReadAllTextAsync(\"x\"); } catch (IOException) { await [|Task.Delay(5000)|]; } }")]
    [InlineData("await RunAsync();", "private async Task RunAsync() => await InnerAsync(); private async Task InnerAsync() { await [|Task.Delay(TimeSpan.FromMinutes(5))|]; }")]
    [InlineData("[|Thread.Sleep(10_000)|]; await StepAsync(stoppingToken);")]
    [InlineData("await StepAsync(stoppingToken); while (true) { var line = [|Console.ReadLine()|]; if (line is null) break; }")]
    [InlineData("await Task.Run(async () => { await [|Task.Delay(20_000)|]; });")]
    public Task Work_of_a_background_service(string body, string members = "") => Check(Worker(body, members));

    [Theory]
    [InlineData("await StepAsync(stoppingToken);", "public async Task RefreshNowAsync() { await Task.Delay(5000); }")]
    [InlineData("_ = Task.Run(async () => { await Task.Delay(20_000); }); await StepAsync(stoppingToken);")]
    [InlineData("await Task.Delay(5000);")]
    [InlineData("using var timer = new PeriodicTimer(TimeSpan.FromSeconds(5)); while (await timer.WaitForNextTickAsync(stoppingToken)) await StepAsync(stoppingToken);")]
    public Task Silent_in_a_background_service(string body, string members = "") => Check(Worker(body, members));

    [Fact]
    public Task Silent_where_it_blocks_the_start_as_well_which_SHK2013_says() =>
        Rule.Of<UncancellableWaitAnalyzer>(Worker("Thread.Sleep(10_000); await StepAsync(stoppingToken);")).On(TargetFrameworks.Net8).RunAsync();

    [Fact]
    public Task Hosted_service_that_starts_a_loop_with_a_source_of_its_own() =>
        Check("""
            public sealed class Cleaner : IHostedService
            {
                private readonly CancellationTokenSource _stopping = new();
                private Task? _loop;

                public Task StartAsync(CancellationToken cancellationToken)
                {
                    _loop = Task.Run(LoopAsync);
                    return Task.CompletedTask;
                }

                private async Task LoopAsync()
                {
                    while (!_stopping.IsCancellationRequested)
                        await CleanAsync();
                }

                private async Task CleanAsync()
                {
                    for (var attempt = 0; attempt < 5; attempt++)
                        await [|Task.Delay(TimeSpan.FromSeconds(attempt * 2))|];
                }

                public async Task StopAsync(CancellationToken cancellationToken)
                {
                    _stopping.Cancel();
                    await _loop!.WaitAsync(cancellationToken);
                }
            }
            """);

    [Fact]
    public Task Only_info_below_the_loop() =>
        ChecksInfo(Poller("while (!_stop) { await ConnectAsync(); }", "private async Task ConnectAsync() { await [|Task.Delay(5000)|]; }"));

    [Fact]
    public Task Only_info_for_a_retry_beside_a_token() =>
        ChecksInfo(Poller("await ConnectAsync();", "private bool _connected; private async Task ConnectAsync() { while (!_connected) { try { _connected = true; } catch (IOException) { await [|Task.Delay(5000)|]; } } }"));

    [Fact]
    public Task Only_info_in_the_stop_path() =>
        ChecksInfo(Poller("await PollAsync();", stop: "_stop = true; [|Thread.Sleep(5000)|];"));

    [Fact]
    public Task Only_info_for_an_endless_loop_beside_a_signal() =>
        ChecksInfo(Poller("while (true) { await PollAsync(); await [|Task.Delay(5000)|]; }"));

    [Fact]
    public Task The_message_tells_how_long_it_takes() =>
        Rule.Of<UncancellableWaitAnalyzer>(Poller("while (!_stop) { {|#0:Thread.Sleep(Pause)|}; }"))
            .Expecting("SHK2008", 0, "'Thread.Sleep' is not ended by a stop of 'Poller': the work goes on up to 60 s longer, and docker stop sends SIGKILL after 10 s")
            .RunAsync();

    [Fact]
    public async Task The_threshold_can_be_set()
    {
        await Rule.Of<UncancellableWaitAnalyzer>(Poller("while (!_stop) { Thread.Sleep(5000); }")).WithOption("max_uncancellable_wait", "10s").RunAsync();
        await Rule.Of<UncancellableWaitAnalyzer>(Poller("while (!_stop) { [|Thread.Sleep(100)|]; }")).WithOption("max_uncancellable_wait", "100ms").RunAsync();
    }

    [Theory]
    [InlineData("await [|Task.Delay(5000)|];", "await Task.Delay(5000, _cts.Token);")]
    [InlineData("[|Thread.Sleep(_interval)|];", "_cts.Token.WaitHandle.WaitOne(_interval);")]
    [InlineData("var item = [|_queue.Take()|];", "var item = _queue.Take(_cts.Token);")]
    public Task Fix_gives_the_token(string wait, string cancellable) =>
        Rule.Of<UncancellableWaitAnalyzer, UncancellableWaitFix>(Poller($"while (!_cts.IsCancellationRequested) {{ await PollAsync(); {wait} }}"))
            .FixedTo(Poller($"while (!_cts.IsCancellationRequested) {{ await PollAsync(); {cancellable} }}"))
            .RunAsync();

    [Theory]
    // The exception would skip what comes after the loop, or be logged as an error.
    [InlineData("while (!_cts.IsCancellationRequested) { await [|Task.Delay(5000)|]; } Complete();")]
    [InlineData("while (!_cts.IsCancellationRequested) { try { await [|Task.Delay(5000)|]; } catch (Exception) { Complete(); } }")]
    [InlineData("while (!_stop) { await Task.Yield(); var item = [|_work.WaitOne()|]; }")]
    public Task No_fix_where_it_would_change_more(string loop) =>
        Rule.Of<UncancellableWaitAnalyzer, UncancellableWaitFix>(Poller(loop)).NotFixed().RunAsync();

    [Theory]
    [InlineData("class P { bool _stop; void Stop() => _stop = true; void Run() { while (!_stop) { Thread.Sleep( } } }")]
    [InlineData("class P { void Run() { while (!_missing.IsCancellationRequested) Task.Delay(Missing).Wait(); } }")]
    [InlineData("Thread.Sleep(5000); while (true) { } class { }")]
    public async Task Broken_code_is_survived(string source)
    {
        var test = Rule.Of<UncancellableWaitAnalyzer>(source).Broken();
        test.TestBehaviors |= TestBehaviors.SkipGeneratedCodeCheck;
        test.DisabledDiagnostics.Add("SHK2008");
        await test.RunAsync();
    }
}
