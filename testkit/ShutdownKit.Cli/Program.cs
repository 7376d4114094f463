using ShutdownKit.Cli;
using ShutdownKit.Cli.Terminal;

using var interruption = new Interruption();
return (int)await new CommandLineApp(CliConsole.OfProcess()).RunAsync(args, interruption.Token).ConfigureAwait(false);
