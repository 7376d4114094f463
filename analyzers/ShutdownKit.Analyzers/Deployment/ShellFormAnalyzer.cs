using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.Deployment;

/// <summary>SHK8001: an ENTRYPOINT or CMD in shell form, behind whose shell SIGTERM is lost.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class ShellFormAnalyzer : ShutdownAnalyzer
{
    internal const string Id = "SHK8001";

    /// <summary>The property of a diagnostic that holds the arguments as the fix would write them.</summary>
    internal const string FixedArguments = "FixedArguments";

    /// <summary>The property of a diagnostic that holds where the arguments start in the file.</summary>
    internal const string ArgumentsStart = "ArgumentsStart";

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

    private protected override void Register(CompilationStartAnalysisContext context, CompilationFacts facts)
    {
        if (!facts.IsExemptAsTest && !context.Options.AdditionalFiles.IsEmpty)
            context.RegisterAdditionalFileAction(Analyze);
    }

    private static void Analyze(AdditionalFileAnalysisContext context)
    {
        if (!ShutdownFiles.IsDockerfile(context.AdditionalFile, context.Options)
            || context.AdditionalFile.GetText(context.CancellationToken) is not { } text
            || IsTemplate(text)
            || Dockerfile.FinalStage(text) is not { } stage
            || StartInstruction(stage) is not { } instruction
            || instruction.Arguments.Length == 0
            || instruction.Arguments[0] == '['
            || ShellCommand.TryParse(instruction.Arguments) is not { } command)
        {
            return;
        }

        var shell = StageShell.Of(stage);
        if (!LosesSignals(command, shell))
            return;

        var properties = ImmutableDictionary<string, string?>.Empty;
        if (Fixed(stage, instruction, command, shell) is { } replacement)
        {
            properties = properties
                .Add(FixedArguments, replacement)
                .Add(ArgumentsStart, instruction.PositionOf(0).ToString(System.Globalization.CultureInfo.InvariantCulture));
        }

        var message = shell == ShellKind.None
            ? $"{instruction.Keyword} in shell form needs /bin/sh, which '{stage.BaseImage}' does not have: the container cannot start"
            : $"{instruction.Keyword} in shell form: the shell is PID 1 and does not pass SIGTERM on, so 'docker stop' waits the whole grace period and then kills the application with SIGKILL";
        context.ReportDiagnostic(Diagnostic.Create(
            Rule,
            Location.Create(context.AdditionalFile.Path, instruction.Span, text.Lines.GetLinePositionSpan(instruction.Span)),
            shell == ShellKind.None ? DiagnosticSeverity.Error : DiagnosticSeverity.Warning,
            additionalLocations: null,
            properties,
            message));
    }

    // Files that a tool fills in before they are Dockerfiles.
    private static bool IsTemplate(SourceText text) => text.ToString().Contains("{{");

    /// <summary>The instruction that decides what PID 1 is. With an ENTRYPOINT in exec form a CMD is only its arguments.</summary>
    private static DockerInstruction? StartInstruction(DockerStage stage)
    {
        var entryPoint = stage.Effective("ENTRYPOINT");
        var isReset = entryPoint is not null && JsonArray.TryParse(entryPoint.Arguments) is { Count: 0 };
        return entryPoint is not null && !isReset ? entryPoint : stage.EffectiveCommand();
    }

    private static bool LosesSignals(ShellCommand command, ShellKind shell) => shell switch
    {
        ShellKind.NotPosix => false,
        ShellKind.None => true,
        _ when command.IsCompound || command.ReplacesShell => false,
        ShellKind.Dash => true,
        ShellKind.Bash => command.EndsInPipe || command.EndsInRedirection || command.RunsDotnetBeforeLast,
        _ => command.EndsInPipe || command.RunsDotnetBeforeLast,
    };

    private static string? Fixed(DockerStage stage, DockerInstruction instruction, ShellCommand command, ShellKind shell)
    {
        // A shell-form ENTRYPOINT ignores CMD; in exec form it would suddenly get it as arguments.
        var ignoresCommand = instruction.Keyword == "ENTRYPOINT" && stage.EffectiveCommand() is not null;
        if (!ignoresCommand && command.PlainWords is { } words)
            return JsonArray.Write(words);

        return command.CanExecLast && shell != ShellKind.None ? instruction.Arguments.Insert(command.LastCommandStart, "exec ") : null;
    }
}
