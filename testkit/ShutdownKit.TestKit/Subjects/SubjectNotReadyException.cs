namespace ShutdownKit.TestKit.Subjects;

/// <summary>The application did not become ready.</summary>
public sealed class SubjectNotReadyException : Exception
{
    /// <summary>Initializes the exception.</summary>
    /// <param name="message">What was seen, and the last lines of the log.</param>
    /// <param name="exitCode">Its exit code when it ended; <see langword="null"/> when it was still running.</param>
    /// <param name="innerException">The cause.</param>
    public SubjectNotReadyException(string message, int? exitCode = null, Exception? innerException = null)
        : base(message, innerException)
    {
        ExitCode = exitCode;
    }

    /// <summary>The exit code when the application ended before it was ready; <see langword="null"/> when it was still running.</summary>
    public int? ExitCode { get; }
}
