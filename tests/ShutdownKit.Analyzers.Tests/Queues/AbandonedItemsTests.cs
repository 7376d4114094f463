using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Testing;
using ShutdownKit.Analyzers.CodeFixes.Queues;
using ShutdownKit.Analyzers.Queues;
using ShutdownKit.Analyzers.Tests.Verifiers;

namespace ShutdownKit.Analyzers.Tests.Queues;

public sealed class AbandonedItemsTests
{
    private static string Worker(string body, string members = "", string item = "int") => $$"""
        using System.Threading.Channels;

        public class Worker(Channel<{{item}}> orders, IHostApplicationLifetime lifetime) : BackgroundService
        {
            {{members}}
            private static readonly TaskCompletionSource Told = new();
            protected override async Task ExecuteAsync(CancellationToken stoppingToken)
            {
                {{body}}
            }

            private Task ShipAsync(object order, CancellationToken token) => Task.Delay(100, lifetime.ApplicationStopped);
            private Task AckAsync(object order) => Task.CompletedTask;
        }
        """;

    private static Task Fires(string source) => Rule.Of<AbandonedItemsAnalyzer>(source).RunAsync();

    private static Task Silent(string source) => Rule.Of<AbandonedItemsAnalyzer>(source).RunAsync();

    [Fact]
    public Task Fix_finishes_the_items_without_the_token() =>
        Rule.Of<AbandonedItemsAnalyzer, AbandonedItemsFix>(Worker("""
            await foreach (var order in orders.Reader.ReadAllAsync(stoppingToken))
                    {
                        await Task.Delay(10, [|stoppingToken|]);
                        await ShipAsync(order, stoppingToken);
                    }
            """))
            .FixedTo(Worker("""
            await foreach (var order in orders.Reader.ReadAllAsync(stoppingToken))
                    {
                        await Task.Delay(10, CancellationToken.None);
                        await ShipAsync(order, CancellationToken.None);
                    }
            """))
            .RunAsync();

    [Fact]
    public Task Fix_all_mends_each_loop() =>
        Rule.Of<AbandonedItemsAnalyzer, AbandonedItemsFix>(Worker("""
            while (await orders.Reader.WaitToReadAsync(stoppingToken))
                        while (orders.Reader.TryRead(out var order))
                            await ShipAsync(order, [|stoppingToken|]);
            """) + """

            public class Second(System.Threading.Channels.ChannelReader<int> reader) : BackgroundService
            {
                protected override async Task ExecuteAsync(CancellationToken stoppingToken)
                {
                    await foreach (var order in reader.ReadAllAsync(stoppingToken))
                        await File.WriteAllTextAsync("order", "", [|stoppingToken|]);
                }
            }
            """)
            .FixedTo(Worker("""
            while (await orders.Reader.WaitToReadAsync(stoppingToken))
                        while (orders.Reader.TryRead(out var order))
                            await ShipAsync(order, CancellationToken.None);
            """) + """

            public class Second(System.Threading.Channels.ChannelReader<int> reader) : BackgroundService
            {
                protected override async Task ExecuteAsync(CancellationToken stoppingToken)
                {
                    await foreach (var order in reader.ReadAllAsync(stoppingToken))
                        await File.WriteAllTextAsync("order", "", CancellationToken.None);
                }
            }
            """)
            .RunAsync();

    [Fact]
    public Task No_fix_where_the_loop_itself_ends_on_the_token() =>
        Rule.Of<AbandonedItemsAnalyzer, AbandonedItemsFix>(Worker("""
            while (!stoppingToken.IsCancellationRequested)
            {
                var order = await orders.Reader.ReadAsync(stoppingToken);
                await ShipAsync(order, [|stoppingToken|]);
            }
            """))
            .NotFixed()
            .RunAsync();

