using System.Text;
using System.Text.Json;
using ShutdownKit.Cli.Checking;

namespace ShutdownKit.Cli.Tests.Checking;

public sealed class SarifReaderTests
{
    [Fact]
    public async Task Keeps_our_rules_with_place_and_level()
    {
        var log = await ReadAsync("""
            { "ruleId": "SHK1002", "level": "warning", "message": { "text": "dead" },
              "locations": [ { "physicalLocation": { "artifactLocation": { "uri": "file:///src/a%20b/P.cs" },
                "region": { "startLine": 3, "startColumn": 5, "endLine": 4, "endColumn": 6 } } } ] },
            { "ruleId": "CS0168", "level": "warning", "message": { "text": "unused" } }
            """);

        Assert.Equal([new CodeFinding("SHK1002", FindingLevel.Warning, "/src/a b/P.cs", 3, 5, 4, 6, "dead")], log.Findings);
        Assert.Equal([new CodeRule("SHK1002", "Dead handler", "https://example.org")], log.Rules);
        Assert.Empty(log.Problems);
    }

    [Theory]
    [InlineData("\"error\"", FindingLevel.Error)]
    [InlineData("\"warning\"", FindingLevel.Warning)]
    [InlineData("\"note\"", FindingLevel.Info)]
    public async Task Reads_levels(string level, object expected)
    {
        var log = await ReadAsync($$"""{ "ruleId": "SHK1002", "level": {{level}}, "message": { "text": "" } }""");

        Assert.Equal(expected, Assert.Single(log.Findings).Level);
    }

    [Theory]
    [InlineData("""[ { "kind": "inSource" } ]""", 1)]
    [InlineData("""[ { "kind": "external", "status": "accepted" } ]""", 1)]
    [InlineData("""[ { "kind": "external", "status": "rejected" } ]""", 0)]
    [InlineData("[]", 0)]
    public async Task Sets_suppressed_ones_apart(string suppressions, int suppressed)
    {
        var log = await ReadAsync($$"""{ "ruleId": "SHK1002", "level": "warning", "message": { "text": "" }, "suppressions": {{suppressions}} }""");

        Assert.Equal(suppressed, log.Suppressed.Count);
        Assert.Equal(1 - suppressed, log.Findings.Count);
    }

    [Fact]
    public async Task An_analyzer_of_ours_that_threw_is_a_problem()
    {
        var log = await ReadAsync("""
            { "ruleId": "AD0001", "level": "warning", "message": { "text": "Analyzer 'ShutdownKit.Analyzers.X' threw an exception" } },
            { "ruleId": "AD0001", "level": "warning", "message": { "text": "Analyzer 'Other.Y' threw an exception" } }
            """);

        Assert.Contains("ShutdownKit.Analyzers.X", Assert.Single(log.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Half_a_log_is_none() =>
        await Assert.ThrowsAnyAsync<JsonException>(() => ReadTextAsync("""{ "runs": [ { "results": [ """));

    private static Task<CompilerLog> ReadAsync(string results) => ReadTextAsync($$"""
        { "version": "2.1.0", "runs": [ {
          "results": [ {{results}} ],
          "tool": { "driver": { "name": "C#", "rules": [
            { "id": "SHK1002", "shortDescription": { "text": "Dead handler" }, "helpUri": "https://example.org" }, { "id": "CS0168" } ] } } } ] }
        """);

    private static async Task<CompilerLog> ReadTextAsync(string text)
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(text));
        return await SarifReader.ReadAsync(stream, TestContext.Current.CancellationToken);
    }
}
