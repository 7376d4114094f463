namespace ShutdownKit.Analyzers.Model;

/// <summary>
/// All identifiers that any rule looks for. The text of each file is searched for them once, for all rules together: that costs less
/// than a thousandth of a compilation, and where none of a rule's names stands the rule has nothing to do.
/// </summary>
internal static class NameTable
{
    // A rule that looks for another name has to be listed here with its names: it cannot be registered else, so that all of its tests fail.
    private static readonly string[][] Sources =
    [
        SignalRoutes.Names,
        HostedServices.IgnoredStoppingTokenAnalyzer.Names,
        HostedServices.UnobservedCancellationAnalyzer.Names,
        HostedServices.SwallowedCancellationAnalyzer.Names,
        Signals.NoSigtermRouteAnalyzer.Names,
        Signals.ProcessExitAsSigtermHookAnalyzer.Names,
        Signals.CancelKeyPressOnlyAnalyzer.Names,
        Signals.HandlerLetsProcessDieAnalyzer.Names,
        Signals.RegistrationNotKeptAnalyzer.Names,
        Signals.AsyncCallbackAnalyzer.Names,
        Signals.ShutdownNotAwaitedAnalyzer.Names,
        HostedServices.IgnoredStoppingTokenAnalyzer.Names,
        HostedServices.SwallowedCancellationAnalyzer.Names,
        HostedServices.StopAsyncWithoutBaseAnalyzer.Names,
        HostedServices.BackgroundTaskNotAwaitedAnalyzer.Names,
        HostedServices.ForegroundThreadAnalyzer.Names,
        HostedServices.TimerNotDrainedAnalyzer.Names,
        HostedServices.StreamPinnedToRequestAnalyzer.Names,
        HostedServices.HostedServiceRegisteredTwiceAnalyzer.Names,
        HostedServices.StartTokenKeptAnalyzer.Names,
        HostedServices.StopTokenSourceNeverCancelledAnalyzer.Names,
        HostedServices.StartAsyncWithoutBaseAnalyzer.Names,
        HostedServices.ServiceBodyInStartAnalyzer.Names,
        HostedServices.UnboundedStopAnalyzer.Names,
        HostedServices.UncancellableWaitAnalyzer.Names,
        HostedServices.BlockingStartAnalyzer.Names,
        HostedServices.IgnoredWorkerFailureAnalyzer.Names,
        HostedServices.UnreachedCleanupAnalyzer.Names,
        Exits.EnvironmentExitUnderHostAnalyzer.Names,
        Exits.ExitWithOpenWriterAnalyzer.Names,
        Exits.SelfKillAnalyzer.Names,
        Flushing.WriterNeverFlushedAnalyzer.Names,
        Flushing.ReadBeforeFlushAnalyzer.Names,
        Flushing.RenameWithoutSyncAnalyzer.Names,
        Flushing.RenameWithoutSyncAnalyzer.MoreNames,
        Flushing.FlushFailureSwallowedAnalyzer.Names,
        Flushing.SingletonWriterAnalyzer.Names,
        Durability.InPlaceOverwriteAnalyzer.Names,
        Durability.InPlaceOverwriteAnalyzer.MoreNames,
        Durability.DeleteThenMoveAnalyzer.Names,
        Durability.DeleteThenMoveAnalyzer.MoreNames,
        Durability.SaveWithCancelledTokenAnalyzer.Names,
        Durability.CancellableOverwriteAnalyzer.Names,
        Durability.StreamedToFinalNameAnalyzer.Names,
        Durability.StreamedToFinalNameAnalyzer.MoreNames,
        Deployment.ShutdownTimeout.Names,
        Deployment.StopSignals.Names,
        Deployment.PathOutsideVolumesAnalyzer.Names,
        Queues.PeriodicFlushWithoutLastAnalyzer.Names,
        Queues.AbandonedItemsAnalyzer.Names,
        Queues.AckBeforeWorkAnalyzer.Names,
        Queues.BlockNotDrainedAnalyzer.Names,
        Queues.ChannelNeverCompletedAnalyzer.Names,
        Queues.FireAndForgetPersistenceAnalyzer.Names,
        Queues.SilentlyLossyChannelAnalyzer.Names,
        Libraries.BrokerAtMostOnceAnalyzer.Names,
        Libraries.BufferedSenderNotClosedAnalyzer.Names,
        Libraries.KafkaConsumerNotClosedAnalyzer.Names,
        Libraries.KafkaProduceWithoutFlushAnalyzer.Names,
        Libraries.LoggerNotFlushedAnalyzer.Names,
        Libraries.TelemetryNotFlushedAnalyzer.Names,
        Libraries.ChangesNeverSavedAnalyzer.Names,
        Libraries.TransactionWithoutCommitAnalyzer.Names,
        Libraries.SqliteDurabilityAnalyzer.Names,
        Libraries.DataProtectionKeysAnalyzer.Names,
        Libraries.MemoryStoreAnalyzer.Names,
        Libraries.ServerDurabilityAnalyzer.Names,
        Exits.ExitWithOpenWriterAnalyzer.Names,
        Exits.SelfKillAnalyzer.Names,
    ];

