using Spectre.Console;

namespace ShutdownKit.Cli.Terminal;

/// <summary>Where the tool writes: results to standard output, everything else (progress, errors, notes) to standard error.</summary>
internal sealed class CliConsole
{
    // Lines are left to the terminal to wrap: a path or a command must stay in one piece to be copied.
    private const int Unwrapped = 10_000;

    private readonly bool _errorIsTerminal;
    private readonly int? _terminalWidth;

    private CliConsole(TextWriter output, bool outputIsTerminal, TextWriter error, bool errorIsTerminal)
    {
        _errorIsTerminal = errorIsTerminal;
        Out = Create(output, outputIsTerminal);
        _terminalWidth = outputIsTerminal ? Out.Profile.Width : null;
        Out.Profile.Width = Unwrapped;
        Error = Create(error, errorIsTerminal);
        Error.Profile.Width = Unwrapped;
    }

    /// <summary>Standard output. Colours only on a terminal that has them, and never where NO_COLOR is set.</summary>
    public IAnsiConsole Out { get; }

    /// <summary>Standard error.</summary>
    public IAnsiConsole Error { get; }

    /// <summary>The console of this process.</summary>
    public static CliConsole OfProcess() =>
        new(Console.Out, !Console.IsOutputRedirected, Console.Error, !Console.IsErrorRedirected);

    /// <summary>A console that is no terminal.</summary>
    public static CliConsole Plain(TextWriter output, TextWriter error) => new(output, false, error, false);

    /// <summary>Writes a line of plain text to standard output.</summary>
    public void WriteLine(string text) => Out.WriteLine(SafeText.Of(text));

    /// <summary>Writes marked-up text to standard output; on a terminal, lines that it has to wrap stay indented.</summary>
    public void WriteMarkup(string markup, int indent = 0)
    {
        if (_terminalWidth is not { } width)
        {
            Out.MarkupLine(new string(' ', indent) + markup);
            return;
        }

        Out.Profile.Width = width;
        Out.Write(new Padder(new Markup(markup), new Padding(indent, 0, 0, 0)));
        Out.Profile.Width = Unwrapped;
    }

    /// <summary>Writes one line that says what is wrong.</summary>
    public void WriteError(string message) => Error.MarkupLineInterpolated($"[red]error:[/] {SafeText.Of(message)}");

    /// <summary>
    /// Runs something that takes long, and shows on a terminal what it is at. Where there is no terminal nothing is shown.
    /// </summary>
    public async Task<T> ShowProgressAsync<T>(string what, Func<Action<string>, Task<T>> work)
    {
        // Where results go to the terminal, too, one writer must manage both, or they overwrite each other.
        var terminal = _terminalWidth is not null ? Out : _errorIsTerminal ? Error : null;
        if (terminal is null)
            return await work(_ => { }).ConfigureAwait(false);
        T result = default!;
        await terminal.Status()
            .StartAsync(Markup.Escape(SafeText.Of(what)), async status =>
                result = await work(text => status.Status(Markup.Escape(SafeText.Of(text)))).ConfigureAwait(false))
            .ConfigureAwait(false);
        return result;
    }

    private static IAnsiConsole Create(TextWriter writer, bool isTerminal) => AnsiConsole.Create(new AnsiConsoleSettings
    {
        Out = new AnsiConsoleOutput(writer),
        Ansi = isTerminal ? AnsiSupport.Detect : AnsiSupport.No,
        ColorSystem = isTerminal ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
        Interactive = isTerminal ? InteractionSupport.Detect : InteractionSupport.No,
    });
}
