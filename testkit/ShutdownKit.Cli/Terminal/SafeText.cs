using System.Globalization;
using System.Text;

namespace ShutdownKit.Cli.Terminal;

/// <summary>Makes text that an application wrote harmless for a terminal.</summary>
internal static class SafeText
{
    /// <summary>
    /// Replaces control characters (escape sequences begin with one) and the invisible characters that reorder text by a visible
    /// notation. Line feeds and tabs stay when <paramref name="keepLines"/> is set.
    /// </summary>
    public static string Of(string? text, bool keepLines = false)
    {
        if (string.IsNullOrEmpty(text))
            return "";
        if (!text.Any(IsUnsafe))
            return text;

        var result = new StringBuilder(text.Length + 16);
        foreach (var c in text)
        {
            if (!IsUnsafe(c) || (keepLines && c is '\n' or '\t'))
                result.Append(c);
            else if (c is '\n' or '\r' or '\t')
                result.Append(c switch { '\n' => "\\n", '\r' => "\\r", _ => " " });
            else if (c <= 0xff)
                result.Append(CultureInfo.InvariantCulture, $"\\x{(int)c:x2}");
            else
                result.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
        }

        return result.ToString();
    }

    // U+202A..E and U+2066..9 turn the direction of text around, U+2028 and U+2029 end lines.
    private static bool IsUnsafe(char c) => char.IsControl(c) || c is (>= '\u2028' and <= '\u202e') or (>= '\u2066' and <= '\u2069');
}
