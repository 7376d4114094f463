using System.Globalization;
using ShutdownKit.TestKit.Subjects;

namespace ShutdownKit.TestKit.Workloads;

/// <summary>
/// The language-neutral workload: a <em>writer</em> command prints one id per line as each write is acknowledged, a <em>reader</em> command prints one
/// id per line for each record that is there, or <c>torn ID</c> for one that is there but damaged.
/// </summary>
/// <remarks>
/// A command with <c>{n}</c> in it is called once per record instead, exit status 0 meaning acknowledged or present. Commands run in the container, or
/// on the host when they begin with <c>host:</c>; there they find <c>SHUTDOWNKIT_HOST</c>, <c>SHUTDOWNKIT_PORT_&lt;n&gt;</c> and
/// <c>SHUTDOWNKIT_CONTAINER</c> in their environment. Standard error is for messages. An id is one word of at most 200 printable characters.
/// </remarks>
public sealed class LineProtocolWorkload : IWorkload
{
    private const int LongestId = 200;
    private const int NotExecutable = 126;
    private const int NotFound = 127;
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromMilliseconds(50);

    private readonly SubjectCommand _writer;
    private readonly SubjectCommand _reader;

    /// <summary>Initializes the workload.</summary>
    /// <param name="writer">The writer's command line.</param>
    /// <param name="reader">The reader's command line.</param>
    /// <exception cref="ArgumentException">One of them is empty.</exception>
    public LineProtocolWorkload(string writer, string reader)
    {
        _writer = SubjectCommand.Parse(writer);
        _reader = SubjectCommand.Parse(reader);
    }

    /// <inheritdoc />
    public Task WriteAsync(RunningSubject app, Ledger ledger, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(app);
        ArgumentNullException.ThrowIfNull(ledger);
        return _writer.IsPerRecord ? WritePerRecordAsync(app, ledger, stop) : WriteStreamAsync(app, ledger, stop);
    }

    /// <inheritdoc />
    public Task<IReadOnlyCollection<StoredRecord>> ReadAsync(RunningSubject app, Ledger ledger, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(app);
        ArgumentNullException.ThrowIfNull(ledger);
        ledger.ReadsOneByOne = _reader.IsPerRecord;
        return _reader.IsPerRecord ? ReadPerRecordAsync(app, ledger, cancellationToken) : ReadListAsync(app, cancellationToken);
    }

    private async Task WriteStreamAsync(RunningSubject app, Ledger ledger, CancellationToken stop)
    {
        ledger.ExpectUnknownAttempts();
        var errors = new Tail();
        string? garbage = null;
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stop);

        void Take(string line)
        {
            if (garbage is not null || line.Length == 0)
            {
                return;
            }

            if (IsId(line))
            {
                ledger.Acknowledge(line);
                return;
            }

            garbage = line;
            ended.Cancel();
        }

