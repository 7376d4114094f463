using Microsoft.CodeAnalysis;
using ShutdownKit.Analyzers.CodeFixes.Signals;
using ShutdownKit.Analyzers.Signals;
using ShutdownKit.Analyzers.Tests.Verifiers;

namespace ShutdownKit.Analyzers.Tests.Signals;

public sealed class NoSigtermRouteTests
{
    [Theory]
    [InlineData("[|Thread.Sleep(Timeout.Infinite)|];")]
    [InlineData("[|Thread.Sleep(-1)|];")]
    [InlineData("await [|Task.Delay(-1)|];")]
    [InlineData("await [|Task.Delay(Timeout.InfiniteTimeSpan)|].ConfigureAwait(false);")]
    [InlineData("[|Task.Delay(Timeout.Infinite, CancellationToken.None)|].Wait();")]
    [InlineData("[|new ManualResetEvent(false).WaitOne()|];")]
    [InlineData("var done = new ManualResetEventSlim(); Console.CancelKeyPress += (_, e) => { e.Cancel = true; done.Set(); }; [|done.Wait()|];")]
    [InlineData("[|Thread.CurrentThread.Join()|];")]
    [InlineData("[|while (true)|] { Console.WriteLine(1); Thread.Sleep(1000); }")]
    [InlineData("[|for (;;)|] await Task.Delay(1000);")]
    [InlineData("var listener = new System.Net.HttpListener(); listener.Start(); [|Console.ReadLine()|];")]
    [InlineData("var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Any, 1); listener.Start(); [|while (true)|] { using var c = listener.AcceptTcpClient(); }")]
    [InlineData("var running = true; Console.CancelKeyPress += (_, _) => running = false; [|while (running)|] Thread.Sleep(1);")]
    [InlineData("var done = false; Console.CancelKeyPress += (_, _) => { done = true; }; [|while (!done)|] Thread.Sleep(1);")]
    [InlineData("var stop = new CancellationTokenSource(); Console.CancelKeyPress += (_, _) => stop.Cancel(); [|while (!stop.IsCancellationRequested)|] Thread.Sleep(1);")]
    [InlineData("AppDomain.CurrentDomain.ProcessExit += (_, _) => File.Delete(\"lock\"); [|while (true)|] Thread.Sleep(1);")]
    [InlineData("await Loop(); static async Task Loop() { [|while (true)|] await Task.Delay(1000); }")]
    [InlineData("Loop().GetAwaiter().GetResult(); static async Task Loop() { [|while (true)|] await Task.Delay(1000); }")]
    public Task Fires(string statements) => Of(statements).RunAsync();

    [Theory]
    [InlineData("Thread.Sleep(1000);")]
    [InlineData("await Task.Delay(1000);")]
    [InlineData("while (true) { var line = Console.ReadLine(); if (line is null) break; }")]
    [InlineData("while (true) { Console.Write(Console.ReadKey()); }")]
    [InlineData("for (var i = 0; ; i++) { if (i > 3) return; }")]
    [InlineData("while (true) { if (File.Exists(\"stop\")) throw new Exception(); Thread.Sleep(1); }")]
    [InlineData("while (true) { if (File.Exists(\"stop\")) Environment.Exit(0); Thread.Sleep(1); }")]
    [InlineData("Console.WriteLine(\"Press enter\"); Console.ReadLine();")]
    [InlineData("var clock = new System.Diagnostics.Stopwatch(); clock.Start(); Console.ReadLine();")]
    [InlineData("var listener = new System.Net.HttpListener(); listener.Start(); if (args.Length > 0) Console.ReadLine();")]
    [InlineData("var done = new ManualResetEvent(false); _ = Task.Run(() => { done.Set(); }); done.WaitOne();")]
    [InlineData("var done = new ManualResetEvent(false); Start(done); done.WaitOne(); static void Start(ManualResetEvent done) => done.Set();")]
    [InlineData("_ = Loop(); static async Task Loop() { while (true) await Task.Delay(1000); }")]
    [InlineData("var running = true; while (running) running = File.Exists(\"a\");")]
    [InlineData("var running = true; Task.Run(() => running = false); Console.CancelKeyPress += (_, _) => running = false; while (running) Thread.Sleep(1);")]
    [InlineData("var stop = new CancellationTokenSource(); Keep(stop); while (!stop.IsCancellationRequested) Thread.Sleep(1); static void Keep(CancellationTokenSource stop) => stop.Cancel();")]
    [InlineData("var stop = CancellationTokenSource.CreateLinkedTokenSource(CancellationToken.None); while (!stop.IsCancellationRequested) Thread.Sleep(1);")]
    [InlineData("var stop = new CancellationTokenSource(); stop.CancelAfter(9); while (!stop.IsCancellationRequested) Thread.Sleep(1);")]
    [InlineData("var stop = new CancellationTokenSource(TimeSpan.FromSeconds(9)); while (!stop.IsCancellationRequested) Thread.Sleep(1);")]
    [InlineData("Loop(); static async void Loop() { while (true) await Task.Delay(1000); }")]
    [InlineData("_ = Task.Run(() => { while (true) Thread.Sleep(1); });")]
    [InlineData("using var stopping = new CancellationTokenSource(); await Task.Delay(-1, stopping.Token);")]
    public Task Silent_without_evidence(string statements) => Of(statements).RunAsync();

