using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using NJsonSchema;
using ShutdownKit.TestKit.Findings;
using ShutdownKit.TestKit.Reports;

namespace ShutdownKit.TestKit.Tests.Reports;

public sealed partial class JsonReportTests
{
    private static readonly string SchemaFile = Repository.File("docs", "report.schema.json");

    /// <summary>Each takes something out of a valid report, or puts something wrong in.</summary>
    public static TheoryData<string, Action<JsonNode>> Damages => new()
    {
        { "an unknown verdict", report => report["verdict"] = "okay" },
        { "no seed", report => report.AsObject().Remove("seed") },
        { "a seed that is no number", report => report["seed"] = "42" },
        { "another schema", report => report["schema"] = "https://example.org/other" },
        { "no engine", report => report["engine"] = null },
        { "an engine without an API version", report => report["engine"]!.AsObject().Remove("api") },
        { "a subject without an id", report => report["subject"]!.AsObject().Remove("id") },
        { "scenarios that are no list", report => report["scenarios"] = new JsonObject() },
        { "an unknown member", report => report["more"] = 1 },
        { "a scenario without a name", report => First(report).AsObject().Remove("name") },
        { "a scenario with an unknown verdict", report => First(report)["verdict"] = "passed" },
        { "a negative number of failed trials", report => First(report)["failedTrials"] = -1 },
        { "a finding with another id", report => First(report)["findings"]![0]!["id"] = "SHK1001" },
        { "a finding without a message", report => First(report)["findings"]![0]!.AsObject().Remove("message") },
        { "a rule with another id", report => First(report)["findings"]![0]!["rules"]!.AsArray().Add("CA2016") },
        { "an exit code that is none", report => First(report)["observation"]!["exitCode"] = 256 },
        { "a duration that is negative", report => First(report)["observation"]!["stopMilliseconds"] = -0.5 },
        { "lost ids that are no list", report => First(report)["observation"]!["lost"] = 3 },
        { "an observation without what survived", report => First(report)["observation"]!.AsObject().Remove("survived") },
        { "an unknown member of an observation", report => First(report)["observation"]!["more"] = 1 },
        { "a time that is none", report => First(report)["observation"]!["timeline"]![0]!["at"] = "yesterday" },
        { "a process that is no object", report => First(report)["observation"]!["processes"]!.AsArray().Add("sh") },
    };

    [Fact]
    public Task A_report_looks_like_this() =>
        Snapshot.MatchesAsync(Version().Replace(JsonReport.Write(SampleReport.OfEverything()), "\"shutdownkit VERSION\""));

    [Fact]
    public async Task A_report_is_valid() => Assert.Empty(await ValidateAsync(JsonReport.Write(SampleReport.OfEverything())));

    [Theory]
    [InlineData(Verdict.Pass)]
    [InlineData(Verdict.Skipped)]
    [InlineData(Verdict.Inconclusive)]
    [InlineData(Verdict.Fail)]
    public async Task A_report_of_each_verdict_is_valid(Verdict verdict) =>
        Assert.Empty(await ValidateAsync(JsonReport.Write(SampleReport.WithVerdicts(verdict))));

    [Theory]
    [MemberData(nameof(Damages), DisableDiscoveryEnumeration = true)]
    public async Task The_schema_takes_no_report_with(string what, Action<JsonNode> damage)
    {
        var report = JsonNode.Parse(JsonReport.Write(SampleReport.OfEverything()))!;

        damage(report);

        Assert.True((await ValidateAsync(report.ToJsonString())).Count > 0, $"the schema takes {what}");
    }

    [Fact]
    public async Task The_schema_is_the_one_that_reports_name()
    {
        using var schema = JsonDocument.Parse(await File.ReadAllTextAsync(SchemaFile, TestContext.Current.CancellationToken));

        Assert.Equal("https://json-schema.org/draft/2020-12/schema", schema.RootElement.GetProperty("$schema").GetString());
        Assert.Equal(JsonReport.Schema.Split('#')[0], schema.RootElement.GetProperty("$id").GetString());
        Assert.Equal(JsonReport.Schema, schema.RootElement.GetProperty("properties").GetProperty("schema").GetProperty("enum")[0].GetString());
    }

    [Fact]
    public async Task The_schema_describes_everything()
    {
        using var schema = JsonDocument.Parse(await File.ReadAllTextAsync(SchemaFile, TestContext.Current.CancellationToken));

        Assert.Empty(Undescribed(schema.RootElement, "#"));
    }

    [GeneratedRegex("\"shutdownkit [0-9]+\\.[^\"]+\"")]
    private static partial Regex Version();

    private static JsonNode First(JsonNode report) => report["scenarios"]![0]!;

    private static async Task<IReadOnlyCollection<NJsonSchema.Validation.ValidationError>> ValidateAsync(string json)
    {
        var schema = await JsonSchema.FromFileAsync(SchemaFile, TestContext.Current.CancellationToken);
        return [.. schema.Validate(json)];
    }

    private static IEnumerable<string> Undescribed(JsonElement schema, string path)
    {
        foreach (var property in schema.TryGetProperty("properties", out var properties) ? properties.EnumerateObject().ToList() : [])
        {
            var here = $"{path}/{property.Name}";
            if (!property.Value.TryGetProperty("description", out _))
            {
                yield return here;
            }

            foreach (var inner in Undescribed(property.Value, here))
            {
                yield return inner;
            }
        }

        foreach (var definition in schema.TryGetProperty("$defs", out var definitions) ? definitions.EnumerateObject().ToList() : [])
        {
            foreach (var inner in Undescribed(definition.Value, $"{path}/{definition.Name}"))
            {
                yield return inner;
            }
        }
    }
}
