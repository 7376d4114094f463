using System.Globalization;

namespace ShutdownKit.Benchmarks;

/// <summary>The command line: folders, and options that may be given several times.</summary>
internal sealed class Arguments
{
    private static readonly string[] Flags = ["--all", "--errors", "--skip-tests"];
    private static readonly string[] Options =
        ["--rule", "--project", "--only-files-mentioning", "--context", "--timeout", "--analyzers", "--rounds", "--pack"];

    private readonly Dictionary<string, List<string>> _values = [];

    /// <summary>The folders, as full paths.</summary>
    public List<string> Folders { get; } = [];

    public static Arguments Parse(string[] words)
    {
        var arguments = new Arguments();
        for (var index = 0; index < words.Length; index++)
        {
            var word = words[index];
            if (!word.StartsWith('-'))
            {
                if (!Directory.Exists(word))
                    throw new UsageException($"there is no folder {word}");
                arguments.Folders.Add(Path.TrimEndingDirectorySeparator(Path.GetFullPath(word)));
            }
            else if (Flags.Contains(word))
            {
                arguments._values[word] = [];
            }
            else if (!Options.Contains(word))
            {
                throw new UsageException($"there is no option {word}");
            }
            else if (++index == words.Length)
            {
                throw new UsageException($"{word} needs a value");
            }
            else
            {
                if (!arguments._values.TryGetValue(word, out var values))
                    arguments._values[word] = values = [];
                values.Add(words[index]);
            }
        }

        return arguments;
    }

    public bool Has(string flag) => _values.ContainsKey(flag);

    public IReadOnlyList<string> All(string option) => _values.TryGetValue(option, out var values) ? values : [];

    public string? Last(string option) => _values.TryGetValue(option, out var values) ? values[^1] : null;

    public int Number(string option, int fallback) =>
        Last(option) is not { } text ? fallback
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
        : throw new UsageException($"{option} needs a number");
}
