namespace ShutdownKit.TestKit.Workloads;

/// <summary>A workload could not do its part, so that nothing can be said about the application: the scenario becomes inconclusive.</summary>
public sealed class WorkloadException : Exception
{
    /// <summary>Initializes the exception.</summary>
    /// <param name="message">What went wrong, and the cure.</param>
    /// <param name="innerException">The cause.</param>
    public WorkloadException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
