using System.Globalization;
using System.Text;

namespace ShutdownKit.Analyzers.Deployment;

/// <summary>The exec form of an instruction: a JSON array of strings and nothing else.</summary>
internal static class JsonArray
{
    /// <summary>The strings of the array; null when the text is no such array, which the builder then takes for the shell form.</summary>
    public static IReadOnlyList<string>? TryParse(string text)
    {
        var items = new List<string>();
        var index = 0;
        if (!Take(text, ref index, '['))
            return null;
        if (Take(text, ref index, ']'))
            return AtEnd(text, index) ? items : null;

        do
        {
            if (TakeString(text, ref index) is not { } item)
                return null;
            items.Add(item);
        }
        while (Take(text, ref index, ','));

        return Take(text, ref index, ']') && AtEnd(text, index) ? items : null;
    }

    /// <summary>The array as text.</summary>
    public static string Write(IEnumerable<string> items) =>
        "[" + string.Join(", ", items.Select(item => "\"" + item.Replace("\\", "\\\\").Replace("\"", "\\\"") + "\"")) + "]";

    private static bool AtEnd(string text, int index) => string.IsNullOrWhiteSpace(text.Substring(index));

    private static bool Take(string text, ref int index, char expected)
    {
        SkipBlanks(text, ref index);
        if (index >= text.Length || text[index] != expected)
            return false;

        index++;
        return true;
    }

    private static void SkipBlanks(string text, ref int index)
    {
        while (index < text.Length && char.IsWhiteSpace(text[index]))
            index++;
    }

    private static string? TakeString(string text, ref int index)
    {
        if (!Take(text, ref index, '"'))
            return null;

        var result = new StringBuilder();
        for (; index < text.Length; index++)
        {
            switch (text[index])
            {
                case '"':
                    index++;
                    return result.ToString();
                case '\\' when Escaped(text, ref index) is { } character:
                    result.Append(character);
                    break;
                case '\\' or < ' ':
                    return null;
                default:
                    result.Append(text[index]);
                    break;
            }
        }

        return null;
    }

    private static char? Escaped(string text, ref int index)
    {
        if (++index >= text.Length)
            return null;

        switch (text[index])
        {
            case '"' or '\\' or '/':
                return text[index];
            case 'n':
                return '\n';
            case 't':
                return '\t';
            case 'r':
                return '\r';
            case 'b':
                return '\b';
            case 'f':
                return '\f';
            case 'u' when index + 4 < text.Length
                          && ushort.TryParse(text.Substring(index + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code):
                index += 4;
                return (char)code;
            default:
                return null;
        }
    }
}
