namespace ShutdownKit.TestKit.Workloads;

/// <summary>What was written, and what of it the application acknowledged. Safe for concurrent use.</summary>
/// <remarks>
/// It keeps three kinds of records: acknowledged; in flight (attempted and neither acknowledged nor refused: may be there or not); and never attempted.
/// The distinction is Jepsen's: what was in flight at the blow is unknown, not lost.
/// </remarks>
public sealed class Ledger
{
    private readonly object _gate = new();
    private readonly HashSet<string> _attempted = new(StringComparer.Ordinal);
    private readonly HashSet<string> _acknowledged = new(StringComparer.Ordinal);
    private readonly HashSet<string> _before = new(StringComparer.Ordinal);
    private readonly List<string> _order = [];
    private TaskCompletionSource _grown = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _unknownAttempts;
    private bool _everShown;

    /// <summary>Whether the reader is asked for each record, so that it cannot say that there are none at all.</summary>
    internal bool ReadsOneByOne { get; set; }

    /// <summary>How many records have been acknowledged.</summary>
    public int AcknowledgedCount
    {
        get
        {
            lock (_gate)
            {
                return _acknowledged.Count;
            }
        }
    }

    /// <summary>The ids of all acknowledged records, in the order of their acknowledgement.</summary>
    public IReadOnlyList<string> Acknowledged
    {
        get
        {
            lock (_gate)
            {
                return [.. _order];
            }
        }
    }

    /// <summary>The ids of all records that were attempted, as far as the workload says.</summary>
    public IReadOnlyCollection<string> Attempted
    {
        get
        {
            lock (_gate)
            {
                return [.. _attempted];
            }
        }
    }

    /// <summary>Notes that a record is about to be written; call it before the application can see anything of it.</summary>
    /// <param name="id">The record's id.</param>
    public void Attempt(string id)
    {
        lock (_gate)
        {
            _attempted.Add(id);
        }
    }

    /// <summary>Notes that the application has said that a record is saved.</summary>
    /// <param name="id">The record's id.</param>
    public void Acknowledge(string id)
    {
        TaskCompletionSource grown;
        lock (_gate)
        {
            _attempted.Add(id);
            if (!_acknowledged.Add(id))
            {
                return;
            }

            _order.Add(id);
            grown = _grown;
            _grown = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        grown.SetResult();
    }

    /// <summary>Notes that records may be written of which this ledger hears only when they are acknowledged, as from a writer command.</summary>
    public void ExpectUnknownAttempts()
    {
        lock (_gate)
        {
            _unknownAttempts = true;
        }
    }

    /// <summary>Waits until a number of records have been acknowledged.</summary>
    internal async Task WaitForAcknowledgedAsync(int count, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task grown;
            lock (_gate)
            {
                if (_acknowledged.Count >= count)
                {
                    return;
                }

                grown = _grown.Task;
            }

            await grown.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>A ledger of only the first acknowledged records, to read back a few of them.</summary>
    internal Ledger Sample(int size)
    {
        var sample = new Ledger();
        foreach (var id in Acknowledged.Take(size))
        {
            sample.Acknowledge(id);
        }

        return sample;
    }

    /// <summary>Notes what was there before the first write: it is no phantom.</summary>
    internal void NoteBefore(IEnumerable<StoredRecord> records)
    {
        lock (_gate)
        {
            _before.UnionWith(records.Select(record => record.Id));
        }
    }

    /// <summary>Compares what was acknowledged with what is there.</summary>
    internal LedgerComparison Compare(IReadOnlyCollection<StoredRecord> present)
    {
        lock (_gate)
        {
            var intact = new HashSet<string>(present.Where(record => !record.Damaged).Select(record => record.Id), StringComparer.Ordinal);
            var torn = new HashSet<string>(present.Where(record => record.Damaged && !intact.Contains(record.Id)).Select(record => record.Id), StringComparer.Ordinal);
            var lost = _order.Where(id => !intact.Contains(id) && !torn.Contains(id)).ToList();
            var phantom = new List<string>();
            foreach (var id in intact)
            {
                if (_attempted.Contains(id) || _before.Contains(id))
                {
                    continue;
                }

                // The beginning of a record that is otherwise missing is what is left of it.
                if (id.Length > 0 && lost.Find(missing => missing.StartsWith(id, StringComparison.Ordinal)) is { } cutOff)
                {
                    torn.Add(cutOff);
                    lost.Remove(cutOff);
                }
                else if (!_unknownAttempts)
                {
                    phantom.Add(id);
                }
            }

            var survived = _order.Count(intact.Contains);
            _everShown |= survived > 0 || torn.Overlaps(_acknowledged);
            return new LedgerComparison(
                _order.Count, survived, lost, [.. phantom.Order(StringComparer.Ordinal)], [.. torn.Order(StringComparer.Ordinal)], present.Count(record => !_before.Contains(record.Id)), _everShown);
        }
    }
}

/// <summary>What became of the acknowledged records.</summary>
/// <param name="Acknowledged">How many there were.</param>
/// <param name="Survived">How many of them are there, intact.</param>
/// <param name="Lost">Acknowledged, but absent; in the order of their acknowledgement.</param>
/// <param name="Phantom">Present, but never attempted.</param>
/// <param name="Torn">Present, but damaged.</param>
/// <param name="Present">How many records were read back, but for those that had been there before the first write.</param>
/// <param name="EverShown">Whether any read, this one or an earlier one, has shown an acknowledged record: writer and reader talk of the same thing.</param>
internal sealed record LedgerComparison(
    int Acknowledged,
    int Survived,
    IReadOnlyList<string> Lost,
    IReadOnlyList<string> Phantom,
    IReadOnlyList<string> Torn,
    int Present,
    bool EverShown);
