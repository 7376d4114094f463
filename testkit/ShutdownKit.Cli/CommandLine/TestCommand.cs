using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using ShutdownKit.Cli.Terminal;
using ShutdownKit.Cli.Testing;

namespace ShutdownKit.Cli.CommandLine;

/// <summary><c>shutdownkit test</c>: the scenarios, on an image in real containers.</summary>
internal sealed class TestCommand
{
    private const int MostTrials = 1000;
    private static readonly string[] Formats = ["json"];

    /// <summary>Lines for the end of the help.</summary>
    public static readonly IReadOnlyList<string> Examples =
    [
        "shutdownkit test shop:dev --stateless",
        "shutdownkit test shop:dev --volume /data --ready http:8080/health --writer /app/write --reader /app/read",
        "shutdownkit test redis:7 --volume /data --ready exec:'redis-cli ping' --writer 'redis-cli -e set k{n} v' \\",
        "    --reader 'test \"$(redis-cli exists k{n})\" = 1' --report json=redis.json -- redis-server --appendonly yes",
        "shutdownkit test shop:dev --stateless --scenario stop --grace 30s --stop-budget 5s --exit-code 0 --exit-code 143",
    ];

    // A missing image is refused in Validate, which says more than the parser would.
    private readonly Argument<string?> _image = new("IMAGE")
    {
        Description = "The image to test; pulled when the engine does not have it.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Argument<string[]> _command = new("COMMAND")
    {
        Description = "After '--': the command that replaces the image's own (its entry point stays).",
        Arity = ArgumentArity.ZeroOrMore,
        DefaultValueFactory = _ => [],
    };

    private readonly Option<string[]> _scenarios;

    private readonly Option<string[]> _volumes = TypedOption.Many(
        "--volume", "PATH", "A path in the container at which a volume is mounted; it outlives the container.", text => ReadPath(text, "--volume /data"));

    private readonly Option<int[]> _ports = TypedOption.Many("--port", "N", "A port of the container to publish.", ReadyCondition.ReadPort);

    private readonly Option<KeyValuePair<string, string>[]> _environment = TypedOption.Many(
        "--env", "K=V", "An environment variable for the container.", ReadVariable);

    private readonly Option<TimeSpan?> _grace = TypedOption.Single<TimeSpan?>(
        "--grace", "DURATION", "How long a stop waits before SIGKILL. Default: 10s, as with 'docker stop'.", text => ReadGrace(text));

    private readonly Option<TimeSpan?> _stopBudget = TypedOption.Single<TimeSpan?>(
        "--stop-budget", "DURATION", "How long a stop may take to be compliant. Default: the grace period.", text => ReadDuration(text));

    private readonly Option<ReadyCondition?> _ready = TypedOption.Single<ReadyCondition?>(
        "--ready", "CONDITION", "When the application is ready: log:REGEX, http:PORT/PATH, tcp:PORT or exec:COMMAND. Default: the image's health check, else that it runs.",
        ReadyCondition.Read);

    private readonly Option<TimeSpan?> _readyTimeout = TypedOption.Single<TimeSpan?>(
        "--ready-timeout", "DURATION", "How long it may take to be ready. Default: 60s.", text => ReadDuration(text));

    private readonly Option<string?> _writer = TypedOption.Single<string?>(
        "--writer", "COMMAND",
        "Prints one id per line as each write is acknowledged. Runs in the container, or on this machine with the prefix 'host:'. "
        + "With {n} in it, it is called once per record, and exit status 0 means acknowledged.", ReadCommand);

    private readonly Option<string?> _reader = TypedOption.Single<string?>(
        "--reader", "COMMAND", "Prints one id per line for each record that is there. With {n} in it: exit status 0 means that it is there.", ReadCommand);

    private readonly Option<bool> _stateless = new("--stateless") { Description = "The application stores nothing: persistence is not judged." };

    private readonly Option<int[]> _exitCodes = TypedOption.Many(
        "--exit-code", "N", "An exit code that a stop may end with. Default: 0.", text => ReadNumber(text, 0, 255));

    private readonly Option<string?> _durability = TypedOption.Single<string?>(
        "--durability", "process|power", "What an acknowledged write is to survive: SIGKILL (process, the default) or a power cut too (power).",
        text => text is "process" or "power" ? text : throw new UsageException($"'{text}' is no level: write process or power"));

    private readonly Option<string[]> _disposable = TypedOption.Many(
        "--disposable", "PATH", "A path outside the volumes that may be lost with the container.", text => ReadPath(text, "--disposable /app/cache"));

    private readonly Option<int?> _trials = TypedOption.Single<int?>(
        "--trials", "N", "How often each scenario is run, each time with another moment for the blow. Default: 1.", text => ReadNumber(text, 1, MostTrials));

    private readonly Option<int?> _seed = TypedOption.Single<int?>(
        "--seed", "N", "Repeats the moments of an earlier run, which printed its seed.", text => ReadNumber(text, 0, int.MaxValue));

    private readonly Option<ReportRequest[]> _reports = TypedOption.Many(
        "--report", "FORMAT=FILE", "Write a report to a file: json.", text => ReportRequest.Read(text, Formats));

    private readonly Option<bool> _quiet = new("--quiet", "-q") { Description = "Print the findings and the verdict only." };

    private TestCommand(IReadOnlyCollection<string> scenarios)
    {
        var known = string.Join(", ", scenarios);
        _scenarios = TypedOption.Many(
            "--scenario", "NAME", $"A scenario to run: {known}. Default: all that this machine can run.",
            text => scenarios.Contains(text) ? text : throw new UsageException($"'{text}' is no scenario: use {known}"));
    }

    /// <summary>Makes the command.</summary>
    /// <param name="scenarios">The names of the scenarios that there are.</param>
    /// <param name="run">Carries out what was asked.</param>
    public static Command Create(IReadOnlyCollection<string> scenarios, Func<TestRequest, CancellationToken, Task<ExitStatus>> run)
    {
        var definition = new TestCommand(scenarios);
        var command = new Command("test", "Runs an image in real containers through stop, kill, pause and rm under load, and judges what happened.")
        {
            definition._image, definition._command, definition._scenarios, definition._volumes, definition._ports, definition._environment,
            definition._grace, definition._stopBudget, definition._ready, definition._readyTimeout, definition._writer, definition._reader,
            definition._stateless, definition._exitCodes, definition._durability, definition._disposable, definition._trials, definition._seed,
            definition._reports, definition._quiet,
        };
        command.SetAction(async (parsed, cancellationToken) =>
            (int)await run(definition.Read(parsed), cancellationToken).ConfigureAwait(false));
        return command;
    }

    private TestRequest Read(ParseResult parsed)
    {
        var request = new TestRequest
        {
            Image = parsed.GetValue(_image) ?? "",
            Command = parsed.GetRequiredValue(_command),
            Scenarios = Distinct(parsed.GetRequiredValue(_scenarios)),
            Volumes = Distinct(parsed.GetRequiredValue(_volumes)),
            Ports = Distinct(parsed.GetRequiredValue(_ports)),
            Environment = parsed.GetRequiredValue(_environment),
            Grace = parsed.GetValue(_grace),
            StopBudget = parsed.GetValue(_stopBudget),
            Ready = parsed.GetValue(_ready),
            ReadyTimeout = parsed.GetValue(_readyTimeout),
            Writer = parsed.GetValue(_writer),
            Reader = parsed.GetValue(_reader),
            Stateless = parsed.GetValue(_stateless),
            ExitCodes = Distinct(parsed.GetRequiredValue(_exitCodes)),
            SurvivesPowerLoss = parsed.GetValue(_durability) == "power",
            DisposablePaths = Distinct(parsed.GetRequiredValue(_disposable)),
            Trials = parsed.GetValue(_trials),
            Seed = parsed.GetValue(_seed),
            Reports = parsed.GetRequiredValue(_reports),
            Quiet = parsed.GetValue(_quiet),
        };
        Validate(parsed, request);
        return request;
    }

    private void Validate(ParseResult parsed, TestRequest request)
    {
        // To the parser the separator means little: it would take an unknown option, or a second image, for the command.
        var beforeSeparator = parsed.Tokens.TakeWhile(t => t.Type != TokenType.DoubleDash).ToHashSet(ReferenceEqualityComparer.Instance);
        if (parsed.GetResult(_image) is not { Tokens: [var image, ..] })
            throw new UsageException("the image is missing: write for example 'shutdownkit test shop:dev'");
        if (!beforeSeparator.Contains(image))
            throw new UsageException("the image is missing: write it before '--'");
        if (parsed.GetResult(_command)?.Tokens.FirstOrDefault(beforeSeparator.Contains) is { Value: var stray })
        {
            throw new UsageException(stray.StartsWith('-')
                ? $"'shutdownkit test' knows no '{stray}': see 'shutdownkit test --help'"
                : $"'{stray}' is one argument too many: write '--' before a command for the container");
        }

        if (string.IsNullOrWhiteSpace(request.Image))
            throw new UsageException("the image's name is empty: write for example shop:dev");
        if (request.Writer is not null && request.Reader is null)
            throw new UsageException("--writer needs --reader: what was written must be read back");
        if (request.Reader is not null && request.Writer is null)
            throw new UsageException("--reader needs --writer: somebody must write what is read back");
        if (request.Stateless && request.Writer is not null)
            throw new UsageException("--stateless says that nothing is stored, --writer that something is: leave one out");
        foreach (var report in request.Reports)
            report.EnsureWritable();
    }

    private static List<T> Distinct<T>(IEnumerable<T> values) => values.Distinct().ToList();

    private static string ReadPath(string text, string example)
    {
        if (text.Contains(':', StringComparison.Ordinal))
            throw new UsageException($"'{text}' has a colon: give the path in the container only, for example {example}");
        if (!text.StartsWith('/'))
            throw new UsageException($"'{text}' is not absolute: begin it with a slash, for example {example}");
        if (text.Split('/').Any(part => part is "." or ".."))
            throw new UsageException($"'{text}' has '.' or '..' in it: write the path out, for example {example}");
        var trimmed = "/" + string.Join('/', text.Split('/', StringSplitOptions.RemoveEmptyEntries));
        return trimmed.Length > 1 ? trimmed : throw new UsageException($"'{text}' is the root: give a folder below it, for example {example}");
    }

    private static KeyValuePair<string, string> ReadVariable(string text)
    {
        var separator = text.IndexOf('=', StringComparison.Ordinal);
        return separator > 0
            ? KeyValuePair.Create(text[..separator], text[(separator + 1)..])
            : throw new UsageException($"'{text}' is not NAME=VALUE: write for example LOG_LEVEL=debug");
    }

    private static string ReadCommand(string text)
    {
        var command = text.StartsWith("host:", StringComparison.Ordinal) ? text["host:".Length..] : text;
        return string.IsNullOrWhiteSpace(command) ? throw new UsageException("the command is empty: write what is to be run") : text;
    }

    private static TimeSpan ReadDuration(string text) =>
        Durations.TryParse(text, out var duration) && duration > TimeSpan.Zero
            ? duration
            : throw new UsageException($"'{text}' is no duration: {Durations.Expected}");

    private static TimeSpan ReadGrace(string text)
    {
        if (!Durations.TryParse(text, out var duration))
            throw new UsageException($"'{text}' is no duration: {Durations.Expected}");
        return duration.Ticks % TimeSpan.TicksPerSecond == 0
            ? duration
            : throw new UsageException($"'{text}' is no whole number of seconds, and engines count in those: write for example 1s");
    }

    private static int ReadNumber(string text, int least, int most) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw new UsageException($"'{text}' is no number from {least} to {most}");
}
