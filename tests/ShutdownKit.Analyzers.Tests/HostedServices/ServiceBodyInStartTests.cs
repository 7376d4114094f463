using Microsoft.CodeAnalysis.Testing;
using ShutdownKit.Analyzers.HostedServices;
using ShutdownKit.Analyzers.Tests.Verifiers;

namespace ShutdownKit.Analyzers.Tests.HostedServices;

public sealed class ServiceBodyInStartTests
{
    private static string Service(string start, string members = "") => $$"""
        public sealed class Importer(System.Threading.Channels.Channel<int> channel) : IHostedService
        {
            private Task? _work;
            private bool _isConnected;

            {{start}}

            {{members}}

            private Task StepAsync() => _work ?? channel.Reader.Completion;

            private bool Connect() => _isConnected = true;

            public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
        }
        """;

    private static Task Check(string source) => Rule.Of<ServiceBodyInStartAnalyzer>(source).RunAsync();

    [Theory]
    [InlineData("public async Task StartAsync(CancellationToken token) { [|while|] (!token.IsCancellationRequested) { await StepAsync(); await Task.Delay(1000, token); } }")]
    [InlineData("public async Task StartAsync(CancellationToken token) { [|while|] (true) { try { await StepAsync(); } catch (IOException) { } } }")]
    [InlineData("public async Task StartAsync(CancellationToken token) { [|for|] (;;) { await StepAsync(); } }")]
    [InlineData("public Task StartAsync(CancellationToken token) { [|while|] (true) { Thread.Sleep(1000); } }")]
    [InlineData("public async Task StartAsync(CancellationToken token) { [|await|] foreach (var item in channel.Reader.ReadAllAsync(token)) await StepAsync(); }")]
    [InlineData("public async Task StartAsync(CancellationToken token) { using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1)); [|while|] (await timer.WaitForNextTickAsync(token)) await StepAsync(); }")]
    [InlineData("public async Task StartAsync(CancellationToken token) { await StepAsync(); [|await Task.Delay(Timeout.Infinite, token)|]; }")]
    [InlineData("public Task StartAsync(CancellationToken token) => [|RunAsync|](token);", "private async Task RunAsync(CancellationToken token) { while (!token.IsCancellationRequested) await StepAsync(); }")]
    [InlineData("public async Task StartAsync(CancellationToken token) { await [|RunAsync|](token).ConfigureAwait(false); }", "private async Task RunAsync(CancellationToken token) { while (true) await Task.Delay(1000, token); }")]
    public Task Work_without_an_end(string start, string members = "") => Check(Service(start, members));

    [Theory]
    [InlineData("public Task StartAsync(CancellationToken token) { _work = RunAsync(token); return Task.CompletedTask; }", "private async Task RunAsync(CancellationToken token) { while (!token.IsCancellationRequested) await StepAsync(); }")]
    [InlineData("public Task StartAsync(CancellationToken token) { _work = Task.Run(async () => { while (true) await StepAsync(); }); return Task.CompletedTask; }")]
    [InlineData("public Task StartAsync(CancellationToken token) { _work = LoopAsync(); return Task.CompletedTask; async Task LoopAsync() { while (true) await StepAsync(); } }")]
    // Until it is connected.
    [InlineData("public async Task StartAsync(CancellationToken token) { while (!token.IsCancellationRequested) { if (Connect()) return; await Task.Delay(1000, token); } }")]
    [InlineData("public async Task StartAsync(CancellationToken token) { while (true) { try { Connect(); break; } catch (IOException) { await Task.Delay(1000, token); } } }")]
    [InlineData("public async Task StartAsync(CancellationToken token) { while (!_isConnected) { Connect(); await Task.Delay(1000, token); } }")]
    [InlineData("public async Task StartAsync(CancellationToken token) { while (!token.IsCancellationRequested && !Connect()) await Task.Delay(1000, token); }")]
    [InlineData("public async Task StartAsync(CancellationToken token) { for (var i = 0; i < 3; i++) await Task.Delay(1000, token); }")]
    [InlineData("public async Task StartAsync(CancellationToken token) { await Task.Delay(1000, token); }")]
    public Task Silent_where_it_returns(string start, string members = "") => Check(Service(start, members));

    [Fact]
    public Task In_an_override_of_a_background_service() =>
        Rule.Of<ServiceBodyInStartAnalyzer>("""
            public sealed class Worker : BackgroundService
            {
                public override async Task StartAsync(CancellationToken cancellationToken)
                {
                    await base.StartAsync(cancellationToken);
                    {|#0:while|} (!cancellationToken.IsCancellationRequested)
                        await Task.Delay(1000, cancellationToken);
                }

                protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.CompletedTask;
            }
            """)
            .Expecting("SHK2006", 0,
                "'Worker.StartAsync' does not return while the service works: the host never gets up, later services are not started, and StopAsync is not called for what runs here")
            .RunAsync();

    [Fact]
    public Task Silent_outside_hosted_services() =>
        Check("""
            public sealed class Pump
            {
                public async Task StartAsync(CancellationToken token) { while (true) await Task.Delay(1000, token); }
            }
            """);

    [Theory]
    [InlineData("class S : IHostedService { public async Task StartAsync(CancellationToken t) { while (true) { await } }")]
    [InlineData("class S : IHostedService { public Task StartAsync(CancellationToken) => RunAsync(; Task RunAsync() { for (;;)")]
    [InlineData("class S : IHostedService { public Task StartAsync(CancellationToken t) => StartAsync(t); }")]
    public async Task Broken_code_is_survived(string source)
    {
        var test = Rule.Of<ServiceBodyInStartAnalyzer>(source).Broken();
        test.TestBehaviors |= TestBehaviors.SkipGeneratedCodeCheck;
        test.DisabledDiagnostics.Add("SHK2006");
        await test.RunAsync();
    }
}
