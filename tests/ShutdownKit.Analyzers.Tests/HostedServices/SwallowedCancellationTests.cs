using ShutdownKit.Analyzers.CodeFixes.HostedServices;
using ShutdownKit.Analyzers.HostedServices;
using ShutdownKit.Analyzers.Tests.Verifiers;

namespace ShutdownKit.Analyzers.Tests.HostedServices;

public sealed class SwallowedCancellationTests
{
    private static string Worker(string body, string members = "") => $$"""
        public class Worker(IHostApplicationLifetime lifetime, ILogger<Worker> logger) : BackgroundService
        {
            private readonly bool _stop;
            {{members}}
            protected override async Task ExecuteAsync(CancellationToken stoppingToken)
            {
                {{body}}
            }

            private Task StepAsync(CancellationToken token) => _stop ? Task.CompletedTask : Task.Delay(100, token);
            private void Log(Exception e) => logger.LogError(e, "{Stopping}", lifetime.ApplicationStopping.IsCancellationRequested);
        }
        """;

    private static Task Fires(string source) => Rule.Of<SwallowedCancellationAnalyzer>(source).RunAsync();

    private static Task Silent(string source) => Rule.Of<SwallowedCancellationAnalyzer>(source).RunAsync();

    [Fact]
    public Task Fix_ends_the_loop() =>
        Rule.Of<SwallowedCancellationAnalyzer, SwallowedCancellationFix>(Worker("""
            while (true)
                    {
                        try
                        {
                            await Task.Delay(200, stoppingToken);
                        }
                        catch [|(Exception e)|]
                        {
                            Log(e);
                        }
                    }
            """))
            .FixedTo(Worker("""
            while (true)
                    {
                        try
                        {
                            await Task.Delay(200, stoppingToken);
                        }
                        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
                        {
                            break;
                        }
                        catch (Exception e)
                        {
                            Log(e);
                        }
                    }
            """))
            .RunAsync();

    [Fact]
    public Task Fix_all_ends_each_loop_and_rethrows_where_break_would_not_do()
    {
        var wrong = Worker("""
            while (true)
                    {
                        foreach (var x in new[] { 1, 2 })
                        {
                            try
                            {
                                await StepAsync(stoppingToken);
                            }
                            [|catch|]
                            {
                            }
                        }
                    }
            """, """
            private async Task SecondAsync(CancellationToken token)
                {
                    for (;;)
                    {
                        try
                        {
                            await StepAsync(token);
                        }
                        [|catch|]
                        {
                        }
                    }
                }
            """);
        var right = Worker("""
            while (true)
                    {
                        foreach (var x in new[] { 1, 2 })
                        {
                            try
                            {
                                await StepAsync(stoppingToken);
                            }
                            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
                            {
                                throw;
                            }
                            catch
                            {
                            }
                        }
                    }
            """, """
            private async Task SecondAsync(CancellationToken token)
                {
                    for (;;)
                    {
                        try
                        {
                            await StepAsync(token);
                        }
                        catch (OperationCanceledException) when (token.IsCancellationRequested)
                        {
                            break;
                        }
                        catch
                        {
                        }
                    }
                }
            """);
        return Rule.Of<SwallowedCancellationAnalyzer, SwallowedCancellationFix>(wrong).FixedTo(right).RunAsync();
    }

    [Fact]
    public Task The_message_tells_what_happens() =>
        Rule.Of<SwallowedCancellationAnalyzer>(Worker("while (true) { try { await StepAsync(stoppingToken); } {|#0:catch|} { } }"))
            .Expecting("SHK2003", 0,
                "This catch swallows the cancellation of 'stoppingToken' and the loop goes on for ever: after a stop it spins until the host gives up or SIGKILL arrives")
            .RunAsync();

