using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using ShutdownKit.Cli.Terminal;
using Spectre.Console;

namespace ShutdownKit.Cli.Checking;

/// <summary>The forms in which the result of a check is handed out.</summary>
internal static class CheckReports
{
    private const string SchemaName = "https://github.com/shutdownkit/shutdownkit/blob/main/docs/check.schema.json#1";
    private const string SourceRoot = "SRCROOT";
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Prints the result for a person, as the compiler prints diagnostics, so that editors find the places.</summary>
    public static void Print(CheckResult result, string currentFolder, bool quiet, CliConsole console)
    {
        // They are sorted by file.
        foreach (var finding in result.Findings)
        {
            var place = finding.Path.Length == 0 ? Display(result.Target.Path, currentFolder) : Display(finding.Path, currentFolder);
            if (finding.Line > 0)
                place += $"({finding.Line},{finding.Column})";
            var (colour, word) = finding.Level switch
            {
                FindingLevel.Error => ("red", "error"),
                FindingLevel.Warning => ("yellow", "warning"),
                _ => ("blue", "info"),
            };
            console.Out.MarkupLine(
                $"{Markup.Escape(SafeText.Of(place))}: [{colour}]{word} {Markup.Escape(finding.Rule)}[/]: {Markup.Escape(SafeText.Of(finding.Message))}");
        }

        foreach (var problem in result.Problems)
            console.WriteError(problem);
        if (!quiet)
            PrintSummary(result, currentFolder, console.Out);
    }

    /// <summary>The result as JSON; its schema is <c>docs/check.schema.json</c>.</summary>
    public static string ToJson(CheckResult result) => new JsonObject
    {
        ["schema"] = SchemaName,
        ["tool"] = $"shutdownkit {ToolVersion.Text}",
        ["target"] = result.Target.Path,
        ["verdict"] = Verdict(result.Status),
        ["projects"] = new JsonArray(
            [.. result.Checked.Select(p => new JsonObject { ["path"] = p.Project, ["framework"] = p.Framework.Length > 0 ? p.Framework : null })]),
        ["skipped"] = new JsonArray([.. result.Target.Skipped.Select(s => JsonValue.Create(s))]),
        ["findings"] = new JsonArray(
            [.. result.Findings.Select(f => new JsonObject
            {
                ["id"] = f.Rule,
                ["level"] = f.Level.ToString().ToLowerInvariant(),
                ["message"] = f.Message,
                ["path"] = f.Path,
                ["line"] = f.Line,
                ["column"] = f.Column,
                ["endLine"] = f.EndLine,
                ["endColumn"] = f.EndColumn,
                ["help"] = result.Rules.FirstOrDefault(r => r.Id == f.Rule)?.HelpUri,
            })]),
        ["suppressed"] = result.Suppressed,
        ["problems"] = new JsonArray([.. result.Problems.Select(p => JsonValue.Create(p))]),
    }.ToJsonString(Json) + "\n";

    /// <summary>The result as one SARIF 2.1 log, with paths relative to <paramref name="currentFolder"/> where they lie under it.</summary>
    public static string ToSarif(CheckResult result, string currentFolder)
    {
        var ids = result.Rules.Select(r => r.Id).ToList();
        var run = new JsonObject
        {
            ["tool"] = new JsonObject
            {
                ["driver"] = new JsonObject
                {
                    ["name"] = "ShutdownKit",
                    ["version"] = ToolVersion.Text,
                    ["rules"] = new JsonArray([.. result.Rules.Select(ToSarif)]),
                },
            },
            ["invocations"] = new JsonArray(new JsonObject
            {
                ["executionSuccessful"] = result.Problems.Count == 0,
                ["toolExecutionNotifications"] = new JsonArray(
                    [.. result.Problems.Select(p => new JsonObject { ["level"] = "error", ["message"] = new JsonObject { ["text"] = p } })]),
            }),
            ["originalUriBaseIds"] = new JsonObject
            {
                [SourceRoot] = new JsonObject { ["uri"] = new Uri(currentFolder.TrimEnd('/', '\\') + "/").AbsoluteUri },
            },
            ["results"] = new JsonArray([.. result.Findings.Select(f => ToSarif(f, ids.IndexOf(f.Rule), currentFolder))]),
            ["columnKind"] = "utf16CodeUnits",
        };
        return new JsonObject
        {
            ["$schema"] = "https://json.schemastore.org/sarif-2.1.0.json",
            ["version"] = "2.1.0",
            ["runs"] = new JsonArray(run),
        }.ToJsonString(Json) + "\n";
    }

