namespace ShutdownKit.Cli.CommandLine;

/// <summary>A report that is to be written to a file: <c>--report FORMAT=FILE</c>.</summary>
internal sealed record ReportRequest(string Format, string File)
{
    private static readonly string[] Known = ["json", "junit", "sarif", "html", "md"];

    /// <summary>Reads the option's value.</summary>
    /// <param name="available">The formats that the command at hand can write.</param>
    /// <exception cref="UsageException">It is not FORMAT=FILE, or the format cannot be written.</exception>
    public static ReportRequest Read(string text, IReadOnlyCollection<string> available)
    {
        var formats = string.Join(", ", available);
        var separator = text.IndexOf('=', StringComparison.Ordinal);
        if (separator <= 0 || separator == text.Length - 1)
            throw new UsageException($"'{text}' is not FORMAT=FILE: write for example {available.First()}=report.{available.First()}");
        var format = text[..separator].ToLowerInvariant();
        if (available.Contains(format))
            return new ReportRequest(format, Path.GetFullPath(text[(separator + 1)..]));
        throw new UsageException(Known.Contains(format)
            ? $"this command cannot write the format '{format}' yet: use {formats}"
            : $"'{format}' is no report format: use {formats}");
    }

    /// <summary>Finds out before the work begins that the file can be written after it.</summary>
    /// <exception cref="UsageException">It cannot.</exception>
    public void EnsureWritable()
    {
        if (Directory.Exists(File))
            throw new UsageException($"--report: '{File}' is a folder: give the path of a file");
        if (!Directory.Exists(Path.GetDirectoryName(File)))
            throw new UsageException($"--report: the folder of '{File}' does not exist: create it first");
    }

    /// <summary>Writes the report.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public async Task WriteAsync(string content)
    {
        try
        {
            // Whoever waits for the file must never see half of it, and a report that is finished is written even when Ctrl+C comes now.
            var temporary = $"{File}.{Guid.NewGuid():N}.tmp";
            await System.IO.File.WriteAllTextAsync(temporary, content, CancellationToken.None).ConfigureAwait(false);
            System.IO.File.Move(temporary, File, overwrite: true);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException(e.Message, e);
        }
    }
}
