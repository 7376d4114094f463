using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.CodeAnalysis.Text;

namespace ShutdownKit.Analyzers.Deployment;

/// <summary>An instruction of a Dockerfile.</summary>
internal sealed class DockerInstruction(string keyword, TextSpan span, string arguments, int[] positions)
{
    /// <summary>The keyword in upper case.</summary>
    public string Keyword { get; } = keyword;

    /// <summary>From the keyword to the last character of the arguments, on whatever line that is.</summary>
    public TextSpan Span { get; } = span;

    /// <summary>The arguments as the builder sees them: continued lines joined, comments between them gone, trimmed.</summary>
    public string Arguments { get; } = arguments;

    /// <summary>Where a character of <see cref="Arguments"/> stands in the file.</summary>
    public int PositionOf(int index) => positions[index];

    /// <summary>Where a part of <see cref="Arguments"/> stands in the file, from its first to its last character.</summary>
    public TextSpan SpanOf(int start, int length) => TextSpan.FromBounds(positions[start], positions[start + length - 1] + 1);

    /// <summary>The contents of the here-documents that follow, in their order.</summary>
    public List<TextSpan> HereDocuments { get; } = [];
}

/// <summary>A stage: what one FROM starts.</summary>
internal sealed class DockerStage(string image, string? alias, DockerStage? parent)
{
    /// <summary>The image that the stage starts from, with the defaults of global ARGs filled in.</summary>
    public string Image { get; } = image;

    public string? Alias { get; } = alias;

    /// <summary>The earlier stage that this one starts from; null when it starts from an image.</summary>
    public DockerStage? Parent { get; } = parent;

    public List<DockerInstruction> Instructions { get; } = [];

    /// <summary>The image at the end of the chain of stages.</summary>
    public string BaseImage => Parent?.BaseImage ?? Image;

    /// <summary>The last instruction of that name in this stage, else in the stages it builds on.</summary>
    public DockerInstruction? Effective(string keyword) => Last(keyword) ?? Parent?.Effective(keyword);

    /// <summary>The last instruction of that name in this stage.</summary>
    public DockerInstruction? Last(string keyword) => Instructions.FindLast(it => it.Keyword == keyword);

    /// <summary>
    /// The CMD that counts. An ENTRYPOINT takes a CMD of an earlier stage away, but not one of its own stage.
    /// </summary>
    public DockerInstruction? EffectiveCommand() =>
        Last("CMD") ?? (Last("ENTRYPOINT") is null ? Parent?.EffectiveCommand() : null);

    /// <summary>The stage and those it builds on, the first of them first.</summary>
    public IEnumerable<DockerStage> Chain()
    {
        foreach (var stage in Parent?.Chain() ?? [])
            yield return stage;
        yield return this;
    }

    /// <summary>The directory in which the container starts, as far as it is known; else null. An image that is not known may have set one of its own.</summary>
    public string? WorkingDirectory()
    {
        string? directory = "/";
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var instruction in Chain().SelectMany(it => it.Instructions))
        {
            Dockerfile.TakeVariables(instruction, variables);
            if (instruction.Keyword != "WORKDIR")
                continue;

            var path = Dockerfile.Expand(instruction.Arguments.Trim('"'), variables);
            if (path.IndexOf('$') >= 0)
                directory = null;
            else if (DeploymentPath.IsAbsolute(path))
                directory = DeploymentPath.Normalize(path);
            else if (directory is not null)
                directory = DeploymentPath.Combine(directory, path);
        }

        return directory;
    }

    /// <summary>The paths that VOLUME names; one that is not known is null.</summary>
    public IReadOnlyList<string?> Volumes()
    {
        var volumes = new List<string?>();
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var instruction in Chain().SelectMany(it => it.Instructions))
        {
            Dockerfile.TakeVariables(instruction, variables);
            if (instruction.Keyword != "VOLUME")
                continue;

            foreach (var word in JsonArray.TryParse(instruction.Arguments) ?? Dockerfile.Words(instruction.Arguments))
            {
                var path = Dockerfile.Expand(word, variables);
                volumes.Add(path.IndexOf('$') >= 0 ? null : DeploymentPath.Normalize(path));
            }
        }

        return volumes;
    }

    /// <summary>The environment variables that the image sets.</summary>
    public IReadOnlyDictionary<string, string> Environment()
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var instruction in Chain().SelectMany(it => it.Instructions).Where(it => it.Keyword == "ENV"))
            Dockerfile.TakeVariables(instruction, variables);
        return variables;
    }
}

/// <summary>
/// Reads a Dockerfile as BuildKit does: parser directives, comments, continued lines, here-documents, stages. Every character keeps its
/// position. It accepts what it does not know; saying what is wrong with a Dockerfile is the builder's business.
/// </summary>
internal static class Dockerfile
{
    // Keyed weakly by the text: a file is read once for each version, whatever the number of rules and compilations.
    private static readonly ConditionalWeakTable<SourceText, IReadOnlyList<DockerStage>> Cache = new();

