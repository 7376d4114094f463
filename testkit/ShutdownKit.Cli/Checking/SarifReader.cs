using System.Text.Json;

namespace ShutdownKit.Cli.Checking;

/// <summary>Reads the SARIF 2.1 log that the C# compiler writes.</summary>
internal static class SarifReader
{
    private const string Prefix = "SHK";

    // The compiler's own ids for analyzers that threw, could not be created, or need a newer compiler.
    private static readonly string[] ProblemIds = ["AD0001", "CS8032", "CS8033", "CS8034", "CS8040", "CS9057"];

    /// <summary>Reads a log.</summary>
    /// <exception cref="JsonException">The text is not a SARIF log.</exception>
    public static async Task<CompilerLog> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        using var document = await JsonDocument.ParseAsync(stream, cancellationToken: cancellationToken).ConfigureAwait(false);
        if (!document.RootElement.TryGetProperty("runs", out var runs))
            throw new JsonException("no \"runs\"");

        var findings = new List<CodeFinding>();
        var rules = new List<CodeRule>();
        var problems = new List<string>();
        var suppressed = new List<CodeFinding>();
        foreach (var run in runs.EnumerateArray())
        {
            if (run.TryGetProperty("tool", out var tool) && tool.GetProperty("driver").TryGetProperty("rules", out var driverRules))
                rules.AddRange(driverRules.EnumerateArray().Where(r => IsOurs(Text(r, "id"))).Select(ReadRule));
            if (!run.TryGetProperty("results", out var results))
                continue;
            foreach (var result in results.EnumerateArray())
            {
                var id = Text(result, "ruleId");
                var message = result.TryGetProperty("message", out var m) ? Text(m, "text") : "";
                if (ProblemIds.Contains(id) && message.Contains("ShutdownKit", StringComparison.Ordinal))
                    problems.Add($"{id}: {message}");
                if (IsOurs(id) && Level(result) is { } level)
                    (IsSuppressed(result) ? suppressed : findings).Add(ReadFinding(result, id, level, message));
            }
        }

        return new CompilerLog(findings, rules, suppressed, problems);
    }

    private static bool IsOurs(string id) => id.StartsWith(Prefix, StringComparison.Ordinal);

    private static CodeRule ReadRule(JsonElement rule)
    {
        var title = rule.TryGetProperty("shortDescription", out var description) ? Text(description, "text") : "";
        return new CodeRule(Text(rule, "id"), title, rule.TryGetProperty("helpUri", out var uri) ? uri.GetString() : null);
    }

    // A suppression counts unless it is under review or was rejected (SARIF 2.1, 3.35.3).
    private static bool IsSuppressed(JsonElement result) =>
        result.TryGetProperty("suppressions", out var suppressions)
        && suppressions.EnumerateArray().Any(s => Text(s, "status") is "" or "accepted");

    // No level means warning (SARIF 2.1, 3.27.10); "none" is a hidden diagnostic.
    private static FindingLevel? Level(JsonElement result) => Text(result, "level") switch
    {
        "error" => FindingLevel.Error,
        "warning" or "" => FindingLevel.Warning,
        "note" => FindingLevel.Info,
        _ => null,
    };

    private static CodeFinding ReadFinding(JsonElement result, string id, FindingLevel level, string message)
    {
        var path = "";
        int line = 0, column = 0, endLine = 0, endColumn = 0;
        if (result.TryGetProperty("locations", out var locations) && locations.GetArrayLength() > 0
            && locations[0].TryGetProperty("physicalLocation", out var place))
        {
            if (place.TryGetProperty("artifactLocation", out var artifact))
                path = ToPath(Text(artifact, "uri"));
            if (place.TryGetProperty("region", out var region))
            {
                line = Number(region, "startLine", 0);
                column = Number(region, "startColumn", 1);
                endLine = Number(region, "endLine", line);
                endColumn = Number(region, "endColumn", column);
            }
        }

        return new CodeFinding(id, level, path, line, column, endLine, endColumn, message);
    }

    private static string ToPath(string uri) =>
        Uri.TryCreate(uri, UriKind.Absolute, out var absolute) && absolute.IsFile ? absolute.LocalPath : Uri.UnescapeDataString(uri);

    private static string Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";

    private static int Number(JsonElement element, string name, int otherwise) =>
        element.TryGetProperty(name, out var value) && value.TryGetInt32(out var number) ? number : otherwise;
}
