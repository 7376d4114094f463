using System.Collections.Immutable;
using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.Deployment;

/// <summary>SHK8006: the host may take longer to stop than the deployment lets it.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class GraceBudgetAnalyzer : ShutdownAnalyzer
{
    internal const string Id = "SHK8006";

    // Between the end of the host's patience and the end of the process lie the disposal of services and the last log.
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(2);

    private static readonly DiagnosticDescriptor Rule = RuleDescriptor.Create(
        Id,
        "Grace period is shorter than the host's shutdown timeout",
        "{0}",
        RuleCategories.Deployment,
        DiagnosticSeverity.Warning,
        "The host waits for its services until HostOptions.ShutdownTimeout is over, and the deployment kills the process when the grace period is over. When that comes first, what the services still had to save is lost.");

    /// <summary>Creates the analyzer.</summary>
    public GraceBudgetAnalyzer()
        : base(Rule)
    {
    }

    private protected override void Register(Watch watch) =>
        DeploymentFiles.Watch(watch, (context, files, file) =>
        {
            if (file.Kind is not (DeploymentFileKind.Compose or DeploymentFileKind.Kubernetes or DeploymentFileKind.Systemd)
                || ShutdownTimeout.Of(watch.Facts, context.CancellationToken) is not { } timeout)
            {
                return;
            }

            switch (file.Kind)
            {
                case DeploymentFileKind.Compose:
                    foreach (var service in files.ServicesOf(file))
                        Check(context, files, file, service, timeout);
                    break;
                case DeploymentFileKind.Kubernetes:
                    foreach (var (workload, container) in files.ContainersOf(file))
                        Check(context, files, file, workload, container, timeout);
                    break;
                case DeploymentFileKind.Systemd:
                    Check(context, files, file, SystemdUnit.Read(file.Text), timeout);
                    break;
            }
        });

    private static void Check(AdditionalFileAnalysisContext context, DeploymentFiles files, DeploymentFile file, ComposeService service, ShutdownTimeout ofHost)
    {
        var image = files.ImageOf(service, file)?.Stage.Environment().Select(it => (it.Key, (string?)it.Value)) ?? [];
        if (service.Definition.Find("env_file") is not null && !ofHost.IsInCode
            || ofHost.With(service.Environment.Select(it => (it.Name, it.Value)).Concat(image)) is not { } timeout)
        {
            return;
        }

        if (service.StopGracePeriod is { } period)
        {
            if (GracePeriod.TryParseCompose(period.Value) is { } grace && grace > TimeSpan.Zero)
                Report(context, file, period.Span, timeout, TimeSpan.Zero, grace, $"stop_grace_period of '{service.Name}'", seconds => DeploymentEdit.Replace(period.Span, seconds + "s"));
            return;
        }

        // What one file leaves out another one of the same project may say.
        if (service.IsExtended || file.IsForDevelopment || IsSaidElsewhere(files, file, service.Name))
            return;

        // Two defaults contradict each other here as everywhere; that matters for what is meant to run on its own.
        if (!timeout.IsExplicit && service.Definition["restart"]?.Text is null or "no" && service.Definition.Find("deploy") is null)
            return;

        Report(
            context, file, service.NameSpan, timeout, TimeSpan.Zero, GracePeriod.DockerDefault, $"the default stop_grace_period of '{service.Name}'",
            seconds => Insert(file, service.Definition, $"stop_grace_period: {seconds}s"));
    }

    private static void Check(AdditionalFileAnalysisContext context, DeploymentFiles files, DeploymentFile file, KubernetesWorkload workload, KubernetesContainer container, ShutdownTimeout ofHost)
    {
        var image = files.Dockerfiles.Count == 1 ? Dockerfile.FinalStage(files.Dockerfiles[0].Text)?.Environment().Select(it => (it.Key, (string?)it.Value)) ?? [] : [];
        if ((container.HasUnknownEnvironment && !ofHost.IsInCode) || ofHost.With(container.Environment.Concat(image)) is not { } timeout)
            return;

        var preStop = container.PreStopSleep?.Sleep ?? TimeSpan.Zero;
        if (workload.TerminationGracePeriod is { } period)
        {
            if (int.TryParse(period.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds > 1)
            {
                Report(
                    context, file, period.Span, timeout, preStop, TimeSpan.FromSeconds(seconds), $"terminationGracePeriodSeconds of '{workload.Name}'",
                    needed => DeploymentEdit.Replace(period.Span, needed));
            }

            return;
        }

        var span = container.PreStopSleep?.Node.Span ?? workload.ContainersSpan;
        Report(
            context, file, span, timeout, preStop, GracePeriod.KubernetesDefault, $"the default terminationGracePeriodSeconds of '{workload.Name}'",
            needed => Insert(file, workload.Pod, $"terminationGracePeriodSeconds: {needed}"));
    }

    private static void Check(AdditionalFileAnalysisContext context, DeploymentFiles files, DeploymentFile file, SystemdUnit unit, ShutdownTimeout ofHost)
    {
        if (!files.Starts(unit, file)
            || (unit["EnvironmentFile"] is not null && !ofHost.IsInCode)
            || ofHost.With(unit.All("Environment").SelectMany(it => ShellWords.TrySplit(it.Value) ?? []).Select(it => (it.Split('=')[0], it.Contains('=') ? it.Substring(it.IndexOf('=') + 1) : null))) is not { } timeout)
        {
            return;
        }

        if ((unit["TimeoutStopSec"] ?? unit["TimeoutSec"]) is { } setting)
        {
            if (GracePeriod.TryParseSystemd(setting.Value) is { } grace)
                Report(context, file, setting.Span, timeout, TimeSpan.Zero, grace, setting.Key, seconds => DeploymentEdit.Replace(setting.ValueSpan, seconds));
        }
        else if (unit["ExecStart"] is { } start)
        {
            Report(context, file, start.Span, timeout, TimeSpan.Zero, GracePeriod.SystemdDefault, "the default TimeoutStopSec", _ => DeploymentEdit.None);
        }
    }

    private static void Report(
        AdditionalFileAnalysisContext context, DeploymentFile file, TextSpan span, ShutdownTimeout timeout, TimeSpan preStop, TimeSpan grace, string setting,
        Func<string, ImmutableDictionary<string, string?>> change)
    {
        // The defaults of both sides leave no margin either; that is not worth a word.
        var needed = timeout.Value == TimeSpan.MaxValue ? TimeSpan.MaxValue : timeout.Value + preStop + (timeout.IsExplicit ? Margin : TimeSpan.Zero);
        if (needed <= grace)
            return;

        var host = timeout.Value == TimeSpan.MaxValue ? "without end" : "up to " + GracePeriod.Write(timeout.Value);
        var hook = preStop > TimeSpan.Zero ? $", after {GracePeriod.Write(preStop)} in the preStop hook" : "";
        var source = timeout.IsExplicit ? "" : " (its default)";
        context.ReportDiagnostic(Diagnostic.Create(
            Rule,
            file.At(span),
            timeout.IsExplicit ? DiagnosticSeverity.Warning : DiagnosticSeverity.Info,
            additionalLocations: timeout.InCode is { } place ? [place] : null,
            needed < TimeSpan.FromDays(1) ? change(Math.Ceiling((timeout.Value + preStop + Margin).TotalSeconds).ToString(CultureInfo.InvariantCulture)) : DeploymentEdit.None,
            $"The host waits {host}{source} for its services{hook}, but {setting} is {GracePeriod.Write(grace)}: SIGKILL comes first, and what they still had to save is lost"));
    }

    private static bool IsSaidElsewhere(DeploymentFiles files, DeploymentFile file, string service)
    {
        foreach (var other in files.Of(DeploymentFileKind.Compose))
        {
            if (other != file && DeploymentPath.AreSame(other.Folder, file.Folder)
                && ComposeFile.Services(other.Text).Any(it => it.Name == service && it.Definition.Find("stop_grace_period") is not null))
            {
                return true;
            }
        }

        return false;
    }

    // A line in front of the first key of a mapping that is written key by key.
    private static ImmutableDictionary<string, string?> Insert(DeploymentFile file, YamlMapping mapping, string line)
    {
        if (mapping.Entries.Count == 0)
            return DeploymentEdit.None;

        var at = mapping.Entries[0].Key.Span.Start;
        var start = file.Text.Lines.GetLineFromPosition(at).Start;
        var indent = file.Text.ToString(TextSpan.FromBounds(start, at));
        var lineEnd = file.Text.Lines[0] is { } first && first.EndIncludingLineBreak - first.End == 2 ? "\r\n" : "\n";
        return string.IsNullOrWhiteSpace(indent) ? DeploymentEdit.Replace(new TextSpan(at, 0), line + lineEnd + indent) : DeploymentEdit.None;
    }
}