    [Theory]
    [InlineData("for (;;) { try { await StepAsync(stoppingToken); } catch [|(Exception)|] { } }")]
    [InlineData("do { try { await StepAsync(stoppingToken); } catch [|(SystemException)|] { } } while (true);")]
    [InlineData("while (true) { try { await StepAsync(stoppingToken); } catch [|(OperationCanceledException)|] { logger.LogInformation(\"cancelled\"); } }")]
    [InlineData("while (true) { try { await StepAsync(stoppingToken); } catch (InvalidOperationException) { break; } catch [|(Exception e)|] { Log(e); } }")]
    [InlineData("while (true) { try { await StepAsync(stoppingToken); } catch [|(Exception e)|] { Log(e); } finally { logger.LogDebug(\"turn\"); } }")]
    [InlineData("while (true) { try { await StepAsync(stoppingToken); } catch [|(Exception e)|] { Log(e); await Task.Delay(1000); } }")]
    [InlineData("while (true) { try { await StepAsync(stoppingToken); } catch (Exception) when (!stoppingToken.IsCancellationRequested) { } catch [|(Exception e)|] { Log(e); } }")]
    [InlineData("while (true) { try { await StepAsync(stoppingToken); } catch [|(Exception e)|] when (e is OperationCanceledException) { Log(e); } }")]
    [InlineData("using var linked = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken); while (true) { try { await StepAsync(linked.Token); } catch [|(Exception e)|] { Log(e); } }")]
    [InlineData("await Task.Run(async () => { while (true) { try { await StepAsync(stoppingToken); } catch [|(Exception e)|] { Log(e); } } });")]
    [InlineData("while (true) { try { await StepAsync(lifetime.ApplicationStopping); } catch [|(Exception e)|] { Log(e); } }")]
    [InlineData("while (true) { try { stoppingToken.ThrowIfCancellationRequested(); await StepAsync(default); } catch [|(Exception e)|] { Log(e); } }")]
    [InlineData("while (true) { try { try { await StepAsync(stoppingToken); } finally { Log(null!); } } catch [|(Exception e)|] { Log(e); } }")]
    public Task Swallowed(string body) => Fires(Worker(body));

