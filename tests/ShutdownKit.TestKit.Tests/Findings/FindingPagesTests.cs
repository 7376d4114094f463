using System.Text.RegularExpressions;
using ShutdownKit.TestKit.Findings;

namespace ShutdownKit.TestKit.Tests.Findings;

/// <summary>Each kind of finding has its page, and the page says what the code says.</summary>
public sealed partial class FindingPagesTests
{
    private static readonly string[] Sections = ["What it means", "How it is detected", "Causes and cures", "Caught at compile time by"];

    public static TheoryData<string> Ids => [.. FindingDefinition.All.Select(definition => definition.Id)];

    private static string Folder => Repository.File("docs", "findings");

    [Theory]
    [MemberData(nameof(Ids))]
    public async Task A_page_has_the_title_and_the_sections(string id)
    {
        var page = await ReadAsync(id);

        Assert.StartsWith($"# {id}: {Definition(id).Title}\n", page, StringComparison.Ordinal);
        Assert.Equal(Sections, page.Split('\n').Where(line => line.StartsWith("## ", StringComparison.Ordinal)).Select(line => line[3..]));
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public async Task A_page_names_exactly_the_rules_of_the_finding(string id)
    {
        var page = await ReadAsync(id);
        var section = page[page.IndexOf("## " + Sections[^1], StringComparison.Ordinal)..];

        Assert.Equal(Definition(id).Rules.Order(), RuleInList().Matches(section).Select(match => match.Groups[1].Value).Order());
        Assert.Equal(Definition(id).Rules.Count == 0, section.Contains("No rule", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public async Task A_page_links_only_to_pages_that_are_there(string id)
    {
        var page = await ReadAsync(id);

        // Pages of rules come with the rules.
        foreach (var link in Link().Matches(page).Select(match => match.Groups[1].Value).Where(link => !link.StartsWith("../rules/", StringComparison.Ordinal)))
        {
            Assert.True(File.Exists(Path.Combine(Folder, link)), $"{id}.md links to {link}, which is not there");
        }
    }

    [Fact]
    public void There_is_no_page_of_a_finding_that_is_not_there() =>
        Assert.Equal(
            FindingDefinition.All.Select(definition => definition.Id),
            Directory.GetFiles(Folder, "SHT*.md").Select(Path.GetFileNameWithoutExtension).Order(StringComparer.Ordinal));

    private static FindingDefinition Definition(string id) => FindingDefinition.All.Single(definition => definition.Id == id);

    private static Task<string> ReadAsync(string id) => File.ReadAllTextAsync(Path.Combine(Folder, id + ".md"), TestContext.Current.CancellationToken);

    [GeneratedRegex(@"^- \[(SHK[0-9]{4})\]\(\.\./rules/\1\.md\)", RegexOptions.Multiline)]
    private static partial Regex RuleInList();

    [GeneratedRegex(@"\]\(([^)#]+\.md)[^)]*\)")]
    private static partial Regex Link();
}
