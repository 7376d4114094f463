using Microsoft.CodeAnalysis.Testing;
using ShutdownKit.Analyzers.CodeFixes.HostedServices;
using ShutdownKit.Analyzers.HostedServices;
using ShutdownKit.Analyzers.Tests.Verifiers;

namespace ShutdownKit.Analyzers.Tests.HostedServices;

public sealed class UnobservedCancellationTests
{
    private static string Worker(string body, string members = "") => $$"""
        public sealed class Worker(System.Threading.Channels.Channel<int> channel) : BackgroundService
        {
            private CancellationToken _ending;

            protected override async Task ExecuteAsync(CancellationToken stoppingToken)
            {
                {{body}}
            }

            {{members}}

            private Task PrepareAsync(CancellationToken token) { _ending = token; return Task.CompletedTask; }

            private Task WorkAsync() => Task.Delay(1);

            private Task ObservingAsync() => Task.Delay(1, _ending);

            private async Task Between() => await ObservingAsync();

            private int Count => channel.Reader.Count;
        }
        """;

    private static Task Check(string source) => Rule.Of<UnobservedCancellationAnalyzer>(source).RunAsync();

    [Theory]
    [InlineData("await PrepareAsync(stoppingToken); [|while|] (true) { await WorkAsync(); await Task.Delay(1000); }")]
    [InlineData("stoppingToken.ThrowIfCancellationRequested(); [|for|] (;;) { await WorkAsync(); }")]
    [InlineData("await PrepareAsync(stoppingToken); [|do|] { Thread.Sleep(1000); } while (true);")]
    [InlineData("await PrepareAsync(stoppingToken); await LoopAsync();", "private async Task LoopAsync() { [|while|] (true) { await WorkAsync(); } }")]
    [InlineData("await LoopAsync(stoppingToken);", "private async Task LoopAsync(CancellationToken token) { [|while|] (true) { await WorkAsync(); } }")]
    public Task Endless_loop_that_looks_at_nothing(string body, string members = "") => Check(Worker(body, members));

    [Theory]
    [InlineData("while (!stoppingToken.IsCancellationRequested) await WorkAsync();")]
    [InlineData("while (true) { await WorkAsync(); await Task.Delay(1000, stoppingToken); }")]
    [InlineData("while (true) { stoppingToken.ThrowIfCancellationRequested(); await WorkAsync(); }")]
    [InlineData("await PrepareAsync(stoppingToken); while (true) { await ObservingAsync(); }")]
    [InlineData("await PrepareAsync(stoppingToken); while (true) { await Between(); }")]
    [InlineData("await PrepareAsync(stoppingToken); while (true) { await WorkAsync(); if (Count == 0) break; }")]
    [InlineData("await PrepareAsync(stoppingToken); while (true) { var item = await channel.Reader.ReadAsync(); }")]
    [InlineData("await PrepareAsync(stoppingToken); while (true) { if (Count > 3) throw new InvalidOperationException(); await WorkAsync(); }")]
    // The parameter is not used at all: SHK2001.
    [InlineData("while (true) { await WorkAsync(); await Task.Delay(1000); }")]
    public Task Silent_where_it_may_end(string body) => Check(Worker(body));

    [Fact]
    public Task Silent_in_code_that_is_no_part_of_the_work() =>
        Check(Worker("await PrepareAsync(stoppingToken);", "public async Task OtherAsync() { while (true) { await WorkAsync(); } }"));

    [Fact]
    public Task The_message_tells_what_happens() =>
        Rule.Of<UnobservedCancellationAnalyzer>(Worker("await PrepareAsync(stoppingToken); {|#0:while|} (true) { await WorkAsync(); }"))
            .Expecting("SHK2002", 0,
                "Nothing ends this loop of 'Worker' when the host stops: the stop waits for it until the host gives up after 30 s, but docker stop sends SIGKILL after 10 s")
            .RunAsync();

    [Theory]
    [InlineData("[|while|] (true) { await WorkAsync(); }", "while (!stoppingToken.IsCancellationRequested) { await WorkAsync(); }")]
    [InlineData("[|do|] { await WorkAsync(); } while (true);", "do { await WorkAsync(); } while (!stoppingToken.IsCancellationRequested);")]
    public Task Fix_tests_the_token(string loop, string fixedLoop) =>
        Rule.Of<UnobservedCancellationAnalyzer, UnobservedCancellationFix>(Worker($"await PrepareAsync(stoppingToken); {loop}"))
            .FixedTo(Worker($"await PrepareAsync(stoppingToken); {fixedLoop}"))
            .RunAsync();

    [Fact]
    public Task No_fix_where_a_result_is_owed() =>
        Rule.Of<UnobservedCancellationAnalyzer, UnobservedCancellationFix>(
                Worker("await LoopAsync(stoppingToken);", "private async Task<int> LoopAsync(CancellationToken token) { [|while|] (true) { await WorkAsync(); } }"))
            .NotFixed().RunAsync();

    [Theory]
    [InlineData("class W : BackgroundService { protected override async Task ExecuteAsync(CancellationToken t) { t.X(); while (true) { await } }")]
    [InlineData("class W : BackgroundService { protected override async Task ExecuteAsync(CancellationToken t) { await A(t); } Task A(CancellationToken t) { for (;;) A(t); } }")]
    public async Task Broken_code_is_survived(string source)
    {
        var test = Rule.Of<UnobservedCancellationAnalyzer>(source).Broken();
        test.TestBehaviors |= TestBehaviors.SkipGeneratedCodeCheck;
        test.DisabledDiagnostics.Add("SHK2002");
        await test.RunAsync();
    }
}
