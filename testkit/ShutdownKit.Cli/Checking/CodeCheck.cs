using System.Diagnostics;
using System.Text.Json;

namespace ShutdownKit.Cli.Checking;

/// <summary>Runs the analyzers on a project or solution and gathers what they report.</summary>
internal static class CodeCheck
{
    private const int MostErrors = 10;

    /// <summary>Checks <paramref name="target"/> and leaves nothing behind, however it ends.</summary>
    /// <param name="timeout">After this time the check is given up.</param>
    /// <exception cref="CheckException">There is no SDK, or the time was up.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public static async Task<CheckResult> RunAsync(
        CheckTarget target, string? configuration, TimeSpan timeout, Action<string> progress, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        var root = Directory.CreateTempSubdirectory("shutdownkit-check-").FullName;
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(timeout);
            var build = new AnalysisBuild(root);
            var result = await build.RunAsync(target, configuration, progress, limit.Token).ConfigureAwait(false);
            return await GatherAsync(target, build.LogFolder, result, clock, limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new CheckException($"the build was not finished after {Terminal.Durations.Format(timeout)}: give it more time with --timeout");
        }
        finally
        {
            await DeleteAsync(root).ConfigureAwait(false);
        }
    }

    private static async Task<CheckResult> GatherAsync(
        CheckTarget target, string logFolder, BuildResult build, Stopwatch clock, CancellationToken cancellationToken)
    {
        var checkedProjects = new List<CheckedProject>();
        // A file that several target frameworks or projects compile is reported once.
        var findings = new HashSet<CodeFinding>();
        var rules = new Dictionary<string, CodeRule>(StringComparer.Ordinal);
        var suppressed = new HashSet<CodeFinding>();
        var problems = new List<string>();

        foreach (var due in Directory.EnumerateFiles(logFolder, "*.due").Order(StringComparer.Ordinal))
        {
            var lines = await File.ReadAllLinesAsync(due, cancellationToken).ConfigureAwait(false);
            var project = new CheckedProject(lines[0], lines.Length > 1 ? lines[1] : "");
            var name = $"{Path.GetFileName(project.Project)} {project.Framework}".TrimEnd();
            if (await ReadLogAsync(Path.ChangeExtension(due, ".sarif"), cancellationToken).ConfigureAwait(false) is not { } log)
            {
                problems.Add($"{name}: the compiler left no log");
                continue;
            }

            if (log.Rules.Count == 0)
                problems.Add($"{name}: the analyzers were not loaded; they need the compiler of the .NET 8 SDK or a later one");
            problems.AddRange(log.Problems.Select(p => $"{name}: {p}"));
            checkedProjects.Add(project);
            findings.UnionWith(log.Findings);
            foreach (var rule in log.Rules)
                rules[rule.Id] = rule;
            suppressed.UnionWith(log.Suppressed);
        }

        // A rule that the project itself raised to an error fails the build, and is a finding all the same.
        problems.AddRange(Shorten(build.Errors.Where(e => !e.Contains(": error SHK", StringComparison.Ordinal)).ToList()));
        if (!build.Succeeded && problems.Count == 0)
            problems.Add("the build ended at these errors; projects that depend on the failed ones were not checked");
        if (build.Succeeded && checkedProjects.Count == 0 && problems.Count == 0)
            problems.Add("nothing was compiled");

        var sorted = findings.OrderBy(f => f.Path, StringComparer.Ordinal).ThenBy(f => f.Line).ThenBy(f => f.Column)
            .ThenBy(f => f.Rule, StringComparer.Ordinal).ToList();
        var reported = sorted.Select(f => f.Rule).Distinct().Order(StringComparer.Ordinal)
            .Select(id => rules.GetValueOrDefault(id) ?? new CodeRule(id, "", null)).ToList();
        return new CheckResult(target, checkedProjects, sorted, reported, suppressed.Count, problems, clock.Elapsed);
    }

    private static List<string> Shorten(List<string> errors) => errors.Count <= MostErrors
        ? errors
        : [.. errors.Take(MostErrors), $"... and {errors.Count - MostErrors} more"];

    private static async Task<CompilerLog?> ReadLogAsync(string path, CancellationToken cancellationToken)
    {
        if (!File.Exists(path))
            return null;
        try
        {
            var stream = File.OpenRead(path);
            await using var _ = stream.ConfigureAwait(false);
            return await SarifReader.ReadAsync(stream, cancellationToken).ConfigureAwait(false);
        }
        catch (JsonException)
        {
            // Half a log: the compiler ended while it wrote it.
            return null;
        }
    }

    // A process that was just killed may hold or write a file for a moment more.
    private static async Task DeleteAsync(string folder)
    {
        for (var attempt = 1; Directory.Exists(folder); attempt++)
        {
            try
            {
                Directory.Delete(folder, recursive: true);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException && attempt < 20)
            {
                await Task.Delay(100, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }
}
