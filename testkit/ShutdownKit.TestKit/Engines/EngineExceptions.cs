using System.Net;

namespace ShutdownKit.TestKit.Engines;

/// <summary>No container engine answers, or the one that answered has gone away.</summary>
public sealed class EngineUnavailableException : Exception
{
    /// <summary>Initializes the exception.</summary>
    /// <param name="message">What was tried, and the cure.</param>
    /// <param name="innerException">What the transport said.</param>
    public EngineUnavailableException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}

/// <summary>The engine refused a verb, for instance to remove a running container without force.</summary>
/// <remarks>Docker answers 409 where Podman answers 500; this type is the same on both.</remarks>
public sealed class VerbRefusedException : Exception
{
    /// <summary>Initializes the exception.</summary>
    /// <param name="verb">The verb that was refused, as the command line calls it: <c>rm</c>, <c>pause</c>, …</param>
    /// <param name="message">What the engine answered.</param>
    /// <param name="statusCode">The HTTP status of the engine's answer.</param>
    /// <param name="innerException">The engine client's exception.</param>
    public VerbRefusedException(string verb, string message, HttpStatusCode statusCode, Exception? innerException = null)
        : base($"the engine refused '{verb}': {message}", innerException)
    {
        Verb = verb;
        StatusCode = statusCode;
    }

    /// <summary>The verb that was refused.</summary>
    public string Verb { get; }

    /// <summary>The HTTP status of the engine's answer.</summary>
    public HttpStatusCode StatusCode { get; }
}

/// <summary>The container is not there (any more).</summary>
public sealed class ContainerGoneException : Exception
{
    /// <summary>Initializes the exception.</summary>
    /// <param name="containerId">The identifier or name that was asked for.</param>
    /// <param name="innerException">The engine client's exception.</param>
    public ContainerGoneException(string containerId, Exception? innerException = null)
        : base($"there is no container {containerId}: it was removed, by its AutoRemove setting or by somebody else", innerException)
    {
        ContainerId = containerId;
    }

    /// <summary>The identifier or name that was asked for.</summary>
    public string ContainerId { get; }
}
