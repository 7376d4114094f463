using System.Globalization;
using System.Text.RegularExpressions;

namespace ShutdownKit.Cli.Testing;

/// <summary>When the application counts as ready, as <c>--ready</c> says it.</summary>
internal abstract record ReadyCondition
{
    private const string Expected = "write log:REGEX, http:PORT/PATH, tcp:PORT or exec:COMMAND";

    private ReadyCondition()
    {
    }

    /// <summary>A line of the log matches.</summary>
    public sealed record Log(string Pattern) : ReadyCondition;

    /// <summary>A GET is answered with success.</summary>
    public sealed record Http(int Port, string Path) : ReadyCondition;

    /// <summary>A connection is accepted.</summary>
    public sealed record Tcp(int Port) : ReadyCondition;

    /// <summary>A command ends with exit status 0.</summary>
    public sealed record Exec(string Command) : ReadyCondition;

    /// <summary>Reads the option's value.</summary>
    /// <exception cref="UsageException">It is none of the four forms.</exception>
    public static ReadyCondition Read(string text)
    {
        var separator = text.IndexOf(':', StringComparison.Ordinal);
        var (kind, rest) = separator < 0 ? (text, "") : (text[..separator], text[(separator + 1)..]);
        if (rest.Trim().Length == 0)
            throw new UsageException($"'{text}' says nothing: {Expected}");
        return kind switch
        {
            "log" => new Log(ReadPattern(rest)),
            "http" => ReadHttp(rest),
            "tcp" => new Tcp(ReadPort(rest)),
            "exec" => new Exec(rest),
            _ => throw new UsageException($"'{text}' is no way to be ready: {Expected}"),
        };
    }

    /// <summary>Reads a port number.</summary>
    /// <exception cref="UsageException">It is not between 1 and 65535.</exception>
    public static int ReadPort(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and <= 65535
            ? port
            : throw new UsageException($"'{text}' is no port: write a number from 1 to 65535");

    private static Http ReadHttp(string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        return slash < 0 ? new Http(ReadPort(text), "/") : new Http(ReadPort(text[..slash]), text[slash..]);
    }

    private static string ReadPattern(string text)
    {
        try
        {
            _ = Regex.Match("", text, RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));
            return text;
        }
        catch (ArgumentException e)
        {
            throw new UsageException($"'{text}' is no regular expression: {e.Message}");
        }
    }
}
