using Microsoft.CodeAnalysis.Testing;
using ShutdownKit.Analyzers.CodeFixes.HostedServices;
using ShutdownKit.Analyzers.HostedServices;
using ShutdownKit.Analyzers.Tests.Verifiers;

namespace ShutdownKit.Analyzers.Tests.HostedServices;

public sealed class UnreachedCleanupTests
{
    private static string Worker(string body) => $$"""
        public sealed class Worker(ILogger<Worker> logger, StreamWriter writer) : BackgroundService
        {
            protected override async Task ExecuteAsync(CancellationToken stoppingToken)
            {
                {{body}}
            }

            private Task WorkAsync() => writer.WriteLineAsync("x");

            private Task SaveAsync() => writer.FlushAsync();
        }
        """;

    private static Task Check(string source) => Rule.Of<UnreachedCleanupAnalyzer>(source).RunAsync();

    [Theory]
    [InlineData("while (!stoppingToken.IsCancellationRequested) { await WorkAsync(); await Task.Delay(1000, stoppingToken); } await [|SaveAsync()|];")]
    [InlineData("while (!stoppingToken.IsCancellationRequested) { await WorkAsync(); await Task.Delay(1000, stoppingToken).ConfigureAwait(false); } logger.LogInformation(\"Done\"); [|writer.Dispose()|];")]
    [InlineData("using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1)); while (await timer.WaitForNextTickAsync(stoppingToken)) { await WorkAsync(); } [|writer.Flush()|];")]
    [InlineData("try { while (!stoppingToken.IsCancellationRequested) { await Task.Delay(1000, stoppingToken); } [|writer.Flush()|]; } catch (OperationCanceledException) { }")]
    [InlineData("while (!stoppingToken.IsCancellationRequested) { try { await WorkAsync(); } catch (IOException) { } await Task.Delay(1000, stoppingToken); } await [|SaveAsync()|];")]
    public Task Clean_up_that_the_exception_skips(string body) => Check(Worker(body));

    [Theory]
    [InlineData("try { while (!stoppingToken.IsCancellationRequested) { await WorkAsync(); await Task.Delay(1000, stoppingToken); } } finally { await SaveAsync(); }")]
    [InlineData("try { while (!stoppingToken.IsCancellationRequested) { await Task.Delay(1000, stoppingToken); } } catch (OperationCanceledException) { } await SaveAsync();")]
    [InlineData("while (!stoppingToken.IsCancellationRequested) { try { await Task.Delay(1000, stoppingToken); } catch (OperationCanceledException) { } } await SaveAsync();")]
    [InlineData("while (!stoppingToken.IsCancellationRequested) { await Task.Delay(1000, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); } await SaveAsync();")]
    [InlineData("while (!stoppingToken.IsCancellationRequested) { await WorkAsync(); await Task.Delay(1000); } await SaveAsync();")]
    [InlineData("while (!stoppingToken.IsCancellationRequested) { await Task.Delay(1000, stoppingToken); } logger.LogInformation(\"Stopped\");")]
    [InlineData("while (!stoppingToken.IsCancellationRequested) { await Task.Delay(1000, stoppingToken); }")]
    // SHK5003 says so.
    [InlineData("while (!stoppingToken.IsCancellationRequested) { await Task.Delay(1000, stoppingToken); } await writer.FlushAsync(stoppingToken);")]
    public Task Silent_where_it_is_reached_or_not_missed(string body) => Check(Worker(body));

    [Fact]
    public Task The_message_tells_what_happens() =>
        Rule.Of<UnreachedCleanupAnalyzer>(Worker("while (!stoppingToken.IsCancellationRequested) { await Task.Delay(1000, stoppingToken); } await {|#0:SaveAsync()|};"))
            .Expecting("SHK2018", 0,
                "'SaveAsync' is not reached when a stop finds the loop in 'Delay': that throws when 'stoppingToken' is cancelled, and the exception leaves the method")
            .RunAsync();

    [Fact]
    public Task Fix_cleans_up_in_finally() =>
        Rule.Of<UnreachedCleanupAnalyzer, UnreachedCleanupFix>("""
            public sealed class Worker(StreamWriter writer) : BackgroundService
            {
                protected override async Task ExecuteAsync(CancellationToken stoppingToken)
                {
                    await writer.WriteLineAsync("start");

                    while (!stoppingToken.IsCancellationRequested)
                    {
                        await writer.WriteLineAsync("tick");
                        await Task.Delay(1000, stoppingToken);
                    }

                    await writer.WriteLineAsync("end");
                    await [|writer.FlushAsync()|];
                }
            }
            """.Replace("await writer.WriteLineAsync(\"end\");", "await [|writer.WriteLineAsync(\"end\")|];", StringComparison.Ordinal)
                .Replace("await [|writer.FlushAsync()|];", "await writer.FlushAsync();", StringComparison.Ordinal))
            .FixedTo("""
            public sealed class Worker(StreamWriter writer) : BackgroundService
            {
                protected override async Task ExecuteAsync(CancellationToken stoppingToken)
                {
                    await writer.WriteLineAsync("start");

                    try
                    {
                        while (!stoppingToken.IsCancellationRequested)
                        {
                            await writer.WriteLineAsync("tick");
                            await Task.Delay(1000, stoppingToken);
                        }
                    }
                    finally
                    {
                        await writer.WriteLineAsync("end");
                        await writer.FlushAsync();
                    }
                }
            }
            """)
            .RunAsync();

    [Theory]
    [InlineData("class W : BackgroundService { protected override async Task ExecuteAsync(CancellationToken t) { while (!t.IsCancellationRequested) { await Task.Delay(1, t) } Save(; } }")]
    [InlineData("while (!x.IsCancellationRequested) await y.WaitAsync(x); Save();")]
    public async Task Broken_code_is_survived(string source)
    {
        var test = Rule.Of<UnreachedCleanupAnalyzer>(source).Broken();
        test.TestBehaviors |= TestBehaviors.SkipGeneratedCodeCheck;
        test.DisabledDiagnostics.Add("SHK2018");
        await test.RunAsync();
    }
}
