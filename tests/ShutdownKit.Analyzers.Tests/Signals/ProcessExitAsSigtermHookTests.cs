using ShutdownKit.Analyzers.CodeFixes.Signals;
using ShutdownKit.Analyzers.Signals;
using ShutdownKit.Analyzers.Tests.Verifiers;

namespace ShutdownKit.Analyzers.Tests.Signals;

public sealed class ProcessExitAsSigtermHookTests
{
    private const string TopLevel =
        """
        var stopping = new CancellationTokenSource();
        [|AppDomain.CurrentDomain.ProcessExit += (_, _) => stopping.Cancel()|];
        while (!stopping.IsCancellationRequested)
            Thread.Sleep(100);
        """;

    [Fact]
    public Task Top_level_statements() => Of(TopLevel).FixedTo(
        """
        using System.Runtime.InteropServices;

        var stopping = new CancellationTokenSource();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => stopping.Cancel();
        using var sigterm = PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => Environment.Exit(143));
        while (!stopping.IsCancellationRequested)
            Thread.Sleep(100);
        """).RunAsync();

    [Fact]
    public Task Outside_of_Main_the_registration_is_kept_in_a_field() => Of(
        """
        using System.Runtime.InteropServices;
        using System.Runtime.Loader;

        class Store
        {
            public Store()
            {
                [|AppDomain.CurrentDomain.ProcessExit += Save|];
                [|AssemblyLoadContext.Default.Unloading += _ => Save(null, EventArgs.Empty)|];
            }

            private void Save(object? sender, EventArgs e) => File.WriteAllText("state.json", "{}");

            static void Main() => _ = new Store();
        }
        """).FixedTo(
        """
        using System.Runtime.InteropServices;
        using System.Runtime.Loader;

        class Store
        {
            private static PosixSignalRegistration? SigtermRegistration;
            public Store()
            {
                AppDomain.CurrentDomain.ProcessExit += Save;
                SigtermRegistration ??= PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => Environment.Exit(143));
                AssemblyLoadContext.Default.Unloading += _ => Save(null, EventArgs.Empty);
            }

            private void Save(object? sender, EventArgs e) => File.WriteAllText("state.json", "{}");

            static void Main() => _ = new Store();
        }
        """).RunAsync();

    [Fact]
    public Task Load_context_in_a_local() => Of(
        """
        using System.Reflection;
        using System.Runtime.Loader;

        var context = AssemblyLoadContext.GetLoadContext(Assembly.GetExecutingAssembly())!;
        var plugins = new AssemblyLoadContext("plugins");
        [|context.Unloading += _ => File.Delete("lock")|];
        plugins.Unloading += _ => File.Delete("plugin.lock");
        """).RunAsync();

    [Fact]
    public Task The_message_names_the_event() => Of(
        """
        {|#0:AppDomain.CurrentDomain.ProcessExit += (_, _) => File.Delete("lock")|};
        """).Expecting(
        "SHK1002",
        0,
        "Since .NET 10 SIGTERM does not raise AppDomain.ProcessExit, and nothing else in this program handles SIGTERM: 'docker stop' never runs this "
        + "handler and ends in SIGKILL when the program is PID 1").RunAsync();

    [Fact]
    public Task Silent_before_NET_10() => Of(Unmarked(TopLevel)).On(TargetFrameworks.Net8).RunAsync();

    [Fact]
    public Task Silent_on_Windows_only() => Of(Unmarked(TopLevel)).WithProperty("TargetFramework", "net10.0-windows").RunAsync();

    [Fact]
    public Task Silent_in_test_projects() => Of(Unmarked(TopLevel)).WithProperty("IsTestProject", "true").RunAsync();

    [Fact]
    public Task Silent_beside_a_host() => Of(Unmarked(TopLevel) + "\nHost.CreateApplicationBuilder(args).Build().Run();").RunAsync();

    [Fact]
    public Task Silent_when_a_lifetime_owner_is_listed() =>
        Of(Unmarked(TopLevel)).WithFile("ShutdownKit.LifetimeOwners.txt", "# ours\nSystem.Runtime\n").RunAsync();

    [Fact]
    public Task Silent_beside_a_handler_of_SIGTERM_in_another_file() => Of(Unmarked(TopLevel)).WithSource(
        "Signals.cs",
        """
        using System.Runtime.InteropServices;
        static class Signals
        {
            public static readonly PosixSignalRegistration Term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => Environment.Exit(0));
        }
        """).RunAsync();

    [Fact]
    public Task Silent_for_what_only_logs_and_for_plug_ins() => Of(
        """
        using System.Runtime.Loader;

        AppDomain.CurrentDomain.ProcessExit += (_, _) => Console.WriteLine("bye " + DateTime.Now.ToString());
        AppDomain.CurrentDomain.ProcessExit -= OnExit;
        new AssemblyLoadContext("plugin").Unloading += _ => File.Delete("plugin.lock");

        static void OnExit(object? sender, EventArgs e) => File.Delete("lock");
        """).RunAsync();

    [Fact]
    public Task Silent_in_libraries() => Of(
        """
        class Store
        {
            public Store() => AppDomain.CurrentDomain.ProcessExit += (_, _) => File.Delete("lock");
        }
        """).As(Microsoft.CodeAnalysis.OutputKind.DynamicallyLinkedLibrary).RunAsync();

    private static string Unmarked(string source) => source.Replace("[|", "").Replace("|]", "");

    private static RuleTest<ProcessExitAsSigtermHookAnalyzer, ProcessExitAsSigtermHookFix> Of(string source) =>
        Rule.Of<ProcessExitAsSigtermHookAnalyzer, ProcessExitAsSigtermHookFix>(source).AsProgram();
}
