using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.Deployment;

/// <summary>SHK8002: an exec form that starts a shell, behind which SIGTERM is lost as behind that of the shell form.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class ExecFormShellAnalyzer : ShutdownAnalyzer
{
    internal const string Id = "SHK8002";

    private static readonly DiagnosticDescriptor Rule = RuleDescriptor.Create(
        Id,
        "Exec form starts a shell that stays in front of the application",
        "{0}",
        RuleCategories.Deployment,
        DiagnosticSeverity.Warning,
        "An exec form such as [\"sh\", \"-c\", \"dotnet App.dll\"] looks like the remedy for the shell form and is the same: the shell gets the SIGTERM of 'docker stop' and does not pass it on, unless the command is run by exec.");

    /// <summary>Creates the analyzer.</summary>
    public ExecFormShellAnalyzer()
        : base(Rule)
    {
    }

    private protected override void Register(Watch watch) => DeploymentFiles.Watch(watch, Analyze);

    private static void Analyze(AdditionalFileAnalysisContext context, DeploymentFiles files, DeploymentFile file)
    {
        switch (file.Kind)
        {
            case DeploymentFileKind.Dockerfile when files.Dockerfiles.Contains(file) && Dockerfile.FinalStage(file.Text) is { } stage:
                AnalyzeDockerfile(context, file, stage);
                break;
            case DeploymentFileKind.Compose:
                foreach (var service in files.ServicesOf(file))
                    AnalyzeService(context, files, file, service);
                break;
            case DeploymentFileKind.Kubernetes:
                foreach (var (_, container) in files.ContainersOf(file))
                    AnalyzeContainer(context, files, file, container);
                break;
        }
    }

    private static void AnalyzeDockerfile(AdditionalFileAnalysisContext context, DeploymentFile file, DockerStage stage)
    {
        if (StartCommand.Of(stage) is not { Words: { } words } start || Find(words, StageShell.OfImage(stage)) is not { } found)
            return;

        var entryPoint = start.Instruction;
        var own = JsonArray.TryParse(entryPoint.Arguments) ?? [];
        // The command line may stand in CMD, with the shell in ENTRYPOINT.
        var instruction = found.Index < own.Count ? entryPoint : stage.EffectiveCommand() ?? entryPoint;
        var shell = found.Shell == ShellKind.None ? $"'{stage.BaseImage}' does not have the shell that {instruction.Keyword} starts: the container cannot start" : null;
        context.ReportDiagnostic(Diagnostic.Create(
            Rule,
            file.At(instruction.Span),
            shell is null ? DiagnosticSeverity.Warning : DiagnosticSeverity.Error,
            additionalLocations: null,
            shell is null ? DeploymentEdit.Replace(instruction, Fixed(instruction, own, words, found)) : DeploymentEdit.None,
            shell ?? Message($"the shell that {instruction.Keyword} starts", found)));
    }

    private static void AnalyzeService(AdditionalFileAnalysisContext context, DeploymentFiles files, DeploymentFile file, ComposeService service)
    {
        if (service.Entrypoint is null && service.Command is null)
            return;

        // A service's entrypoint takes the place of the image's, and with it the image's CMD goes.
        var image = files.ImageOf(service, file)?.Stage;
        var before = service.Entrypoint?.Words ?? (image is not null && StartCommand.Of(image) is { Instruction.Keyword: "ENTRYPOINT" } start ? start.Words : []);
        if (before is null)
            return;

        var words = before.Concat(service.Command?.Words ?? []).Select(it => it.Replace("$$", "$")).ToList();
        if (Find(words, image is null ? ShellKind.Unknown : StageShell.OfImage(image)) is not { Shell: not ShellKind.None } found)
            return;

        var value = (service.Entrypoint is { } own && found.Index < own.Words.Count ? own : service.Command ?? service.Entrypoint)!;
        context.ReportDiagnostic(Diagnostic.Create(Rule, file.At(value.Span), Message("the shell that the service starts", found)));
    }

    private static void AnalyzeContainer(AdditionalFileAnalysisContext context, DeploymentFiles files, DeploymentFile file, KubernetesContainer container)
    {
        if (container.Definition.Find("command") is not { Value: YamlSequence command })
            return;

        var args = container.Definition["args"] as YamlSequence;
        var words = command.Items.Concat(args?.Items ?? []).Select(it => it.Text ?? "").ToList();
        var image = files.Dockerfiles.Count == 1 ? Dockerfile.FinalStage(files.Dockerfiles[0].Text) : null;
        if (Find(words, image is null ? ShellKind.Unknown : StageShell.OfImage(image)) is { Shell: not ShellKind.None } found)
        {
            context.ReportDiagnostic(Diagnostic.Create(
                Rule, file.At((found.Index < command.Items.Count ? command : args!).Span), Message("the shell that the container starts", found)));
        }
    }

    private static Finding? Find(IReadOnlyList<string> words, ShellKind ofImage)
    {
        if (InitProcess.Skip(words) is not { } first || first >= words.Count || StageShell.OfProgram(words[first], ofImage) is not { } shell)
            return null;
        if (ofImage == ShellKind.None)
            shell = ShellKind.None;

        for (var index = first + 1; index + 1 < words.Count && words[index].StartsWith("-", StringComparison.Ordinal); index++)
        {
            if (!words[index].EndsWith("c", StringComparison.Ordinal))
                continue;

            var line = words[index + 1];
            return ShellCommand.TryParse(line) is { } command && command.LosesSignals(shell)
                ? new Finding(index + 1, command, shell, first > 0, hasArguments: index + 2 < words.Count)
                : null;
        }

        return null;
    }

    private static string Message(string shell, Finding found) => found.IsBehindInit
        ? $"{char.ToUpperInvariant(shell[0])}{shell.Substring(1)} ends at SIGTERM without passing it on, and 'docker stop' kills the application with SIGKILL"
        : $"{char.ToUpperInvariant(shell[0])}{shell.Substring(1)} is PID 1 and does not pass SIGTERM on, so 'docker stop' waits the whole grace period and then kills the application with SIGKILL";

    private static string? Fixed(DockerInstruction instruction, IReadOnlyList<string> own, IReadOnlyList<string> words, Finding found)
    {
        // Without the shell, words behind the command line would become arguments of the application.
        if (own.Count == words.Count && !found.HasArguments && found.Command.PlainWords is { } plain)
            return JsonArray.Write(own.Take(found.IsBehindInit ? InitProcess.Skip(own) ?? 0 : 0).Concat(plain));
        if (!found.Command.CanExecLast)
            return null;

        var offset = instruction.Keyword == "ENTRYPOINT" || own.Count == words.Count ? 0 : own.Count;
        var items = (JsonArray.TryParse(instruction.Arguments) ?? []).ToList();
        if (found.Index - offset >= items.Count || found.Index < offset)
            return null;

        items[found.Index - offset] = items[found.Index - offset].Insert(found.Command.LastCommandStart, "exec ");
        return JsonArray.Write(items);
    }

    private sealed class Finding(int index, ShellCommand command, ShellKind shell, bool isBehindInit, bool hasArguments)
    {
        /// <summary>Which word is the command line.</summary>
        public int Index { get; } = index;
        public ShellCommand Command { get; } = command;
        public ShellKind Shell { get; } = shell;
        public bool IsBehindInit { get; } = isBehindInit;
        public bool HasArguments { get; } = hasArguments;
    }
}
