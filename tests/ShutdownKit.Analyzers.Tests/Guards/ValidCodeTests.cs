using System.Text.Json;
using ShutdownKit.Analyzers.Tests.Verifiers;

namespace ShutdownKit.Analyzers.Tests.Guards;

/// <summary>
/// The projects in tests/ValidCode are correct, and all rules are silent on them, in the strict mode too. The solution's build has
/// compiled them and written down what the rules said.
/// </summary>
public sealed class ValidCodeTests
{
    private static readonly string Folder = Path.Combine(TestReferences.RepositoryRoot, "tests", "ValidCode");

    public static TheoryData<string, string> Projects
    {
        get
        {
            var projects = new TheoryData<string, string>();
            foreach (var project in Directory.EnumerateFiles(Folder, "*.csproj", SearchOption.AllDirectories))
            {
                projects.Add(Path.GetFileNameWithoutExtension(project), TargetFrameworks.Net8);
                projects.Add(Path.GetFileNameWithoutExtension(project), TargetFrameworks.Net10);
            }

            return projects;
        }
    }

    [Theory, MemberData(nameof(Projects))]
    public async Task All_rules_are_silent(string project, string framework)
    {
        var log = Directory.EnumerateFiles(Path.Combine(Folder, project, "obj"), "rules.sarif", SearchOption.AllDirectories)
            .SingleOrDefault(path => path.Contains($"/{framework}/", StringComparison.Ordinal));
        Assert.True(log is not null, $"{project} has not been built for {framework}: build the solution first.");

        await using var content = File.OpenRead(log);
        using var sarif = await JsonDocument.ParseAsync(content, cancellationToken: TestContext.Current.CancellationToken);
        var run = Assert.Single(sarif.RootElement.GetProperty("runs").EnumerateArray());
        var rules = run.GetProperty("tool").GetProperty("driver").GetProperty("rules").EnumerateArray()
            .Select(rule => rule.GetProperty("id").GetString()!)
            .Where(id => id.StartsWith("SHK", StringComparison.Ordinal));
        var said = run.GetProperty("results").EnumerateArray()
            .Where(result => result.GetProperty("ruleId").GetString() is { } id && (id.StartsWith("SHK", StringComparison.Ordinal) || id.StartsWith("AD", StringComparison.Ordinal)))
            .Select(result => result.GetRawText());

        Assert.Empty(said);

        // They were there, too: a log of a build without them would be just as empty.
        Assert.Equal(AllRules.Instances.SelectMany(rule => rule.SupportedDiagnostics).Select(rule => rule.Id).Distinct().Order(), rules.Distinct().Order());
    }
}
