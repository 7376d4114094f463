using Microsoft.CodeAnalysis;
using ShutdownKit.Analyzers.CodeFixes.Signals;
using ShutdownKit.Analyzers.Signals;
using ShutdownKit.Analyzers.Tests.Verifiers;

namespace ShutdownKit.Analyzers.Tests.Signals;

public sealed class CancelKeyPressOnlyTests
{
    [Fact]
    public Task Event_in_Main() => Of(
        """
        var server = new OrderServer();
        server.Start();
        using var stopped = new ManualResetEventSlim();
        [|Console.CancelKeyPress|] += (_, e) =>
        {
            e.Cancel = true;
            stopped.Set();
        };
        stopped.Wait();
        server.Stop();

        class OrderServer
        {
            public void Start() { }
            public void Stop() { }
        }
        """).FixedTo(
        """
        using System.Runtime.InteropServices;

        var server = new OrderServer();
        server.Start();
        using var stopped = new ManualResetEventSlim();
        Console.CancelKeyPress += (_, e) =>
        {
            e.Cancel = true;
            stopped.Set();
        };
        using var sigterm = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
        {
            context.Cancel = true;
            stopped.Set();
        });
        stopped.Wait();
        server.Stop();

        class OrderServer
        {
            public void Start() { }
            public void Stop() { }
        }
        """).RunAsync();

    [Fact]
    public Task Consumer_in_another_class() => Of(
        """
        using System.Runtime.InteropServices;

        class Consumer
        {
            private readonly CancellationTokenSource _stopping = new();

            public void Run()
            {
                [|Console.CancelKeyPress|] += (sender, args) => { args.Cancel = true; _stopping.Cancel(); };
                while (!_stopping.IsCancellationRequested)
                    Poll(_stopping.Token);
            }

            private static void Poll(CancellationToken token) => token.WaitHandle.WaitOne(1000);

            static void Main() => new Consumer().Run();
        }
        """).FixedTo(
        """
        using System.Runtime.InteropServices;

        class Consumer
        {
            private static PosixSignalRegistration? SigtermRegistration;
            private readonly CancellationTokenSource _stopping = new();

            public void Run()
            {
                Console.CancelKeyPress += (sender, args) => { args.Cancel = true; _stopping.Cancel(); };
                SigtermRegistration ??= PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => { context.Cancel = true; _stopping.Cancel(); });
                while (!_stopping.IsCancellationRequested)
                    Poll(_stopping.Token);
            }

            private static void Poll(CancellationToken token) => token.WaitHandle.WaitOne(1000);

            static void Main() => new Consumer().Run();
        }
        """).RunAsync();

    [Theory]
    [InlineData("await Task.Delay(-1, stopping.Token);")]
    [InlineData("await Task.Delay(Timeout.Infinite, stopping.Token).ConfigureAwait(false);")]
    [InlineData("stopping.Token.WaitHandle.WaitOne();")]
    [InlineData("while (!stopping.IsCancellationRequested) Thread.Sleep(100);")]
    [InlineData("while (!stopping.Token.IsCancellationRequested) { Work(stopping.Token); }")]
    [InlineData("while (true) { try { Work(stopping.Token); } catch (IOException e) { Console.WriteLine(e); } }")]
    [InlineData("Thread.Sleep(Timeout.Infinite);")]
    [InlineData("await new MyBot().RunAsync(stopping.Token);")]
    [InlineData("new MyBot().StartAsync().Wait();")]
    [InlineData("await RunAsync(stopping.Token); static async Task RunAsync(CancellationToken token) { while (!token.IsCancellationRequested) await Task.Delay(1000, token); }")]
    public Task Fires_where_the_program_runs_until_it_is_stopped(string wait) => Task.WhenAll(
        Of(Program("[|Console.CancelKeyPress|]", wait)).RunAsync(),
        Of(Program("[|Console.CancelKeyPress|]", wait)).On(TargetFrameworks.Net8).RunAsync());

    [Theory]
    [InlineData("await ImportAsync(stopping.Token);")]
    [InlineData("foreach (var file in args) { if (stopping.IsCancellationRequested) break; File.Delete(file); }")]
    [InlineData("while (!stopping.IsCancellationRequested) { if (File.Exists(\"done\")) break; Thread.Sleep(100); }")]
    [InlineData("while (!stopping.IsCancellationRequested) { var line = Console.ReadLine(); Console.WriteLine(line); }")]
    [InlineData("Console.WriteLine(\"Press Enter to exit\"); Console.ReadLine();")]
    [InlineData("await new Importer().RunAsync(stopping.Token);")]
    public Task Silent_for_tools_that_end_by_themselves_and_shells(string work) => Of(Program("Console.CancelKeyPress", work)).RunAsync();

