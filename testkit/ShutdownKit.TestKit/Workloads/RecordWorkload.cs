using System.Globalization;
using ShutdownKit.TestKit.Subjects;

namespace ShutdownKit.TestKit.Workloads;

/// <summary>A workload that writes one record at a time, from a few writers side by side.</summary>
public abstract class RecordWorkload : IWorkload
{
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromMilliseconds(50);

    /// <summary>How many records are written at the same time; 4 unless overridden.</summary>
    protected virtual int Writers => 4;

    /// <summary>How long one write may take before it counts as in flight and the writer goes on; 15 seconds unless overridden.</summary>
    protected virtual TimeSpan WriteTimeout => TimeSpan.FromSeconds(15);

    /// <inheritdoc />
    public async Task WriteAsync(RunningSubject app, Ledger ledger, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(app);
        ArgumentNullException.ThrowIfNull(ledger);
        var next = 0;
        var writers = Enumerable.Range(0, Writers).Select(_ => Task.Run(
            async () =>
            {
                while (!stop.IsCancellationRequested)
                {
                    var id = string.Create(CultureInfo.InvariantCulture, $"record-{Interlocked.Increment(ref next):D6}");
                    await WriteOneAsync(app, ledger, id, stop).ConfigureAwait(false);
                }
            },
            CancellationToken.None));
        await Task.WhenAll(writers).ConfigureAwait(false);
    }

    /// <inheritdoc />
    public async Task<IReadOnlyCollection<StoredRecord>> ReadAsync(RunningSubject app, Ledger ledger, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(ledger);
        return await ReadRecordsAsync(app, ledger.Attempted, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Writes one record.</summary>
    /// <param name="app">The running application.</param>
    /// <param name="id">The record's id: letters, digits and a hyphen.</param>
    /// <param name="cancellationToken">Ends the write; the record then counts as in flight.</param>
    /// <returns>
    /// <see langword="true"/> when the application has said that the record is saved; <see langword="false"/> when it has said anything else. Any
    /// exception but a <see cref="WorkloadException"/> means that it is not known whether the record was saved.
    /// </returns>
    protected abstract Task<bool> WriteRecordAsync(RunningSubject app, string id, CancellationToken cancellationToken);

    /// <summary>Reads back which records are there.</summary>
    /// <param name="app">The running application.</param>
    /// <param name="attempted">The ids of all records that were attempted, for applications that must be asked for each.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    /// <returns>Every record that is there. Any exception means that the records could not be read.</returns>
    protected abstract Task<IReadOnlyCollection<StoredRecord>> ReadRecordsAsync(
        RunningSubject app, IReadOnlyCollection<string> attempted, CancellationToken cancellationToken);

    private async Task WriteOneAsync(RunningSubject app, Ledger ledger, string id, CancellationToken stop)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(stop);
        timeout.CancelAfter(WriteTimeout);
        ledger.Attempt(id);
        try
        {
            if (await WriteRecordAsync(app, id, timeout.Token).ConfigureAwait(false))
            {
                ledger.Acknowledge(id);
                return;
            }
        }
        catch (WorkloadException)
        {
            throw;
        }
#pragma warning disable CA1031 // the application dies under the load: whatever its client throws means "not known"
        catch (Exception)
#pragma warning restore CA1031
        {
        }

        await Task.WhenAny(Task.Delay(PauseAfterFailure, stop)).ConfigureAwait(false);
    }
}
