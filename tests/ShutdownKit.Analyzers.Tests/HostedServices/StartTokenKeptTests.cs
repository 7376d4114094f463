using ShutdownKit.Analyzers.HostedServices;
using ShutdownKit.Analyzers.Tests.Verifiers;

namespace ShutdownKit.Analyzers.Tests.HostedServices;

public sealed class StartTokenKeptTests
{
    private static string Service(string start, string stop = "Task.CompletedTask", string members = "") => $$"""
        public interface IConsumer { Task RunAsync(CancellationToken token); Task ConnectAsync(CancellationToken token); void Stop(); }

        public class Poller(IConsumer consumer) : IHostedService
        {
            private Task? _loop;
            {{members}}

            public async Task StartAsync(CancellationToken cancellationToken)
            {
                {{start}}
                await consumer.ConnectAsync(cancellationToken);
            }

            public Task StopAsync(CancellationToken cancellationToken) => {{stop}};

            private async Task PollAsync(CancellationToken token)
            {
                while (!token.IsCancellationRequested)
                    await Task.Delay(1000, token);
            }
        }
        """;

    private static Task Silent(string source) => Rule.Of<StartTokenKeptAnalyzer>(source).RunAsync();

    private static Task Fires(string source) => Rule.Of<StartTokenKeptAnalyzer>(source).RunAsync();

    [Theory]
    [InlineData("_ = PollAsync([|cancellationToken|]);")]
    [InlineData("_loop = PollAsync([|cancellationToken|]);")]
    [InlineData("_loop = Task.Run(() => PollAsync([|cancellationToken|]), cancellationToken);")]
    [InlineData("_ = Task.Factory.StartNew(() => PollAsync([|cancellationToken|]), cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);")]
    [InlineData("_ = Task.Run(async () => { while (![|cancellationToken|].IsCancellationRequested) await Task.Delay(1000); });")]
    [InlineData("_loop = consumer.RunAsync([|cancellationToken|]);")]
    [InlineData("_ = Task.Run(() => consumer.RunAsync([|cancellationToken|]));")]
    [InlineData("_ = Loop([|cancellationToken|]); async Task Loop(CancellationToken token) { while (true) await Task.Delay(1000, token); }")]
    public Task Background_work_observes_the_token_of_the_start(string start) => Fires(Service(start));

    [Fact]
    public Task Local_is_only_looked_at() =>
        Fires("""
            public class Poller : IHostedService
            {
                public Task StartAsync(CancellationToken cancellationToken)
                {
                    var task = PollAsync([|cancellationToken|]);
                    return task.IsCompleted ? task : Task.CompletedTask;
                }

                public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

                private async Task PollAsync(CancellationToken token)
                {
                    while (true)
                    {
                        if (token.IsCancellationRequested)
                            return;
                        await Task.Delay(1000);
                    }
                }
            }
            """);

    [Fact]
    public Task Disposal_of_what_a_loop_uses_does_not_end_it() =>
        Fires(Service(
            "_loop = LoopAsync([|cancellationToken|]);",
            "Task.CompletedTask; public void Dispose() => _gate.Dispose()",
            """
            private readonly SemaphoreSlim _gate = new(1);
                private async Task LoopAsync(CancellationToken token) { while (!token.IsCancellationRequested) { await _gate.WaitAsync(token); await Task.Delay(1000, token); _gate.Release(); } }
            """));

    [Fact]
    public Task Local_function_captures_the_token() =>
        Fires(Service("_ = [|Loop|](); async Task Loop() { while (true) await Task.Delay(1000, cancellationToken); }"));

    [Fact]
    public Task Linked_source_is_never_cancelled() =>
        Fires(Service(
            "_source = CancellationTokenSource.CreateLinkedTokenSource([|cancellationToken|]); _loop = PollAsync(_source.Token);",
            "_loop ?? Task.CompletedTask",
            "private CancellationTokenSource? _source;"));

    [Fact]
    public Task Field_keeps_the_token() =>
        Fires(Service(
            "_token = [|cancellationToken|]; _loop = Task.Run(LoopAsync);",
            members: "private CancellationToken _token; private async Task LoopAsync() { while (!_token.IsCancellationRequested) await Task.Delay(1000); }"));

    [Fact]
    public Task Timer_uses_the_token() =>
        Fires(Service(
            "_timer = new Timer(async _ => await consumer.ConnectAsync([|cancellationToken|]), null, 0, 1000);",
            "_timer!.DisposeAsync().AsTask()",
            "private Timer? _timer;"));

    [Fact]
    public Task Step_of_the_start_keeps_the_token() =>
        Fires(Service(
            "await BeginAsync(cancellationToken);",
            members: "private async Task BeginAsync(CancellationToken ct) { await consumer.ConnectAsync(ct); _loop = PollAsync([|ct|]); }"));

    [Theory]
    [InlineData("_source = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken); _loop = PollAsync(_source.Token);", "_source!.CancelAsync()")]
    [InlineData("_source = new CancellationTokenSource(); _loop = PollAsync(_source.Token);", "_source!.CancelAsync()")]
    [InlineData("_loop = Task.Run(() => PollAsync(_own.Token), cancellationToken);", "_own.CancelAsync()")]
    public Task Own_source_is_cancelled(string start, string stop) =>
        Silent(Service(start, stop, "private CancellationTokenSource? _source; private readonly CancellationTokenSource _own = new();"));

    [Fact]
    public Task Awaited_work_belongs_to_the_start() =>
        Silent(Service("await PollAsync(cancellationToken); await Task.Run(() => PollAsync(cancellationToken)); await consumer.RunAsync(cancellationToken);"));

    [Fact]
    public Task Short_work_ends_by_itself() =>
        Silent(Service("_ = WarmUpAsync(cancellationToken); _ = consumer.ConnectAsync(cancellationToken);", members: "private Task WarmUpAsync(CancellationToken token) => Task.Delay(100, token);"));

    [Fact]
    public Task Stop_ends_the_loop_in_another_way() =>
        Silent(Service(
            "_loop = LoopAsync(cancellationToken); _ = consumer.RunAsync(cancellationToken);",
            "EndAsync()",
            """
            private volatile bool _stopped;
                private async Task LoopAsync(CancellationToken token) { while (!_stopped) await Task.Delay(1000, token); }
                private async Task EndAsync() { _stopped = true; consumer.Stop(); await _loop!; }
            """));

    [Fact]
    public Task Method_links_the_token_itself() =>
        Silent(Service(
            "_loop = LoopAsync(cancellationToken);",
            "_own.CancelAsync()",
            """
            private readonly CancellationTokenSource _own = new();
                private async Task LoopAsync(CancellationToken token)
                {
                    using var linked = CancellationTokenSource.CreateLinkedTokenSource(token, _own.Token);
                    while (!linked.IsCancellationRequested) await Task.Delay(1000, linked.Token);
                }
            """));

    [Fact]
    public Task Broken_code_is_survived() =>
        Rule.Of<StartTokenKeptAnalyzer>(Service("_ = PollAsync([|cancellationToken|], ; Task.Run(() => cancellationToken").Replace("class Poller(", "class Poller((", StringComparison.Ordinal))
            .Broken()
            .RunAsync();
}
