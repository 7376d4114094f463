using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using ShutdownKit.Benchmarks.CodeBases;

namespace ShutdownKit.Benchmarks.Analysis;

/// <summary>What analyzers said of one project.</summary>
/// <param name="Diagnostics">What they report.</param>
/// <param name="Exceptions">The exceptions that they threw, by analyzer; there must be none.</param>
/// <param name="Times">How long the callbacks of each analyzer took.</param>
/// <param name="Hung">Whether they did not end even after the time was over.</param>
/// <param name="TimedOut">Whether they were stopped because the time was over.</param>
internal sealed record ProjectAnalysis(
    ImmutableArray<Diagnostic> Diagnostics, IReadOnlyList<string> Exceptions, IReadOnlyDictionary<DiagnosticAnalyzer, TimeSpan> Times, bool TimedOut, bool Hung)
{
    // How long an analyzer may take to notice that it is asked to stop.
    private static readonly TimeSpan Notice = TimeSpan.FromSeconds(30);

    /// <summary>Runs analyzers over a project, without the compiler's own diagnostics.</summary>
    /// <param name="compilation">The project.</param>
    /// <param name="project">What the analyzers are told of it.</param>
    /// <param name="analyzers">What runs.</param>
    /// <param name="turnedOn">Rules that run although they are off by default.</param>
    /// <param name="only">
    /// The files to look at; null for all. The rest is bound only as far as these need it, which is much faster. Additional files are always
    /// looked at; what is reported when the whole compilation has been seen is missing.
    /// </param>
    /// <param name="timeout">When to give up.</param>
    public static async Task<ProjectAnalysis> RunAsync(
        CSharpCompilation compilation, ProjectModel project, ImmutableArray<DiagnosticAnalyzer> analyzers, IEnumerable<DiagnosticDescriptor> turnedOn,
        Func<SyntaxTree, bool>? only, TimeSpan timeout)
    {
        var options = compilation.Options.WithSpecificDiagnosticOptions(
            turnedOn.Where(rule => !rule.IsEnabledByDefault).DistinctBy(rule => rule.Id).ToDictionary(rule => rule.Id, rule => ToReport(rule.DefaultSeverity)));
        var exceptions = new ConcurrentQueue<string>();
        var running = compilation.WithOptions(options).WithAnalyzers(
            analyzers,
            new CompilationWithAnalyzersOptions(
                ProjectOptions.Of(project),
                (exception, analyzer, _) => exceptions.Enqueue($"{analyzer.GetType().Name}: {exception}"),
                concurrentAnalysis: true,
                logAnalyzerExecutionTime: true,
                reportSuppressedDiagnostics: false));

        using var deadline = new CancellationTokenSource(timeout);
        var analysis = Task.Run(() => only is null ? running.GetAnalyzerDiagnosticsAsync(deadline.Token) : LookAtAsync(running, only, deadline.Token));
        var timedOut = false;
        try
        {
            await analysis.WaitAsync(timeout + Notice);
        }
        catch (OperationCanceledException)
        {
            timedOut = true;
        }
        catch (TimeoutException)
        {
            return new([], [.. exceptions], ImmutableDictionary<DiagnosticAnalyzer, TimeSpan>.Empty, TimedOut: true, Hung: true);
        }

        var times = new Dictionary<DiagnosticAnalyzer, TimeSpan>();
        foreach (var analyzer in analyzers)
        {
            if (!timedOut)
                times[analyzer] = (await running.GetAnalyzerTelemetryInfoAsync(analyzer, CancellationToken.None)).ExecutionTime;
        }

        return new(timedOut ? [] : await analysis, [.. exceptions], times, timedOut, Hung: false);
    }

    private static async Task<ImmutableArray<Diagnostic>> LookAtAsync(
        CompilationWithAnalyzers running, Func<SyntaxTree, bool> only, CancellationToken cancellationToken)
    {
        var diagnostics = ImmutableArray.CreateBuilder<Diagnostic>();
        foreach (var tree in running.Compilation.SyntaxTrees.Where(only))
        {
            diagnostics.AddRange((await running.GetAnalysisResultAsync(tree, cancellationToken)).GetAllDiagnostics());
            var model = running.Compilation.GetSemanticModel(tree);
            diagnostics.AddRange((await running.GetAnalysisResultAsync(model, filterSpan: null, cancellationToken)).GetAllDiagnostics());
        }

        foreach (var file in running.AnalysisOptions.Options?.AdditionalFiles ?? [])
            diagnostics.AddRange((await running.GetAnalysisResultAsync(file, cancellationToken)).GetAllDiagnostics());
        return diagnostics.ToImmutable();
    }

    private static ReportDiagnostic ToReport(DiagnosticSeverity severity) => severity switch
    {
        DiagnosticSeverity.Error => ReportDiagnostic.Error,
        DiagnosticSeverity.Warning => ReportDiagnostic.Warn,
        DiagnosticSeverity.Info => ReportDiagnostic.Info,
        _ => ReportDiagnostic.Hidden,
    };
}
