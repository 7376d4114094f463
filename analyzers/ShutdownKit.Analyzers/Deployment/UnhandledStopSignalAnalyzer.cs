using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.Deployment;

/// <summary>SHK8005: a stop signal that nothing in the application handles.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class UnhandledStopSignalAnalyzer : ShutdownAnalyzer
{
    internal const string Id = "SHK8005";

    private static readonly DiagnosticDescriptor Rule = RuleDescriptor.Create(
        Id,
        "Stop signal that the application does not handle",
        "{0}",
        RuleCategories.Deployment,
        DiagnosticSeverity.Warning,
        "STOPSIGNAL, stop_signal and stopSignal replace the SIGTERM by which a container is stopped. A .NET host handles SIGTERM, SIGINT and SIGQUIT; any other signal needs a handler of its own.");

    /// <summary>Creates the analyzer.</summary>
    public UnhandledStopSignalAnalyzer()
        : base(Rule)
    {
    }

    private protected override void Register(Watch watch) =>
        DeploymentFiles.Watch(watch, (context, files, file) =>
        {
            foreach (var (what, text, span, valueSpan) in Signals(files, file))
                Check(context, watch.Facts, file, what, text, span, valueSpan);
        });

    private static IEnumerable<(string What, string Text, TextSpan Span, TextSpan ValueSpan)> Signals(DeploymentFiles files, DeploymentFile file)
    {
        switch (file.Kind)
        {
            case DeploymentFileKind.Dockerfile when files.Dockerfiles.Contains(file) && Dockerfile.FinalStage(file.Text)?.Effective("STOPSIGNAL") is { Arguments.Length: > 0 } instruction:
                yield return ("STOPSIGNAL", instruction.Arguments, instruction.Span, instruction.SpanOf(0, instruction.Arguments.Length));
                break;
            case DeploymentFileKind.Compose:
                foreach (var service in files.ServicesOf(file))
                {
                    if (service.StopSignal is { } signal)
                        yield return ("stop_signal", signal.Value, signal.Span, signal.Span);
                }

                break;
            case DeploymentFileKind.Kubernetes:
                foreach (var (_, container) in files.ContainersOf(file))
                {
                    if (container.StopSignal is { } signal)
                        yield return ("stopSignal", signal.Value, signal.Span, signal.Span);
                }

                break;
        }
    }

    private static void Check(AdditionalFileAnalysisContext context, CompilationFacts facts, DeploymentFile file, string what, string text, TextSpan span, TextSpan valueSpan)
    {
        if (StopSignals.NameOf(text) is not { } signal || (signal == "SIGKILL" && !facts.App.IsConsoleProgram && file.IsFoundAbove))
            return;

        var isKill = signal == "SIGKILL";
        if (!isKill && StopSignals.AreHandled(signal, facts, context.CancellationToken) != false)
            return;

        var message = isKill
            ? $"{what} {signal} cannot be handled: every stop kills the application at once, with all that it has not written yet"
            : $"{what} {signal} is not handled by the application, which ignores it as PID 1: 'docker stop' waits the whole grace period and then kills it with SIGKILL";
        context.ReportDiagnostic(Diagnostic.Create(
            Rule,
            file.At(span),
            isKill ? DiagnosticSeverity.Error : DiagnosticSeverity.Warning,
            additionalLocations: null,
            StopSignals.IsSigtermHandled(facts, context.CancellationToken) ? DeploymentEdit.Replace(valueSpan, "SIGTERM") : DeploymentEdit.None,
            message));
    }
}
