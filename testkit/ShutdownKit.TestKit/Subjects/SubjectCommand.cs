using System.Diagnostics;
using System.Globalization;
using System.Text;
using ShutdownKit.TestKit.Engines;

namespace ShutdownKit.TestKit.Subjects;

/// <summary>A command that belongs to a subject: run in its container, or on the host with a <c>host:</c> prefix.</summary>
internal sealed class SubjectCommand
{
    private const string HostPrefix = "host:";
    private const string RecordPlaceholder = "{n}";
    private readonly string _text;
    private readonly bool _onHost;

    private SubjectCommand(string text, bool onHost)
    {
        _text = text;
        _onHost = onHost;
    }

    /// <summary>Whether it is run once per record.</summary>
    public bool IsPerRecord => _text.Contains(RecordPlaceholder, StringComparison.Ordinal);

    public static SubjectCommand Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var trimmed = text.Trim();
        var onHost = trimmed.StartsWith(HostPrefix, StringComparison.Ordinal);
        var command = onHost ? trimmed[HostPrefix.Length..].Trim() : trimmed;
        return command.Length > 0 ? new SubjectCommand(command, onHost) : throw new ArgumentException("the command is empty", nameof(text));
    }

    /// <summary>The command for one record.</summary>
    public SubjectCommand For(string id) => new(_text.Replace(RecordPlaceholder, id, StringComparison.Ordinal), _onHost);

    /// <summary>Runs it to its end.</summary>
    /// <returns>Its exit code; <see langword="null"/> when the container ended under it.</returns>
    public Task<int?> RunAsync(RunningSubject app, Action<string> onOutput, Action<string> onError, CancellationToken cancellationToken) =>
        _onHost ? RunOnHostAsync(app, onOutput, onError, cancellationToken) : RunInContainerAsync(app, onOutput, onError, cancellationToken);

    private async Task<int?> RunInContainerAsync(RunningSubject app, Action<string> onOutput, Action<string> onError, CancellationToken cancellationToken)
    {
        var arguments = await app.HasShellAsync(cancellationToken).ConfigureAwait(false) ? ["/bin/sh", "-c", _text] : SplitWords(_text);
        try
        {
            return await app.Engine.ExecAsync(app.ContainerId, arguments, onOutput, onError, cancellationToken).ConfigureAwait(false);
        }
        catch (EngineUnavailableException) when (!cancellationToken.IsCancellationRequested)
        {
            // The connection of an exec session breaks when its container dies; whether the engine is there at all, the next call will say.
            return null;
        }
    }

    private async Task<int?> RunOnHostAsync(RunningSubject app, Action<string> onOutput, Action<string> onError, CancellationToken cancellationToken)
    {
        var start = OperatingSystem.IsWindows()
            ? new ProcessStartInfo("cmd.exe", ["/d", "/c", _text])
            : new ProcessStartInfo("/bin/sh", ["-c", _text]);
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        start.UseShellExecute = false;
        start.Environment["SHUTDOWNKIT_HOST"] = app.Host;
        start.Environment["SHUTDOWNKIT_CONTAINER"] = app.ContainerId;
        foreach (var (containerPort, hostPort) in app.Ports)
        {
            start.Environment["SHUTDOWNKIT_PORT_" + containerPort.ToString(CultureInfo.InvariantCulture)] = hostPort.ToString(CultureInfo.InvariantCulture);
        }

        using var process = Process.Start(start) ?? throw new InvalidOperationException("the host's shell could not be started");
        process.StandardInput.Close();
        try
        {
            await Task.WhenAll(
                PumpAsync(process.StandardOutput.BaseStream, onOutput, dropUnterminated: true, cancellationToken),
                PumpAsync(process.StandardError.BaseStream, onError, dropUnterminated: false, cancellationToken)).ConfigureAwait(false);
            await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
            return process.ExitCode;
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    private static async Task PumpAsync(Stream stream, Action<string> onLine, bool dropUnterminated, CancellationToken cancellationToken)
    {
        var assembler = new LineReader.LineAssembler(onLine);
        var buffer = new byte[16 * 1024];
        while (await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false) is var count && count > 0)
        {
            assembler.Add(buffer.AsSpan(0, count));
        }

        assembler.Complete(dropUnterminated);
    }

    /// <summary>For images without a shell: words are separated by blanks, quotes keep them together.</summary>
    internal static List<string> SplitWords(string text)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        var quote = '\0';
        var inWord = false;
        foreach (var c in text)
        {
            if (quote != '\0')
            {
                if (c == quote)
                {
                    quote = '\0';
                }
                else
                {
                    word.Append(c);
                }
            }
            else if (c is '\'' or '"')
            {
                quote = c;
                inWord = true;
            }
            else if (!char.IsWhiteSpace(c))
            {
                word.Append(c);
                inWord = true;
            }
            else if (inWord)
            {
                words.Add(word.ToString());
                word.Clear();
                inWord = false;
            }
        }

        if (inWord)
        {
            words.Add(word.ToString());
        }

        return words;
    }
}
