using System.Text;

namespace ShutdownKit.Analyzers.Deployment;

/// <summary>Takes a line apart into words as a shell does: blanks part them, quotes and backslashes keep them together.</summary>
internal static class ShellWords
{
    /// <summary>The words, without their quotes; null when a quote is not closed.</summary>
    public static IReadOnlyList<string>? TrySplit(string line)
    {
        var words = new List<string>();
        StringBuilder? word = null;
        for (var index = 0; index < line.Length; index++)
        {
            var character = line[index];
            if (char.IsWhiteSpace(character))
            {
                Add();
            }
            else if (character == '\\' && index + 1 < line.Length)
            {
                (word ??= new StringBuilder()).Append(line[++index]);
            }
            else if (character is '"' or '\'')
            {
                word ??= new StringBuilder();
                for (index++; index < line.Length && line[index] != character; index++)
                {
                    if (character == '"' && line[index] == '\\' && index + 1 < line.Length && line[index + 1] is '"' or '\\' or '$')
                        index++;
                    word.Append(line[index]);
                }

                if (index >= line.Length)
                    return null;
            }
            else
            {
                (word ??= new StringBuilder()).Append(character);
            }
        }

        Add();
        return words;

        void Add()
        {
            if (word is not null)
                words.Add(word.ToString());
            word = null;
        }
    }
}
