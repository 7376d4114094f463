using ShutdownKit.Analyzers.HostedServices;
using ShutdownKit.Analyzers.Tests.Verifiers;

namespace ShutdownKit.Analyzers.Tests.HostedServices;

public sealed class BackgroundTaskNotAwaitedTests
{
    private static string Service(string start, string stop, string members = "", string bases = "IHostedService") => $$"""
        public class Poller : {{bases}}
        {
            private readonly CancellationTokenSource _stop = new();
            private Task? _loop;
            {{members}}

            public Task StartAsync(CancellationToken cancellationToken)
            {
                {{start}}
                return Task.CompletedTask;
            }

            {{stop}}

            private async Task PollAsync(CancellationToken token)
            {
                while (!token.IsCancellationRequested)
                {
                    await File.AppendAllTextAsync("orders.log", "tick", token);
                    await Task.Delay(1000, token);
                }
            }
        }
        """;

    private static Task Silent(string source) => Rule.Of<BackgroundTaskNotAwaitedAnalyzer>(source).RunAsync();

    private static Task Fires(string source) => Rule.Of<BackgroundTaskNotAwaitedAnalyzer>(source).RunAsync();

    [Theory]
    [InlineData("_ = [|PollAsync|](_stop.Token);")]
    [InlineData("_ = [|Task.Run|](() => PollAsync(_stop.Token));")]
    [InlineData("[|Task.Run|](() => PollAsync(_stop.Token), cancellationToken);")]
    [InlineData("_ = [|Task.Run|](async () => { while (true) { _stop.Token.ThrowIfCancellationRequested(); await Task.Delay(1000, _stop.Token); } });")]
    [InlineData("[|Task.Factory.StartNew|](() => PollAsync(_stop.Token), TaskCreationOptions.LongRunning);")]
    [InlineData("_ = [|Task.Run|](() => PollAsync(_stop.Token)).ContinueWith(done => Console.Error.WriteLine(done.Exception), TaskContinuationOptions.OnlyOnFaulted);")]
    public Task Task_is_thrown_away(string start) =>
        Fires(Service(start, "public Task StopAsync(CancellationToken cancellationToken) { _stop.Cancel(); return Task.CompletedTask; }"));

    [Theory]
    [InlineData("public Task [|StopAsync|](CancellationToken cancellationToken) { _stop.Cancel(); return Task.CompletedTask; }")]
    [InlineData("public async Task [|StopAsync|](CancellationToken cancellationToken) => await _stop.CancelAsync();")]
    [InlineData("public Task [|StopAsync|](CancellationToken cancellationToken) { if (_loop is null) return Task.CompletedTask; _stop.Cancel(); _loop?.Dispose(); _loop = null; return Task.CompletedTask; }")]
    public Task Task_is_kept_but_the_stop_does_not_wait(string stop) => Fires(Service("_loop = PollAsync(_stop.Token);", stop));

    [Fact]
    public Task Task_of_another_class_is_kept() =>
        Fires(Service(
            "_loop = _server.RunAsync(_stop.Token);",
            "public Task [|StopAsync|](CancellationToken cancellationToken) => _stop.CancelAsync();",
            "private readonly IHost _server = null!;"));

    [Fact]
    public Task Task_of_another_class_ends_with_it() =>
        Silent(Service(
            "_loop = _server.RunAsync(_stop.Token); _ = Task.Run(() => _server.RunAsync(_stop.Token));",
            "public async Task StopAsync(CancellationToken cancellationToken) { _stop.Cancel(); await _server.StopAsync(cancellationToken); }",
            "private readonly IHost _server = null!;"));

    [Fact]
    public Task Local_is_only_looked_at() =>
        Fires(Service(
            "var task = [|PollAsync|](_stop.Token); if (task.IsCompleted) return task;",
            "public Task StopAsync(CancellationToken cancellationToken) => _stop.CancelAsync();"));

    [Fact]
    public Task Owner_disposes_of_the_class() =>
        Fires("""
            public sealed class Uploader : IAsyncDisposable
            {
                private readonly CancellationTokenSource _stop = new();
                private readonly Task _loop;

                public Uploader() => _loop = Task.Run(UploadAsync);

                private async Task UploadAsync()
                {
                    while (!_stop.IsCancellationRequested)
                        await Task.Delay(1000);
                }

                public async ValueTask [|DisposeAsync|]() => await _stop.CancelAsync();
            }
            """);

    [Fact]
    public Task Owner_waits_for_the_class() =>
        Silent("""
            public sealed class Uploader : IAsyncDisposable
            {
                private readonly CancellationTokenSource _stop = new();
                private readonly Task _loop;

                public Uploader() => _loop = Task.Run(UploadAsync);

                private async Task UploadAsync()
                {
                    while (!_stop.IsCancellationRequested)
                        await Task.Delay(1000);
                }

                public async ValueTask DisposeAsync()
                {
                    await _stop.CancelAsync();
                    await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }
            }
            """);

    [Fact]
    public Task Task_is_returned_when_it_has_failed_at_once() =>
        Fires(Service(
            "_loop = PollAsync(_stop.Token); if (_loop.IsCompleted) return _loop;",
            "public Task [|StopAsync|](CancellationToken cancellationToken) { _stop.Cancel(); return Task.CompletedTask; }"));

