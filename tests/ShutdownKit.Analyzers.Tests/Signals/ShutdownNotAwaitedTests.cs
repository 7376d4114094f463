using ShutdownKit.Analyzers.CodeFixes.Signals;
using ShutdownKit.Analyzers.Signals;
using ShutdownKit.Analyzers.Tests.Verifiers;

namespace ShutdownKit.Analyzers.Tests.Signals;

public sealed class ShutdownNotAwaitedTests
{
    [Fact]
    public Task Wait_of_a_terminal_is_replaced() => Of(
        """
        using IHost host = Host.CreateDefaultBuilder(args).Build();
        await host.StartAsync();
        Console.WriteLine("Press Enter to stop.");
        [|Console.ReadLine()|];
        await host.StopAsync();
        """).FixedTo(
        """
        using IHost host = Host.CreateDefaultBuilder(args).Build();
        await host.StartAsync();
        Console.WriteLine("Press Enter to stop.");
        await host.WaitForShutdownAsync();
        await host.StopAsync();
        """).RunAsync();

    [Fact]
    public Task Wait_in_synchronous_code_is_replaced() => Of(
        """
        class Program
        {
            static void Main(string[] args)
            {
                var builder = WebApplication.CreateBuilder(args);
                var app = builder.Build();
                app.MapGet("/", () => "hello");
                app.Start();
                [|Thread.Sleep(Timeout.Infinite)|];
            }
        }
        """).FixedTo(
        """
        class Program
        {
            static void Main(string[] args)
            {
                var builder = WebApplication.CreateBuilder(args);
                var app = builder.Build();
                app.MapGet("/", () => "hello");
                app.Start();
                app.WaitForShutdown();
            }
        }
        """).RunAsync();

    [Theory]
    [InlineData("await host.StartAsync(); await [|Task.Delay(-1)|];")]
    [InlineData("await host.StartAsync(); await [|Task.Delay(Timeout.Infinite)|]; await host.StopAsync();")]
    [InlineData("host.Start(); [|Console.ReadKey()|]; host.StopAsync().Wait(); host.Dispose();")]
    [InlineData("host.Start(); [|new ManualResetEvent(false).WaitOne()|];")]
    [InlineData("host.Start(); [|while (true)|] { await Task.Delay(1000); Console.WriteLine(host.Services); }")]
    [InlineData("var done = new ManualResetEventSlim(); Console.CancelKeyPress += (_, e) => { e.Cancel = true; done.Set(); }; await host.StartAsync(); [|done.Wait()|]; await host.StopAsync();")]
    public Task Fires(string statements) => Of("var host = Host.CreateApplicationBuilder(args).Build(); " + statements).RunAsync();

    [Theory]
    [InlineData("await host.StartAsync(); await host.WaitForShutdownAsync();")]
    [InlineData("await host.StartAsync(); Console.ReadLine(); await host.WaitForShutdownAsync();")]
    [InlineData("await host.RunAsync(); Console.ReadLine();")]
    [InlineData("await host.StartAsync(); await Task.Delay(1000); await host.StopAsync();")]
    [InlineData("await host.StartAsync(); while (true) { var line = Console.ReadLine(); if (line == \"quit\") break; } await host.StopAsync();")]
    [InlineData("await host.StartAsync(); if (args.Length > 0) Console.ReadLine(); await host.StopAsync();")]
    [InlineData("await host.StartAsync(); Wait(host); static void Wait(IHost host) => host.WaitForShutdown();")]
    [InlineData("await host.StartAsync(); var lifetime = host.Services.GetRequiredService<IHostApplicationLifetime>(); lifetime.ApplicationStopping.WaitHandle.WaitOne();")]
    [InlineData("Console.ReadLine(); await host.StartAsync(); await host.StopAsync();")]
    [InlineData("await host.StartAsync(); Holder.Host = host; await Task.Delay(-1);")]
    public Task Silent_where_the_shutdown_is_awaited_or_the_host_is_in_other_hands(string statements) => Of(
        "var host = Host.CreateApplicationBuilder(args).Build(); " + statements + " static class Holder { public static IHost? Host; }").RunAsync();

    [Fact]
    public Task Web_host_of_the_old_kind() => Of(
        """
        using Microsoft.AspNetCore.Hosting;

        class Program
        {
            static void Main(string[] args)
            {
                using (IWebHost host = Microsoft.AspNetCore.WebHost.CreateDefaultBuilder(args).Build())
                {
                    host.Start();
                    {|#0:Console.ReadKey()|};
                }
            }
        }
        """).Expecting(
        "SHK1007",
        0,
        "Nothing waits for the shutdown of 'host': a web host that is only started does not handle SIGTERM, and this wait does not end on it; without a terminal, as in a container, ReadKey throws")
        .NotFixed().RunAsync();

    [Fact]
    public Task The_message_says_what_happens() => Of(
        "var host = await Host.CreateDefaultBuilder(args).StartAsync(); {|#0:Thread.Sleep(-1)|};").Expecting(
        "SHK1007", 0, "On SIGTERM 'host' only asks for a stop, and this wait does not end: no StopAsync is called until SIGKILL").RunAsync();

    [Fact]
    public Task Silent_beside_a_handler_of_SIGTERM_and_in_tests() => Task.WhenAll(
        Of(
            """
            using System.Runtime.InteropServices;
            var done = new ManualResetEvent(false);
            using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => { context.Cancel = true; done.Set(); });
            var host = Host.CreateApplicationBuilder(args).Build();
            host.Start();
            done.WaitOne();
            await host.StopAsync();
            """).RunAsync(),
        Of("var host = Host.CreateApplicationBuilder(args).Build(); host.Start(); Thread.Sleep(-1);").WithProperty("IsTestProject", "true").RunAsync());

    [Fact]
    public Task Survives_code_that_does_not_compile() => Of(
        "var host = Host.CreateApplicationBuilder(args).Build(; host.Start( ; using (IHost other = ) { other.StartAsync( ReadLine }").Broken().RunAsync();

    private static RuleTest<ShutdownNotAwaitedAnalyzer, ShutdownNotAwaitedFix> Of(string source) =>
        Rule.Of<ShutdownNotAwaitedAnalyzer, ShutdownNotAwaitedFix>(source).AsProgram();
}
