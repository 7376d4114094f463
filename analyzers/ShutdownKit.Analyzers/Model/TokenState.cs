namespace ShutdownKit.Analyzers.Model;

/// <summary>What is known about a cancellation token at a point in a method.</summary>
internal enum TokenState : byte
{
    /// <summary>No path to the point has been found.</summary>
    Unreached,

    /// <summary>A test on the way here has just found the token not cancelled.</summary>
    NotCancelled,

    /// <summary>Nothing is known.</summary>
    Unknown,

    /// <summary>
    /// The point is where the token's cancellation leads (a handler of OperationCanceledException, a finally block), but other paths
    /// lead there too. When the token is one that a stop cancels, this is what happens at every stop.
    /// </summary>
    CancelledOnStop,

    /// <summary>The token is cancelled on every path to the point.</summary>
    Cancelled,
}