    [Fact]
    public async Task The_message_tells_what_happens()
    {
        var test = Rule.Of<AbandonedItemsAnalyzer>(Worker("{|#1:await foreach (var o in orders.Reader.ReadAllAsync(stoppingToken)) await ShipAsync(o, {|#0:stoppingToken|});|}"));
        test.TestState.ExpectedDiagnostics.Add(new DiagnosticResult("SHK6001", DiagnosticSeverity.Warning)
            .WithLocation(0)
            .WithLocation(1)
            .WithMessage("When 'stoppingToken' is cancelled, 'ShipAsync' throws in the middle of an item, and that item and all that are still queued in memory are lost"));
        await test.RunAsync();
    }

    [Theory]
    [InlineData("await foreach (var o in orders.Reader.ReadAllAsync().WithCancellation(stoppingToken).ConfigureAwait(false)) await ShipAsync(o, [|stoppingToken|]).ConfigureAwait(false);")]
    [InlineData("await foreach (var o in orders.Reader.ReadAllAsync(stoppingToken)) { try { await ShipAsync(o, [|stoppingToken|]); } catch (Exception) { } }")]
    [InlineData("await foreach (var o in orders.Reader.ReadAllAsync(stoppingToken)) { using var cts = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken); await ShipAsync(o, [|cts.Token|]); }")]
    [InlineData("await foreach (var o in orders.Reader.ReadAllAsync(lifetime.ApplicationStopping)) await ShipAsync(o, [|lifetime.ApplicationStopping|]);")]
    [InlineData("await Task.Run(async () => { await foreach (var o in orders.Reader.ReadAllAsync(stoppingToken)) await ShipAsync(o, [|stoppingToken|]); });")]
    public Task Items_are_dropped(string body) => Fires(Worker(body));

    // The work on an item is finished, but the loop ends with the queue full.
    [Theory]
    [InlineData("while (!stoppingToken.IsCancellationRequested) { var o = await orders.Reader.ReadAsync({|#0:stoppingToken|}); await ShipAsync(o, default); }", "'ReadAsync' throws although items are queued, and all that are still queued in memory are")]
    [InlineData("while (await orders.Reader.WaitToReadAsync({|#0:stoppingToken|})) { if (orders.Reader.TryRead(out var o)) await ShipAsync(o, default); }", "'WaitToReadAsync' throws although items are queued, and all that are still queued in memory are")]
    [InlineData("while (await orders.Reader.WaitToReadAsync({|#0:stoppingToken|}) && orders.Reader.TryRead(out var o)) await ShipAsync(o, default);", "'WaitToReadAsync' throws although items are queued, and all that are still queued in memory are")]
    [InlineData("await foreach (var o in orders.Reader.ReadAllAsync(stoppingToken)) { if ({|#0:stoppingToken.IsCancellationRequested|}) break; await ShipAsync(o, default); }", "this test ends the loop, and all items that are still queued in memory are")]
    [InlineData("await foreach (var o in orders.Reader.ReadAllAsync(stoppingToken)) { {|#0:stoppingToken.ThrowIfCancellationRequested()|}; await ShipAsync(o, default); }", "this test ends the loop, and all items that are still queued in memory are")]
    public Task Items_are_dropped_behind_the_one_at_work(string body, string what)
    {
        var test = Rule.Of<AbandonedItemsAnalyzer>(Worker(body));
        test.TestState.ExpectedDiagnostics.Add(new DiagnosticResult("SHK6001", DiagnosticSeverity.Info)
            .WithLocation(0)
            .WithMessage($"When 'stoppingToken' is cancelled, {what} lost")
            .WithOptions(DiagnosticOptions.IgnoreAdditionalLocations));
        return test.RunAsync();
    }

