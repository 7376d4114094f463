using Microsoft.CodeAnalysis;
using ShutdownKit.Analyzers.CodeFixes.Signals;
using ShutdownKit.Analyzers.Signals;
using ShutdownKit.Analyzers.Tests.Verifiers;

namespace ShutdownKit.Analyzers.Tests.Signals;

public sealed class RegistrationNotKeptTests
{
    [Fact]
    public Task In_Main_a_using_declaration_keeps_it() => Of(
        """
        using System.Runtime.InteropServices;

        using var stopping = new CancellationTokenSource();
        // Docker sends it.
        [|PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => { context.Cancel = true; stopping.Cancel(); })|];
        _ = [|PosixSignalRegistration.Create(PosixSignal.SIGINT, context => stopping.Cancel())|];
        var quit = [|PosixSignalRegistration.Create(PosixSignal.SIGQUIT, context => stopping.Cancel())|];
        await Task.Delay(-1, stopping.Token);
        """).AsProgram().FixedTo(
        """
        using System.Runtime.InteropServices;

        using var stopping = new CancellationTokenSource();
        // Docker sends it.
        using var sigterm = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => { context.Cancel = true; stopping.Cancel(); });
        using var sigint = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => stopping.Cancel());
        using var quit = PosixSignalRegistration.Create(PosixSignal.SIGQUIT, context => stopping.Cancel());
        await Task.Delay(-1, stopping.Token);
        """).RunAsync();

    [Fact]
    public Task Elsewhere_a_field_keeps_it() => Of(
        """
        using System.Runtime.InteropServices;

        class Signals
        {
            private readonly ManualResetEventSlim _stopped = new();

            public Signals()
            {
                [|PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal)|];
            }

            public void Listen()
            {
                using var hangup = [|PosixSignalRegistration.Create(PosixSignal.SIGHUP, OnSignal)|];
            }

            private void OnSignal(PosixSignalContext context)
            {
                context.Cancel = true;
                _stopped.Set();
            }
        }
        """).FixedTo(
        """
        using System.Runtime.InteropServices;

        class Signals
        {
            private static PosixSignalRegistration? SigtermRegistration;
            private static PosixSignalRegistration? SighupRegistration;
            private readonly ManualResetEventSlim _stopped = new();

            public Signals()
            {
                SigtermRegistration = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
            }

            public void Listen()
            {
                SighupRegistration = PosixSignalRegistration.Create(PosixSignal.SIGHUP, OnSignal);
            }

            private void OnSignal(PosixSignalContext context)
            {
                context.Cancel = true;
                _stopped.Set();
            }
        }
        """).RunAsync();

    [Fact]
    public Task Several_in_a_loop_are_reported_and_left_to_the_developer() => Of(
        """
        using System.Runtime.InteropServices;

        class Application
        {
            public Application()
            {
                foreach (var signal in new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM })
                {
                    [|PosixSignalRegistration.Create(signal, context => Environment.Exit(1))|];
                }
            }
        }
        """).NotFixed().RunAsync();

    [Fact]
    public Task Methods_that_return_nothing_and_end_at_once() => Of(
        """
        using System.Runtime.InteropServices;

        static class Signals
        {
            public static void OnTerm(Action<PosixSignalContext> stop) => [|PosixSignalRegistration.Create(PosixSignal.SIGTERM, stop)|];

            public static Task OnBoth(Action<PosixSignalContext> stop)
            {
                using var term = [|PosixSignalRegistration.Create(PosixSignal.SIGTERM, stop)|];
                using var interrupt = [|PosixSignalRegistration.Create(PosixSignal.SIGINT, stop)|];
                Console.WriteLine("listening");
                return Task.CompletedTask;
            }
        }
        """).RunAsync();

    [Fact]
    public Task Silent_where_something_keeps_it() => Of(
        """
        using System.Runtime.InteropServices;

        class Signals : IDisposable
        {
            private readonly List<IDisposable> _registrations = new();
            private PosixSignalRegistration? _quit;
            private static readonly PosixSignalRegistration Hangup = PosixSignalRegistration.Create(PosixSignal.SIGHUP, _ => { });

            public Signals()
            {
                _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop));
                _quit = PosixSignalRegistration.Create(PosixSignal.SIGQUIT, Stop);
                var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
                _registrations.Add(interrupt);
            }

            public static PosixSignalRegistration Register(Action<PosixSignalContext> stop) => PosixSignalRegistration.Create(PosixSignal.SIGTERM, stop);

            public static async Task RunAsync(Func<CancellationToken, Task> run)
            {
                using var stopping = new CancellationTokenSource();
                using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => stopping.Cancel());
                await run(stopping.Token);
            }

            public static void Run(Action run)
            {
                using (PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => { }))
                    run();
                using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, _ => { });
                run();
            }

            public static void Keep(Action run)
            {
                var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => { });
                run();
                GC.KeepAlive(term);
            }

            private static void Stop(PosixSignalContext context) => context.Cancel = true;

            public void Dispose() => _registrations.ForEach(it => it.Dispose());
        }
        """).RunAsync();

    [Fact]
    public Task The_messages_say_what_is_gone() => Of(
        """
        using System.Runtime.InteropServices;

        static class Signals
        {
            public static void Listen(Action<PosixSignalContext> stop)
            {
                {|#0:PosixSignalRegistration.Create(PosixSignal.SIGTERM, stop)|};
                using var interrupt = {|#1:PosixSignalRegistration.Create(PosixSignal.SIGINT, stop)|};
            }
        }
        """)
        .Expecting("SHK1005", 0, "Nothing keeps this registration: after a garbage collection the handler is gone, and the signal kills the process or, as PID 1 on .NET 10, does nothing")
        .Expecting("SHK1005", 1, "The method ends right here and disposes of this registration with it: the handler never runs")
        .RunAsync();

    [Fact]
    public Task Silent_in_tests_and_for_other_types_of_that_name() => Task.WhenAll(
        Of("using System.Runtime.InteropServices; class A { void M() { PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => { }); } }").WithProperty("IsTestProject", "true").RunAsync(),
        Of("class PosixSignalRegistration { public static int Create(int a, int b) => a + b; } class A { void M() { PosixSignalRegistration.Create(1, 2); } }").RunAsync());

    [Fact]
    public Task Survives_code_that_does_not_compile() => Of(
        "class A { void M() { PosixSignalRegistration.Create(, ); PosixSignalRegistration.Create(PosixSignal.SIGTERM, ; var a = PosixSignalRegistration.Create(1, 2) } int F = PosixSignalRegistration.Create(3, 4); }").Broken().RunAsync();

    private static RuleTest<RegistrationNotKeptAnalyzer, RegistrationNotKeptFix> Of(string source) =>
        Rule.Of<RegistrationNotKeptAnalyzer, RegistrationNotKeptFix>(source);
}
