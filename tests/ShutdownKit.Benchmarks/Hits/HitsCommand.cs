using System.Collections.Immutable;
using System.Diagnostics;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;
using ShutdownKit.Benchmarks.Analysis;
using ShutdownKit.Benchmarks.CodeBases;

namespace ShutdownKit.Benchmarks.Hits;

/// <summary>
/// <c>hits DIR...</c>: what the rules find in real code. Exit status 1 where an analyzer threw or did not end: that is worth more
/// attention than any hit.
/// </summary>
internal sealed class HitsCommand
{
    private readonly Arguments _arguments;
    private readonly ImmutableArray<DiagnosticAnalyzer> _analyzers;
    private readonly ImmutableArray<DiagnosticDescriptor> _turnedOn;
    private readonly IReadOnlyList<string> _words;
    private readonly string? _props;
    private readonly FrameworkReferences _framework = new();
    private readonly List<Hit> _all = [];
    private readonly Dictionary<string, List<string>> _failures = [];
    private readonly Dictionary<string, TimeSpan> _times = [];
    private int _projects;
    private long _lines;

    private HitsCommand(Arguments arguments)
    {
        _arguments = arguments;
        var assembly = arguments.Last("--analyzers") ?? AnalyzerPack.Own;
        if (!File.Exists(assembly))
            throw new UsageException($"there are no analyzers at {assembly}");

        _words = arguments.All("--only-files-mentioning");
        _props = AnalyzerPack.PropsOf(assembly);
        var rules = arguments.All("--rule");
        _analyzers = [.. AnalyzerPack.Load(assembly).Analyzers.Where(analyzer =>
            analyzer is not DiagnosticSuppressor
            && (rules.Count == 0 || analyzer.SupportedDiagnostics.Any(rule => rules.Contains(rule.Id))))];
        if (_analyzers.IsEmpty)
            throw new UsageException("there is no such rule: " + string.Join(", ", rules));
        _turnedOn = rules.Count == 0 && !arguments.Has("--all") ? [] : [.. _analyzers.SelectMany(analyzer => analyzer.SupportedDiagnostics)];
    }

    public static async Task<int> RunAsync(Arguments arguments)
    {
        if (arguments.Folders.Count == 0)
            throw new UsageException("no folder is given");

        var command = new HitsCommand(arguments);
        foreach (var folder in arguments.Folders)
            await command.RunAsync(folder);
        command.PrintSummary();
        // Where an analyzer hangs, its thread would keep the process.
        Environment.Exit(command._failures.Count == 0 ? 0 : 1);
        return 0;
    }

    private async Task RunAsync(string folder)
    {
        var watch = Stopwatch.StartNew();
        using var reader = new ProjectReader(_props);
        var codeBase = new CodeBase(CodeBase.Find(folder, reader, Tell), _framework, concurrent: true);
        var hits = new HashSet<Hit>();
        var order = codeBase.InOrder().Where(project => IsWanted(project, codeBase, folder)).ToList();
        for (var index = 0; index < order.Count; index++)
        {
            var name = Path.GetRelativePath(folder, order[index].Path);
            Progress.Step($"{Path.GetFileName(folder)}: {name} ({index + 1} of {order.Count})");
            await AnalyzeAsync(order[index], codeBase, name, hits);
        }

        var prefix = _arguments.Folders.Count > 1 ? Path.GetFileName(folder) + "/" : "";
        foreach (var hit in hits.OrderBy(hit => hit.File, StringComparer.Ordinal).ThenBy(hit => hit.Line).ThenBy(hit => hit.Column).ThenBy(hit => hit.Id, StringComparer.Ordinal))
        {
            Console.WriteLine(hit.In(folder, prefix));
            foreach (var line in hit.Context(_arguments.Number("--context", -1)))
                Console.WriteLine(line);
        }

        _all.AddRange(hits);
        Progress.Say($"{Path.GetFileName(folder)}: {order.Count} projects, {hits.Count} hits, {watch.Elapsed.TotalSeconds:N0} s");
    }

