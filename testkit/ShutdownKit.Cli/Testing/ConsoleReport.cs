using System.Globalization;
using ShutdownKit.Cli.Terminal;
using ShutdownKit.TestKit.Engines;
using ShutdownKit.TestKit.Findings;
using ShutdownKit.TestKit.Reports;
using ShutdownKit.TestKit.Scenarios;
using Spectre.Console;

namespace ShutdownKit.Cli.Testing;

/// <summary>Prints a run for a person, scenario by scenario as they end.</summary>
internal sealed class ConsoleReport(CliConsole console, bool quiet)
{
    private const int MostLogLines = 5;

    /// <summary>Says what is tested where.</summary>
    public void Begin(string image, EngineInfo engine)
    {
        if (quiet)
            return;
        console.WriteLine($"{image} on {engine.Name} {engine.Version} (API {engine.Api})");
        console.WriteLine("");
    }

    /// <summary>Prints a scenario that has ended.</summary>
    public void Add(ScenarioResult result)
    {
        if (quiet && result.Verdict == Verdict.Pass)
            return;
        var description = Scenario.Find(result.Name)?.Description;
        console.WriteMarkup($"[bold]{Escape(result.Name)}[/]{(description is null || quiet ? "" : $"  [dim]{Escape(description)}[/]")}");
        var trials = result.Trials > 1
            ? string.Create(CultureInfo.InvariantCulture, $" [[{result.Trials - result.FailedTrials} of {result.Trials} trials without a finding]]")
            : "";
        console.WriteMarkup($"{Label(result.Verdict)}  {Escape(Facts(result.Observation))}{trials}".TrimEnd(), indent: 2);
        foreach (var finding in result.Findings)
        {
            console.WriteMarkup($"[red]{Escape(finding.Id)}[/] {Escape(finding.Message)}", indent: 4);
            if (finding.Rules.Count > 0)
                console.WriteMarkup($"[dim]at compile time: {Escape(string.Join(", ", finding.Rules))}[/]", indent: 4 + finding.Id.Length + 1);
        }

        if (result.Reason is { } reason)
            console.WriteMarkup(Escape(reason), indent: 4);
        if (result.Verdict == Verdict.Fail && !quiet)
            PrintEvidence(result.Observation);
        if (!quiet)
            console.WriteLine("");
    }

    /// <summary>Prints the verdict.</summary>
    public void End(RunReport report)
    {
        var failed = report.Scenarios.Where(s => s.Verdict == Verdict.Fail).Select(s => s.Name).ToList();
        var open = report.Scenarios.Where(s => s.Verdict == Verdict.Inconclusive).Select(s => s.Name).ToList();
        console.WriteMarkup(report.Verdict switch
        {
            Verdict.Pass => "[green bold]compliant[/]",
            Verdict.Fail => $"[red bold]not compliant[/]: {Escape(string.Join(", ", failed))}",
            _ => $"[yellow bold]inconclusive[/]: {Escape(open.Count > 0 ? string.Join(", ", open) : "nothing was checked")}",
        });
        if (!quiet)
            console.WriteMarkup(string.Create(CultureInfo.InvariantCulture, $"[dim]the same moments again: --seed {report.Seed}[/]"));
    }

    private static string Label(Verdict verdict) => verdict switch
    {
        Verdict.Pass => "[green]PASS[/]",
        Verdict.Fail => "[red]FAIL[/]",
        Verdict.Skipped => "[blue]SKIPPED[/]",
        _ => "[yellow]INCONCLUSIVE[/]",
    };

    private static string Facts(Observation observation)
    {
        var facts = new List<string>();
        if (observation.ExitCode is { } exitCode)
        {
            facts.Add(observation is { StopDuration: { } duration, StopWasAsked: true }
                ? $"{string.Join(", ", observation.Signals)}: ended after {Durations.Format(duration)} with exit code {exitCode}"
                : $"ended with exit code {exitCode}");
        }

        if (observation is { Acknowledged: { } acknowledged, Survived: { } survived })
            facts.Add($"{survived} of {acknowledged} acknowledged writes are there afterwards");
        return string.Join("; ", facts);
    }

    // Lost ids and changed paths are named by the findings, and the JSON report has them all.
    private void PrintEvidence(Observation observation)
    {
        if (observation.Escalated && observation.Processes.Count > 0)
        {
            Heading("processes before the stop");
            foreach (var process in observation.Processes)
            {
                var handles = process.HandlesStopSignal switch
                {
                    true => $", handles {observation.StopSignal}",
                    false => $", has no handler for {observation.StopSignal}",
                    null => "",
                };
                Line($"PID {process.ContainerPid?.ToString(CultureInfo.InvariantCulture) ?? "?"}{handles}: {process.CommandLine}");
            }
        }

        if (observation.Timeline is [var first, ..] timeline)
        {
            Heading("what happened");
            foreach (var entry in timeline)
                Line(string.Create(CultureInfo.InvariantCulture, $"{(entry.At - first.At).TotalSeconds,8:0.000} s  {entry.Event}{(entry.Detail.Length > 0 ? $" ({entry.Detail})" : "")}"));
        }

        if (observation.LogTail.Count > 0)
        {
            Heading("the end of its log");
            foreach (var line in observation.LogTail.TakeLast(MostLogLines))
                Line(line);
        }
    }

    private void Heading(string text) => console.WriteMarkup($"[dim]{Escape(text)}:[/]", indent: 4);

    private void Line(string text) => console.WriteMarkup(Escape(text), indent: 6);

    // What an application printed, or named its files, must not reach the terminal as commands.
    private static string Escape(string text) => Markup.Escape(SafeText.Of(text));
}
