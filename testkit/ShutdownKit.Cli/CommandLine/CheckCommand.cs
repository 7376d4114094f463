using System.CommandLine;
using ShutdownKit.Cli.Checking;
using ShutdownKit.Cli.Terminal;

namespace ShutdownKit.Cli.CommandLine;

/// <summary><c>shutdownkit check</c>: the analyzers, on a project or solution as it is.</summary>
internal static class CheckCommand
{
    private static readonly string[] Formats = ["json", "sarif"];

    /// <summary>Lines for the end of the help.</summary>
    public static readonly IReadOnlyList<string> Examples =
    [
        "shutdownkit check                                  the project or solution in this folder",
        "shutdownkit check src/Orders/Orders.csproj         one project",
        "shutdownkit check Shop.sln --report sarif=out.sarif",
    ];

    public static Command Create(CliConsole console)
    {
        var path = new Argument<string>("PROJECT|SOLUTION")
        {
            Description = "A .csproj, .sln, .slnx or .slnf file, or a folder that holds one. Default: the current folder.",
            Arity = ArgumentArity.ZeroOrOne,
            DefaultValueFactory = _ => ".",
        };
        var configuration = new Option<string?>("--configuration", "-c")
        {
            HelpName = "NAME",
            Description = "The build configuration to check, for example Release. Default: the project's own.",
        };
        var timeout = TypedOption.Single<TimeSpan?>("--timeout", "DURATION", "Give up after this time. Default: 10m.", text =>
            Durations.TryParse(text, out var value) && value > TimeSpan.Zero
                ? value
                : throw new UsageException($"'{text}' is no duration: {Durations.Expected}"));
        var reports = TypedOption.Many(
            "--report", "FORMAT=FILE", "Write the findings to a file: json or sarif.", text => ReportRequest.Read(text, Formats));
        var quiet = new Option<bool>("--quiet", "-q") { Description = "Print the findings only." };

        var command = new Command("check", "Runs the analyzers on a project or solution as it is, without changing it.")
        {
            path, configuration, timeout, reports, quiet,
        };
        command.SetAction(async (parsed, cancellationToken) => (int)await RunAsync(
            parsed.GetRequiredValue(path), parsed.GetValue(configuration), parsed.GetValue(timeout) ?? TimeSpan.FromMinutes(10),
            parsed.GetRequiredValue(reports), parsed.GetValue(quiet), console, cancellationToken).ConfigureAwait(false));
        return command;
    }

    private static async Task<ExitStatus> RunAsync(
        string path, string? configuration, TimeSpan timeout, ReportRequest[] reports, bool quiet, CliConsole console,
        CancellationToken cancellationToken)
    {
        foreach (var report in reports)
            report.EnsureWritable();
        var currentFolder = Directory.GetCurrentDirectory();
        CheckResult result;
        try
        {
            var target = await CheckTarget.ResolveAsync(path, cancellationToken).ConfigureAwait(false);
            var name = Path.GetFileName(target.Path);
            result = await console.ShowProgressAsync($"{name}: restoring packages", report => CodeCheck.RunAsync(
                target, configuration, timeout, project => report($"{name}: checking {project}"), cancellationToken)).ConfigureAwait(false);
        }
        catch (CheckException e)
        {
            console.WriteError(e.Message);
            return ExitStatus.Inconclusive;
        }

        CheckReports.Print(result, currentFolder, quiet, console);
        foreach (var report in reports)
        {
            var content = report.Format == "sarif" ? CheckReports.ToSarif(result, currentFolder) : CheckReports.ToJson(result);
            await report.WriteAsync(content).ConfigureAwait(false);
        }

        return result.Status;
    }
}
