using ShutdownKit.Analyzers.Queues;
using ShutdownKit.Analyzers.Tests.Verifiers;

namespace ShutdownKit.Analyzers.Tests.Queues;

public sealed class PeriodicFlushWithoutLastTests
{
    private static string Service(string execute, string members = "", string flush = "await File.AppendAllLinesAsync(\"visits.log\", batch, token);") => $$"""
        public interface IStore { Task SaveAsync(IReadOnlyList<string> batch); void Log(string text); }

        public class VisitCounter(IStore store) : BackgroundService
        {
            private readonly System.Collections.Concurrent.ConcurrentQueue<string> _visits = new();

            public void Record(string visit) => _visits.Enqueue(visit);

            protected override async Task ExecuteAsync(CancellationToken stoppingToken)
            {
                {{execute}}
            }

            private async Task FlushAsync(CancellationToken token)
            {
                var batch = new List<string>();
                while (_visits.TryDequeue(out var visit))
                    batch.Add(visit);
                {{flush}}
            }
            {{members}}
        }
        """;

    private const string Loop = "while (!stoppingToken.IsCancellationRequested) { await Task.Delay(5000, stoppingToken); await [|FlushAsync(stoppingToken)|]; }";

    private static Task Silent(string source) => Rule.Of<PeriodicFlushWithoutLastAnalyzer>(source).RunAsync();

    private static Task Fires(string source) => Rule.Of<PeriodicFlushWithoutLastAnalyzer>(source).RunAsync();

    private static string Unmarked(string source) => source.Replace("[|", "", StringComparison.Ordinal).Replace("|]", "", StringComparison.Ordinal);

    [Theory]
    [InlineData(Loop)]
    [InlineData("using var timer = new PeriodicTimer(TimeSpan.FromSeconds(5)); while (await timer.WaitForNextTickAsync(stoppingToken)) await [|FlushAsync(stoppingToken)|];")]
    [InlineData("while (true) { try { await [|FlushAsync(stoppingToken)|]; await Task.Delay(5000, stoppingToken); } catch (OperationCanceledException) { break; } }")]
    public Task What_came_in_last_is_lost(string execute) => Fires(Service(execute));

    [Fact]
    public Task Own_store_of_the_program() => Fires(Service(Loop, flush: "await store.SaveAsync(batch);"));

    [Fact]
    public Task Loop_empties_the_buffer_itself() =>
        Fires(Service("while (!stoppingToken.IsCancellationRequested) [|{ await Task.Delay(5000, stoppingToken); var all = _visits.ToArray(); _visits.Clear(); await store.SaveAsync(all); }|]"));

    [Fact]
    public Task Timer_saves() =>
        Fires("""
            public class VisitCounter : IHostedService
            {
                private List<string> _visits = [];
                private Timer? _timer;

                public void Record(string visit) { lock (this) _visits.Add(visit); }

                public Task StartAsync(CancellationToken cancellationToken)
                {
                    _timer = [|new Timer(_ => Flush(), null, 1000, 1000)|];
                    return Task.CompletedTask;
                }

                private void Flush()
                {
                    var batch = Interlocked.Exchange(ref _visits, []);
                    File.AppendAllLines("visits.log", batch);
                }

                public async Task StopAsync(CancellationToken cancellationToken) => await _timer!.DisposeAsync();
            }
            """);

    [Theory]
    [InlineData("await FlushAsync(CancellationToken.None);")]
    [InlineData("")]
    public async Task Last_flush_after_the_loop(string last)
    {
        var loop = Unmarked(Loop);
        if (last.Length > 0)
            await Silent(Service($"try {{ {loop} }} finally {{ {last} }}"));
        else
            await Silent(Service(loop, "public override async Task StopAsync(CancellationToken cancellationToken) { await base.StopAsync(cancellationToken); await FlushAsync(cancellationToken); }"));
    }

    [Theory]
    [InlineData("while (!stoppingToken.IsCancellationRequested) { try { await Task.Delay(5000, stoppingToken); } catch (OperationCanceledException) { } await FlushAsync(default); }")]
    [InlineData("while (!stoppingToken.IsCancellationRequested) { await Task.WhenAny(Task.Delay(5000, stoppingToken)); await FlushAsync(default); }")]
    public Task Loop_comes_to_the_flush_once_more(string execute) => Silent(Service(execute));

    [Fact]
    public Task Nothing_is_saved() => Silent(Service(Unmarked(Loop), flush: "store.Log(batch.Count.ToString()); await Task.Yield();"));

    [Fact]
    public Task Dispose_saves() =>
        Silent(Service(Unmarked(Loop), "public override void Dispose() { base.Dispose(); File.AppendAllLines(\"visits.log\", _visits); }"));

    [Fact]
    public Task Buffer_lives_for_one_turn() =>
        Silent("""
            public class Collector : BackgroundService
            {
                private readonly List<string> _lines = new();

                protected override async Task ExecuteAsync(CancellationToken stoppingToken)
                {
                    while (!stoppingToken.IsCancellationRequested)
                    {
                        _lines.Clear();
                        _lines.Add("line");
                        await File.WriteAllLinesAsync("lines", _lines, stoppingToken);
                        await Task.Delay(1000, stoppingToken);
                    }
                }
            }
            """);

    [Fact]
    public Task Broken_code_is_survived() => Rule.Of<PeriodicFlushWithoutLastAnalyzer>(Service("while (!stoppingToken.) { await FlushAsync(; _visits.Clear( }")).Broken().RunAsync();
}
