using ShutdownKit.Analyzers.CodeFixes.Durability;
using ShutdownKit.Analyzers.Durability;
using ShutdownKit.Analyzers.Tests.Verifiers;

namespace ShutdownKit.Analyzers.Tests.Durability;

public sealed class SaveWithCancelledTokenTests
{
    /// <summary>A background service with the given body of ExecuteAsync.</summary>
    internal static string Worker(string body, string members = "") => $$"""
        public sealed class Worker : BackgroundService
        {
            private readonly string _state = "{}";
            {{members}}

            protected override async Task ExecuteAsync(CancellationToken stoppingToken)
            {
                {{body}}
            }

            private static Task StepAsync(CancellationToken token) => Task.Delay(100, token);
        }
        """;

    private static Task Fires(string source) => Rule.Of<SaveWithCancelledTokenAnalyzer>(source).RunAsync();

    private static Task Silent(string source) => Rule.Of<SaveWithCancelledTokenAnalyzer>(source).RunAsync();

    [Fact]
    public Task After_a_loop_that_only_the_token_ends() =>
        Rule.Of<SaveWithCancelledTokenAnalyzer, SaveWithCancelledTokenFix>(Worker("""
            while (!stoppingToken.IsCancellationRequested)
                await StepAsync(CancellationToken.None);
            await File.WriteAllTextAsync("state.json", _state, [|stoppingToken|]);
            """))
            .FixedTo(Worker("""
            while (!stoppingToken.IsCancellationRequested)
                await StepAsync(CancellationToken.None);
            await File.WriteAllTextAsync("state.json", _state, CancellationToken.None);
            """))
            .RunAsync();

    [Fact]
    public Task Fix_all_replaces_each() =>
        Rule.Of<SaveWithCancelledTokenAnalyzer, SaveWithCancelledTokenFix>(Worker("""
            try { await Task.Delay(Timeout.Infinite, stoppingToken); }
            catch (OperationCanceledException) { }
            await File.WriteAllTextAsync("a.json", _state, [|stoppingToken|]);
            await File.WriteAllTextAsync("b.json", _state, cancellationToken: [|stoppingToken|]);
            """))
            .FixedTo(Worker("""
            try { await Task.Delay(Timeout.Infinite, stoppingToken); }
            catch (OperationCanceledException) { }
            await File.WriteAllTextAsync("a.json", _state, CancellationToken.None);
            await File.WriteAllTextAsync("b.json", _state, cancellationToken: CancellationToken.None);
            """))
            .RunAsync();

    [Fact]
    public Task The_message_tells_what_happens() =>
        Rule.Of<SaveWithCancelledTokenAnalyzer>(Worker("""
            while (!stoppingToken.IsCancellationRequested) { }
            await File.WriteAllTextAsync("state.json", _state, {|#0:stoppingToken|});
            """))
            .Expecting("SHK5003", 0,
                "'stoppingToken' is already cancelled when the program is stopped and gets here, so 'WriteAllTextAsync' throws OperationCanceledException and saves nothing")
            .RunAsync();

    [Theory]
    [InlineData("while (stoppingToken.IsCancellationRequested == false) { await StepAsync(default); }")]
    [InlineData("while (stoppingToken.IsCancellationRequested is false) { await StepAsync(default); }")]
    [InlineData("while (stoppingToken.IsCancellationRequested is not true) { await StepAsync(default); }")]
    [InlineData("for (; !stoppingToken.IsCancellationRequested;) { await StepAsync(default); }")]
    [InlineData("do { await StepAsync(default); } while (!stoppingToken.IsCancellationRequested);")]
    [InlineData("while (true) { if (stoppingToken.IsCancellationRequested) break; await StepAsync(default); }")]
    [InlineData("while (!stoppingToken.WaitHandle.WaitOne(1000)) { await StepAsync(default); }")]
    [InlineData("stoppingToken.WaitHandle.WaitOne();")]
    [InlineData("while (true) { try { await StepAsync(stoppingToken); } catch (OperationCanceledException) { break; } }")]
    [InlineData("while (true) { try { await StepAsync(stoppingToken); } catch (Exception) when (stoppingToken.IsCancellationRequested) { break; } }")]
    [InlineData("try { while (true) await StepAsync(stoppingToken); } catch (TaskCanceledException) { }")]
    [InlineData("try { await Task.Delay(-1, stoppingToken); } catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested) { }")]
    [InlineData("await Task.Delay(Timeout.InfiniteTimeSpan, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);")]
    [InlineData("if (!stoppingToken.IsCancellationRequested) return;")]
    public Task After_what_only_the_token_ends(string wait) =>
        Fires(Worker(wait + """
            await File.WriteAllTextAsync("state.json", _state, [|stoppingToken|]);
            """));

