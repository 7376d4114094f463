using System.Text.Json;
using System.Text.Json.Nodes;
using ShutdownKit.Cli.Checking;
using ShutdownKit.Cli.Terminal;

namespace ShutdownKit.Cli.Tests.Checking;

public sealed class CheckReportsTests
{
    private static readonly CodeFinding Warning = new("SHK1002", FindingLevel.Warning, "/src/App/a b.cs", 3, 5, 3, 9, "nobody calls [this] \u001b[31m");
    private static readonly CodeFinding Info = new("SHK5001", FindingLevel.Info, "/elsewhere/B.cs", 1, 1, 1, 2, "overwritten in place");

    [Theory]
    [InlineData(new string[] { }, new string[] { }, ExitStatus.Compliant)]
    [InlineData(new[] { "info" }, new string[] { }, ExitStatus.Compliant)]
    [InlineData(new[] { "info", "warning" }, new string[] { }, ExitStatus.NotCompliant)]
    [InlineData(new[] { "info" }, new[] { "it broke" }, ExitStatus.Inconclusive)]
    [InlineData(new[] { "warning" }, new[] { "it broke" }, ExitStatus.NotCompliant)]
    internal void A_warning_decides_and_a_problem_is_no_pass(string[] findings, string[] problems, ExitStatus expected) =>
        Assert.Equal(expected, Result(findings.Select(f => f == "info" ? Info : Warning), problems).Status);

    [Fact]
    public void People_see_places_as_the_compiler_writes_them()
    {
        using var output = new StringWriter();
        using var error = new StringWriter();

        CheckReports.Print(Result([Warning, Info], ["it broke"]), "/src", quiet: false, CliConsole.Plain(output, error));

        Assert.Contains("App/a b.cs(3,5): warning SHK1002: nobody calls [this] \\x1b[31m\n", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("/elsewhere/B.cs(1,1): info SHK5001: ", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("SHK1002  Dead handler  https://example.org", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("1 warning, 1 info, 2 suppressed in 1 project, 1.5 s.", output.ToString(), StringComparison.Ordinal);
        Assert.EndsWith("not compliant\n", output.ToString(), StringComparison.Ordinal);
        Assert.Equal("error: it broke\n", error.ToString());
    }

    [Fact]
    public void Sarif_names_files_relative_to_where_the_tool_ran()
    {
        using var sarif = JsonDocument.Parse(CheckReports.ToSarif(Result([Warning, Info], ["it broke"]), "/src"));

        var run = sarif.RootElement.GetProperty("runs")[0];
        var uris = run.GetProperty("results").EnumerateArray()
            .Select(r => r.GetProperty("locations")[0].GetProperty("physicalLocation").GetProperty("artifactLocation").GetProperty("uri").GetString());
        Assert.Equal(["App/a%20b.cs", "file:///elsewhere/B.cs"], uris);
        Assert.Equal(["warning", "note"], run.GetProperty("results").EnumerateArray().Select(r => r.GetProperty("level").GetString()));
        Assert.Equal("file:///src/", run.GetProperty("originalUriBaseIds").GetProperty("SRCROOT").GetProperty("uri").GetString());
        Assert.False(run.GetProperty("invocations")[0].GetProperty("executionSuccessful").GetBoolean());
    }

    [Fact]
    public async Task Json_has_exactly_what_its_schema_has()
    {
        var path = Path.Combine(AppContext.BaseDirectory, "check.schema.json");
        var schema = JsonNode.Parse(await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken))!;
        var report = JsonNode.Parse(CheckReports.ToJson(Result([Warning], [])))!;

        Compare(schema, report);
        Compare(schema["properties"]!["findings"]!["items"]!, report["findings"]![0]!);
        Compare(schema["properties"]!["projects"]!["items"]!, report["projects"]![0]!);

        static void Compare(JsonNode schema, JsonNode value)
        {
            Assert.Equal(schema["properties"]!.AsObject().Select(p => p.Key), value.AsObject().Select(p => p.Key));
            Assert.Equal(schema["required"]!.AsArray().Select(n => n!.GetValue<string>()), value.AsObject().Select(p => p.Key));
        }
    }

    private static CheckResult Result(IEnumerable<CodeFinding> findings, string[] problems) => new(
        new CheckTarget("/src/App/App.csproj", ["/src/App/App.csproj"], []),
        [new CheckedProject("/src/App/App.csproj", "net10.0")],
        findings.ToList(),
        [new CodeRule("SHK1002", "Dead handler", "https://example.org"), new CodeRule("SHK5001", "In place", null)],
        2,
        problems,
        TimeSpan.FromSeconds(1.5));
}
