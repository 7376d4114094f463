using System.Globalization;
using ShutdownKit.TestKit.Subjects;
using ShutdownKit.TestKit.Workloads;

namespace ShutdownKit.TestKit.Scenarios;

/// <summary>The workload while it writes. Disposing ends it.</summary>
internal sealed class Load : IAsyncDisposable
{
    /// <summary>So many acknowledged writes make a load: with fewer, losing none could be luck.</summary>
    private const int EnoughAcknowledged = 5;

    /// <summary>Acknowledgements that are already on their way when the application has ended still count.</summary>
    private static readonly TimeSpan Drain = TimeSpan.FromMilliseconds(500);

    private static readonly TimeSpan FirstAcknowledgement = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan EndTimeout = TimeSpan.FromSeconds(10);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _writing;

    private Load(IWorkload workload, RunningSubject app, Ledger ledger)
    {
        Ledger = ledger;
        _writing = Task.Run(() => workload.WriteAsync(app, ledger, _stop.Token));
    }

    public Ledger Ledger { get; }

    public static Load Start(IWorkload workload, RunningSubject app, Ledger ledger) => new(workload, app, ledger);

    /// <summary>Waits until writes are being acknowledged and then a random while longer, so that the blow falls into the load.</summary>
    /// <returns>Whether the load is still going on.</returns>
    /// <exception cref="WorkloadException">Nothing is acknowledged.</exception>
    public async Task<bool> BuildUpAsync(TimeSpan goOnFor, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(FirstAcknowledgement);
        var enough = Ledger.WaitForAcknowledgedAsync(EnoughAcknowledged, timeout.Token);
        await Task.WhenAny(enough, _writing).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        if (_writing.IsCompleted)
        {
            await timeout.CancelAsync().ConfigureAwait(false);
            await Task.WhenAny(enough).ConfigureAwait(false);
            await _writing.ConfigureAwait(false); // says why it could not
        }

        if (Ledger.AcknowledgedCount == 0)
        {
            throw new WorkloadException(
                _writing.IsCompleted
                    ? "the writer ended and acknowledged nothing"
                    : string.Create(CultureInfo.InvariantCulture, $"the writer acknowledged nothing within {FirstAcknowledgement.TotalSeconds:0} s, and is still running"));
        }

        await Task.WhenAny(_writing, Task.Delay(goOnFor, cancellationToken)).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        if (_writing.IsFaulted)
        {
            await _writing.ConfigureAwait(false);
        }

        return !_writing.IsCompleted;
    }

    /// <summary>Ends the load after the application has ended.</summary>
    /// <exception cref="WorkloadException">The workload itself went wrong.</exception>
    public async Task EndAsync()
    {
        await Task.WhenAny(_writing, Task.Delay(Drain)).ConfigureAwait(false);
        await _stop.CancelAsync().ConfigureAwait(false);
        try
        {
            await _writing.WaitAsync(EndTimeout).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // It was told to.
        }
        catch (TimeoutException exception)
        {
            throw new WorkloadException("the writer did not end when it was told to", exception);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await Task.WhenAny(_writing, Task.Delay(EndTimeout)).ConfigureAwait(false);
        _ = _writing.Exception; // it has been reported, or there was something worse to report
        _stop.Dispose();
    }
}