    [Theory]
    [InlineData("""try { await StepAsync(stoppingToken); } catch (OperationCanceledException) { await File.WriteAllTextAsync("s", _state, [|stoppingToken|]); }""")]
    [InlineData("""try { await StepAsync(stoppingToken); } catch (Exception e) when (e is OperationCanceledException && stoppingToken.IsCancellationRequested) { await File.WriteAllTextAsync("s", _state, [|stoppingToken|]); }""")]
    [InlineData("""try { await StepAsync(stoppingToken); } finally { await File.WriteAllTextAsync("s", _state, [|stoppingToken|]); }""")]
    [InlineData("""try { await foreach (var x in Items(stoppingToken)) { } } finally { await File.WriteAllTextAsync("s", _state, [|stoppingToken|]); }""")]
    [InlineData("""if (stoppingToken.IsCancellationRequested) { await File.WriteAllTextAsync("s", _state, [|stoppingToken|]); }""")]
    [InlineData("""stoppingToken.Register(() => File.WriteAllTextAsync("s", _state, [|stoppingToken|]));""")]
    [InlineData("""using var linked = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken); while (!stoppingToken.IsCancellationRequested) { } await File.WriteAllTextAsync("s", _state, [|linked.Token|]);""")]
    [InlineData("""var token = stoppingToken; while (!token.IsCancellationRequested) { } await File.WriteAllTextAsync("s", _state, [|stoppingToken|]);""")]
    [InlineData("""while (!stoppingToken.IsCancellationRequested) { } await Task.Run(async () => await File.WriteAllTextAsync("s", _state, [|stoppingToken|]));""")]
    [InlineData("""while (!stoppingToken.IsCancellationRequested) { } await File.WriteAllTextAsync("s", _state ?? "", [|stoppingToken|]);""")]
    [InlineData("""await Loop(); async Task Loop() { while (!stoppingToken.IsCancellationRequested) { } await File.WriteAllTextAsync("s", _state, [|stoppingToken|]); }""")]
    public Task Where_cancellation_leads(string body) =>
        Fires(Worker(body, "private static async IAsyncEnumerable<int> Items(CancellationToken token) { await Task.Yield(); yield return 1; }"));