    private static JsonObject ToSarif(CodeRule rule)
    {
        var json = new JsonObject { ["id"] = rule.Id };
        if (rule.Title.Length > 0)
            json["shortDescription"] = new JsonObject { ["text"] = rule.Title };
        if (rule.HelpUri is not null)
            json["helpUri"] = rule.HelpUri;
        return json;
    }

    private static JsonObject ToSarif(CodeFinding finding, int ruleIndex, string currentFolder)
    {
        var json = new JsonObject
        {
            ["ruleId"] = finding.Rule,
            ["ruleIndex"] = ruleIndex,
            ["level"] = finding.Level switch { FindingLevel.Error => "error", FindingLevel.Warning => "warning", _ => "note" },
            ["message"] = new JsonObject { ["text"] = finding.Message },
        };
        if (finding.Path.Length == 0)
            return json;

        var relative = Path.GetRelativePath(currentFolder, finding.Path);
        var artifact = relative.StartsWith("..", StringComparison.Ordinal) || Path.IsPathRooted(relative)
            ? new JsonObject { ["uri"] = new Uri(finding.Path).AbsoluteUri }
            : new JsonObject
            {
                ["uri"] = string.Join('/', relative.Split('/', '\\').Select(Uri.EscapeDataString)),
                ["uriBaseId"] = SourceRoot,
            };
        var place = new JsonObject { ["artifactLocation"] = artifact };
        if (finding.Line > 0)
        {
            place["region"] = new JsonObject
            {
                ["startLine"] = finding.Line,
                ["startColumn"] = finding.Column,
                ["endLine"] = finding.EndLine,
                ["endColumn"] = finding.EndColumn,
            };
        }

        json["locations"] = new JsonArray(new JsonObject { ["physicalLocation"] = place });
        return json;
    }

    private static void PrintSummary(CheckResult result, string currentFolder, IAnsiConsole console)
    {
        if (result.Findings.Count > 0)
            console.WriteLine();
        foreach (var rule in result.Rules)
            console.WriteLine(SafeText.Of($"{rule.Id}  {rule.Title}{(rule.HelpUri is null ? "" : $"  {rule.HelpUri}")}"));
        if (result.Rules.Count > 0)
            console.WriteLine();
        if (result.Target.Skipped.Count > 0)
            console.WriteLine(SafeText.Of($"Not checked, because not C#: {string.Join(", ", result.Target.Skipped)}"));

        var projects = result.Checked.Select(p => p.Project).Distinct().Count();
        var builds = result.Checked.Count > projects ? $" ({result.Checked.Count} builds, one for each target framework)" : "";
        var suppressed = result.Suppressed > 0 ? $", {result.Suppressed} suppressed" : "";
        console.WriteLine(
            SafeText.Of($"{Display(result.Target.Path, currentFolder)}: {Count(result.Findings)}{suppressed} in {Plural(projects, "project")}{builds}, {Durations.Format(result.Elapsed)}."));
        console.MarkupLine(result.Status switch
        {
            ExitStatus.Compliant => "[green]compliant[/]",
            ExitStatus.NotCompliant => "[red]not compliant[/]",
            _ => "[yellow]inconclusive[/]: the check is incomplete, see the errors above",
        });
    }

    private static string Count(IReadOnlyList<CodeFinding> findings)
    {
        if (findings.Count == 0)
            return "no findings";
        var parts = new[] { (FindingLevel.Error, "error"), (FindingLevel.Warning, "warning"), (FindingLevel.Info, "info") }
            .Select(p => (Number: findings.Count(f => f.Level == p.Item1), p.Item2))
            .Where(p => p.Number > 0)
            .Select(p => p.Item2 == "info" ? $"{p.Number} info" : Plural(p.Number, p.Item2));
        return string.Join(", ", parts);
    }

    private static string Plural(int number, string word) => number == 1 ? $"1 {word}" : $"{number} {word}s";

    private static string Display(string path, string currentFolder)
    {
        var relative = Path.GetRelativePath(currentFolder, path);
        return relative.StartsWith("..", StringComparison.Ordinal) ? path : relative;
    }

    private static string Verdict(ExitStatus status) => status switch
    {
        ExitStatus.Compliant => "pass",
        ExitStatus.NotCompliant => "fail",
        _ => "inconclusive",
    };
}