    [Fact]
    public Task Silent_beside_another_route() => Task.WhenAll(
        Of(Program("Console.CancelKeyPress", "using var r = System.Runtime.InteropServices.PosixSignalRegistration.Create(System.Runtime.InteropServices.PosixSignal.SIGTERM, _ => stopping.Cancel()); await Task.Delay(-1, stopping.Token);")).RunAsync(),
        Of(Program("Console.CancelKeyPress", "AppDomain.CurrentDomain.ProcessExit += (_, _) => stopping.Cancel(); await Task.Delay(-1, stopping.Token);")).RunAsync(),
        Of(Program("Console.CancelKeyPress", "AppDomain.CurrentDomain.ProcessExit += (_, _) => stopping.Cancel(); await Task.Delay(-1, stopping.Token);")).On(TargetFrameworks.Net8).RunAsync(),
        Of(Program("Console.CancelKeyPress", "await Host.CreateApplicationBuilder().Build().RunAsync(stopping.Token);")).RunAsync());

    [Fact]
    public Task Silent_where_SHK1004_says_that_the_handler_kills() => Of(
        "var stopping = new CancellationTokenSource(); Console.CancelKeyPress += (_, _) => stopping.Cancel(); await Task.Delay(-1, stopping.Token);").RunAsync();

    [Fact]
    public Task Silent_for_other_platforms_libraries_and_tests() => Task.WhenAll(
        Of(Program("Console.CancelKeyPress", "await Task.Delay(-1, stopping.Token);")).WithProperty("TargetFramework", "net10.0-windows").RunAsync(),
        Of(Program("Console.CancelKeyPress", "await Task.Delay(-1, stopping.Token);")).WithProperty("IsTestProject", "true").RunAsync(),
        Of("class A { void M(ManualResetEventSlim stop) { Console.CancelKeyPress += (_, e) => { e.Cancel = true; stop.Set(); }; stop.Wait(); } }").As(OutputKind.DynamicallyLinkedLibrary).RunAsync());

    [Fact]
    public Task The_message_says_what_docker_stop_does() => Task.WhenAll(
        Of(Program("{|#0:Console.CancelKeyPress|}", "await Task.Delay(-1, stopping.Token);")).Expecting(
            "SHK1003", 0, "'docker stop' sends SIGTERM, which does not raise CancelKeyPress, and nothing else handles it: as PID 1 of a container the program goes on until SIGKILL").RunAsync(),
        Of(Program("{|#0:Console.CancelKeyPress|}", "await Task.Delay(-1, stopping.Token);")).On(TargetFrameworks.Net8).Expecting(
            "SHK1003", 0, "'docker stop' sends SIGTERM, which does not raise CancelKeyPress, and nothing else handles it: the program ends at once, and neither this handler nor what it asks to stop cleans up").RunAsync());

    [Fact]
    public Task Handler_that_exits_by_itself_is_repeated_too() => Of(
        """
        using System.Runtime.InteropServices;

        var server = new System.Net.HttpListener();
        server.Start();
        [|Console.CancelKeyPress|] += delegate (object? sender, ConsoleCancelEventArgs e) { server.Stop(); Environment.Exit(0); };
        Thread.Sleep(Timeout.Infinite);
        """).FixedTo(
        """
        using System.Runtime.InteropServices;

        var server = new System.Net.HttpListener();
        server.Start();
        Console.CancelKeyPress += delegate (object? sender, ConsoleCancelEventArgs e) { server.Stop(); Environment.Exit(0); };
        using var sigterm = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => { server.Stop(); Environment.Exit(0); });
        Thread.Sleep(Timeout.Infinite);
        """).RunAsync();

    [Theory]
    [InlineData("(_, e) => { if (e.SpecialKey == ConsoleSpecialKey.ControlC) { e.Cancel = true; stopping.Cancel(); } }")]
    [InlineData("(_, e) => { Save(); }")]
    [InlineData("OnCancel")]
    public Task No_fix_where_the_body_cannot_be_repeated(string handler) => Of(
        $$"""
        var stopping = new CancellationTokenSource();
        [|Console.CancelKeyPress|] += {{handler}};
        await Task.Delay(-1, stopping.Token);

        void OnCancel(object? sender, ConsoleCancelEventArgs e) { e.Cancel = true; stopping.Cancel(); }
        void Save() => File.WriteAllText("state", "");
        _ = ((ConsoleCancelEventHandler)OnCancel, (Action)Save);
        """).NotFixed().RunAsync();

    [Fact]
    public Task Survives_code_that_does_not_compile() => Of(
        "Console.CancelKeyPress += (_, e) => { e.Cancel = ; }; while (!stopping.) Console.CancelKeyPress +=").Broken().RunAsync();

    private static string Program(string subscription, string work) =>
        $$"""
        var stopping = new CancellationTokenSource();
        {{subscription}} += (_, e) => { e.Cancel = true; stopping.Cancel(); };
        {{work}}

        static void Work(CancellationToken token) { }
        static Task ImportAsync(CancellationToken token) => Task.CompletedTask;

        class MyBot
        {
            public Task StartAsync() => Task.CompletedTask;
            public Task RunAsync(CancellationToken token) => Task.CompletedTask;
        }

        class Importer
        {
            public Task RunAsync(CancellationToken token) => Task.CompletedTask;
        }
        """;

    private static RuleTest<CancelKeyPressOnlyAnalyzer, CancelKeyPressOnlyFix> Of(string source) =>
        Rule.Of<CancelKeyPressOnlyAnalyzer, CancelKeyPressOnlyFix>(source).AsProgram();
}