    private bool IsWanted(ProjectModel project, CodeBase codeBase, string folder)
    {
        var names = _arguments.All("--project");
        return !(_arguments.Has("--skip-tests") && project.IsTest)
               && project.Path.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal)
               && (names.Count == 0 || names.Any(name => project.Path.Contains(name, StringComparison.OrdinalIgnoreCase)))
               && (_words.Count == 0 || project.Sources.Any(source => MentionsAny(codeBase.Text(source))));
    }

    private bool MentionsAny(SourceText text)
    {
        var content = text.ToString();
        return _words.Any(word => content.Contains(word, StringComparison.Ordinal));
    }

    private async Task AnalyzeAsync(ProjectModel project, CodeBase codeBase, string name, HashSet<Hit> hits)
    {
        CSharpCompilation compilation;
        try
        {
            compilation = codeBase.Compile(project);
        }
        catch (Exception exception) when (exception is IOException or BadImageFormatException or ArgumentException)
        {
            Progress.Say($"{name}: cannot be compiled: {exception.Message}");
            return;
        }

        if (_arguments.Has("--errors"))
            TellErrors(compilation, name);
        var analysis = await ProjectAnalysis.RunAsync(
            compilation, project, _analyzers, _turnedOn, _words.Count == 0 ? null : tree => MentionsAny(tree.GetText()),
            TimeSpan.FromSeconds(_arguments.Number("--timeout", 300)));

        _projects++;
        _lines += project.Sources.Sum(source => (long)codeBase.Text(source).Lines.Count);
        foreach (var (analyzer, time) in analysis.Times)
        {
            foreach (var rule in analyzer.SupportedDiagnostics.Select(rule => rule.Id).Distinct())
                _times[rule] = _times.GetValueOrDefault(rule) + time;
        }

        var rules = _arguments.All("--rule");
        foreach (var diagnostic in analysis.Diagnostics)
        {
            if (rules.Count == 0 || rules.Contains(diagnostic.Id))
                hits.Add(Hit.Of(diagnostic));
        }

        foreach (var exception in analysis.Exceptions)
            Fail("AD0001 " + exception, name);
        if (analysis.Hung)
            Fail("HANG: an analyzer does not react to cancellation", name);
        else if (analysis.TimedOut)
            Fail("TIME OVER", name);
    }

    private void Fail(string failure, string project)
    {
        if (!_failures.TryGetValue(failure, out var projects))
            _failures[failure] = projects = [];
        projects.Add(project);
        Progress.Say($"!!! {failure.Split('\n')[0]} in {project}");
    }

    private static void TellErrors(CSharpCompilation compilation, string name)
    {
        var errors = compilation.GetDiagnostics().Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error).ToList();
        var missing = errors.Where(error => error.Id is "CS0246" or "CS0234" or "CS0103")
            .GroupBy(error => error.GetMessage(System.Globalization.CultureInfo.InvariantCulture).Split('\'') is { Length: > 1 } parts ? parts[1] : "")
            .OrderByDescending(group => group.Count()).Take(6).Select(group => $"{group.Key} ({group.Count()})");
        Progress.Say($"{name}: {errors.Count} errors; unknown: {string.Join(", ", missing)}");
    }

    private static void Tell(string text)
    {
        if (text.StartsWith("cannot", StringComparison.Ordinal))
            Progress.Say(text);
        else
            Progress.Step(text);
    }

    private void PrintSummary()
    {
        var table = new Table("rule", "hits", "warnings", "infos", "callback ms");
        var ids = _times.Keys.Union(_all.Select(hit => hit.Id)).Order(StringComparer.Ordinal);
        foreach (var id in ids)
        {
            var hits = _all.Where(hit => hit.Id == id).ToList();
            table.Add(
                id,
                Table.Number(hits.Count),
                Table.Number(hits.Count(hit => hit.Severity >= DiagnosticSeverity.Warning)),
                Table.Number(hits.Count(hit => hit.Severity < DiagnosticSeverity.Warning)),
                Table.Number(_times.GetValueOrDefault(id).TotalMilliseconds));
        }

        Console.WriteLine();
        Console.Write(table);
        Console.WriteLine($"{Table.Number(_all.Count)} hits in {Table.Number(_projects)} projects, {Table.Number(_lines)} lines");
        foreach (var (failure, projects) in _failures)
            Console.WriteLine($"!!! {failure}\n    in {string.Join(", ", projects)}");
    }
}
