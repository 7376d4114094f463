using ShutdownKit.TestKit.Subjects;

namespace ShutdownKit.TestKit.Workloads;

/// <summary>Writes records that the application acknowledges, and reads back which are there.</summary>
/// <remarks>
/// Most tests derive from <see cref="RecordWorkload"/> or use <see cref="HttpWorkload"/> or <see cref="LineProtocolWorkload"/>. One instance serves
/// several scenarios, each with a ledger of its own, so it keeps no state about records.
/// </remarks>
public interface IWorkload
{
    /// <summary>Writes until it is told to stop, noting every attempt and every acknowledgement in the ledger.</summary>
    /// <param name="app">The running application.</param>
    /// <param name="ledger">Where to note what was acknowledged, at the moment at which it was.</param>
    /// <param name="stop">
    /// Cancelled when the load is to end. The application may die under the workload at any time before: errors of the application are no errors of
    /// the workload.
    /// </param>
    /// <returns>A task that ends when the workload has nothing more to write, or has been stopped.</returns>
    /// <exception cref="WorkloadException">It cannot do its part, whatever the application does.</exception>
    Task WriteAsync(RunningSubject app, Ledger ledger, CancellationToken stop);

    /// <summary>Reads back which records are there.</summary>
    /// <param name="app">The running application.</param>
    /// <param name="ledger">What was written, for workloads that ask for each record by its id.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    /// <returns>Every record that is there.</returns>
    /// <exception cref="WorkloadException">The records cannot be read, which is not the same as that they are not there.</exception>
    Task<IReadOnlyCollection<StoredRecord>> ReadAsync(RunningSubject app, Ledger ledger, CancellationToken cancellationToken);
}

/// <summary>A record that is there when it is read back.</summary>
/// <param name="Id">Its id, as far as it can be read.</param>
/// <param name="Damaged">Whether it is there, but not as it was written.</param>
public sealed record StoredRecord(string Id, bool Damaged = false);