    private static readonly Dictionary<string, int> Ids = new(StringComparer.Ordinal);

    // Open addressing on a hash that the search computes while it reads; a name's id is its place in the list.
    private static readonly List<string> Names = [];
    private static readonly int[] Slots;
    private static readonly int Mask;

    static NameTable()
    {
        foreach (var source in Sources)
        {
            foreach (var name in source)
            {
                if (Ids.ContainsKey(name))
                    continue;

                Ids.Add(name, Names.Count);
                Names.Add(name);
            }
        }

        var size = 64;
        while (size < Names.Count * 4)
            size *= 2;

        Mask = size - 1;
        Slots = new int[size];
        for (var id = 0; id < Names.Count; id++)
        {
            var slot = Hash(Names[id]) & Mask;
            while (Slots[slot] != 0)
                slot = (slot + 1) & Mask;
            Slots[slot] = id + 1;
        }
    }

    /// <summary>How many names there are; ids are smaller than that.</summary>
    public static int Count => Names.Count;

    /// <summary>The name of an id.</summary>
    public static string NameOf(int id) => Names[id];

    /// <summary>The id of a name.</summary>
    /// <exception cref="ArgumentException">No rule has listed the name.</exception>
    public static int IdOf(string name) =>
        Ids.TryGetValue(name, out var id) ? id : throw new ArgumentException($"'{name}' is missing in {nameof(NameTable)}.", nameof(name));

    /// <summary>The id of the name that the text holds; -1 where it is none of them.</summary>
    /// <param name="text">The text of a file.</param>
    /// <param name="start">Where the identifier starts.</param>
    /// <param name="length">The length of the identifier.</param>
    /// <param name="hash">The hash of the identifier, as <see cref="Add"/> builds it from 0.</param>
    public static int Find(char[] text, int start, int length, int hash)
    {
        for (var slot = hash & Mask; Slots[slot] != 0; slot = (slot + 1) & Mask)
        {
            var id = Slots[slot] - 1;
            if (Names[id] is { } name && name.Length == length && IsAt(name, text, start))
                return id;
        }

        return -1;
    }

    /// <summary>Takes one more character into a hash.</summary>
    public static int Add(int hash, char character) => unchecked((hash * 31) + character);

    private static int Hash(string name)
    {
        var hash = 0;
        foreach (var character in name)
            hash = Add(hash, character);
        return hash;
    }

    private static bool IsAt(string name, char[] text, int start)
    {
        for (var i = 0; i < name.Length; i++)
        {
            if (text[start + i] != name[i])
                return false;
        }

        return true;
    }
}
