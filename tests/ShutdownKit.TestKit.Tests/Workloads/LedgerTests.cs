using ShutdownKit.TestKit.Workloads;

namespace ShutdownKit.TestKit.Tests.Workloads;

public sealed class LedgerTests
{
    private readonly Ledger _ledger = new();

    [Fact]
    public void A_record_that_was_acknowledged_and_is_absent_is_lost()
    {
        Acknowledge("a", "b", "c");

        var comparison = _ledger.Compare(Present("b"));

        Assert.Equal(["a", "c"], comparison.Lost);
        Assert.Equal(3, comparison.Acknowledged);
        Assert.Equal(1, comparison.Survived);
        Assert.Empty(comparison.Phantom);
        Assert.Empty(comparison.Torn);
    }

    [Fact]
    public void Lost_records_are_named_in_the_order_of_their_acknowledgement()
    {
        Acknowledge("z", "a", "m");

        Assert.Equal(["z", "a", "m"], _ledger.Compare([]).Lost);
    }

    [Fact]
    public void Nothing_is_wrong_when_everything_is_there()
    {
        Acknowledge("a", "b");

        var comparison = _ledger.Compare(Present("b", "a"));

        Assert.Equal(2, comparison.Survived);
        Assert.True(comparison.EverShown);
        AssertNothingIsWrong(comparison);
    }

    [Fact]
    public void A_record_in_flight_may_be_absent()
    {
        _ledger.Attempt("in-flight");

        AssertNothingIsWrong(_ledger.Compare([]));
    }

    [Fact]
    public void A_record_in_flight_may_be_there()
    {
        _ledger.Attempt("in-flight");

        var comparison = _ledger.Compare(Present("in-flight"));

        AssertNothingIsWrong(comparison);
        Assert.Equal(0, comparison.Survived); // it is no acknowledged write that survived
        Assert.Equal(0, comparison.Acknowledged);
    }

    [Fact]
    public void A_record_that_nobody_attempted_is_a_phantom()
    {
        Acknowledge("a");

        Assert.Equal(["ghost", "spectre"], _ledger.Compare(Present("spectre", "a", "ghost")).Phantom);
    }

    [Fact]
    public void Where_attempts_are_unknown_a_record_that_nobody_acknowledged_was_in_flight()
    {
        _ledger.ExpectUnknownAttempts();
        Acknowledge("a");

        AssertNothingIsWrong(_ledger.Compare(Present("a", "in-flight")));
    }

    [Fact]
    public void What_was_there_before_the_first_write_is_no_phantom()
    {
        _ledger.NoteBefore(Present("seed"));
        Acknowledge("a");

        AssertNothingIsWrong(_ledger.Compare(Present("seed", "a")));
    }

    [Fact]
    public void A_record_of_before_may_go()
    {
        _ledger.NoteBefore(Present("seed"));

        AssertNothingIsWrong(_ledger.Compare([]));
    }

    [Fact]
    public void A_damaged_record_is_torn_and_not_lost()
    {
        Acknowledge("a", "b");

        var comparison = _ledger.Compare([new StoredRecord("a", Damaged: true), new StoredRecord("b")]);

        Assert.Equal(["a"], comparison.Torn);
        Assert.Empty(comparison.Lost);
        Assert.Equal(1, comparison.Survived);
    }

    [Fact]
    public void A_record_with_an_intact_copy_is_not_torn()
    {
        Acknowledge("a");

        AssertNothingIsWrong(_ledger.Compare([new StoredRecord("a", Damaged: true), new StoredRecord("a")]));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_beginning_of_a_missing_record_is_what_is_left_of_it(bool unknownAttempts)
    {
        if (unknownAttempts)
        {
            _ledger.ExpectUnknownAttempts();
        }

        Acknowledge("record-000001", "record-000002");

        var comparison = _ledger.Compare(Present("record-000001", "record-0000"));

        Assert.Equal(["record-000002"], comparison.Torn);
        Assert.Empty(comparison.Lost);
        Assert.Empty(comparison.Phantom);
        Assert.Equal(1, comparison.Survived);
    }

    [Fact]
    public void The_beginning_of_a_record_that_is_there_is_a_phantom()
    {
        Acknowledge("record-000001");

        Assert.Equal(["record-0"], _ledger.Compare(Present("record-000001", "record-0")).Phantom);
    }

    [Fact]
    public void A_record_that_was_attempted_is_itself_and_not_the_beginning_of_another()
    {
        _ledger.Attempt("1");
        Acknowledge("10");

        var comparison = _ledger.Compare(Present("1"));

        Assert.Equal(["10"], comparison.Lost);
        Assert.Empty(comparison.Torn);
    }

    [Fact]
    public void Acknowledging_twice_counts_once()
    {
        Acknowledge("a", "a");

        Assert.Equal(1, _ledger.AcknowledgedCount);
        Assert.Equal(["a"], _ledger.Acknowledged);
    }

    [Fact]
    public void Ids_that_differ_in_case_are_different_records()
    {
        Acknowledge("a");

        var comparison = _ledger.Compare(Present("A"));

        Assert.Equal(["a"], comparison.Lost);
        Assert.Equal(["A"], comparison.Phantom);
    }

    [Fact]
    public void A_reader_that_has_once_shown_a_record_speaks_of_the_same_ones()
    {
        Acknowledge("a");

        Assert.False(_ledger.Compare(Present("x")).EverShown);
        Assert.True(_ledger.Compare(Present("a")).EverShown);
        Assert.True(_ledger.Compare([]).EverShown);
    }

    [Fact]
    public void A_sample_holds_the_first_records_and_leaves_the_ledger_as_it_is()
    {
        Acknowledge("a", "b", "c");

        var sample = _ledger.Sample(2);

        Assert.Equal(["a", "b"], sample.Acknowledged);
        Assert.Equal(["a", "b"], sample.Attempted.Order());
        Assert.Equal(3, _ledger.AcknowledgedCount);
    }

    [Fact(Timeout = 10_000)]
    public async Task Waiting_ends_when_enough_is_acknowledged()
    {
        var waiting = _ledger.WaitForAcknowledgedAsync(2, TestContext.Current.CancellationToken);
        Acknowledge("a", "a");
        Assert.False(waiting.IsCompleted);

        Acknowledge("b");

        await waiting;
    }

    [Fact(Timeout = 10_000)]
    public async Task Waiting_can_be_cancelled()
    {
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var waiting = _ledger.WaitForAcknowledgedAsync(1, cancellation.Token);

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    private static StoredRecord[] Present(params string[] ids) => [.. ids.Select(id => new StoredRecord(id))];

    private static void AssertNothingIsWrong(LedgerComparison comparison)
    {
        Assert.Empty(comparison.Lost);
        Assert.Empty(comparison.Phantom);
        Assert.Empty(comparison.Torn);
    }

    private void Acknowledge(params string[] ids)
    {
        foreach (var id in ids)
        {
            _ledger.Acknowledge(id);
        }
    }
}
