using System.Text;

namespace ShutdownKit.Analyzers.Deployment;

/// <summary>
/// What matters about a shell command line for signals: how its commands are joined, whether the last one replaces the shell, and
/// whether it could be written without a shell at all.
/// </summary>
internal sealed class ShellCommand
{
    private static readonly HashSet<string> Keywords = new(StringComparer.Ordinal)
    {
        "if", "then", "else", "fi", "for", "while", "until", "do", "done", "case", "esac", "function", "{", "}", "(", ")", "!", "trap", "wait",
    };

    private static readonly HashSet<string> Builtins = new(StringComparer.Ordinal)
    {
        ".", ":", "[", "alias", "cd", "command", "eval", "exec", "exit", "export", "read", "set", "shift", "source", "test", "times", "type",
        "ulimit", "umask", "unset",
    };

    private static readonly HashSet<string> IdlePrograms = new(StringComparer.Ordinal) { "cat", "echo", "ls", "printenv", "printf", "sleep", "tail", "true" };

    // Commands of the dotnet CLI that do their work and end.
    private static readonly HashSet<string> ShortLivedDotnetCommands = new(StringComparer.Ordinal)
    {
        "ef", "dev-certs", "tool", "build", "restore", "publish", "test", "nuget", "new", "add", "pack", "clean", "user-secrets", "format", "msbuild", "vstest",
    };

    private readonly List<Segment> _segments;

    private ShellCommand(List<Segment> segments) => _segments = segments;

    /// <summary>Where the last command starts.</summary>
    public int LastCommandStart => _segments[_segments.Count - 1].Start;

    /// <summary>Whether it has control flow, a trap, a subshell or a background job: what it does with a signal is then not known.</summary>
    public bool IsCompound => _segments.Exists(it => it.IsCompound || it.Separator == "&" || it.Words.Exists(word => word.IsPlain && Keywords.Contains(word.Text)));

    /// <summary>Whether the last command is started by exec, not at the end of a pipe, so that it replaces the shell.</summary>
    public bool ReplacesShell => Last.FirstWord == "exec" && !EndsInPipe;

    /// <summary>Whether the last command has a pipe before it.</summary>
    public bool EndsInPipe => _segments.Count > 1 && _segments[_segments.Count - 2].Separator == "|";

    /// <summary>Whether the last command has a redirection.</summary>
    public bool EndsInRedirection => Last.HasRedirection;

    /// <summary>Whether a .NET program runs before the last command, so that the shell must still be there when it ends.</summary>
    public bool RunsDotnetBeforeLast => _segments.Take(_segments.Count - 1).Any(IsDotnetProgram);

    /// <summary>
    /// The words of the command when it needs no shell: one command, without variables, patterns, redirections and built-ins. Else null.
    /// </summary>
    public IReadOnlyList<string>? PlainWords =>
        _segments.Count == 1 && !Last.HasRedirection && !IsCompound && Last.Words.Count > 0 && Last.Words.TrueForAll(it => it.IsPlain)
        && !Builtins.Contains(Last.FirstWord) && Last.FirstWord.IndexOf('=') < 0
            ? [.. Last.Words.Select(it => it.Text)]
            : null;

    /// <summary>Whether <c>exec</c> in front of the last command makes it replace the shell, and changes nothing else.</summary>
    public bool CanExecLast =>
        !IsCompound && !EndsInPipe && Last.Words.Count > 0 && Last.FirstWord.IndexOf('=') < 0 && Last.Words[0].IsPlain && !Builtins.Contains(Last.FirstWord)
        && !RunsDotnetBeforeLast;

    /// <summary>Whether a SIGTERM that the shell gets does not reach the application (measured).</summary>
    public bool LosesSignals(ShellKind shell) => shell switch
    {
        ShellKind.NotPosix => false,
        ShellKind.None => true,
        _ when IsCompound || ReplacesShell || (HasNothingToLose && !EndsInPipe && !RunsDotnetBeforeLast) => false,
        ShellKind.Dash => true,
        ShellKind.Bash => EndsInPipe || EndsInRedirection || RunsDotnetBeforeLast,
        _ => EndsInPipe || RunsDotnetBeforeLast,
    };