    [Theory]
    // The loop has another end.
    [InlineData("""var done = false; while (!stoppingToken.IsCancellationRequested && !done) { done = _state == ""; await StepAsync(stoppingToken); } await File.WriteAllTextAsync("s", _state, stoppingToken);""")]
    [InlineData("""while (!stoppingToken.IsCancellationRequested) { if (_state == "") break; await StepAsync(stoppingToken); } await File.WriteAllTextAsync("s", _state, stoppingToken);""")]
    // Not yet cancelled.
    [InlineData("""while (!stoppingToken.IsCancellationRequested) { await File.WriteAllTextAsync("s", _state, stoppingToken); }""")]
    [InlineData("""while (true) { await StepAsync(stoppingToken); await File.WriteAllTextAsync("s", _state, stoppingToken); }""")]
    [InlineData("""try { await StepAsync(stoppingToken); } catch (OperationCanceledException) { if (!stoppingToken.IsCancellationRequested) await File.WriteAllTextAsync("s", _state, stoppingToken); }""")]
    [InlineData("""try { await StepAsync(stoppingToken); } catch (OperationCanceledException) when (!stoppingToken.IsCancellationRequested) { await File.WriteAllTextAsync("s", _state, stoppingToken); }""")]
    [InlineData("""try { await StepAsync(stoppingToken); } catch (OperationCanceledException) { return; } await File.WriteAllTextAsync("s", _state, stoppingToken);""")]
    [InlineData("""try { await StepAsync(stoppingToken); } catch (OperationCanceledException) { } await File.WriteAllTextAsync("s", _state, stoppingToken);""")]
    // An error is saved, a stop is not one.
    [InlineData("""try { await StepAsync(stoppingToken); } catch (Exception) { await File.WriteAllTextAsync("s", _state, stoppingToken); }""")]
    [InlineData("""try { await StepAsync(stoppingToken); } catch (InvalidOperationException) { await File.WriteAllTextAsync("s", _state, stoppingToken); }""")]
    // The token is not what was waited on.
    [InlineData("""try { _ = _state.Length; } finally { await File.WriteAllTextAsync("s", _state, stoppingToken); }""")]
    [InlineData("""try { await StepAsync(CancellationToken.None); } finally { await File.WriteAllTextAsync("s", _state, stoppingToken); }""")]
    // The cancellation may be a time-out.
    [InlineData("""using var limit = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken); limit.CancelAfter(1000); try { await StepAsync(limit.Token); } catch (OperationCanceledException) { await File.WriteAllTextAsync("s", _state, stoppingToken); }""")]
    [InlineData("""var http = new HttpClient(); try { await http.GetAsync("http://a", stoppingToken); } catch (TaskCanceledException) { await File.WriteAllTextAsync("s", _state, stoppingToken); }""")]
    // None, nothing, or another token.
    [InlineData("""while (!stoppingToken.IsCancellationRequested) { } await File.WriteAllTextAsync("s", _state, CancellationToken.None);""")]
    [InlineData("""while (!stoppingToken.IsCancellationRequested) { } await File.WriteAllTextAsync("s", _state, default);""")]
    [InlineData("""while (!stoppingToken.IsCancellationRequested) { } await File.WriteAllTextAsync("s", _state);""")]
    [InlineData("""while (!stoppingToken.IsCancellationRequested) { } using var limit = new CancellationTokenSource(5000); await File.WriteAllTextAsync("s", _state, limit.Token);""")]
    // Nothing is saved.
    [InlineData("""while (!stoppingToken.IsCancellationRequested) { } await StepAsync(stoppingToken);""")]
    [InlineData("""while (!stoppingToken.IsCancellationRequested) { } await new MemoryStream().WriteAsync(new byte[1], stoppingToken);""")]
    // The source was replaced.
    [InlineData("""var cts = new CancellationTokenSource(); while (!cts.IsCancellationRequested) { } cts = new CancellationTokenSource(); await File.WriteAllTextAsync("s", _state, cts.Token);""")]
    [InlineData("""var cts = new CancellationTokenSource(); cts.Cancel(); if (cts.TryReset()) await File.WriteAllTextAsync("s", _state, cts.Token);""")]
    // WaitForNextTickAsync throws when its token is cancelled; false means that the timer was disposed.
    [InlineData("""using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1)); while (await timer.WaitForNextTickAsync(stoppingToken)) { } await File.WriteAllTextAsync("s", _state, stoppingToken);""")]
    public Task Silent_where_the_save_may_happen(string body) => Silent(Worker(body));

    [Fact]
    public Task A_helper_that_hands_the_token_to_a_sink_counts() =>
        Fires(Worker("""
            while (!stoppingToken.IsCancellationRequested) { }
            await SaveAsync([|stoppingToken|]);
            """, """
            private async Task SaveAsync(CancellationToken cancellationToken) => await File.WriteAllTextAsync("s", _state, cancellationToken);
            """));

    [Fact]
    public Task A_helper_that_does_not_hand_the_token_on_does_not() =>
        Silent(Worker("""
            while (!stoppingToken.IsCancellationRequested) { }
            await SaveAsync(stoppingToken);
            """, """
            private async Task SaveAsync(CancellationToken cancellationToken) => await File.WriteAllTextAsync("s", _state);
            """));

    [Fact]
    public Task After_base_StopAsync_with_the_stored_token() =>
        Fires("""
            public sealed class Worker : BackgroundService
            {
                private CancellationToken _stopping;

                protected override Task ExecuteAsync(CancellationToken stoppingToken)
                {
                    _stopping = stoppingToken;
                    return Task.Delay(-1, stoppingToken);
                }

                public override async Task StopAsync(CancellationToken cancellationToken)
                {
                    await File.WriteAllTextAsync("before", "", _stopping);
                    await base.StopAsync(cancellationToken);
                    await File.WriteAllTextAsync("after", "", [|_stopping|]);
                    await File.WriteAllTextAsync("bounded", "", cancellationToken);
                }
            }
            """);

    [Fact]
    public Task After_cancelling_the_source() =>
        Fires("""
            public sealed class Worker : IHostedService
            {
                private readonly CancellationTokenSource _cts = new();

                public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

                public async Task StopAsync(CancellationToken cancellationToken)
                {
                    await _cts.CancelAsync();
                    await File.WriteAllTextAsync("s", "", [|_cts.Token|]);
                    await File.WriteAllTextAsync("s", "", cancellationToken);
                }
            }
            """);

