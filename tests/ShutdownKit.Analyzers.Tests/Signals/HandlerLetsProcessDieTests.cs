using ShutdownKit.Analyzers.CodeFixes.Signals;
using ShutdownKit.Analyzers.Signals;
using ShutdownKit.Analyzers.Tests.Verifiers;

namespace ShutdownKit.Analyzers.Tests.Signals;

public sealed class HandlerLetsProcessDieTests
{
    [Fact]
    public Task Lambdas_of_every_form() => Of(
        """
        using System.Runtime.InteropServices;

        var stopping = new CancellationTokenSource();
        var done = new TaskCompletionSource();
        Console.CancelKeyPress += [|(_, _) => stopping.Cancel()|];
        Console.CancelKeyPress += [|(sender, args) =>
        {
            Console.WriteLine("stopping");
            done.TrySetResult();
        }|];
        using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, [|_ => stopping.Cancel()|]);
        using var hup = PosixSignalRegistration.Create(PosixSignal.SIGHUP, [|signal => done.SetResult()|]);
        await done.Task;
        """).FixedTo(
        """
        using System.Runtime.InteropServices;

        var stopping = new CancellationTokenSource();
        var done = new TaskCompletionSource();
        Console.CancelKeyPress += (_, context) => { context.Cancel = true; stopping.Cancel(); };
        Console.CancelKeyPress += (sender, args) =>
        {
            args.Cancel = true;
            Console.WriteLine("stopping");
            done.TrySetResult();
        };
        using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => { context.Cancel = true; stopping.Cancel(); });
        using var hup = PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal => { signal.Cancel = true; done.SetResult(); });
        await done.Task;
        """).RunAsync();

    [Fact]
    public Task A_method_that_handles_two_signals_is_fixed_once() => Of(
        """
        using System.Runtime.InteropServices;

        class Program
        {
            private static volatile bool _running = true;

            static void Main()
            {
                using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, [|Stop|]);
                using var quit = PosixSignalRegistration.Create(PosixSignal.SIGQUIT, [|Stop|]);
                Console.CancelKeyPress += [|OnCancel|];
                while (_running)
                    Thread.Sleep(100);
            }

            private static void Stop(PosixSignalContext context)
            {
                _running = false;
            }

            private static void OnCancel(object? sender, ConsoleCancelEventArgs e) => _running = false;
        }
        """).FixedTo(
        """
        using System.Runtime.InteropServices;

        class Program
        {
            private static volatile bool _running = true;

            static void Main()
            {
                using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
                using var quit = PosixSignalRegistration.Create(PosixSignal.SIGQUIT, Stop);
                Console.CancelKeyPress += OnCancel;
                while (_running)
                    Thread.Sleep(100);
            }

            private static void Stop(PosixSignalContext context)
            {
                context.Cancel = true;
                _running = false;
            }

            private static void OnCancel(object? sender, ConsoleCancelEventArgs e)
            {
                e.Cancel = true;
                _running = false;
            }
        }
        """, iterations: 2).RunAsync();

    [Fact]
    public Task The_message_names_the_signal() => Of(
        """
        var stopping = new CancellationTokenSource();
        Console.CancelKeyPress += {|#0:(_, _) => stopping.Cancel()|};
        """).Expecting(
        "SHK1004",
        0,
        "The CancelKeyPress handler asks for a stop but does not set Cancel: when it returns the process is killed, before the code it has told to stop can finish")
        .RunAsync();

    [Theory]
    [InlineData("e.Cancel = true; stopping.Cancel();")]
    [InlineData("if (!stopping.IsCancellationRequested) { e.Cancel = true; stopping.Cancel(); }")]
    [InlineData("e.Cancel = !stopping.IsCancellationRequested; stopping.Cancel();")]
    [InlineData("stopping.Cancel(); Environment.Exit(0);")]
    [InlineData("stopping.Cancel(); Environment.FailFast(null);")]
    [InlineData("stopping.Cancel(); done.Wait();")]
    [InlineData("stopping.Cancel(); worker.GetAwaiter().GetResult();")]
    [InlineData("stopping.Cancel(); writer.Flush();")]
    [InlineData("stopping.Cancel(); writer.Dispose();")]
    [InlineData("stopping.Cancel(); Save();")]
    [InlineData("stopping.Cancel(); Keep(e);")]
    [InlineData("Console.WriteLine(\"bye\");")]
    [InlineData("")]
    public Task Silent_where_the_process_lives_long_enough_or_nothing_is_asked_for(string body) => Of(
        $$"""
        var stopping = new CancellationTokenSource();
        var done = new ManualResetEventSlim();
        var writer = new StringWriter();
        Task worker = Task.CompletedTask;
        Console.CancelKeyPress += (_, e) => { {{body}} };

        void Save() => File.WriteAllText("state.json", "{}");
        void Keep(ConsoleCancelEventArgs e) => e.Cancel = true;
        _ = (stopping, done, writer, worker, (Action)Save, (Action<ConsoleCancelEventArgs>)Keep);
        """).RunAsync();

    [Fact]
    public Task Silent_for_signals_that_do_not_end_a_process() => Of(
        """
        using System.Runtime.InteropServices;

        var done = new ManualResetEventSlim();
        using var child = PosixSignalRegistration.Create(PosixSignal.SIGCHLD, _ => done.Set());
        using var resize = PosixSignalRegistration.Create(PosixSignal.SIGWINCH, _ => done.Set());
        using var resume = PosixSignalRegistration.Create(PosixSignal.SIGCONT, _ => done.Set());
        """).RunAsync();

    [Fact]
    public Task Silent_beside_a_host() => Of(
        """
        var stopping = new CancellationTokenSource();
        Console.CancelKeyPress += (_, _) => stopping.Cancel();
        await Host.CreateApplicationBuilder(args).Build().RunAsync(stopping.Token);
        """).RunAsync();

    [Fact]
    public Task Fires_on_NET_8_too() => Of(
        """
        var stopping = new CancellationTokenSource();
        Console.CancelKeyPress += [|delegate { stopping.Cancel(); }|];
        """).On(TargetFrameworks.Net8).WithoutHosting().RunAsync();

    private static RuleTest<HandlerLetsProcessDieAnalyzer, HandlerLetsProcessDieFix> Of(string source) =>
        Rule.Of<HandlerLetsProcessDieAnalyzer, HandlerLetsProcessDieFix>(source).AsProgram();
}