    // A build, a test run, or what only keeps a container alive.
    private bool HasNothingToLose =>
        IdlePrograms.Contains(Last.FirstWord)
        || (Last.Words.Count == 1 && Last.FirstWord is "sh" or "bash" or "/bin/sh" or "/bin/bash")
        || (Last.Words.Count > 1 && Last.FirstWord is "dotnet" or "/usr/bin/dotnet" && ShortLivedDotnetCommands.Contains(Last.Words[1].Text));

    private Segment Last => _segments[_segments.Count - 1];

    /// <summary>Reads a command line; null when it is empty or its quotes do not match.</summary>
    public static ShellCommand? TryParse(string text)
    {
        var segments = new List<Segment>();
        var segment = new Segment(0);
        for (var index = 0; index < text.Length;)
        {
            var character = text[index];
            if (char.IsWhiteSpace(character))
            {
                index++;
            }
            else if (character is ';' or '&' or '|' && !IsRedirection(text, index))
            {
                var length = index + 1 < text.Length && text[index + 1] == character ? 2 : 1;
                segment.Separator = text.Substring(index, length);
                segments.Add(segment);
                index += length;
                segment = new Segment(index);
            }
            else if (character is '<' or '>' || IsRedirection(text, index))
            {
                segment.HasRedirection = true;
                index++;
            }
            else if (character is '(' or ')')
            {
                segment.IsCompound = true;
                index++;
            }
            else if (TakeWord(text, ref index, segment) is { } word)
            {
                segment.Words.Add(word);
            }
            else
            {
                return null;
            }
        }

        if (segment.Words.Count > 0 || segments.Count == 0)
            segments.Add(segment);

        return segments.TrueForAll(it => it.Words.Count > 0) ? new ShellCommand(segments) : null;
    }

    // 2>&1, >&2, &>file
    private static bool IsRedirection(string text, int index) =>
        text[index] == '&' && (index > 0 && text[index - 1] is '>' or '<' || index + 1 < text.Length && text[index + 1] == '>');

    private static Word? TakeWord(string text, ref int index, Segment segment)
    {
        if (segment.Words.Count == 0)
            segment.Start = index;

        var word = new StringBuilder();
        var isPlain = true;
        for (; index < text.Length; index++)
        {
            var character = text[index];
            if (char.IsWhiteSpace(character) || character is ';' or '&' or '|' or '<' or '>' or '(' or ')')
                break;

            switch (character)
            {
                case '\'' or '"':
                    var close = text.IndexOf(character, index + 1);
                    if (close < 0)
                        return null;

                    var quoted = text.Substring(index + 1, close - index - 1);
                    if (character == '"' && quoted.IndexOfAny(['$', '`', '\\']) >= 0)
                        isPlain = false;
                    word.Append(quoted);
                    index = close;
                    break;
                case '$' or '`' or '*' or '?' or '~' or '\\' or '#' or '[' or ']' or '{' or '}' or '!':
                    isPlain = false;
                    word.Append(character);
                    break;
                default:
                    word.Append(character);
                    break;
            }
        }

        return new Word(word.ToString(), isPlain);
    }

    private static bool IsDotnetProgram(Segment segment)
    {
        var words = segment.Words;
        return words.Count > 1 && words[0].Text is "dotnet" or "/usr/bin/dotnet" && !ShortLivedDotnetCommands.Contains(words[1].Text)
               && !words[1].Text.StartsWith("-", StringComparison.Ordinal)
               && !words.Exists(it => it.Text.IndexOf("migrat", StringComparison.OrdinalIgnoreCase) >= 0);
    }

    private sealed class Segment(int start)
    {
        public int Start { get; set; } = start;
        public List<Word> Words { get; } = [];
        public bool HasRedirection { get; set; }
        public bool IsCompound { get; set; }
        public string Separator { get; set; } = "";
        public string FirstWord => Words[0].Text;
    }

    private sealed class Word(string text, bool isPlain)
    {
        public string Text { get; } = text;
        public bool IsPlain { get; } = isPlain;
    }
}
