using System.Collections.Immutable;
using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.Deployment;

/// <summary>SHK8007: a deployment that leaves the application no time to stop.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class NoGraceAnalyzer : ShutdownAnalyzer
{
    internal const string Id = "SHK8007";

    private static readonly DiagnosticDescriptor Rule = RuleDescriptor.Create(
        Id,
        "No time to stop",
        "{0}",
        RuleCategories.Deployment,
        DiagnosticSeverity.Warning,
        "A grace period of zero makes every stop a SIGKILL: nothing is flushed, no request is finished, no connection is closed.");

    /// <summary>Creates the analyzer.</summary>
    public NoGraceAnalyzer()
        : base(Rule)
    {
    }

    private protected override void Register(Watch watch) => DeploymentFiles.Watch(watch, Analyze);

    private static void Analyze(AdditionalFileAnalysisContext context, DeploymentFiles files, DeploymentFile file)
    {
        // For tests a quick end is what is wanted.
        if (file.IsForDevelopment)
            return;

        switch (file.Kind)
        {
            case DeploymentFileKind.Compose:
                // In a file of the project's own every service is its business, its database too.
                foreach (var service in file.IsFoundAbove ? files.ServicesOf(file) : ComposeFile.Services(file.Text))
                {
                    if (service.StopGracePeriod is { } period && GracePeriod.TryParseCompose(period.Value) == TimeSpan.Zero)
                        Report(context, file, period.Span, DeploymentEdit.Replace(period.Span, "10s"), $"stop_grace_period {period.Value}: the service is killed with SIGKILL as soon as it is told to stop");
                }

                break;
            case DeploymentFileKind.Kubernetes:
                foreach (var workload in file.IsFoundAbove ? files.ContainersOf(file).Select(it => it.Workload).Distinct() : KubernetesManifest.Workloads(file.Text))
                {
                    if (workload.TerminationGracePeriod is { } period
                        && int.TryParse(period.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var seconds) && seconds <= 1)
                    {
                        Report(
                            context, file, period.Span, DeploymentEdit.Replace(period.Span, "30"),
                            $"terminationGracePeriodSeconds {period.Value}: the pod is killed with SIGKILL {(seconds == 1 ? "one second after" : "as soon as")} it is told to stop");
                    }
                }

                break;
            case DeploymentFileKind.Systemd:
                var unit = SystemdUnit.Read(file.Text);
                if (!files.Starts(unit, file))
                    break;
                if (unit["KillSignal"] is { } signal && StopSignals.NameOf(signal.Value) == "SIGKILL")
                    Report(context, file, signal.Span, DeploymentEdit.Replace(signal.ValueSpan, "SIGTERM"), $"KillSignal={signal.Value}: the service is killed as soon as it is told to stop, and cannot handle that");
                if (unit["KillMode"] is { Value: "none" } mode && unit["ExecStop"] is null)
                    Report(context, file, mode.Span, DeploymentEdit.Replace(mode.ValueSpan, "control-group"), "KillMode=none: no signal is sent at all, and the process runs on when the service is stopped");
                break;
        }
    }

    private static void Report(AdditionalFileAnalysisContext context, DeploymentFile file, TextSpan span, ImmutableDictionary<string, string?> change, string message) =>
        context.ReportDiagnostic(Diagnostic.Create(Rule, file.At(span), change, message));
}