        int? exitCode;
        try
        {
            exitCode = await _writer.RunAsync(app, Take, errors.Add, ended.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (garbage is not null || stop.IsCancellationRequested)
        {
            exitCode = null;
        }

        if (garbage is not null)
        {
            throw new WorkloadException(
                $"the writer printed {Quote(garbage)}, which is no id: it must print nothing but the id of each acknowledged record, one word a line "
                + "(messages belong on standard error)");
        }

        if (ledger.AcknowledgedCount == 0 && exitCode is { } code)
        {
            throw new WorkloadException($"the writer ended with exit status {code} and acknowledged nothing{errors.Said}");
        }
    }

    private async Task WritePerRecordAsync(RunningSubject app, Ledger ledger, CancellationToken stop)
    {
        var errors = new Tail();
        for (var n = 1; !stop.IsCancellationRequested; n++)
        {
            var id = n.ToString(CultureInfo.InvariantCulture);
            ledger.Attempt(id);
            int? exitCode;
            try
            {
                exitCode = await _writer.For(id).RunAsync(app, static _ => { }, errors.Add, stop).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is OperationCanceledException or Engines.ContainerGoneException or Engines.VerbRefusedException)
            {
                exitCode = null; // the application died under it: in flight
            }

            if (exitCode == 0)
            {
                ledger.Acknowledge(id);
                continue;
            }

            if (exitCode is NotExecutable or NotFound && ledger.AcknowledgedCount == 0)
            {
                throw new WorkloadException($"the writer cannot be run (exit status {exitCode}){errors.Said}");
            }

            await Task.WhenAny(Task.Delay(PauseAfterFailure, stop)).ConfigureAwait(false);
        }

        if (ledger.AcknowledgedCount == 0 && errors.Said.Length > 0)
        {
            throw new WorkloadException("the writer never ended with exit status 0" + errors.Said);
        }
    }

    private async Task<IReadOnlyCollection<StoredRecord>> ReadListAsync(RunningSubject app, CancellationToken cancellationToken)
    {
        var errors = new Tail();
        var records = new List<StoredRecord>();
        string? garbage = null;

        void Take(string line)
        {
            const string TornPrefix = "torn ";
            if (line.Length == 0)
            {
                return;
            }

            if (IsId(line))
            {
                records.Add(new StoredRecord(line));
            }
            else if (line.StartsWith(TornPrefix, StringComparison.Ordinal) && IsId(line[TornPrefix.Length..]))
            {
                records.Add(new StoredRecord(line[TornPrefix.Length..], Damaged: true));
            }
            else if (line.Any(c => char.IsControl(c) || c == '\uFFFD'))
            {
                records.Add(new StoredRecord(Quote(line), Damaged: true));
            }
            else
            {
                garbage ??= line;
            }
        }

        var exitCode = await _reader.RunAsync(app, Take, errors.Add, cancellationToken).ConfigureAwait(false);
        if (exitCode != 0)
        {
            throw new WorkloadException(
                exitCode is null ? "the container ended while the reader ran" + errors.Said : $"the reader ended with exit status {exitCode}{errors.Said}");
        }

        return garbage is null
            ? records
            : throw new WorkloadException($"the reader printed {Quote(garbage)}, which is no id: it must print one word a line, or 'torn ID' (messages belong on standard error)");
    }

    private async Task<IReadOnlyCollection<StoredRecord>> ReadPerRecordAsync(RunningSubject app, Ledger ledger, CancellationToken cancellationToken)
    {
        var records = new List<StoredRecord>();
        var errors = new Tail();
        foreach (var id in ledger.Attempted)
        {
            var exitCode = await _reader.For(id).RunAsync(app, static _ => { }, errors.Add, cancellationToken).ConfigureAwait(false);
            if (exitCode is null or NotExecutable or NotFound)
            {
                throw new WorkloadException(
                    exitCode is null ? "the container ended while the reader ran" + errors.Said : $"the reader cannot be run (exit status {exitCode}){errors.Said}");
            }

            if (exitCode == 0)
            {
                records.Add(new StoredRecord(id));
            }
        }

        return records;
    }

    private static bool IsId(string line) =>
        line.Length is > 0 and <= LongestId && !line.Any(c => char.IsWhiteSpace(c) || char.IsControl(c) || c == '\uFFFD');

    private static string Quote(string line)
    {
        var cut = line.Length > 80 ? line[..80] + "…" : line;
        return "'" + string.Concat(cut.Select(c => char.IsControl(c) ? $"\\x{(int)c:x2}" : c.ToString())) + "'";
    }

    /// <summary>The last lines of a command's standard error, for messages.</summary>
    private sealed class Tail
    {
        private const int Lines = 5;
        private readonly Queue<string> _lines = new();

        public string Said
        {
            get
            {
                lock (_lines)
                {
                    return _lines.Count == 0 ? string.Empty : "; it said: " + string.Join(" / ", _lines);
                }
            }
        }

        public void Add(string line)
        {
            lock (_lines)
            {
                _lines.Enqueue(line);
                if (_lines.Count > Lines)
                {
                    _lines.Dequeue();
                }
            }
        }
    }
}
