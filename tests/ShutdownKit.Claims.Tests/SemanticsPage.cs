using System.Runtime.CompilerServices;
using System.Text;
using System.Text.RegularExpressions;
using ShutdownKit.TestKit.Engines;

namespace ShutdownKit.Claims.Tests;

/// <summary>
/// <c>docs/engine-semantics.md</c>: one section per engine, each generated from a run on that engine. A run replaces only its own engine's section.
/// </summary>
internal static partial class SemanticsPage
{
    private const string Introduction =
        """
        # What the verbs really do

        Common statements about `docker stop`, `kill`, `pause` and `rm`, each tried out on a real engine with the test kit's own verbs. This page is
        generated from the run of `tests/ShutdownKit.Claims.Tests`; a run whose verdicts differ from this page fails.

        The evidence says what was done and what was measured: ✓ confirms the statement, ✗ contradicts it, the rest explains. All times are the engine's
        own, rounded to seconds. **with a condition** means that it depends, and the evidence says on what.

        To write this page anew: `SHUTDOWNKIT_WRITE_DOCS=1 dotnet test --project tests/ShutdownKit.Claims.Tests`, after `eng/test-images.sh`.
        """;

    /// <summary>Whether this run writes the page instead of comparing with it.</summary>
    public static bool Writes => Environment.GetEnvironmentVariable("SHUTDOWNKIT_WRITE_DOCS") == "1";

    public static string Path { get; } = System.IO.Path.GetFullPath(System.IO.Path.Combine(SourceFolder(), "..", "..", "docs", "engine-semantics.md"));

    /// <summary>The verdicts that the page states for an engine, by claim; <see langword="null"/> where it knows nothing of this engine.</summary>
    public static IReadOnlyDictionary<string, string>? ReadVerdicts(EngineInfo engine) =>
        ReadSections().TryGetValue(Heading(engine), out var section)
            ? Row().Matches(section).ToDictionary(row => row.Groups["id"].Value, row => row.Groups["verdict"].Value)
            : null;

    public static void Write(EngineInfo engine, IEnumerable<Claim> claims)
    {
        var sections = ReadSections();
        sections[Heading(engine)] = Render(claims);
        var page = new StringBuilder(Introduction.ReplaceLineEndings("\n")).Append('\n');
        foreach (var (heading, section) in sections)
            page.Append("\n## ").Append(heading).Append("\n\n").Append(section.Trim()).Append('\n');
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path)!);
        File.WriteAllText(Path, page.ToString());
    }

    public static string Text(Verdict verdict) => verdict switch
    {
        Verdict.True => "true",
        Verdict.False => "false",
        _ => "with a condition",
    };

    private static string Render(IEnumerable<Claim> claims)
    {
        var table = new StringBuilder("| id | statement | verdict | evidence |\n|---|---|---|---|\n");
        foreach (var claim in claims.OrderBy(claim => claim.Id, StringComparer.Ordinal))
        {
            var evidence = claim.Observations.Select(o => (o.Confirms switch { true => "✓ ", false => "✗ ", null => "" }) + o.Evidence);
            table.Append($"| {claim.Id} | {claim.Statement} | **{Text(claim.Verdict)}** | {string.Join("<br>", evidence)} |\n");
        }

        return table.ToString();
    }

    // Patch levels share a section: the verbs do not change with them.
    private static string Heading(EngineInfo engine) => $"{engine.Name} {string.Join('.', engine.Version.Split('.', '+', '-').Take(2))}";

    private static SortedDictionary<string, string> ReadSections()
    {
        var sections = new SortedDictionary<string, string>(StringComparer.Ordinal);
        if (!File.Exists(Path))
            return sections;
        foreach (var part in File.ReadAllText(Path).Split("\n## ").Skip(1))
        {
            var end = part.IndexOf('\n', StringComparison.Ordinal);
            sections[part[..end].Trim()] = part[end..];
        }

        return sections;
    }

    private static string SourceFolder([CallerFilePath] string path = "") => System.IO.Path.GetDirectoryName(path)!;

    [GeneratedRegex(@"^\| (?<id>C\d\d) \| .*? \| \*\*(?<verdict>[^*]+)\*\* \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