    /// <summary>The last stage, which is what gets built when no target is named; null when there is no FROM.</summary>
    public static DockerStage? FinalStage(SourceText text)
    {
        var stages = Stages(text);
        return stages.Count == 0 ? null : stages[stages.Count - 1];
    }

    /// <summary>All stages, in their order.</summary>
    public static IReadOnlyList<DockerStage> Stages(SourceText text) =>
        Cache.TryGetValue(text, out var known) ? known : Cache.GetValue(text, static it => ReadStages(it));

    /// <summary>Takes the variables that an ARG or ENV sets, with those known so far filled in.</summary>
    public static void TakeVariables(DockerInstruction instruction, Dictionary<string, string> variables)
    {
        switch (instruction.Keyword)
        {
            case "ARG":
                AddArgument(instruction.Arguments, variables);
                break;
            case "ENV":
                var words = Words(instruction.Arguments);
                if (words.Count > 1 && words[0].IndexOf('=') < 0)
                    variables[words[0]] = Expand(instruction.Arguments.Substring(words[0].Length).Trim(), variables);
                else
                    AddArguments(words, variables);
                break;
        }
    }

    /// <summary>The words of an instruction, without their quotes.</summary>
    public static IReadOnlyList<string> Words(string arguments) =>
        ShellWords.TrySplit(arguments) ?? arguments.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);

    private static List<DockerStage> ReadStages(SourceText text)
    {
        var stages = new List<DockerStage>();
        var globalArguments = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var instruction in Instructions(text))
        {
            if (instruction.Keyword == "FROM")
                stages.Add(StartStage(instruction.Arguments, stages, globalArguments));
            else if (stages.Count > 0)
                stages[stages.Count - 1].Instructions.Add(instruction);
            else if (instruction.Keyword == "ARG")
                AddArgument(instruction.Arguments, globalArguments);
        }

        return stages;
    }

    /// <summary>All instructions, in order; ONBUILD is one instruction, with what it holds as its arguments.</summary>
    public static List<DockerInstruction> Instructions(SourceText text)
    {
        var instructions = new List<DockerInstruction>();
        var escape = EscapeCharacter(text);
        for (var line = 0; line < text.Lines.Count; line++)
        {
            var (characters, positions) = LogicalLine(text, ref line, escape);
            if (Parse(characters, positions) is not { } instruction)
                continue;

            instructions.Add(instruction);
            foreach (var (delimiter, stripTabs) in HereDocuments(instruction))
                instruction.HereDocuments.Add(SkipHereDocument(text, ref line, delimiter, stripTabs));
        }

        return instructions;
    }

    private static char EscapeCharacter(SourceText text)
    {
        // Directives are comments of the form key=value, before anything else.
        foreach (var line in text.Lines)
        {
            var content = line.ToString().Trim();
            var equals = content.IndexOf('=');
            if (content.Length == 0 || content[0] != '#' || equals < 0)
                break;

            if (content.Substring(1, equals - 1).Trim().Equals("escape", StringComparison.OrdinalIgnoreCase))
                return content.Substring(equals + 1).Trim() == "`" ? '`' : '\\';
        }

        return '\\';
    }

    private static (string Characters, List<int> Positions) LogicalLine(SourceText text, ref int line, char escape)
    {
        var characters = new StringBuilder();
        var positions = new List<int>();
        while (true)
        {
            var current = text.Lines[line];
            var isContinued = false;
            if (!IsComment(current) && !(characters.Length > 0 && IsBlank(current)))
            {
                var end = current.End;
                while (end > current.Start && text[end - 1] is ' ' or '\t' or '\r')
                    end--;

                isContinued = end > current.Start && text[end - 1] == escape;
                var stop = isContinued ? end - 1 : end;
                for (var position = current.Start; position < stop; position++)
                {
                    characters.Append(text[position]);
                    positions.Add(position);
                }
            }
            else
            {
                // Within a continued instruction, comments and empty lines are passed over.
                isContinued = characters.Length > 0;
            }

            if (!isContinued || line + 1 >= text.Lines.Count)
                return (characters.ToString(), positions);

            line++;
        }
    }

    private static bool IsComment(TextLine line) => line.ToString().TrimStart().StartsWith("#", StringComparison.Ordinal);

    private static bool IsBlank(TextLine line) => string.IsNullOrWhiteSpace(line.ToString());

    private static DockerInstruction? Parse(string characters, List<int> positions)
    {
        var start = 0;
        while (start < characters.Length && char.IsWhiteSpace(characters[start]))
            start++;

        var keywordEnd = start;
        while (keywordEnd < characters.Length && !char.IsWhiteSpace(characters[keywordEnd]))
            keywordEnd++;

        if (keywordEnd == start)
            return null;

        var argumentStart = keywordEnd;
        while (argumentStart < characters.Length && char.IsWhiteSpace(characters[argumentStart]))
            argumentStart++;

        var end = characters.Length;
        while (end > argumentStart && char.IsWhiteSpace(characters[end - 1]))
            end--;

        var last = end > argumentStart ? end - 1 : keywordEnd - 1;
        return new DockerInstruction(
            characters.Substring(start, keywordEnd - start).ToUpperInvariant(),
            TextSpan.FromBounds(positions[start], positions[last] + 1),
            characters.Substring(argumentStart, end - argumentStart),
            [.. positions.Skip(argumentStart).Take(end - argumentStart)]);
    }

    private static IEnumerable<(string Delimiter, bool StripTabs)> HereDocuments(DockerInstruction instruction)
    {
        if (instruction.Keyword is not ("RUN" or "COPY" or "ADD" or "ONBUILD"))
            yield break;

        var arguments = instruction.Arguments;
        for (var index = arguments.IndexOf("<<", StringComparison.Ordinal); index >= 0; index = arguments.IndexOf("<<", index, StringComparison.Ordinal))
        {
            index += 2;
            // <<< is a here-string of the shell, not a here-document.
            if (index < arguments.Length && arguments[index] == '<')
            {
                while (index < arguments.Length && arguments[index] == '<')
                    index++;
                continue;
            }

            var stripTabs = index < arguments.Length && arguments[index] == '-';
            if (stripTabs)
                index++;

            var quote = index < arguments.Length && arguments[index] is '"' or '\'' ? arguments[index++] : '\0';
            var end = index;
            while (end < arguments.Length && (char.IsLetterOrDigit(arguments[end]) || arguments[end] is '_' or '.' or '-'))
                end++;

            if (end > index && !char.IsDigit(arguments[index]) && (quote == '\0' || end < arguments.Length && arguments[end] == quote))
                yield return (arguments.Substring(index, end - index), stripTabs);

            index = end;
        }
    }

    private static TextSpan SkipHereDocument(SourceText text, ref int line, string delimiter, bool stripTabs)
    {
        var start = text.Lines[line].EndIncludingLineBreak;
        while (line + 1 < text.Lines.Count)
        {
            line++;
            var content = text.Lines[line].ToString();
            if ((stripTabs ? content.TrimStart('\t') : content) == delimiter)
                return TextSpan.FromBounds(start, text.Lines[line].Start);
        }

        return TextSpan.FromBounds(start, text.Length);
    }

    private static DockerStage StartStage(string arguments, List<DockerStage> stages, Dictionary<string, string> globalArguments)
    {
        var words = arguments.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)
            .Where(word => !word.StartsWith("--", StringComparison.Ordinal))
            .ToArray();
        var image = words.Length > 0 ? Expand(words[0], globalArguments) : "";
        var alias = words.Length > 2 && words[1].Equals("AS", StringComparison.OrdinalIgnoreCase) ? words[2] : null;
        var parent = stages.FindLast(stage => stage.Alias is { } name && name.Equals(image, StringComparison.OrdinalIgnoreCase));
        return new DockerStage(image, alias, parent);
    }

    private static void AddArgument(string arguments, Dictionary<string, string> globalArguments) => AddArguments(Words(arguments), globalArguments);

    private static void AddArguments(IReadOnlyList<string> words, Dictionary<string, string> variables)
    {
        foreach (var word in words)
        {
            var equals = word.IndexOf('=');
            if (equals > 0)
                variables[word.Substring(0, equals)] = Expand(word.Substring(equals + 1), variables);
        }
    }

    // A variable without a default stays as it is written, which no rule takes for the name of an image it knows.
    /// <summary>Fills in the variables that are known.</summary>
    public static string Expand(string word, Dictionary<string, string> variables)
    {
        var result = new StringBuilder();
        for (var index = 0; index < word.Length; index++)
        {
            if (word[index] != '$' || index + 1 >= word.Length)
            {
                result.Append(word[index]);
                continue;
            }

            var braced = word[index + 1] == '{';
            var start = braced ? index + 2 : index + 1;
            var end = start;
            while (end < word.Length && (char.IsLetterOrDigit(word[end]) || word[end] == '_'))
                end++;

            var name = word.Substring(start, end - start);
            var close = braced ? word.IndexOf('}', end) : end - 1;
            if (name.Length == 0 || close < 0)
            {
                result.Append(word[index]);
                continue;
            }

            var isFallback = braced && string.CompareOrdinal(word, end, ":-", 0, 2) == 0;
            if (variables.TryGetValue(name, out var value))
                result.Append(value);
            else if (isFallback)
                result.Append(word, end + 2, close - end - 2);
            else
                result.Append(word, index, close - index + 1);

            index = close;
        }

        return result.ToString();
    }
}
