using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.Diagnostics;
using ShutdownKit.Analyzers.Tests.Verifiers;

namespace ShutdownKit.Analyzers.Tests;

/// <summary>What is written about the rules agrees with the rules.</summary>
public sealed partial class DocumentationTests
{
    private static readonly ImmutableArray<DiagnosticAnalyzer> Analyzers =
        [.. Instances<DiagnosticAnalyzer>(typeof(ShutdownAnalyzer).Assembly).Where(analyzer => analyzer is not DiagnosticSuppressor)];

    public static TheoryData<string> RuleIds => [.. Descriptors.Select(rule => rule.Id).Distinct().Order(StringComparer.Ordinal)];

    private static IEnumerable<DiagnosticDescriptor> Descriptors => Analyzers.SelectMany(analyzer => analyzer.SupportedDiagnostics);

    [Theory, MemberData(nameof(RuleIds))]
    public async Task Every_rule_has_a_page_that_agrees_with_it(string id)
    {
        var page = await ReadAsync($"docs/rules/{id}.md");
        var rule = Descriptors.First(descriptor => descriptor.Id == id);

        Assert.StartsWith($"# {id}: {rule.Title}\n", page);
        Assert.Contains($"\n| Severity | {Descriptors.Where(it => it.Id == id).Max(it => it.DefaultSeverity)} |\n", page);
        Assert.Contains($"\n| Category | {rule.Category} |\n", page);
        foreach (var heading in new[] { "What happens at run time", "Wrong", "Right", "Limitations", "When not to suppress", "Configuration", "Related rules" })
            Assert.Contains($"\n## {heading}\n", page);
    }

    [Theory, MemberData(nameof(RuleIds))]
    public async Task Every_page_tells_whether_there_is_a_fix(string id)
    {
        var page = await ReadAsync($"docs/rules/{id}.md");
        var hasFix = Instances<CodeFixProvider>(typeof(CodeFixes.ShutdownCodeFix).Assembly).Any(fix => fix.FixableDiagnosticIds.Contains(id));

        Assert.Contains($"\n| Code fix | {(hasFix ? "yes" : "no")} |\n", page);
    }

    [Theory, MemberData(nameof(RuleIds))]
    public void Every_rule_links_to_its_page(string id) =>
        Assert.All(
            Descriptors.Where(descriptor => descriptor.Id == id),
            rule => Assert.Equal($"https://github.com/shutdownkit/shutdownkit/blob/main/docs/rules/{id}.md", rule.HelpLinkUri));

    [Fact]
    public void Every_id_belongs_to_one_analyzer()
    {
        var shared = Analyzers
            .SelectMany(analyzer => analyzer.SupportedDiagnostics.Select(rule => rule.Id).Distinct().Select(id => (id, analyzer)))
            .GroupBy(pair => pair.id)
            .Where(group => group.Count() > 1)
            .Select(group => group.Key);

        Assert.Empty(shared);
    }

    [Fact]
    public void Every_id_is_in_the_band_of_its_category()
    {
        string[] bands = ["", "Signals", "HostedServices", "Exits", "Flushing", "Durability", "Queues", "Libraries", "Deployment"];

        Assert.All(Descriptors, rule =>
        {
            Assert.Matches(IdPattern(), rule.Id);
            Assert.Equal(bands[rule.Id[3] - '0'], rule.Category);
        });
    }

    [Fact]
    public async Task Every_rule_is_in_the_release_tracking_with_its_severity()
    {
        var tracked = ReleaseLine()
            .Matches(await ReadAsync("analyzers/ShutdownKit.Analyzers/AnalyzerReleases.Unshipped.md")
                     + await ReadAsync("analyzers/ShutdownKit.Analyzers/AnalyzerReleases.Shipped.md"))
            .Select(match => (match.Groups["id"].Value, match.Groups["category"].Value, match.Groups["severity"].Value))
            .Order();

        Assert.Equal(Descriptors.Select(rule => (rule.Id, rule.Category, rule.DefaultSeverity.ToString())).Distinct().Order(), tracked);
    }

    [Fact]
    public void Every_fix_can_fix_all() =>
        Assert.All(Instances<CodeFixProvider>(typeof(CodeFixes.ShutdownCodeFix).Assembly), fix => Assert.NotNull(fix.GetFixAllProvider()));

    [Fact]
    public void No_page_is_left_over()
    {
        var pages = Directory.EnumerateFiles(Path.Combine(TestReferences.RepositoryRoot, "docs/rules"), "SHK*.md")
            .Select(path => Path.GetFileNameWithoutExtension(path)!)
            .Where(name => !name.StartsWith("SHKS", StringComparison.Ordinal));

        Assert.Empty(pages.Except(Descriptors.Select(rule => rule.Id)));
    }

    private static IEnumerable<T> Instances<T>(System.Reflection.Assembly assembly) =>
        assembly.GetTypes().Where(type => !type.IsAbstract && typeof(T).IsAssignableFrom(type)).Select(type => (T)Activator.CreateInstance(type)!);

    private static Task<string> ReadAsync(string path) =>
        File.ReadAllTextAsync(Path.Combine(TestReferences.RepositoryRoot, path), TestContext.Current.CancellationToken);

    [GeneratedRegex("^SHK[1-8][0-9]{3}$")]
    private static partial Regex IdPattern();

    [GeneratedRegex(@"^(?<id>SHK\d{4})\s*\|\s*(?<category>\w+)\s*\|\s*(?<severity>\w+)\s*\|", RegexOptions.Multiline)]
    private static partial Regex ReleaseLine();
}
