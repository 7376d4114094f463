using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using ShutdownKit.Cli.CommandLine;
using ShutdownKit.Cli.Doctoring;
using ShutdownKit.Cli.Terminal;
using ShutdownKit.Cli.Testing;
using ShutdownKit.TestKit.Scenarios;

namespace ShutdownKit.Cli;

/// <summary>The whole tool: arguments in, exit status out.</summary>
internal sealed class CommandLineApp
{
    private readonly CliConsole _console;
    private readonly RootCommand _root;

    /// <summary>The tool with all its commands.</summary>
    public CommandLineApp(CliConsole console)
        : this(console, CreateRoot(console))
    {
    }

    /// <summary>Only with the commands of <paramref name="root"/>.</summary>
    internal CommandLineApp(CliConsole console, RootCommand root)
    {
        _console = console;
        _root = root;
    }

    /// <summary>Carries out one command line.</summary>
    /// <param name="cancellationToken">Cancelled when the user interrupts.</param>
    public async Task<ExitStatus> RunAsync(string[] arguments, CancellationToken cancellationToken)
    {
        if (arguments.Length == 0)
            arguments = ["--help"];
        // An application's command line may begin with @ or bundle letters; it is passed on as it is.
        var parsed = _root.Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null, EnablePosixBundling = false });
        if (parsed.Action is ParseErrorAction)
        {
            var name = parsed.CommandResult.Command is RootCommand ? "shutdownkit" : $"shutdownkit {parsed.CommandResult.Command.Name}";
            var message = parsed switch
            {
                { UnmatchedTokens: [var unknown, ..] } => $"'{name}' knows no '{unknown}': see '{name} --help'",
                { Errors: [var first, ..] } => first.Message,
                _ => $"a command is missing: see '{name} --help'",
            };
            _console.WriteError(message);
            return ExitStatus.WrongUsage;
        }

        try
        {
            var configuration = new InvocationConfiguration
            {
                Output = _console.Out.Profile.Out.Writer,
                Error = _console.Error.Profile.Out.Writer,
                EnableDefaultExceptionHandler = false,
                // Interruption listens to the signals; two listeners would race for the exit status.
                ProcessTerminationTimeout = null,
            };
            return (ExitStatus)await parsed.InvokeAsync(configuration, cancellationToken).ConfigureAwait(false);
        }
        catch (UsageException e)
        {
            _console.WriteError(e.Message);
            return ExitStatus.WrongUsage;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            _console.WriteError("interrupted: what was started has been stopped and removed, and there is no verdict");
            return ExitStatus.Inconclusive;
        }
        catch (IOException e)
        {
            _console.WriteError(e.Message);
            return ExitStatus.Inconclusive;
        }
    }

    private static RootCommand CreateRoot(CliConsole console)
    {
        var check = CheckCommand.Create(console);
        var test = TestCommand.Create(Scenario.All.Select(s => s.Name).ToList(), new TestRunner(console).RunAsync);
        var doctor = new Command("doctor", "Says what this machine can run, and for what it cannot the cure.");
        doctor.SetAction(async (_, cancellationToken) => (int)await new Doctor(console).RunAsync(cancellationToken).ConfigureAwait(false));
        var root = new RootCommand("Checks .NET applications for shutdown readiness: at compile time, and in real containers.") { check, test, doctor };
        AddToHelp(root, new Dictionary<Command, IReadOnlyList<string>>
        {
            [root] = ["shutdownkit doctor", CheckCommand.Examples[0], TestCommand.Examples[0]],
            [check] = CheckCommand.Examples,
            [test] = TestCommand.Examples,
            [doctor] = [],
        });
        return root;
    }

    private static void AddToHelp(RootCommand root, Dictionary<Command, IReadOnlyList<string>> examples)
    {
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithExamples((SynchronousCommandLineAction)help.Action!, examples);
    }

    /// <summary>The help of the library, then what it does not know: examples, and what the exit status means.</summary>
    private sealed class HelpWithExamples(SynchronousCommandLineAction help, Dictionary<Command, IReadOnlyList<string>> examples)
        : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            var status = help.Invoke(parseResult);
            var output = parseResult.InvocationConfiguration.Output;
            if (!examples.TryGetValue(parseResult.CommandResult.Command, out var lines))
                return status;
            if (lines.Count > 0)
                output.WriteLine("Examples:");
            foreach (var line in lines)
                output.WriteLine($"  {line}");
            if (lines.Count > 0)
                output.WriteLine();
            output.WriteLine("Exit status:");
            output.WriteLine("  0 compliant, 1 not compliant, 2 wrong usage, 3 no usable container engine, 4 inconclusive");
            return status;
        }
    }
}
