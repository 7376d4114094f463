using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.Deployment;

/// <summary>SHK8001: an ENTRYPOINT or CMD in shell form, behind whose shell SIGTERM is lost.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class ShellFormAnalyzer : ShutdownAnalyzer
{
    internal const string Id = "SHK8001";

    private static readonly DiagnosticDescriptor Rule = RuleDescriptor.Create(
        Id,
        "ENTRYPOINT or CMD in shell form",
        "{0}",
        RuleCategories.Deployment,
        DiagnosticSeverity.Warning,
        "The shell form runs the application as a child of a shell. The shell is PID 1, gets the SIGTERM of 'docker stop' and does not pass it on. The exec form makes the application PID 1.");

    /// <summary>Creates the analyzer.</summary>
    public ShellFormAnalyzer()
        : base(Rule)
    {
    }

    private protected override void Register(Watch watch) => DeploymentFiles.WatchDockerfiles(watch, Analyze);

    private static void Analyze(AdditionalFileAnalysisContext context, DeploymentFile file, DockerStage stage)
    {
        if (StartCommand.Of(stage) is not { Words: null } start
            || start.Instruction is not { Arguments.Length: > 0 } instruction
            || instruction.Arguments[0] == '['
            || ShellCommand.TryParse(instruction.Arguments) is not { } command)
        {
            return;
        }

        var shell = StageShell.Of(stage);
        if (!command.LosesSignals(shell))
            return;

        var message = shell == ShellKind.None
            ? $"{instruction.Keyword} in shell form needs /bin/sh, which '{stage.BaseImage}' does not have: the container cannot start"
            : $"{instruction.Keyword} in shell form: the shell is PID 1 and does not pass SIGTERM on, so 'docker stop' waits the whole grace period and then kills the application with SIGKILL";
        context.ReportDiagnostic(Diagnostic.Create(
            Rule,
            file.At(instruction.Span),
            shell == ShellKind.None ? DiagnosticSeverity.Error : DiagnosticSeverity.Warning,
            additionalLocations: null,
            DeploymentEdit.Replace(instruction, Fixed(stage, instruction, command, shell)),
            message));
    }

    private static string? Fixed(DockerStage stage, DockerInstruction instruction, ShellCommand command, ShellKind shell)
    {
        // A shell-form ENTRYPOINT ignores CMD; in exec form it would suddenly get it as arguments.
        var ignoresCommand = instruction.Keyword == "ENTRYPOINT" && stage.EffectiveCommand() is not null;
        if (!ignoresCommand && command.PlainWords is { } words)
            return JsonArray.Write(words);

        return command.CanExecLast && shell != ShellKind.None ? instruction.Arguments.Insert(command.LastCommandStart, "exec ") : null;
    }
}