    [Theory]
    // The loop or its body looks at the token.
    [InlineData("while (!stoppingToken.IsCancellationRequested) { try { await StepAsync(stoppingToken); } catch (Exception e) { Log(e); } }")]
    [InlineData("while (true) { if (stoppingToken.IsCancellationRequested) break; try { await StepAsync(stoppingToken); } catch (Exception e) { Log(e); } }")]
    [InlineData("while (true) { try { await StepAsync(stoppingToken); } catch (Exception e) { if (stoppingToken.IsCancellationRequested) return; Log(e); } }")]
    [InlineData("do { try { await StepAsync(stoppingToken); } catch (Exception e) { Log(e); } } while (!stoppingToken.IsCancellationRequested);")]
    // Another wait with the token, outside the try, ends it.
    [InlineData("while (true) { try { await StepAsync(stoppingToken); } catch (Exception e) { Log(e); } await Task.Delay(1000, stoppingToken); }")]
    [InlineData("while (true) { try { await StepAsync(stoppingToken); } catch (Exception e) { Log(e); await Task.Delay(1000, stoppingToken); } }")]
    [InlineData("using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1)); while (await timer.WaitForNextTickAsync(stoppingToken)) { try { await StepAsync(stoppingToken); } catch (Exception e) { Log(e); } }")]
    [InlineData("while (true) { try { await StepAsync(stoppingToken); } catch (Exception e) { Log(e); } stoppingToken.ThrowIfCancellationRequested(); }")]
    [InlineData("while (true) { try { await StepAsync(stoppingToken); } catch (Exception e) { Log(e); } finally { await Task.Delay(1, stoppingToken); } }")]
    // Cancellation goes its own way.
    [InlineData("while (true) { try { await StepAsync(stoppingToken); } catch (OperationCanceledException) { break; } catch (Exception e) { Log(e); } }")]
    [InlineData("while (true) { try { await StepAsync(stoppingToken); } catch (OperationCanceledException) { throw; } catch (Exception e) { Log(e); } }")]
    [InlineData("while (true) { try { await StepAsync(stoppingToken); } catch (TaskCanceledException) { return; } catch (Exception e) { Log(e); } }")]
    [InlineData("while (true) { try { await StepAsync(stoppingToken); } catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested) { break; } catch (Exception e) { Log(e); } }")]
    [InlineData("while (true) { try { await StepAsync(stoppingToken); } catch (Exception e) when (!stoppingToken.IsCancellationRequested) { Log(e); } }")]
    [InlineData("while (true) { try { await StepAsync(stoppingToken); } catch (Exception e) when (e is not OperationCanceledException) { Log(e); } }")]
    [InlineData("while (true) { try { await StepAsync(stoppingToken); } catch (Exception e) when (e is not (OperationCanceledException or ObjectDisposedException)) { Log(e); } }")]
    [InlineData("while (true) { try { await StepAsync(stoppingToken); } catch (Exception e) when (Known(e)) { Log(e); } bool Known(Exception x) => true; }")]
    [InlineData("while (true) { try { await StepAsync(stoppingToken); } catch (Exception e) { if (e is OperationCanceledException) break; Log(e); } }")]
    [InlineData("while (true) { try { await StepAsync(stoppingToken); } catch (Exception e) { Log(e); throw; } }")]
    [InlineData("while (true) { try { await StepAsync(stoppingToken); } catch (Exception e) { Log(e); break; } }")]
    [InlineData("while (true) { try { await StepAsync(stoppingToken); } catch (InvalidOperationException e) { Log(e); } }")]
    // It has another end.
    [InlineData("while (!_stop) { try { await StepAsync(stoppingToken); } catch (Exception e) { Log(e); } }")]
    [InlineData("while (true) { try { await StepAsync(stoppingToken); break; } catch (Exception e) { Log(e); } }")]
    [InlineData("for (var i = 0; i < 3; i++) { try { await StepAsync(stoppingToken); } catch (Exception e) { Log(e); } }")]
    [InlineData("foreach (var x in new[] { 1 }) { try { await StepAsync(stoppingToken); } catch (Exception e) { Log(e); } }")]
    // No token in it.
    [InlineData("while (true) { try { await StepAsync(default); } catch (Exception e) { Log(e); } }")]
    [InlineData("while (true) { try { await StepAsync(CancellationToken.None); } catch (Exception e) { Log(e); } }")]
    // A catch outside of the loop ends it.
    [InlineData("try { while (true) await StepAsync(stoppingToken); } catch (Exception e) { Log(e); }")]
    public Task Silent_where_the_loop_ends(string body) => Silent(Worker(body));

    [Fact]
    public Task Silent_in_StartAsync_and_outside_of_services() =>
        Silent("""
            public sealed class Service : IHostedService
            {
                public async Task StartAsync(CancellationToken token) { while (true) { try { await Task.Delay(1, token); } catch (Exception) { } } }
                public Task StopAsync(CancellationToken token) => Task.CompletedTask;
            }

            public sealed class Client
            {
                public async Task RunAsync(CancellationToken token) { while (true) { try { await Task.Delay(1, token); } catch (Exception) { } } }
            }
            """);

    [Theory]
    [InlineData("class W : BackgroundService { protected override async Task ExecuteAsync(CancellationToken t) { while (true) { try { await Task.Delay(1, t } catch (Exception e) { } } }")]
    [InlineData("class W : BackgroundService { protected override async Task ExecuteAsync(CancellationToken t) { while (true) { try { X(t); } catch (Missing e) when (e.) { } catch } }")]
    [InlineData("while (true) { try { X(t); } catch { continue; } finally { break; } }")]
    public async Task Broken_code_is_survived(string source)
    {
        var test = Rule.Of<SwallowedCancellationAnalyzer>(source).Broken();
        test.DisabledDiagnostics.Add("SHK2003");
        await test.RunAsync();
    }
}
