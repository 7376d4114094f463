using CsCheck;
using ShutdownKit.TestKit.Workloads;

namespace ShutdownKit.TestKit.Tests.Workloads;

/// <summary>What holds for every history of writes and everything that may be read back.</summary>
public sealed class LedgerProperties
{
    private enum Fate
    {
        NeverAttempted,
        InFlight,
        Acknowledged,
    }

    private enum Found
    {
        Absent,
        Intact,
        Damaged,
        CutOff,
    }

    private sealed record Entry(string Id, Fate Fate, Found Found);

    // Ids of one length, so that none is the beginning of another; what is cut off is shorter than all of them.
    private static readonly Gen<Entry[]> Histories =
        Gen.Select(Gen.Enum<Fate>(), Gen.Enum<Found>(), (fate, found) => (fate, found)).Array[0, 60]
            .Select(pairs => pairs.Select((pair, index) => new Entry($"record-{index:D4}", pair.fate, pair.found)).ToArray());

    [Fact]
    public void Every_acknowledged_record_is_lost_or_survived_or_torn() =>
        Histories.Sample(history =>
        {
            var comparison = Compare(history);
            var acknowledged = Ids(history, entry => entry.Fate == Fate.Acknowledged);
            var torn = comparison.Torn.Count(acknowledged.Contains);
            Assert.Equal(acknowledged.Count, comparison.Acknowledged);
            Assert.Equal(comparison.Acknowledged, comparison.Lost.Count + comparison.Survived + torn);
        });

    [Fact]
    public void Only_acknowledged_records_that_are_absent_are_lost() =>
        Histories.Select(WithoutCutOff).Sample(history => Assert.Equal(
            Ids(history, entry => entry is { Fate: Fate.Acknowledged, Found: Found.Absent }),
            Compare(history).Lost));

    [Fact]
    public void Only_records_that_nobody_attempted_are_phantoms() =>
        Histories.Select(WithoutCutOff).Sample(history => Assert.Equal(
            Ids(history, entry => entry is { Fate: Fate.NeverAttempted, Found: Found.Intact }),
            Compare(history).Phantom));

    [Fact]
    public void No_record_is_lost_and_torn_at_the_same_time() =>
        Histories.Sample(history =>
        {
            var comparison = Compare(history);
            Assert.Empty(comparison.Lost.Intersect(comparison.Torn));
            Assert.Empty(comparison.Phantom.Intersect(comparison.Torn));
        });

    [Fact]
    public void What_was_cut_off_never_passes() =>
        Histories.Sample(history =>
        {
            var comparison = Compare(history);
            var damaged = history.Any(entry => entry is { Fate: Fate.Acknowledged, Found: Found.CutOff });
            Assert.True(!damaged || comparison.Torn.Count + comparison.Lost.Count > 0);
        });

    [Fact]
    public void The_order_in_which_records_are_read_back_does_not_matter() =>
        // Which of several missing records a remainder belongs to is a matter of order; that is not what is looked at here.
        Gen.Select(Histories.Select(WithoutCutOff), Gen.Int).Sample((history, seed) =>
        {
            var shuffled = (Entry[])history.Clone();
            new Random(seed).Shuffle(shuffled);
            var (one, other) = (Compare(history), Ledger(history).Compare(Present(shuffled)));
            Assert.Equal(one.Lost, other.Lost);
            Assert.Equal(one.Phantom, other.Phantom);
            Assert.Equal(one.Torn, other.Torn);
        });

    [Fact]
    public void Comparing_again_says_the_same() =>
        Histories.Sample(history =>
        {
            var ledger = Ledger(history);
            var (first, second) = (ledger.Compare(Present(history)), ledger.Compare(Present(history)));
            Assert.Equal(first.Lost, second.Lost);
            Assert.Equal(first.Torn, second.Torn);
            Assert.Equal(first.Phantom, second.Phantom);
        });

    [Fact]
    public void Writers_side_by_side_lose_no_entry() =>
        Gen.Int[1, 200].Sample(
            count =>
            {
                var ledger = new Ledger();
                Parallel.For(0, count, n => ledger.Acknowledge($"r{n}"));
                Assert.Equal(count, ledger.AcknowledgedCount);
                Assert.Equal(count, ledger.Compare([]).Lost.Distinct().Count());
            },
            iter: 50);

    private static LedgerComparison Compare(Entry[] history) => Ledger(history).Compare(Present(history));

    private static Ledger Ledger(Entry[] history)
    {
        var ledger = new Ledger();
        foreach (var entry in history)
        {
            if (entry.Fate != Fate.NeverAttempted)
            {
                ledger.Attempt(entry.Id);
            }

            if (entry.Fate == Fate.Acknowledged)
            {
                ledger.Acknowledge(entry.Id);
            }
        }

        return ledger;
    }

    private static StoredRecord[] Present(Entry[] history) =>
    [
        .. history.Where(entry => entry.Found != Found.Absent).Select(entry => entry.Found switch
        {
            Found.CutOff => new StoredRecord(entry.Id[..^1]),
            Found.Damaged => new StoredRecord(entry.Id, Damaged: true),
            _ => new StoredRecord(entry.Id),
        }),
    ];

    private static Entry[] WithoutCutOff(Entry[] history) =>
        [.. history.Select(entry => entry.Found == Found.CutOff ? entry with { Found = Found.Intact } : entry)];

    private static List<string> Ids(Entry[] history, Func<Entry, bool> which) => [.. history.Where(which).Select(entry => entry.Id)];
}
