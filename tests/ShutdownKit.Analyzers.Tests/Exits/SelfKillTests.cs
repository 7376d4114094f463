using Microsoft.CodeAnalysis.Testing;
using ShutdownKit.Analyzers.Exits;
using ShutdownKit.Analyzers.Tests.Verifiers;

namespace ShutdownKit.Analyzers.Tests.Exits;

public sealed class SelfKillTests
{
    [Fact]
    public Task Kills_itself() => Of(
        """
        using System.Diagnostics;

        class Updater
        {
            public void Restart()
            {
                Process.Start("updater");
                [|Process.GetCurrentProcess().Kill()|];
            }

            public void Leave()
            {
                var self = Process.GetCurrentProcess();
                Console.WriteLine(self.Id);
                [|self.Kill()|];
            }

            public void LeaveTree() => [|Process.GetCurrentProcess().Kill(entireProcessTree: true)|];
        }
        """).RunAsync();

    [Fact]
    public Task FailFast_under_a_host() => Of(
        """
        class Worker : BackgroundService
        {
            protected override async Task ExecuteAsync(CancellationToken stoppingToken)
            {
                while (!stoppingToken.IsCancellationRequested)
                {
                    try
                    {
                        await Task.Delay(1000, stoppingToken);
                    }
                    catch (IOException exception)
                    {
                        {|#0:Environment.FailFast("disk", exception)|};
                    }
                }
            }
        }
        """).Expecting(
        "SHK3003",
        0,
        "Environment.FailFast in the hosted service 'Worker' ends the process while the host runs: nothing is stopped, flushed or disposed of, and not even ProcessExit handlers run")
        .RunAsync();

    [Fact]
    public Task Silent_in_last_resort_handlers_and_behind_the_clean_up() => Of(
        """
        using System.Diagnostics;

        class Program
        {
            static void Main()
            {
                AppDomain.CurrentDomain.UnhandledException += (_, _) => Process.GetCurrentProcess().Kill();
                TaskScheduler.UnobservedTaskException += (_, e) => Environment.FailFast("unobserved", e.Exception);
                Console.CancelKeyPress += (_, _) => Process.GetCurrentProcess().Kill();
                if (Environment.ProcessorCount == 0)
                    Environment.FailFast("no processor");
            }

            void OnFatalError() => Process.GetCurrentProcess().Kill();

            void Stop(IDisposable store)
            {
                store.Dispose();
                Process.GetCurrentProcess().Kill();
            }

            void Other(Process child)
            {
                child.Kill();
                var self = Process.GetCurrentProcess();
                Console.WriteLine(self.Id);
            }
        }

        class Worker : BackgroundService
        {
            protected override Task ExecuteAsync(CancellationToken stoppingToken)
            {
                try
                {
                    return Task.CompletedTask;
                }
                catch (OutOfMemoryException exception)
                {
                    Environment.FailFast("memory", exception);
                    throw;
                }
            }
        }

        class FatalErrorHandler : BackgroundService
        {
            protected override Task ExecuteAsync(CancellationToken stoppingToken)
            {
                Environment.FailFast("fatal");
                return Task.CompletedTask;
            }
        }
        """).RunAsync();

    [Fact]
    public Task Silent_in_test_projects_and_on_other_platforms() => Task.WhenAll(
        Of("class A { void M() => System.Diagnostics.Process.GetCurrentProcess().Kill(); }").WithProperty("IsTestProject", "true").RunAsync(),
        Of("class A { void M() => System.Diagnostics.Process.GetCurrentProcess().Kill(); }").WithProperty("TargetFramework", "net10.0-windows").RunAsync());

    [Fact]
    public Task Survives_code_that_does_not_compile() => Of(
        "class A { void M() { Process.GetCurrentProcess().Kill(; var p = Process.GetCurrentProcess(; p.Kill() Environment.FailFast( } }").Broken().RunAsync();

    // There is no fix: what has to be stopped first, nobody but the developer knows.
    private static RuleTest<SelfKillAnalyzer, EmptyCodeFixProvider> Of(string source) => Rule.Of<SelfKillAnalyzer>(source);
}