    [Theory]
    [InlineData("using var sigterm = System.Runtime.InteropServices.PosixSignalRegistration.Create(System.Runtime.InteropServices.PosixSignal.SIGTERM, _ => Environment.Exit(0));")]
    [InlineData("using var host = Host.CreateDefaultBuilder(args).Build(); await host.StartAsync();")]
    public Task Silent_beside_a_route(string route) => Of(route + " Thread.Sleep(-1);").RunAsync();

    [Fact]
    public Task Silent_for_other_platforms_libraries_and_tests() => Task.WhenAll(
        Of("class P { static void Main() => Thread.Sleep(-1); }").As(OutputKind.WindowsApplication).RunAsync(),
        Of("class P { static void Main() => Thread.Sleep(-1); }").As(OutputKind.DynamicallyLinkedLibrary).RunAsync(),
        Of("Thread.Sleep(-1);").WithProperty("TargetFramework", "net10.0-windows").RunAsync(),
        Of("await Task.Delay(-1);").WithProperty("TargetFramework", "net10.0-ios").RunAsync(),
        Of("Thread.Sleep(-1);").WithProperty("IsTestProject", "true").RunAsync());

    [Fact]
    public Task Silent_where_a_listed_library_owns_the_lifetime() =>
        Of("Thread.Sleep(-1);").WithFile("ShutdownKit.LifetimeOwners.ours.txt", "System.Runtime").RunAsync();

    [Fact]
    public Task One_call_away_in_another_file() => Of("Server.Run();").WithSource(
        "Server.cs",
        """
        static class Server
        {
            public static void Run()
            {
                [|while (true)|]
                    Thread.Sleep(1000);
            }
        }
        """).RunAsync();

    [Fact]
    public Task Before_NET_10_only_where_clean_up_is_skipped() => Task.WhenAll(
        Of("Thread.Sleep(-1);").On(TargetFrameworks.Net8).RunAsync(),
        Of("AppDomain.CurrentDomain.ProcessExit += (_, _) => File.Delete(\"lock\"); try { Thread.Sleep(-1); } finally { File.Delete(\"lock\"); }").On(TargetFrameworks.Net8).RunAsync(),
        Of("while (true) Thread.Sleep(1000);").On(TargetFrameworks.Net8).RunAsync(),
        Of("using var writer = new StreamWriter(\"log\"); [|while (true)|] { writer.Write(1); Thread.Sleep(1000); }").On(TargetFrameworks.Net8).RunAsync(),
        Of("try { [|Thread.Sleep(-1)|]; } finally { File.Delete(\"lock\"); }").On(TargetFrameworks.Net8).RunAsync(),
        Of("[|Thread.Sleep(-1)|]; File.Delete(\"lock\");").On(TargetFrameworks.Net8).RunAsync());

    [Fact]
    public Task The_message_says_what_docker_stop_does() => Task.WhenAll(
        Of("{|#0:Thread.Sleep(-1)|};").Expecting(
            "SHK1001", 0, "This wait runs until the program is stopped, and nothing handles SIGTERM: as PID 1 of a container the program ignores 'docker stop' until SIGKILL").RunAsync(),
        Of("{|#0:Thread.Sleep(-1)|}; File.Delete(\"lock\");").On(TargetFrameworks.Net8).Expecting(
            "SHK1001", 0, "This wait runs until the program is stopped, and nothing handles SIGTERM: 'docker stop' ends the program at once, without its finally blocks, usings and what follows").RunAsync(),
        Of("var listener = new System.Net.HttpListener(); listener.Start(); {|#0:Console.ReadKey()|};").Expecting(
            "SHK1001", 0, "Without a terminal, as in a container, this returns or throws at once and the server ends; with one, nothing handles SIGTERM and 'docker stop' ends in SIGKILL").RunAsync());

