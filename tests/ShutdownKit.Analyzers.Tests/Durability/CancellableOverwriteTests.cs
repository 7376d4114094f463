using Microsoft.CodeAnalysis;
using ShutdownKit.Analyzers.CodeFixes.Durability;
using ShutdownKit.Analyzers.Durability;
using ShutdownKit.Analyzers.Tests.Verifiers;

namespace ShutdownKit.Analyzers.Tests.Durability;

public sealed class CancellableOverwriteTests
{
    private static string Loop(string statement, string members = "") => SaveWithCancelledTokenTests.Worker($$"""
        while (!stoppingToken.IsCancellationRequested)
        {
            {{statement}}
            await StepAsync(stoppingToken);
        }
        """, members);

    [Fact]
    public Task The_message_tells_what_happens_and_it_is_fixed() =>
        Rule.Of<CancellableOverwriteAnalyzer, CancellableOverwriteFix>(Loop("""await File.WriteAllTextAsync("/data/state.json", _state, {|#0:stoppingToken|});"""))
            .Expecting("SHK5004", 0, "'stoppingToken' is cancelled when the program is stopped: a 'WriteAllTextAsync' that has begun then leaves the file empty or cut off", DiagnosticSeverity.Info)
            .FixedTo(Loop("""await File.WriteAllTextAsync("/data/state.json", _state, CancellationToken.None);"""))
            .RunAsync();

    [Fact]
    public Task A_linked_token_and_one_that_is_handed_on() =>
        Rule.Of<CancellableOverwriteAnalyzer>(Loop("""
            using var linked = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
            await File.WriteAllBytesAsync("/data/state.bin", new byte[1], [|linked.Token|]);
            await SaveAsync(stoppingToken);
            """, """
            private Task SaveAsync(CancellationToken token) => File.WriteAllLinesAsync("/data/lines", new[] { _state }, [|token|]);
            """)).RunAsync();

    [Theory]
    [InlineData("""await File.WriteAllTextAsync("/data/state.json", _state);""")]
    [InlineData("""await File.WriteAllTextAsync("/data/state.json", _state, CancellationToken.None);""")]
    [InlineData("""using var limit = new CancellationTokenSource(1000); await File.WriteAllTextAsync("/data/state.json", _state, limit.Token);""")]
    [InlineData("""await File.WriteAllTextAsync("/data/state.tmp", _state, stoppingToken);""")]
    [InlineData("""var next = "/data/next"; await File.WriteAllTextAsync(next, _state, stoppingToken); File.Move(next, "/data/state", true);""")]
    [InlineData("""if (!File.Exists("/data/state.json")) await File.WriteAllTextAsync("/data/state.json", _state, stoppingToken);""")]
    [InlineData("""await File.WriteAllTextAsync("/data/state.json", "{}", stoppingToken);""")]
    [InlineData("""await File.AppendAllTextAsync("/data/journal", _state, stoppingToken);""")]
    public Task Silent_where_a_stop_cuts_nothing_off(string statement) => Rule.Of<CancellableOverwriteAnalyzer>(Loop(statement)).RunAsync();

    [Fact]
    public Task Silent_for_the_token_of_a_request() =>
        Rule.Of<CancellableOverwriteAnalyzer>("""
            public sealed class Handler
            {
                public Task HandleAsync(string body, CancellationToken token) => File.WriteAllTextAsync("/data/body", body, token);
            }
            """).RunAsync();

    [Fact]
    public Task SHK5001_says_it_of_a_file_that_is_read_back() =>
        Rule.Of<CancellableOverwriteAnalyzer>(Loop("""
            var old = await File.ReadAllTextAsync("/data/state.json", stoppingToken);
            await File.WriteAllTextAsync("/data/state.json", old + _state, stoppingToken);
            """)).RunAsync();

    [Fact]
    public Task SHK5003_says_it_where_the_token_is_cancelled_already() =>
        Rule.Of<CancellableOverwriteAnalyzer>(SaveWithCancelledTokenTests.Worker("""
            while (!stoppingToken.IsCancellationRequested)
                await StepAsync(stoppingToken);
            await File.WriteAllTextAsync("/data/state.json", _state, stoppingToken);
            """)).RunAsync();

    [Fact]
    public Task Broken_code_is_survived() =>
        Rule.Of<CancellableOverwriteAnalyzer>("class C : BackgroundService { Task ExecuteAsync(CancellationToken t) { File.WriteAllTextAsync(a, b, t; File.WriteAllTextAsync(,,t) } }").Broken().RunAsync();
}