    [Theory]
    // The body ignores the token.
    [InlineData("await foreach (var o in orders.Reader.ReadAllAsync(stoppingToken)) await ShipAsync(o, CancellationToken.None);")]
    [InlineData("await foreach (var o in orders.Reader.ReadAllAsync(stoppingToken)) await ShipAsync(o, default);")]
    [InlineData("while (await orders.Reader.WaitToReadAsync(stoppingToken)) while (orders.Reader.TryRead(out var o)) await ShipAsync(o, default);")]
    [InlineData("while (!stoppingToken.IsCancellationRequested) { var o = await orders.Reader.ReadAsync(stoppingToken); await ShipAsync(o, default); } while (orders.Reader.TryRead(out var left)) await ShipAsync(left, default);")]
    // Somebody waits until the queue is empty.
    [InlineData("lifetime.ApplicationStopping.Register(() => orders.Reader.Completion.Wait()); while (true) { var o = await orders.Reader.ReadAsync(stoppingToken); await ShipAsync(o, default); }")]
    // The loop is not ended by it.
    [InlineData("await foreach (var o in orders.Reader.ReadAllAsync()) await ShipAsync(o, stoppingToken);")]
    // What is left is worked off afterwards.
    [InlineData("try { await foreach (var o in orders.Reader.ReadAllAsync(stoppingToken)) await ShipAsync(o, stoppingToken); } finally { while (orders.Reader.TryRead(out var left)) await ShipAsync(left, default); }")]
    [InlineData("try { await foreach (var o in orders.Reader.ReadAllAsync(stoppingToken)) await ShipAsync(o, stoppingToken); } catch (OperationCanceledException) { } await foreach (var o in orders.Reader.ReadAllAsync()) await ShipAsync(o, default);")]
    // The item goes back to the queue.
    [InlineData("await foreach (var o in orders.Reader.ReadAllAsync(stoppingToken)) { try { await ShipAsync(o, stoppingToken); } catch { await orders.Writer.WriteAsync(o); } }")]
    // A broker delivers it again.
    [InlineData("await foreach (var o in orders.Reader.ReadAllAsync(stoppingToken)) { await ShipAsync(o, stoppingToken); await AckAsync(o); }")]
    [InlineData("await foreach (var o in orders.Reader.ReadAllAsync(stoppingToken)) { try { await ShipAsync(o, stoppingToken); } catch (Exception e) { Told.TrySetException(e); } }")]
    // It stops and disposes of things, as the end of the process does.
    [InlineData("while (true) { var o = await orders.Reader.ReadAsync(stoppingToken); await StopItAsync(o, stoppingToken); } async Task StopItAsync(int o, CancellationToken t) => await Task.Delay(o, t);")]
    // No channel.
    [InlineData("await foreach (var o in Rows(stoppingToken)) await ShipAsync(o, stoppingToken); async IAsyncEnumerable<int> Rows(CancellationToken t) { await Task.Yield(); yield return 1; }")]
    public Task Silent_where_nothing_is_dropped(string body) => Silent(Worker(body));

    [Fact]
    public Task A_queue_behind_an_interface_is_looked_through() =>
        Fires("""
            using System.Threading.Channels;

            public interface ITaskQueue
            {
                ValueTask<Func<CancellationToken, ValueTask>> DequeueAsync(CancellationToken cancellationToken);
            }

            public sealed class TaskQueue : ITaskQueue
            {
                private readonly Channel<Func<CancellationToken, ValueTask>> _queue = Channel.CreateBounded<Func<CancellationToken, ValueTask>>(100);

                public async ValueTask<Func<CancellationToken, ValueTask>> DequeueAsync(CancellationToken cancellationToken)
                {
                    var workItem = await _queue.Reader.ReadAsync(cancellationToken);
                    return workItem;
                }
            }

            public sealed class QueuedHostedService(ITaskQueue tasks, ILogger<QueuedHostedService> logger) : BackgroundService
            {
                protected override async Task ExecuteAsync(CancellationToken stoppingToken)
                {
                    while (!stoppingToken.IsCancellationRequested)
                    {
                        var workItem = await tasks.DequeueAsync(stoppingToken);
                        try
                        {
                            await workItem([|stoppingToken|]);
                        }
                        catch (Exception exception)
                        {
                            logger.LogError(exception, "failed");
                        }
                    }
                }
            }
            """);