    [Fact]
    public Task Wait_in_asynchronous_code_is_fixed() => Of(
        """
        Console.WriteLine("started");
        // For ever.
        await [|Task.Delay(-1)|];
        Console.WriteLine("stopped");
        """).FixedTo(
        """
        using System.Runtime.InteropServices;

        Console.WriteLine("started");
        // For ever.
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var sigterm = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => { context.Cancel = true; stopped.TrySetResult(); });
        await stopped.Task;
        Console.WriteLine("stopped");
        """).RunAsync();

    [Fact]
    public Task Wait_in_synchronous_code_is_fixed() => Of(
        """
        class Program
        {
            static void Main()
            {
                var listener = new System.Net.HttpListener();
                listener.Start();
                [|Console.ReadLine()|];
                listener.Stop();
            }
        }
        """).FixedTo(
        """
        using System.Runtime.InteropServices;

        class Program
        {
            static void Main()
            {
                var listener = new System.Net.HttpListener();
                listener.Start();
                using var stopped = new ManualResetEventSlim();
                using var sigterm = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => { context.Cancel = true; stopped.Set(); });
                stopped.Wait();
                listener.Stop();
            }
        }
        """).RunAsync();

    [Fact]
    public Task Event_of_a_CancelKeyPress_handler_is_set_by_SIGTERM_too() => Of(
        """
        using System.Runtime.InteropServices;

        class Program
        {
            private static readonly ManualResetEvent Quit = new(false);

            static void Main()
            {
                Console.CancelKeyPress += OnCancel;
                [|Quit.WaitOne()|];
            }

            private static void OnCancel(object? sender, ConsoleCancelEventArgs e)
            {
                e.Cancel = true;
                Quit.Set();
            }
        }
        """).FixedTo(
        """
        using System.Runtime.InteropServices;

        class Program
        {
            private static readonly ManualResetEvent Quit = new(false);

            static void Main()
            {
                Console.CancelKeyPress += OnCancel;
                using var sigterm = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => { context.Cancel = true; Quit.Set(); });
                Quit.WaitOne();
            }

            private static void OnCancel(object? sender, ConsoleCancelEventArgs e)
            {
                e.Cancel = true;
                Quit.Set();
            }
        }
        """).RunAsync();

    [Fact]
    public Task Loops_that_only_pause_are_fixed() => Of(
        """
        using System.Runtime.InteropServices;

        class Program
        {
            static async Task Main()
            {
                [|while (true)|]
                {
                    Work();
                    Thread.Sleep(1000);
                    await Task.Delay(TimeSpan.FromSeconds(1));
                }
            }

            private static void Work() { }
        }
        """).FixedTo(
        """
        using System.Runtime.InteropServices;

        class Program
        {
            static async Task Main()
            {
                using var stopping = new CancellationTokenSource();
                using var sigterm = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => { context.Cancel = true; stopping.Cancel(); });
                while (!stopping.IsCancellationRequested)
                {
                    Work();
                    stopping.Token.WaitHandle.WaitOne(1000);
                    await Task.Delay(TimeSpan.FromSeconds(1), stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }
            }

            private static void Work() { }
        }
        """).RunAsync();

    [Fact]
    public Task Loop_that_a_CancelKeyPress_handler_ends_is_ended_by_SIGTERM_too() => Of(
        """
        using System.Runtime.InteropServices;

        var running = true;
        Console.CancelKeyPress += (_, e) => running = false;
        // Until Ctrl+C.
        [|while (running)|]
            Thread.Sleep(1000);
        """).FixedTo(
        """
        using System.Runtime.InteropServices;

        var running = true;
        Console.CancelKeyPress += (_, e) => running = false;
        // Until Ctrl+C.
        using var sigterm = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => { context.Cancel = true; running = false; });
        while (running)
            Thread.Sleep(1000);
        """).RunAsync();

    [Fact]
    public Task No_fix_for_loops_that_block_elsewhere() => Of(
        """
        var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Any, 1);
        listener.Start();
        [|while (true)|]
        {
            using var client = listener.AcceptTcpClient();
            Thread.Sleep(1);
        }
        """).NotFixed().RunAsync();

    private static RuleTest<NoSigtermRouteAnalyzer, NoSigtermRouteFix> Of(string source) =>
        Rule.Of<NoSigtermRouteAnalyzer, NoSigtermRouteFix>(source).AsProgram();
}