    [Theory]
    [InlineData("public async Task StopAsync(CancellationToken cancellationToken) { _stop.Cancel(); await _loop!; }")]
    [InlineData("public async Task StopAsync(CancellationToken cancellationToken) { _stop.Cancel(); await Task.WhenAny(_loop!, Task.Delay(Timeout.Infinite, cancellationToken)); }")]
    [InlineData("public Task StopAsync(CancellationToken cancellationToken) { _stop.Cancel(); return _loop ?? Task.CompletedTask; }")]
    [InlineData("public Task StopAsync(CancellationToken cancellationToken) { _stop.Cancel(); _loop?.Wait(TimeSpan.FromSeconds(5)); return Task.CompletedTask; }")]
    [InlineData("public Task StopAsync(CancellationToken cancellationToken) => EndAsync();  private async Task EndAsync() { await _stop.CancelAsync(); await _loop!.WaitAsync(TimeSpan.FromSeconds(5)); }")]
    public Task Stop_waits_for_the_task(string stop) => Silent(Service("_loop = PollAsync(_stop.Token);", stop));

    [Fact]
    public Task DisposeAsync_waits_for_the_task() =>
        Silent(Service(
            "_loop = PollAsync(_stop.Token);",
            "public Task StopAsync(CancellationToken cancellationToken) => _stop.CancelAsync(); public async ValueTask DisposeAsync() { if (_loop is not null) await _loop; }",
            bases: "IHostedService, IAsyncDisposable"));

    [Fact]
    public Task Tasks_are_kept_in_a_list() =>
        Silent(Service(
            "_tasks.Add(PollAsync(_stop.Token)); _tasks.Add(Task.Run(() => PollAsync(_stop.Token)));",
            "public Task StopAsync(CancellationToken cancellationToken) { _stop.Cancel(); return Task.WhenAll(_tasks); }",
            "private readonly List<Task> _tasks = [];"));

    [Fact]
    public Task Tasks_in_a_list_are_forgotten() =>
        Fires(Service(
            "_tasks.Add(PollAsync(_stop.Token));",
            "public Task [|StopAsync|](CancellationToken cancellationToken) { _stop.Cancel(); _tasks.Clear(); return Task.CompletedTask; }",
            "private readonly List<Task> _tasks = [];"));

    [Fact]
    public Task Loop_says_itself_that_it_has_ended() =>
        Silent("""
            public class Consumer : IHostedService
            {
                private readonly TaskCompletionSource _ended = new();
                private volatile bool _stopped;

                public Task StartAsync(CancellationToken cancellationToken)
                {
                    _ = Task.Run(ConsumeAsync);
                    return Task.CompletedTask;
                }

                private async Task ConsumeAsync()
                {
                    while (!_stopped)
                        await Task.Delay(10);
                    _ended.SetResult();
                }

                public async Task StopAsync(CancellationToken cancellationToken)
                {
                    _stopped = true;
                    await _ended.Task;
                }
            }
            """);

    [Fact]
    public Task Background_service_starts_another_task() =>
        Fires("""
            public class Worker : BackgroundService
            {
                protected override Task ExecuteAsync(CancellationToken stoppingToken)
                {
                    [|Task.Run|](() => Loop(stoppingToken), stoppingToken);
                    return Task.CompletedTask;
                }

                private async Task Loop(CancellationToken token)
                {
                    using var timer = new PeriodicTimer(TimeSpan.FromSeconds(5));
                    while (await timer.WaitForNextTickAsync(token))
                        await File.AppendAllTextAsync("orders.log", "tick", token);
                }
            }
            """);

    [Fact]
    public Task Background_service_awaits_its_tasks() =>
        Silent("""
            public class Worker : BackgroundService
            {
                private Task? _report;

                protected override async Task ExecuteAsync(CancellationToken stoppingToken)
                {
                    _report = Loop(stoppingToken);
                    var second = Task.Run(() => Loop(stoppingToken), stoppingToken);
                    await Task.WhenAll(Loop(stoppingToken), second);
                    await _report;
                }

                private async Task Loop(CancellationToken token)
                {
                    while (!token.IsCancellationRequested)
                        await Task.Delay(1000, token);
                }
            }
            """);

    [Fact]
    public Task Short_work_and_retries_end_by_themselves() =>
        Silent(Service(
            "_ = Task.Run(WarmUpAsync); _ = ConnectAsync();",
            "public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;",
            """
            private async Task WarmUpAsync() => await Task.Delay(10);
                private async Task ConnectAsync()
                {
                    while (true)
                    {
                        try
                        {
                            await WarmUpAsync();
                            return;
                        }
                        catch (IOException)
                        {
                            await Task.Delay(1000);
                        }
                    }
                }
            """));

    [Fact]
    public Task Others_can_wait_for_a_public_task() =>
        Silent(Service(
            "Completion = PollAsync(_stop.Token);",
            "public Task StopAsync(CancellationToken cancellationToken) => _stop.CancelAsync();",
            "public Task? Completion { get; private set; }"));

    [Fact]
    public Task Loop_that_is_driven_by_the_start_token_belongs_to_another_rule() =>
        Silent(Service("_ = PollAsync(cancellationToken);", "public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;"));

    [Fact]
    public Task Other_classes_are_not_hosted() =>
        Silent(Service("_ = PollAsync(_stop.Token);", "public void Close() => _stop.Cancel();", bases: "object"));

    [Fact]
    public Task Broken_code_is_survived() =>
        Rule.Of<BackgroundTaskNotAwaitedAnalyzer>(Service("_ = Task.Run(() => ; _loop = Missing(", "public Task StopAsync(CancellationToken"))
            .Broken()
            .RunAsync();
}