    [Fact]
    public Task A_queue_with_a_semaphore_is_looked_through() =>
        Fires("""
            using System.Collections.Concurrent;

            public sealed class TaskQueue
            {
                private readonly ConcurrentQueue<Func<CancellationToken, Task>> _items = new();
                private readonly SemaphoreSlim _signal = new(0);

                public async Task<Func<CancellationToken, Task>> DequeueAsync(CancellationToken cancellationToken)
                {
                    await _signal.WaitAsync(cancellationToken);
                    _items.TryDequeue(out var item);
                    return item!;
                }
            }

            public sealed class Worker(TaskQueue tasks) : BackgroundService
            {
                protected override async Task ExecuteAsync(CancellationToken stoppingToken)
                {
                    while (!stoppingToken.IsCancellationRequested)
                    {
                        var item = await tasks.DequeueAsync(stoppingToken);
                        await item([|stoppingToken|]);
                    }
                }
            }
            """);

    [Fact]
    public Task Silent_for_a_channel_of_signals() =>
        Silent(Worker("while (true) { await orders.Reader.ReadAsync(stoppingToken); await ShipAsync(1, default); }", item: "bool"));

    [Fact]
    public Task Silent_where_the_loop_feeds_itself() =>
        Silent(Worker("await foreach (var o in orders.Reader.ReadAllAsync(stoppingToken)) { await ShipAsync(o, stoppingToken); _ = AgainAsync(o, stoppingToken); }", """
            private async Task AgainAsync(int order, CancellationToken token)
            {
                await Task.Delay(1000, token);
                await orders.Writer.WriteAsync(order, token);
            }
            """));

    [Fact]
    public Task One_report_for_a_loop_in_a_loop() =>
        Fires(Worker("""
            var batch = new List<int>();
            while (!stoppingToken.IsCancellationRequested)
            {
                try
                {
                    batch.Add(await orders.Reader.ReadAsync(stoppingToken));
                    while (batch.Count < 10 && await orders.Reader.WaitToReadAsync(stoppingToken))
                    {
                        if (orders.Reader.TryRead(out var next))
                            batch.Add(next);
                    }
                }
                catch (InvalidOperationException)
                {
                    await Task.Delay(1000, stoppingToken);
                }

                await ShipAsync(batch, [|stoppingToken|]);
            }
            """));

    [Fact]
    public Task Silent_where_StopAsync_drains() =>
        Silent(Worker("await foreach (var o in orders.Reader.ReadAllAsync(stoppingToken)) await ShipAsync(o, stoppingToken);", """
            public override async Task StopAsync(CancellationToken cancellationToken)
            {
                await base.StopAsync(cancellationToken);
                while (orders.Reader.TryRead(out var left))
                    await ShipAsync(left, cancellationToken);
            }
            """));

    [Fact]
    public Task Silent_where_the_sender_waits_for_the_result() =>
        Silent(Worker("await foreach (var o in orders.Reader.ReadAllAsync(stoppingToken)) await ShipAsync(o, stoppingToken);", item: "Job")
            + "public sealed record Job(string Name, TaskCompletionSource<bool> Done);");

    [Fact]
    public Task Silent_where_the_queue_is_declared_lossy() =>
        Silent("[Lossy] " + Worker("await foreach (var o in orders.Reader.ReadAllAsync(stoppingToken)) await ShipAsync(o, stoppingToken);")
            .Replace("using System.Threading.Channels;", "", StringComparison.Ordinal).Replace("Channel<", "System.Threading.Channels.Channel<", StringComparison.Ordinal)
            + "public sealed class LossyAttribute : Attribute;");

    [Fact]
    public Task Silent_for_a_token_that_no_stop_cancels() =>
        Silent("""
            public sealed class Client(System.Threading.Channels.ChannelReader<int> reader)
            {
                public async Task RunAsync(CancellationToken token)
                {
                    await foreach (var item in reader.ReadAllAsync(token))
                        await Task.Delay(item, token);
                }
            }
            """);

    [Theory]
    [InlineData("class W : BackgroundService { protected override async Task ExecuteAsync(CancellationToken t) { await foreach (var x in r.ReadAllAsync(t)) await X(x, t } }")]
    [InlineData("await foreach (var x in System.Threading.Channels.Channel.CreateUnbounded<int>().Reader.ReadAllAsync(")]
    public Task Broken_code_is_survived(string source) => Rule.Of<AbandonedItemsAnalyzer>(source).Broken().RunAsync();
}
