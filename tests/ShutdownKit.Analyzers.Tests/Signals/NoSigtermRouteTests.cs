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
    [InlineData("[|Thread.CurrentThread.Join()|];")]
    [InlineData("[|Thread.Sleep(int.MaxValue)|];")]
    [InlineData("[|System.Diagnostics.Process.GetCurrentProcess().WaitForExit()|];")]
    [InlineData("var never = new TaskCompletionSource(); await [|never.Task|];")]
    [InlineData("var never = new TaskCompletionSource<int>(); [|never.Task.Wait()|];")]
    [InlineData("do { Thread.Sleep(1000); } [|while (true)|];")]
    [InlineData("var done = new ManualResetEventSlim(); [|done.Wait()|];")]
    [InlineData("var running = true; [|while (running)|] Thread.Sleep(1000);")]
    [InlineData("var running = false; running = true; [|while (running)|] Thread.Sleep(1000);")]
    [InlineData("[|SpinWait.SpinUntil(() => false)|];")]
    [InlineData("new Thread(new ThreadStart(Loop)).Start(); static void Loop() { [|while (true)|] Thread.Sleep(1000); }")]
    [InlineData("Task.Run(() => { [|while (true)|] Thread.Sleep(1000); }).Wait();")]
    [InlineData("new Thread(Loop).Start(); static void Loop() { [|while (true)|] Thread.Sleep(1000); }")]
    [InlineData("new Bot().MainAsync().GetAwaiter().GetResult(); class Bot { public async Task MainAsync() => await RunAsync(); private async Task RunAsync() => await [|Task.Delay(-1)|]; }")]
    [InlineData("AppDomain.CurrentDomain.ProcessExit += (_, _) => Console.WriteLine(\"bye\"); [|while (true)|] Thread.Sleep(1);")]
    [InlineData("[|while (true)|] { Console.WriteLine(1); Thread.Sleep(1000); }")]
    [InlineData("[|for (;;)|] await Task.Delay(1000);")]
    [InlineData("var listener = new System.Net.HttpListener(); listener.Start(); [|Console.ReadLine()|];")]
    [InlineData("var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Any, 1); listener.Start(); [|while (true)|] { using var c = listener.AcceptTcpClient(); }")]
    [InlineData("await Loop(); static async Task Loop() { [|while (true)|] await Task.Delay(1000); }")]
    [InlineData("Loop().GetAwaiter().GetResult(); static async Task Loop() { [|while (true)|] await Task.Delay(1000); }")]
    public Task Fires(string statements) => Of(statements).RunAsync();

    [Theory]
    [InlineData("Thread.Sleep(1000);")]
    [InlineData("await Task.Delay(1000);")]
    [InlineData("AppDomain.CurrentDomain.ProcessExit += (_, _) => File.Delete(\"lock\"); while (true) Thread.Sleep(1);")]
    [InlineData("var done = new ManualResetEventSlim(); Console.CancelKeyPress += (_, e) => { e.Cancel = true; done.Set(); }; done.Wait();")]
    [InlineData("new ManualResetEvent(true).WaitOne();")]
    [InlineData("var events = new[] { new ManualResetEventSlim() }; foreach (var done in events) done.Wait();")]
    [InlineData("var done = Make(); done.WaitOne(); static ManualResetEvent Make() => new(true);")]
    [InlineData("var named = new EventWaitHandle(false, EventResetMode.ManualReset, \"stop\"); named.WaitOne();")]
    [InlineData("var tcs = new TaskCompletionSource(); _ = Task.Run(() => tcs.SetResult()); await tcs.Task;")]
    [InlineData("var token = CancellationToken.None; while (true) { token.ThrowIfCancellationRequested(); Thread.Sleep(1); }")]
    [InlineData("var token = CancellationToken.None; while (true) { await Task.Delay(1, token); }")]
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
        Of("[|Thread.Sleep(-1)|]; File.Delete(\"lock\");").On(TargetFrameworks.Net8).RunAsync(),
        Of("Thread.Sleep(-1); Console.WriteLine(\"bye\");").On(TargetFrameworks.Net8).RunAsync(),
        Of("var listener = new System.Net.HttpListener(); listener.Start(); [|Thread.Sleep(-1)|];").On(TargetFrameworks.Net8).RunAsync());

    [Fact]
    public Task The_message_says_what_docker_stop_does() => Task.WhenAll(
        Of("{|#0:Thread.Sleep(-1)|};").Expecting(
            "SHK1001", 0, "This wait runs until the program is stopped, and nothing handles SIGTERM: as PID 1 of a container the program ignores 'docker stop' until SIGKILL").RunAsync(),
        Of("{|#0:Thread.Sleep(-1)|}; File.Delete(\"lock\");").On(TargetFrameworks.Net8).Expecting(
            "SHK1001", 0, "This wait runs until the program is stopped, and nothing handles SIGTERM: 'docker stop' ends the program at once, without its finally blocks, usings and what follows").RunAsync(),
        Of("var listener = new System.Net.HttpListener(); listener.Start(); {|#0:Thread.Sleep(-1)|};").On(TargetFrameworks.Net8).Expecting(
            "SHK1001", 0, "This wait runs until the program is stopped, and nothing handles SIGTERM: 'docker stop' ends the program at once, in the middle of its work").RunAsync(),
        Of("var listener = new System.Net.HttpListener(); listener.Start(); {|#0:Console.ReadKey()|};").Expecting(
            "SHK1001", 0, "Without a terminal, as in a container, ReadKey throws: the server ends as soon as it has started").RunAsync(),
        Of("var listener = new System.Net.HttpListener(); listener.Start(); {|#0:Console.ReadLine()|};").Expecting(
            "SHK1001", 0, "Without a terminal, as in a container, ReadLine returns at once: the server ends as soon as it has started").RunAsync(),
        Of("var listener = new System.Net.HttpListener(); listener.Start(); while ({|#0:Console.ReadLine()|} != \"quit\") { }").Expecting(
            "SHK1001", 0, "Without a terminal, as in a container, ReadLine returns at once, time and again: the loop takes a whole processor, and nothing ends it").RunAsync());

    [Theory]
    [InlineData("var server = new TcpServer(); server.Start(); Console.WriteLine(\"Press any key\"); [|Console.ReadKey(true)|]; server.Stop();")]
    [InlineData("using var server = new TcpServer(); await server.StartAsync(); [|Console.ReadLine()|];")]
    [InlineData("using (var server = new TcpServer()) { server.Start(); [|Console.ReadLine()|]; }")]
    [InlineData("var server = new TcpServer(); Task.Run(() => server.Start()); [|Console.Read()|];")]
    [InlineData("_ = new TcpServer().StartAsync(); [|Console.ReadLine()|];")]
    [InlineData("TcpServer.Start(50, 26950); [|Console.ReadKey()|];")]
    [InlineData("try { new TcpServer().Start(); [|Console.ReadLine()|]; } catch (IOException) { Console.ReadLine(); }")]
    [InlineData("if (args.Length == 0) return; if (args[0] == \"serve\") { new TcpServer().Start(); [|Console.ReadLine()|]; }")]
    [InlineData("var app = new App(); app.Start(); Console.WriteLine(\"Press ENTER to stop\"); [|Console.ReadLine()|];")]
    [InlineData("var app = new App(); app.Start(); [|Console.ReadLine()|]; app.Stop();")]
    [InlineData("var app = new App(); app.Start(); _ = [|Console.ReadLine()|]; app.Stop();")]
    [InlineData("new TcpServer().Start(); while (true) { [|Console.ReadLine()|]; }")]
    [InlineData("new TcpServer().Start(); while ([|Console.ReadKey()|].Key != ConsoleKey.Q) { }")]
    [InlineData("new TcpServer().Start(); while ([|Console.ReadLine()|]?.ToLower() != \"exit\") Console.WriteLine(\"exit?\");")]
    [InlineData("new TcpServer().Start(); do { Console.WriteLine(\"q\"); } while ([|Console.ReadKey()|].KeyChar != 'q');")]
    [InlineData("new Missing().Unknown.StartListening(); [|Console.ReadLine()|];")]
    [InlineData("var server = new TcpServer(); var task = Task.Run(server.Start); while ([|Console.ReadLine()|] != \"stop\") { } server.Stop(); task.Wait();")]
    [InlineData("var server = new TcpServer(); var task = server.RunAsync(); if ([|Console.ReadKey()|].Key == ConsoleKey.Enter) { server.Stop(); await task; }")]
    [InlineData("new TcpServer().Start(); while (true) { ConsoleKey pressed = [|Console.ReadKey()|].Key; if (pressed == ConsoleKey.Escape) { break; } }")]
    [InlineData("using (new TcpServer()) { Console.WriteLine(\"Server started.\"); [|Console.ReadKey()|]; }")]
    [InlineData("var watcher = new FileSystemWatcher(\".\"); watcher.EnableRaisingEvents = true; while ([|Console.Read()|] != 'q') ;")]
    [InlineData("bus.PubSub.Subscribe<int>(\"a\", Console.WriteLine); Console.WriteLine(\"Listening for messages.\"); [|Console.ReadLine()|];")]
    [InlineData("var channel = await bootstrap.BindAsync(8007); [|Console.ReadLine()|]; await channel.CloseAsync();")]
    [InlineData("new TcpServer().Start(); await [|Console.In.ReadLineAsync()|];")]
    [InlineData("bot.OnMessage += Handle; while ([|Console.ReadKey(true)|].Key != ConsoleKey.Escape) ;")]
    [InlineData("using var sigterm = System.Runtime.InteropServices.PosixSignalRegistration.Create(System.Runtime.InteropServices.PosixSignal.SIGTERM, _ => Environment.Exit(0)); new TcpServer().Start(); [|Console.ReadLine()|];")]
    public Task Servers_that_a_terminal_keeps_alive(string statements) => Task.WhenAll(
        Of(statements + Types).Broken().RunAsync(),
        Of(statements + Types).On(TargetFrameworks.Net8).Broken().RunAsync());

    [Theory]
    [InlineData("var clock = new System.Diagnostics.Stopwatch(); clock.Start(); Console.WriteLine(\"Press Enter to stop\"); Console.ReadLine(); clock.Stop();")]
    [InlineData("var client = new Client(); client.Start(); Console.WriteLine(\"Connected to the server\"); Console.ReadLine(); client.Stop();")]
    [InlineData("Console.WriteLine(\"Done\"); Console.WriteLine(\"Press any key to exit\"); Console.ReadKey();")]
    [InlineData("var app = new App(); app.Start(); Console.WriteLine(\"Done\"); Console.ReadLine();")]
    [InlineData("var server = new TcpServer(); server.Start(); while (true) { var line = Console.ReadLine(); if (line == \"quit\") break; server.Send(line); }")]
    [InlineData("var server = new TcpServer(); server.Start(); string? line; while ((line = Console.ReadLine()) != null) server.Send(line);")]
    [InlineData("var server = new TcpServer(); server.Start(); while (Console.ReadLine() != \"quit\") server.Send(\"ping\");")]
    [InlineData("var server = new TcpServer(); server.Start(); if (Environment.UserInteractive) Console.ReadLine();")]
    [InlineData("var server = new TcpServer(); server.Start(); if (Console.IsInputRedirected) Thread.Sleep(1); else Console.ReadLine();")]
    [InlineData("if (Environment.UserInteractive) { new TcpServer().Start(); Console.ReadLine(); }")]
    [InlineData("var server = new TcpServer(); await server.RunAsync(); Console.WriteLine(\"Press any key\"); Console.ReadKey();")]
    [InlineData("var server = new TcpServer(); try { server.Start(); } catch (IOException e) { Console.WriteLine(e); Console.ReadKey(); }")]
    [InlineData("var server = new TcpServer(); server.Start(); foreach (var arg in args) Console.ReadLine();")]
    [InlineData("var server = new TcpServer(); server.Start(); var name = Console.ReadLine(); server.Send(name);")]
    [InlineData("var server = new TcpServer(); server.Start(); string? line; while ((line = Console.ReadLine()) != null) server.Send(line); Console.WriteLine(\"Press Enter to exit\"); Console.ReadLine();")]
    [InlineData("var server = new TcpServer(); server.Start(); server.Send(\"1\"); Thread.Sleep(2000); Console.WriteLine(\"sent\"); Console.ReadKey();")]
    public Task Silent_for_shells_tools_and_terminals_that_are_there(string statements) => Of(statements + Types).RunAsync();

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

    private const string Types =
        """


        class TcpServer : IDisposable
        {
            public void Start() { }
            public static void Start(int players, int port) { }
            public Task StartAsync() => Task.CompletedTask;
            public Task RunAsync() => Task.CompletedTask;
            public void Send(string? line) { }
            public void Stop() { }
            public void Dispose() { }
        }

        class App
        {
            public void Start() { }
            public void Stop() { }
        }

        class Client : App { }
        """;

    private static RuleTest<NoSigtermRouteAnalyzer, NoSigtermRouteFix> Of(string source) =>
        Rule.Of<NoSigtermRouteAnalyzer, NoSigtermRouteFix>(source).AsProgram();
}
