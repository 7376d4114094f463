using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics;
using System.Text.Json;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using ShutdownKit.Benchmarks.Analysis;
using ShutdownKit.Benchmarks.CodeBases;

namespace ShutdownKit.Benchmarks.Costs;

/// <summary>
/// Measures one pack in a process of its own, so that none inherits what another has warmed up. Everything is done once before it
/// counts, as in a compiler server.
/// </summary>
internal sealed class CostsChild
{
    /// <summary>The first word of the command line of such a process; then comes the file that holds its plan.</summary>
    public const string Command = "measure";

    private readonly CostsPlan _plan;
    private readonly CodeBase _codeBase;
    private readonly ImmutableArray<DiagnosticAnalyzer> _analyzers;
    private readonly ProjectModel[] _measured;
    private readonly ConcurrentQueue<string> _exceptions = new();

    private CostsChild(CostsPlan plan)
    {
        _plan = plan;
        // One thread, so that times can be added up.
        _codeBase = new CodeBase(plan.Projects, new FrameworkReferences(), concurrent: false);
        var measured = plan.Measured.ToHashSet(StringComparer.Ordinal);
        _measured = [.. _codeBase.InOrder().Where(project => measured.Contains(project.Path))];
        var all = plan.Baseline is not null ? [Baselines.Create(plan.Baseline)] : AnalyzerPack.Load(plan.Assemblies).Analyzers;
        // As in a build: what nobody would see is not run.
        _analyzers = [.. all.Where(analyzer => analyzer is DiagnosticSuppressor || analyzer.SupportedDiagnostics.Any(IsVisible))];
    }

    public static async Task<int> RunAsync(string planFile)
    {
        var child = new CostsChild(JsonSerializer.Deserialize<CostsPlan>(await File.ReadAllTextAsync(planFile))!);
        var result = await child.MeasureAsync();
        Console.WriteLine(JsonSerializer.Serialize(result));
        return 0;
    }

    private static bool IsVisible(DiagnosticDescriptor rule) => rule.IsEnabledByDefault && rule.DefaultSeverity != DiagnosticSeverity.Hidden;

    private async Task<CostsResult> MeasureAsync()
    {
        List<double> parse = [], bind = [], callbacks = [], ratios = [], plain = [], analyzed = [];
        var byAnalyzer = _analyzers.ToDictionary(analyzer => analyzer, _ => new List<double>());
        for (var round = -1; round < _plan.Rounds; round++)
        {
            var (parsing, binding, cpu) = Plain();
            var times = await CallbacksAsync();
            var whole = _plan.WholeBuild ? await AnalyzedAsync() : 0;
            if (round < 0)
                continue;

            parse.Add(parsing);
            bind.Add(binding);
            plain.Add(cpu);
            analyzed.Add(whole);
            callbacks.Add(times.Values.Sum());
            ratios.Add(times.Values.Sum() / binding);
            foreach (var (analyzer, time) in times)
                byAnalyzer[analyzer].Add(time);
        }

        return new(
            _measured.Sum(project => project.Sources.Sum(source => (long)_codeBase.Text(source).Lines.Count)),
            _analyzers.SelectMany(analyzer => analyzer.SupportedDiagnostics).Where(IsVisible).Select(rule => rule.Id).Distinct().Count(),
            Median(parse), Median(bind), Median(callbacks), Median(ratios),
            byAnalyzer.GroupBy(entry => NameOf(entry.Key)).ToDictionary(group => group.Key, group => group.Sum(entry => Median(entry.Value))),
            Median(plain), Median(analyzed), [.. _exceptions.Distinct()]);
    }

    private static string NameOf(DiagnosticAnalyzer analyzer) =>
        analyzer is DiagnosticSuppressor suppressor
            ? string.Join('/', suppressor.SupportedSuppressions.Select(suppression => suppression.Id).Distinct())
            : string.Join('/', analyzer.SupportedDiagnostics.Where(IsVisible).Select(rule => rule.Id).Distinct().Take(4));

    // A compilation without analyzers.
    private (double Parse, double Bind, double Cpu) Plain()
    {
        var cpu = StartCpu();
        var watch = Stopwatch.StartNew();
        var compilations = Parse();
        var parsed = watch.Elapsed;
        foreach (var compilation in compilations)
            compilation.GetDiagnostics();
        return (parsed.TotalMilliseconds, (watch.Elapsed - parsed).TotalMilliseconds, CpuSince(cpu));
    }

    // The same with analyzers, as the compiler does it: one pass, its own diagnostics and theirs.
    private async Task<double> AnalyzedAsync()
    {
        var cpu = StartCpu();
        var compilations = Parse();
        for (var index = 0; index < compilations.Count; index++)
            await Analyze(compilations[index], _measured[index], logTimes: false).GetAllDiagnosticsAsync();
        return CpuSince(cpu);
    }

    private async Task<Dictionary<DiagnosticAnalyzer, double>> CallbacksAsync()
    {
        var times = _analyzers.ToDictionary(analyzer => analyzer, _ => 0.0);
        var compilations = Parse();
        for (var index = 0; index < compilations.Count; index++)
        {
            var analysis = Analyze(compilations[index], _measured[index], logTimes: true);
            await analysis.GetAnalysisResultAsync(CancellationToken.None);
            foreach (var analyzer in _analyzers)
                times[analyzer] += (await analysis.GetAnalyzerTelemetryInfoAsync(analyzer, CancellationToken.None)).ExecutionTime.TotalMilliseconds;
        }

        return times;
    }

    private CompilationWithAnalyzers Analyze(CSharpCompilation compilation, ProjectModel project, bool logTimes) =>
        compilation.WithAnalyzers(_analyzers, new CompilationWithAnalyzersOptions(
            ProjectOptions.Of(project),
            (exception, analyzer, _) => _exceptions.Enqueue($"{analyzer.GetType().Name}: {exception.GetType().Name}: {exception.Message}"),
            concurrentAnalysis: false,
            logAnalyzerExecutionTime: logTimes));

    private List<CSharpCompilation> Parse()
    {
        _codeBase.Forget();
        return [.. _measured.Select(_codeBase.Compile)];
    }

    private static TimeSpan StartCpu()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return Process.GetCurrentProcess().TotalProcessorTime;
    }

    private static double CpuSince(TimeSpan start) => (Process.GetCurrentProcess().TotalProcessorTime - start).TotalMilliseconds;

    private static double Median(List<double> values)
    {
        if (values.Count == 0)
            return 0;
        values.Sort();
        var middle = values.Count / 2;
        return values.Count % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
    }
}
