using System.Reflection;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using ShutdownKit.TestKit.Findings;
using ShutdownKit.TestKit.Scenarios;

namespace ShutdownKit.TestKit.Reports;

/// <summary>The report as JSON: stable, with a schema (<c>docs/report.schema.json</c>).</summary>
public static class JsonReport
{
    /// <summary>Names the schema; its number changes when a reader of an older one would misread a report.</summary>
    public const string Schema = "https://github.com/shutdownkit/shutdownkit/blob/main/docs/report.schema.json#1";

    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.Never,
        // Quotes and arrows in messages stay readable; the file is no HTML.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Writes a report.</summary>
    /// <param name="report">The report.</param>
    /// <returns>JSON, with a line end at its end.</returns>
    public static string Write(RunReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        return JsonSerializer.Serialize(
            new
            {
                schema = Schema,
                tool = "shutdownkit " + ToolVersion(),
                engine = new { name = report.Engine.Name, version = report.Engine.Version, api = report.Engine.Api },
                subject = new { image = report.Image, id = report.ImageId },
                verdict = NameOf(report.Verdict),
                seed = report.Seed,
                scenarios = report.Scenarios.Select(ToJson),
            },
            Options) + "\n";
    }

    /// <summary>The verdict as reports write it: <c>pass</c>, <c>fail</c>, <c>inconclusive</c>, <c>skipped</c>.</summary>
    /// <param name="verdict">The verdict.</param>
    /// <returns>Its name.</returns>
    public static string NameOf(Verdict verdict) => verdict switch
    {
        Verdict.Pass => "pass",
        Verdict.Fail => "fail",
        Verdict.Skipped => "skipped",
        _ => "inconclusive",
    };

    private static object ToJson(ScenarioResult result) => new
    {
        name = result.Name,
        verdict = NameOf(result.Verdict),
        reason = result.Reason,
        trials = result.Trials,
        failedTrials = result.FailedTrials,
        findings = result.Findings.Select(finding => new { id = finding.Id, message = finding.Message, rules = finding.Rules }),
        observation = ToJson(result.Observation),
    };

    private static object ToJson(Observation observation) => new
    {
        exitCode = observation.ExitCode,
        signals = observation.Signals,
        escalated = observation.Escalated,
        oomKilled = observation.OomKilled,
        stopMilliseconds = observation.StopDuration is { } duration ? Math.Round(duration.TotalMilliseconds, 1) : (double?)null,
        acknowledged = observation.Acknowledged,
        survived = observation.Survived,
        lost = observation.Lost,
        phantom = observation.Phantom,
        torn = observation.Torn,
        writtenOutsideVolumes = observation.WrittenOutsideVolumes,
        processes = observation.Processes.Select(process => new { pid = process.ContainerPid, parent = process.ParentContainerPid, command = process.CommandLine }),
        logTail = observation.LogTail,
        timeline = observation.Timeline.Select(entry => new { at = entry.At.UtcDateTime, @event = entry.Event, detail = entry.Detail }),
    };

    private static string ToolVersion() =>
        typeof(JsonReport).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0.0.0";
}
