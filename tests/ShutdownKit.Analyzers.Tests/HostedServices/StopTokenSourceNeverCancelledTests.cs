using ShutdownKit.Analyzers.HostedServices;
using ShutdownKit.Analyzers.Tests.Verifiers;

namespace ShutdownKit.Analyzers.Tests.HostedServices;

public sealed class StopTokenSourceNeverCancelledTests
{
    private static string Service(string stop, string source = "private readonly CancellationTokenSource _stop = [|new()|];", string loop = "!_stop.IsCancellationRequested") => $$"""
        public class Poller : IHostedService, IDisposable
        {
            {{source}}
            private Task? _loop;

            public Task StartAsync(CancellationToken cancellationToken)
            {
                _loop = Task.Run(LoopAsync);
                return Task.CompletedTask;
            }

            private async Task LoopAsync()
            {
                while ({{loop}})
                    await Task.Delay(1000);
            }

            public Task StopAsync(CancellationToken cancellationToken) { {{stop}} }

            public void Dispose() => _stop.Dispose();
        }
        """;

    private static Task Silent(string source) => Rule.Of<StopTokenSourceNeverCancelledAnalyzer>(source).RunAsync();

    private static Task Fires(string source) => Rule.Of<StopTokenSourceNeverCancelledAnalyzer>(source).RunAsync();

    [Theory]
    [InlineData("!_stop.IsCancellationRequested")]
    public Task Source_is_only_disposed_of(string loop) => Fires(Service("return Task.CompletedTask;", loop: loop));

    [Fact]
    public Task Loop_takes_the_token_from_a_source_that_is_disposed_of() =>
        Silent(Service("return Task.CompletedTask;", "private readonly CancellationTokenSource _stop = new();", "!_stop.Token.IsCancellationRequested"));

    [Fact]
    public Task Source_is_created_at_the_start() =>
        Fires(Service("return _loop ?? Task.CompletedTask;", "private readonly CancellationTokenSource _stop; public Poller() { _stop = [|new CancellationTokenSource()|]; }"));

    [Fact]
    public Task Token_is_handed_to_a_loop() =>
        Fires("""
            public sealed class Consumer : IDisposable
            {
                private readonly CancellationTokenSource _stop = [|new CancellationTokenSource()|];

                public void Start() => Task.Run(() => LoopAsync(_stop.Token));

                private static async Task LoopAsync(CancellationToken token)
                {
                    while (!token.IsCancellationRequested)
                        await Task.Delay(1000, token);
                }

                public void Dispose() => _stop.Dispose();
            }
            """);

    [Fact]
    public Task Local_source_is_never_cancelled() =>
        Rule.Of<StopTokenSourceNeverCancelledAnalyzer>("""
            public static class Program
            {
                public static async Task Main()
                {
                    using var source = [|new CancellationTokenSource()|];
                    var token = source.Token;
                    await Task.WhenAll(LoopAsync(token), Task.Delay(10));
                }

                private static async Task LoopAsync(CancellationToken token)
                {
                    while (!token.IsCancellationRequested)
                        await Task.Delay(1000, token);
                }
            }
            """).AsProgram().RunAsync();

    [Fact]
    public Task Local_source_of_top_level_statements_is_never_cancelled() =>
        Rule.Of<StopTokenSourceNeverCancelledAnalyzer>("""
            var source = [|new CancellationTokenSource()|];
            while (!source.Token.IsCancellationRequested)
                await Task.Delay(1000, source.Token);
            """).AsProgram().RunAsync();

    [Theory]
    [InlineData("_stop.Cancel(); return _loop!;")]
    [InlineData("return _stop.CancelAsync();")]
    [InlineData("_stop?.Cancel(); return Task.CompletedTask;")]
    [InlineData("_stop.CancelAfter(100); return Task.CompletedTask;")]
    [InlineData("End(_stop); return Task.CompletedTask; static void End(CancellationTokenSource source) => source.Cancel();")]
    public Task Source_is_cancelled_or_handed_on(string stop) => Silent(Service(stop, "private readonly CancellationTokenSource _stop = new();"));

    [Theory]
    [InlineData("protected readonly CancellationTokenSource _stop = new();")]
    [InlineData("private readonly CancellationTokenSource _stop = new(TimeSpan.FromMinutes(1));")]
    [InlineData("private readonly CancellationTokenSource _stop; public Poller(IHostApplicationLifetime life) { _stop = CancellationTokenSource.CreateLinkedTokenSource(life.ApplicationStopping); }")]
    [InlineData("private readonly CancellationTokenSource _stop; public Poller(CancellationTokenSource stop) { _stop = stop; }")]
    public Task Others_may_cancel_the_source(string source) => Silent(Service("return Task.CompletedTask;", source));

    [Fact]
    public Task Signal_cancels_a_local_source() =>
        Rule.Of<StopTokenSourceNeverCancelledAnalyzer>("""
            using var source = new CancellationTokenSource();
            Console.CancelKeyPress += (_, e) => { e.Cancel = true; source.Cancel(); };
            while (!source.IsCancellationRequested)
                await Task.Delay(1000, source.Token);
            """).AsProgram().RunAsync();

    [Fact]
    public Task Token_drives_no_loop() =>
        Silent("""
            public sealed class Client(HttpClient http)
            {
                private readonly CancellationTokenSource _unused = new();
                public Task<string> GetAsync() => http.GetStringAsync("/", _unused.Token);
            }
            """);

    [Fact]
    public Task Flag_ends_the_loop() =>
        Silent(Service("_ended = true; return Task.CompletedTask;", "private bool _ended; private readonly CancellationTokenSource _stop = new();", "!_stop.IsCancellationRequested && !_ended"));

    [Fact]
    public Task Broken_code_is_survived() =>
        Rule.Of<StopTokenSourceNeverCancelledAnalyzer>("class A { CancellationTokenSource _a = new CancellationTokenSource(; void B() { while (!_a.Token. } } var x = new CancellationTokenSource();")
            .Broken()
            .RunAsync();
}
