using Microsoft.CodeAnalysis;
using ShutdownKit.Analyzers.CodeFixes.Signals;
using ShutdownKit.Analyzers.Signals;
using ShutdownKit.Analyzers.Tests.Verifiers;

namespace ShutdownKit.Analyzers.Tests.Signals;

public sealed class DisposedWithoutStopTests
{
    [Fact]
    public Task Using_declaration() => Of(
        """
        using var host = Host.CreateDefaultBuilder(args).Build();
        await [|host.StartAsync()|];
        var job = host.Services.GetRequiredService<Job>();
        await job.RunAsync();

        class Job
        {
            public Task RunAsync() => Task.CompletedTask;
        }
        """).FixedTo(
        """
        using var host = Host.CreateDefaultBuilder(args).Build();
        await [|host.StartAsync()|];
        var job = host.Services.GetRequiredService<Job>();
        await job.RunAsync();
        await host.StopAsync();

        class Job
        {
            public Task RunAsync() => Task.CompletedTask;
        }
        """.Replace("[|", "").Replace("|]", "")).RunAsync();

    [Fact]
    public Task Using_statement_and_a_disposal_by_hand() => Of(
        """
        class Program
        {
            static async Task<int> Main(string[] args)
            {
                await using (var app = WebApplication.CreateBuilder(args).Build())
                {
                    await [|app.StartAsync()|];
                    Console.WriteLine(app.Urls.Count);
                }

                var host = Host.CreateApplicationBuilder(args).Build();
                [|host.Start()|];
                Console.WriteLine(host.Services);
                host.Dispose();
                return 0;
            }
        }
        """).FixedTo(
        """
        class Program
        {
            static async Task<int> Main(string[] args)
            {
                await using (var app = WebApplication.CreateBuilder(args).Build())
                {
                    await app.StartAsync();
                    Console.WriteLine(app.Urls.Count);
                    await app.StopAsync();
                }

                var host = Host.CreateApplicationBuilder(args).Build();
                host.Start();
                Console.WriteLine(host.Services);
                await host.StopAsync();
                host.Dispose();
                return 0;
            }
        }
        """).RunAsync();

    [Fact]
    public Task The_message_says_what_is_lost() => Of(
        "using var host = Host.CreateDefaultBuilder(args).Build(); {|#0:host.Start()|};").Expecting(
        "SHK1008", 0, "'host' is started here and disposed of without StopAsync: no hosted service is stopped, and what they have not saved is lost", DiagnosticSeverity.Info).RunAsync();

    [Theory]
    [InlineData("using var host = Host.CreateDefaultBuilder(args).Build(); await host.RunAsync();")]
    [InlineData("using var host = Host.CreateDefaultBuilder(args).Build(); await host.StartAsync(); await host.WaitForShutdownAsync();")]
    [InlineData("using var host = Host.CreateDefaultBuilder(args).Build(); await host.StartAsync(); try { Console.WriteLine(); } finally { await host.StopAsync(); }")]
    [InlineData("using var host = Host.CreateDefaultBuilder(args).Build(); Console.WriteLine(host.Services);")]
    [InlineData("var host = Host.CreateDefaultBuilder(args).Build(); await host.StartAsync();")]
    [InlineData("using var host = Host.CreateDefaultBuilder(args).Build(); await host.StartAsync(); await Finish(host); static Task Finish(IHost host) => host.StopAsync();")]
    [InlineData("using var host = Host.CreateDefaultBuilder(args).Build(); await host.StartAsync(); Thread.Sleep(-1);")]
    [InlineData("using var host = Host.CreateDefaultBuilder(args).Build(); host.Start(); var lifetime = host.Services.GetRequiredService<IHostApplicationLifetime>(); lifetime.StopApplication();")]
    [InlineData("using var process = new System.Diagnostics.Process(); process.Start();")]
    public Task Silent_where_it_is_stopped_or_not_disposed_of_here(string statements) => Of(statements).RunAsync();

    [Fact]
    public Task Silent_for_the_old_web_host_which_stops_in_Dispose() => Of(
        """
        using Microsoft.AspNetCore.Hosting;
        using IWebHost host = Microsoft.AspNetCore.WebHost.CreateDefaultBuilder(args).Build();
        host.Start();
        """).RunAsync();

    [Fact]
    public Task No_fix_where_a_path_leaves_early() => Of(
        """
        using var host = Host.CreateDefaultBuilder(args).Build();
        await [|host.StartAsync()|];
        if (args.Length == 0)
            return 1;
        Console.WriteLine(args[0]);
        return 0;
        """).NotFixed().RunAsync();

    [Fact]
    public Task Silent_in_test_projects() =>
        Of("using var host = Host.CreateDefaultBuilder(args).Build(); host.Start();").WithProperty("IsTestProject", "true").RunAsync();

    [Fact]
    public Task Survives_code_that_does_not_compile() => Of(
        "using var host = Host.CreateDefaultBuilder(args).; host.StartAsync(; using (IHost = ) IHost.Start(); await using var ; .Start()").Broken().RunAsync();

    private static RuleTest<DisposedWithoutStopAnalyzer, DisposedWithoutStopFix> Of(string source) =>
        Rule.Of<DisposedWithoutStopAnalyzer, DisposedWithoutStopFix>(source).AsProgram();
}
