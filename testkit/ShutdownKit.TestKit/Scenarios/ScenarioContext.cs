using System.Globalization;
using ShutdownKit.TestKit.Engines;
using ShutdownKit.TestKit.Subjects;
using ShutdownKit.TestKit.Workloads;

namespace ShutdownKit.TestKit.Scenarios;

/// <summary>What a scenario needs: the engine, the subject, chance, and the steps that several scenarios share.</summary>
internal sealed class ScenarioContext(ContainerEngine engine, Subject subject, Random random, Action<string> progress)
{
    private const int LogLines = 20;

    /// <summary>So many records are asked for before the blow, where the reader must be called for each.</summary>
    private const int SampleSize = 3;

    /// <summary>
    /// What is not there at once may still come: the application says that it is ready while it is still loading, a queue is worked off, a log is replayed.
    /// </summary>
    private static readonly TimeSpan[] ReadAgainAfter =
        [TimeSpan.FromMilliseconds(250), TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2)];

    /// <summary>Within this time a signal has reached whoever is registered for it.</summary>
    private static readonly TimeSpan ReactionTime = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan ReadTimeout = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan EarlyReadTimeout = TimeSpan.FromSeconds(10);

    /// <summary>After the grace period the engine kills; this much later it must be over.</summary>
    private static readonly TimeSpan ExitSlack = TimeSpan.FromSeconds(15);

    public ContainerEngine Engine => engine;

    public Subject Subject => subject;

    public void Say(string what) => progress(what);

    /// <summary>Starts a fresh instance of the subject with its load, up to the moment at which the blow is to fall.</summary>
    public async Task<LoadedSubject> StartUnderLoadAsync(Observation observation, CancellationToken cancellationToken)
    {
        Say("starting");
        var instance = await SubjectInstance.CreateAsync(engine, subject, cancellationToken).ConfigureAwait(false);
        Load? load = null;
        RunningSubject? app = null;
        try
        {
            app = await instance.StartFreshAsync(cancellationToken).ConfigureAwait(false);
            observation.Note(engine.Now, "ready");
            observation.StopSignal = app.Inspection.StopSignal;
            var ledger = new Ledger();
            if (subject.Workload is { } workload)
            {
                ledger.NoteBefore(await ReadIfPossibleAsync(workload, app, ledger, cancellationToken).ConfigureAwait(false));
                Say("under load");
                observation.Note(engine.Now, "load begins");
                load = Load.Start(workload, app, ledger);
                if (!await load.BuildUpAsync(TimeSpan.FromMilliseconds(random.Next(300, 1200)), cancellationToken).ConfigureAwait(false))
                {
                    observation.Note(engine.Now, "load ended by itself", "nothing was in flight when the blow fell");
                }

                // Shows that writer and reader speak of the same records. A reader may be unable to read under load: then it is not asked.
                ledger.Compare(await ReadIfPossibleAsync(workload, app, ledger.Sample(SampleSize), cancellationToken).ConfigureAwait(false));
            }

            observation.Processes = await ProcessTable.ObserveAsync(
                engine, app.ContainerId, Signals.NumberOf(observation.StopSignal) ?? Signals.Term, cancellationToken).ConfigureAwait(false);
            observation.AnonymousVolumes = instance.AnonymousVolumePaths;
            await EnsureAliveAsync(instance, app, cancellationToken).ConfigureAwait(false);
            return new LoadedSubject(instance, app, load, ledger);
        }
        catch (Exception exception)
        {
            if (load is not null)
            {
                await load.DisposeAsync().ConfigureAwait(false);
            }

            await using var cleanUp = instance.ConfigureAwait(false);
            observation.NeverReady = app is null && exception is SubjectNotReadyException;
            if (exception is WorkloadException or VerbRefusedException or SubjectNotReadyException)
            {
                throw await CauseAsync(exception, instance, app, cancellationToken).ConfigureAwait(false);
            }

            throw;
        }
    }

    /// <summary>Stops the container and notes how it ended.</summary>
    public async Task StopAsync(LoadedSubject running, Observation observation, CancellationToken cancellationToken)
    {
        Say(string.Create(CultureInfo.InvariantCulture, $"stopping, grace period {subject.GracePeriod.TotalSeconds:0.#} s"));
        var since = engine.Now;
        var reaction = SignalReaction.TryBegin(running.App.Inspection.Pid, running.App.ContainerId);
        var stopping = engine.StopAsync(running.App.ContainerId, subject.GracePeriod, cancellationToken);
        await Task.WhenAny(stopping, Task.Delay(subject.GracePeriod / 2 < ReactionTime ? subject.GracePeriod / 2 : ReactionTime, cancellationToken)).ConfigureAwait(false);
        if (reaction is not null)
        {
            var handles = reaction.Reacted;
            observation.Processes = [.. observation.Processes.Select(process => process.ContainerPid == 1 ? process with { HandlesStopSignal = handles } : process)];
        }

        await stopping.ConfigureAwait(false);
        var exit = await ExitAsync(running, since, subject.GracePeriod + ExitSlack, cancellationToken).ConfigureAwait(false);
        observation.StopWasAsked = true;
        observation.ExitCode = exit.ExitCode;
        observation.OomKilled = exit.OomKilled;
        observation.StopDuration = exit.Duration ?? exit.FinishedAt - since;

        // Podman reports no signals: SIGKILL after the whole grace period is what is left to see.
        const int KilledExitCode = 128 + 9;
        observation.Escalated = exit.Escalated
            || (!engine.Profile.ReportsSignals && exit.ExitCode == KilledExitCode && observation.StopDuration >= subject.GracePeriod);
        observation.Signals = exit.Signals.Count > 0
            ? exit.Signals
            : observation.Escalated ? [observation.StopSignal, "SIGKILL"] : [observation.StopSignal];
        observation.LogTail = await LogTailAsync(running, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Waits for the exit that a blow has caused.</summary>
    public Task<ContainerExit> ExitAsync(LoadedSubject running, DateTimeOffset since, TimeSpan deadline, CancellationToken cancellationToken) =>
        engine.WaitForExitAsync(running.App.ContainerId, running.Instance.Watch, since, deadline, cancellationToken);

    /// <summary>Starts the application again (the same container, or a fresh one on the same volumes) and reads back what is there.</summary>
    public async Task StartAgainAndReadBackAsync(
        LoadedSubject running, Observation observation, bool freshContainer, CancellationToken cancellationToken)
    {
        if (running.Load is not null)
        {
            await running.Load.EndAsync().ConfigureAwait(false);
            observation.Note(engine.Now, "load over", string.Create(CultureInfo.InvariantCulture, $"{running.Ledger.AcknowledgedCount} writes acknowledged"));
        }

        Say(freshContainer ? "starting a fresh container on the same volumes" : "starting again");
        try
        {
            var app = freshContainer
                ? await running.Instance.StartFreshAsync(cancellationToken).ConfigureAwait(false)
                : await running.Instance.StartAgainAsync(cancellationToken).ConfigureAwait(false);
            observation.Note(engine.Now, "ready again");
            await ReadBackAsync(running, app, observation, cancellationToken).ConfigureAwait(false);
        }
        catch (SubjectNotReadyException exception)
        {
            observation.RestartFailure = exception.Message;
            if (running.Load is not null)
            {
                observation.Acknowledged = running.Ledger.AcknowledgedCount;
            }
        }
    }

    /// <summary>Reads back what is there and compares it with what was acknowledged.</summary>
    /// <exception cref="SubjectNotReadyException">The application has ended meanwhile.</exception>
    /// <exception cref="WorkloadException">It runs, and its records cannot be read.</exception>
    public async Task ReadBackAsync(LoadedSubject running, RunningSubject app, Observation observation, CancellationToken cancellationToken)
    {
        if (subject.Workload is not { } workload)
        {
            return;
        }

        Say("reading back");
        observation.Acknowledged = running.Ledger.AcknowledgedCount;
        LedgerComparison comparison;
        try
        {
            comparison = await ReadUntilCompleteAsync(workload, app, running.Ledger, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is WorkloadException or VerbRefusedException)
        {
            // An application that looks ready and then finds out about its data has not started again; that is no failure of the reader.
            await running.Instance.EnsureRunningAsync(app.ContainerId, "while its records were read back", cancellationToken).ConfigureAwait(false);
            throw;
        }

        observation.Note(
            engine.Now,
            "read back",
            string.Create(CultureInfo.InvariantCulture, $"{comparison.Survived} of {comparison.Acknowledged} acknowledged writes are there"));
        if (!comparison.EverShown && (comparison.Present > 0 || running.Ledger.ReadsOneByOne))
        {
            observation.Inconclusive =
                "writer and reader do not speak of the same records: the reader has shown none of the "
                + $"{comparison.Acknowledged} ids that the writer printed (for instance '{(comparison.Lost.Count > 0 ? comparison.Lost[0] : "?")}'), not even before the blow";
            return;
        }

        observation.Survived = comparison.Survived;
        observation.Lost = comparison.Lost;
        observation.Phantom = comparison.Phantom;
        observation.Torn = comparison.Torn;
    }

    /// <summary>What was written to the container's own layer, but for what is disposable.</summary>
    public async Task<IReadOnlyList<string>> WrittenOutsideVolumesAsync(LoadedSubject running, CancellationToken cancellationToken)
    {
        var id = running.App.ContainerId;
        var mounts = running.App.Inspection.Mounts.Select(mount => mount.Destination).ToList();
        var changes = await engine.GetChangesAsync(id, cancellationToken).ConfigureAwait(false);
        var candidates = changes.Where(change => change.Kind != LayerChangeKind.Deleted).Select(change => change.Path).ToHashSet(StringComparer.Ordinal);
        var parents = candidates.Select(path => path[..Math.Max(path.LastIndexOf('/'), 0)]).ToHashSet(StringComparer.Ordinal);
        var written = new List<string>();
        foreach (var path in candidates.Order(StringComparer.Ordinal))
        {
            if (parents.Contains(path) || MadeByEngine(path) || mounts.Exists(mount => IsAtOrBelow(path, mount) || IsAtOrBelow(mount, path))
                || subject.DisposablePaths.Any(disposable => IsAtOrBelow(path, disposable)))
            {
                continue;
            }

            // A directory without anything in it is no state: something in it was written and deleted again.
            const uint DirectoryBit = 1u << 31; // Go's os.ModeDir, which is what the engine's API speaks
            if (await engine.TryStatAsync(id, path, cancellationToken).ConfigureAwait(false) is { } stat && (stat.Mode & DirectoryBit) == 0)
            {
                written.Add(path);
            }
        }

        return written;
    }

    private static Task EnsureAliveAsync(SubjectInstance instance, RunningSubject app, CancellationToken cancellationToken) =>
        instance.EnsureRunningAsync(app.ContainerId, "by itself under load, before anything was done to it", cancellationToken);

    /// <summary>What lies behind a failure: what a writer says of an application that has ended, or that cannot write, is not the cause.</summary>
    private static async Task<Exception> CauseAsync(
        Exception exception, SubjectInstance instance, RunningSubject? app, CancellationToken cancellationToken)
    {
        var cause = exception;
        if (app is not null)
        {
            try
            {
                await EnsureAliveAsync(instance, app, cancellationToken).ConfigureAwait(false);
            }
            catch (SubjectNotReadyException ended)
            {
                cause = ended;
            }
        }

        return await instance.DescribeUnwritableVolumesAsync(cancellationToken).ConfigureAwait(false) is { } unwritable
            ? new WorkloadException($"{cause.Message}; {unwritable}", cause)
            : cause;
    }

    private static bool IsAtOrBelow(string path, string directory) =>
        directory == "/" || path == directory || path.StartsWith(directory + "/", StringComparison.Ordinal);

    private static bool MadeByEngine(string path) =>
        path is "/.dockerenv" or "/.dockerinit" or "/run/.containerenv" or "/etc/hosts" or "/etc/hostname" or "/etc/resolv.conf" or "/etc/mtab";

    private static async Task<LedgerComparison> ReadUntilCompleteAsync(
        IWorkload workload, RunningSubject app, Ledger ledger, CancellationToken cancellationToken)
    {
        LedgerComparison? last = null;
        for (var attempt = 0; ; attempt++)
        {
            var again = attempt < ReadAgainAfter.Length;
            try
            {
                last = await ReadAndCompareAsync(workload, app, ledger, cancellationToken).ConfigureAwait(false);
                if (last.Lost.Count == 0 || !again)
                {
                    return last;
                }
            }
            catch (WorkloadException) when (again)
            {
                // It may be able to read in a moment.
            }
            catch (WorkloadException) when (last is not null)
            {
                return last;
            }

            await Task.Delay(ReadAgainAfter[attempt], cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task<LedgerComparison> ReadAndCompareAsync(
        IWorkload workload, RunningSubject app, Ledger ledger, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(ReadTimeout);
        try
        {
            return ledger.Compare(await workload.ReadAsync(app, ledger, timeout.Token).ConfigureAwait(false));
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new WorkloadException(
                string.Create(CultureInfo.InvariantCulture, $"the reader did not end within {ReadTimeout.TotalSeconds:0} s"), exception);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or System.Net.Sockets.SocketException)
        {
            throw new WorkloadException("the records could not be read back: " + exception.Message, exception);
        }
    }

    private static async Task<IReadOnlyCollection<StoredRecord>> ReadIfPossibleAsync(
        IWorkload workload, RunningSubject app, Ledger ledger, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(EarlyReadTimeout);
        try
        {
            return await workload.ReadAsync(app, ledger, timeout.Token).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // before the blow a read only adds to what is known; after it, failures count
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            return [];
        }
    }

    private async Task<IReadOnlyList<string>> LogTailAsync(LoadedSubject running, CancellationToken cancellationToken)
    {
        try
        {
            return await engine.GetLogTailAsync(running.App.ContainerId, LogLines, since: null, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is ContainerGoneException or VerbRefusedException)
        {
            return []; // some logging drivers cannot be read
        }
    }
}

/// <summary>A running subject with its load. Disposing ends the load and removes everything.</summary>
internal sealed record LoadedSubject(SubjectInstance Instance, RunningSubject App, Load? Load, Ledger Ledger) : IAsyncDisposable
{
    public async ValueTask DisposeAsync()
    {
        if (Load is not null)
        {
            await Load.DisposeAsync().ConfigureAwait(false);
        }

        await Instance.DisposeAsync().ConfigureAwait(false);
    }
}
