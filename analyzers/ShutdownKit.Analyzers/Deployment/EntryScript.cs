using Microsoft.CodeAnalysis.Text;

namespace ShutdownKit.Analyzers.Deployment;

/// <summary>A command of an entry script that runs the application as a child of the script's shell.</summary>
/// <param name="span">Where the command stands.</param>
/// <param name="canBeExec">Whether <c>exec</c> in front of it makes the application take the shell's place, and changes nothing else.</param>
internal sealed class ChildCommand(TextSpan span, bool canBeExec)
{
    public TextSpan Span { get; } = span;
    public bool CanBeExec { get; } = canBeExec;
}

/// <summary>Finds the command by which an entry script runs the application.</summary>
internal static class EntryScript
{
    // Commands that change how a program is run: as whom, in what order of precedence, with what environment.
    private static readonly HashSet<string> Wrappers = new(StringComparer.Ordinal)
    {
        "gosu", "su-exec", "setpriv", "runuser", "sudo", "chroot", "nice", "ionice", "env", "s6-setuidgid", "chpst", "setuser", "stdbuf", "numactl", "tini", "dumb-init", "nohup", "time",
    };

    // What scripts do behind the application, which does not change that it is the script's work.
    private static readonly HashSet<string> Afterthoughts = new(StringComparer.Ordinal)
    {
        "echo", "exit", "printf", "return", "sleep", "true", "wait", ":", "fg",
    };

    private static readonly HashSet<string> ShortLivedDotnetCommands = new(StringComparer.Ordinal)
    {
        "ef", "dev-certs", "tool", "build", "restore", "publish", "test", "nuget", "new", "add", "pack", "clean", "user-secrets", "counters", "trace",
    };

    /// <summary>The commands that keep the application from being PID 1; none when all is well, or not understood.</summary>
    public static IEnumerable<ChildCommand> ChildrenIn(ShellScript script, ProjectIdentity project) =>
        script.HasTrap ? [] : Last(script.Statements, project, isLast: true, depth: 0);

    private static IEnumerable<ChildCommand> Last(IReadOnlyList<ScriptStatement> statements, ProjectIdentity project, bool isLast, int depth)
    {
        for (var index = statements.Count - 1; index >= 0 && depth < 40; index--)
        {
            var statement = statements[index];
            if (statement.IsDefinition)
                continue;

            if (statement.Words.Count == 0)
            {
                // What is in a loop or a subshell runs as a child of a shell that has more to do.
                foreach (var branch in statement.Branches)
                {
                    foreach (var command in Last(branch, project, isLast && !statement.IsOpaque && statement.Separator.Length == 0 && !statement.IsPipedInto, depth + 1))
                        yield return command;
                }

                yield break;
            }

            if (IsApplication(statement.Words, project) || (isLast && IsPublishedProgram(statement.Words)))
            {
                var canBeExec = isLast && statement.Separator.Length == 0 && !statement.IsPipedInto && !statement.Words[0].IsAssignment
                                && statement.Words[0].Text is not ("nohup" or "time" or "su" or "runuser");
                yield return new ChildCommand(statement.Span, canBeExec);
                yield break;
            }

            var isAfterthought = Afterthoughts.Contains(statement.Words[0].Text) || statement.Words.TrueForAll(it => it.IsAssignment);
            var isFallback = index > 0 && statements[index - 1].Separator is "||" or "|";
            if (!isAfterthought && !isFallback)
                yield break;

            isLast = false;
        }
    }

    private static bool IsApplication(List<ScriptWord> words, ProjectIdentity project)
    {
        var index = 0;
        while (index < words.Count && words[index].IsAssignment)
            index++;
        // $gosu_cmd /app/Api: a variable that is empty, or holds another program that runs what follows.
        while (index + 1 < words.Count && !words[index].IsQuoted && words[index].Text[0] == '$' && !IsAllArguments(words[index]))
            index++;
        if (index >= words.Count)
            return false;

        var first = DeploymentPath.Name(words[index].Text);
        if (first is "su" or "runuser" && words.FindIndex(index, it => it.Text is "-c" or "--command") is >= 0 and var option && option + 1 < words.Count)
            return IsDotnetLine(words[option + 1].Text);
        if (Wrappers.Contains(first))
        {
            // Their own words end where the program starts.
            do
                index++;
            while (index < words.Count && !(IsAllArguments(words[index]) || DeploymentPath.Name(words[index].Text) == "dotnet" || project.IsNamedBy(words[index].Text)));
        }

        if (index >= words.Count)
            return false;

        var program = words[index];
        if (IsAllArguments(program))
            return true;
        if (DeploymentPath.Name(program.Text) != "dotnet")
            return program.Text.IndexOf('$') < 0 && project.IsNamedBy(program.Text) && !IsShortLived(words, index + 1);

        for (index++; index < words.Count; index++)
        {
            var argument = words[index].Text;
            if (argument.StartsWith("-", StringComparison.Ordinal) || argument == "exec")
                continue;
            return !ShortLivedDotnetCommands.Contains(argument)
                   && (argument.EndsWith(".dll", StringComparison.OrdinalIgnoreCase) || argument.StartsWith("$", StringComparison.Ordinal) || argument is "run" or "watch")
                   && argument.IndexOf("migrat", StringComparison.OrdinalIgnoreCase) < 0
                   && !IsShortLived(words, index + 1);
        }

        return false;
    }

    // ./App as the very last command, whatever the program is called.
    private static bool IsPublishedProgram(List<ScriptWord> words)
    {
        var program = words[0].Text;
        var name = DeploymentPath.Name(program);
        return (program.StartsWith("./", StringComparison.Ordinal) || program.StartsWith("/app/", StringComparison.Ordinal))
               && name.Length > 0 && char.IsUpper(name[0]) && name.IndexOf('$') < 0 && !name.EndsWith(".sh", StringComparison.OrdinalIgnoreCase)
               && name.IndexOf("migrat", StringComparison.OrdinalIgnoreCase) < 0 && !IsShortLived(words, 1);
    }

    private static bool IsAllArguments(ScriptWord word) => word.Text is "$@" or "$*" or "${@}" or "${*}";

    private static bool IsDotnetLine(string line)
    {
        var words = line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        return words.Length > 1 && DeploymentPath.Name(words[0]) == "dotnet" && words[1].EndsWith(".dll", StringComparison.OrdinalIgnoreCase)
               && line.IndexOf("migrat", StringComparison.OrdinalIgnoreCase) < 0;
    }

    // app --migrate, app seed
    private static bool IsShortLived(List<ScriptWord> words, int index)
    {
        for (; index < words.Count; index++)
        {
            var word = words[index].Text.TrimStart('-');
            if (word.StartsWith("migrat", StringComparison.OrdinalIgnoreCase) || word.StartsWith("seed", StringComparison.OrdinalIgnoreCase)
                || word is "help" or "version" or "setup" or "install" or "init")
            {
                return true;
            }
        }

        return false;
    }
}