    [Fact]
    public Task The_lifetime_token_in_StopAsync() =>
        Fires("""
            public sealed class Worker(IHostApplicationLifetime lifetime) : IHostedService
            {
                public async Task StartAsync(CancellationToken cancellationToken) =>
                    await File.WriteAllTextAsync("s", "", lifetime.ApplicationStopping);

                public async Task StopAsync(CancellationToken cancellationToken) =>
                    await File.WriteAllTextAsync("s", "", [|lifetime.ApplicationStopping|]);
            }
            """);

    [Fact]
    public Task In_a_callback_of_the_lifetime() =>
        Fires("""
            public sealed class Saver
            {
                public Saver(IHostApplicationLifetime lifetime) =>
                    lifetime.ApplicationStopping.Register(() => File.WriteAllTextAsync("s", "", [|lifetime.ApplicationStopping|]).Wait());
            }
            """);

    [Fact]
    public Task In_a_program_with_a_signal_handler() =>
        Rule.Of<SaveWithCancelledTokenAnalyzer>("""
            using var cts = new CancellationTokenSource();
            Console.CancelKeyPress += (_, e) => { e.Cancel = true; cts.Cancel(); };
            try
            {
                await Task.Delay(1000, cts.Token);
            }
            finally
            {
                await File.WriteAllTextAsync("s", "", [|cts.Token|]);
            }
            """).AsProgram().RunAsync();

    [Fact]
    public Task In_a_method_to_which_the_token_is_handed() =>
        Fires("""
            public sealed class Worker : BackgroundService
            {
                protected override Task ExecuteAsync(CancellationToken stoppingToken) => RunAsync(stoppingToken);

                private async Task RunAsync(CancellationToken token)
                {
                    try { await Task.Delay(1000, token); }
                    finally { await File.WriteAllTextAsync("s", "", [|token|]); }
                }
            }
            """);

    [Fact]
    public Task Silent_in_the_finally_of_a_request() =>
        Silent("""
            public sealed class Handler
            {
                public async Task HandleAsync(CancellationToken cancellationToken)
                {
                    try { await Task.Delay(1000, cancellationToken); }
                    catch (OperationCanceledException) { await File.WriteAllTextAsync("s", "", cancellationToken); }
                    finally { await File.WriteAllTextAsync("s", "", cancellationToken); }
                }
            }
            """);

    [Fact]
    public Task Any_type_with_SaveChangesAsync() =>
        Fires("""
            public interface IUnitOfWork { Task SaveChangesAsync(CancellationToken token = default); }

            public sealed class Handler(IUnitOfWork work)
            {
                public async Task HandleAsync(CancellationToken token)
                {
                    if (token.IsCancellationRequested)
                        await work.SaveChangesAsync([|token|]);
                }
            }
            """);

    [Fact]
    public Task A_sink_of_the_users_list() =>
        Rule.Of<SaveWithCancelledTokenAnalyzer>(Worker("""
            while (!stoppingToken.IsCancellationRequested) { }
            await new Ledger().BookAsync([|stoppingToken|]);
            await new Ledger().LookAsync(stoppingToken);
            """) + "public sealed class Ledger { public Task BookAsync(CancellationToken t) => Task.CompletedTask; public Task LookAsync(CancellationToken t) => Task.CompletedTask; }")
            .WithFile("ShutdownKit.Sinks.txt", "# ours\nLedger.Book*\n")
            .RunAsync();

    [Fact]
    public Task Silent_in_tests() =>
        Rule.Of<SaveWithCancelledTokenAnalyzer>(Worker("""
            while (!stoppingToken.IsCancellationRequested) { }
            await File.WriteAllTextAsync("s", _state, stoppingToken);
            """)).WithProperty("IsTestProject", "true").RunAsync();

    [Fact]
    public Task Broken_code_is_survived() =>
        Rule.Of<SaveWithCancelledTokenAnalyzer>("""
            class Worker : BackgroundService
            {
                protected override async Task ExecuteAsync(CancellationToken stoppingToken)
                {
                    CancellationToken a = b, b = a;
                    while (!stoppingToken.IsCancellationRequested && Missing(
                    try { await File.WriteAllTextAsync("s", x, a) } catch (Nothing) when (a.) { await x.SaveChangesAsync(b) } finally {
                }
            """).Broken().RunAsync();
}
