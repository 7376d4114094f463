using Microsoft.CodeAnalysis.Text;

namespace ShutdownKit.Analyzers.Deployment;

/// <summary>What a stage's container runs as PID 1: its ENTRYPOINT and CMD, as they count together.</summary>
internal sealed class StartCommand
{
    private StartCommand(DockerInstruction instruction, IReadOnlyList<string>? words)
    {
        Instruction = instruction;
        Words = words;
    }

    /// <summary>The instruction that decides what PID 1 is. With an ENTRYPOINT in exec form a CMD is only its arguments.</summary>
    public DockerInstruction Instruction { get; }

    /// <summary>The program and its arguments, those of CMD behind those of ENTRYPOINT; null in shell form.</summary>
    public IReadOnlyList<string>? Words { get; }

    /// <summary>What the stage runs; null when it says nothing, and its image is not known to.</summary>
    public static StartCommand? Of(DockerStage stage)
    {
        var command = stage.EffectiveCommand();
        if (stage.Effective("ENTRYPOINT") is not { } entryPoint)
            return command is null ? null : new StartCommand(command, JsonArray.TryParse(command.Arguments));
        if (JsonArray.TryParse(entryPoint.Arguments) is not { } words)
            return new StartCommand(entryPoint, words: null);

        var arguments = command is null ? [] : JsonArray.TryParse(command.Arguments);
        if (words.Count > 0)
            return new StartCommand(entryPoint, [.. words, .. arguments ?? []]);

        // An empty ENTRYPOINT takes that of the base away.
        return command is null ? null : new StartCommand(command, arguments);
    }

    /// <summary>
    /// The path of what a Dockerfile starts as PID 1, or behind an init process that signals only its child: a script, maybe behind a shell
    /// that runs it. Null when that is not known.
    /// </summary>
    public static string? ScriptOf(SourceText dockerfile)
    {
        if (Dockerfile.FinalStage(dockerfile) is not { } stage || Of(stage) is not { } start)
            return null;

        var words = start.Words ?? ShellCommand.TryParse(start.Instruction.Arguments)?.PlainWords;
        if (words is null || InitProcess.Skip(words) is not { } index)
            return null;

        if (index < words.Count && DeploymentPath.Name(words[index]) is "sh" or "bash" or "ash" or "dash")
        {
            for (index++; index < words.Count && words[index].StartsWith("-", StringComparison.Ordinal); index++)
            {
                if (words[index].EndsWith("c", StringComparison.Ordinal))
                    return null;
            }
        }

        return index < words.Count ? words[index] : null;
    }
}
