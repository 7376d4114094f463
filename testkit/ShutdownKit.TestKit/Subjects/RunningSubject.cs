using ShutdownKit.TestKit.Engines;

namespace ShutdownKit.TestKit.Subjects;

/// <summary>A subject that is running: how to reach it. Valid for one run of its container; ports change with the next start.</summary>
public sealed class RunningSubject
{
    private bool? _hasShell;

    internal RunningSubject(ContainerEngine engine, ContainerInspection inspection, string host, DateTimeOffset startRequestedAt)
    {
        StartRequestedAt = startRequestedAt;
        Engine = engine;
        Inspection = inspection;
        Host = host;
    }

    /// <summary>The engine that runs it.</summary>
    public ContainerEngine Engine { get; }

    /// <summary>The container's identifier.</summary>
    public string ContainerId => Inspection.Id;

    /// <summary>The host at which its published ports are reached.</summary>
    public string Host { get; }

    /// <summary>The host port of each published container port.</summary>
    public IReadOnlyDictionary<int, int> Ports => Inspection.Ports;

    /// <summary>The engine's time just before this start: nothing of this run happened earlier. (The engine notes its own start time only after the fact.)</summary>
    internal DateTimeOffset StartRequestedAt { get; }

    /// <summary>Its state just after this start.</summary>
    internal ContainerInspection Inspection { get; }

    /// <summary>The address of an HTTP server in the container.</summary>
    /// <param name="containerPort">The port that it listens on in the container.</param>
    /// <returns>The address from here, with the path <c>/</c>.</returns>
    /// <exception cref="ArgumentException">The port is not published.</exception>
    public Uri HttpAddress(int containerPort) => new UriBuilder(Uri.UriSchemeHttp, Host, HostPort(containerPort)).Uri;

    /// <summary>The host port of a container port.</summary>
    /// <param name="containerPort">The port in the container.</param>
    /// <returns>The port on <see cref="Host"/>.</returns>
    /// <exception cref="ArgumentException">The port is not published.</exception>
    public int HostPort(int containerPort) =>
        Ports.TryGetValue(containerPort, out var hostPort)
            ? hostPort
            : throw new ArgumentException($"port {containerPort} is not published; add it with WithPort({containerPort}) or --port {containerPort}", nameof(containerPort));

    /// <summary>Whether commands can be given to <c>/bin/sh</c>.</summary>
    internal async Task<bool> HasShellAsync(CancellationToken cancellationToken) =>
        _hasShell ??= await Engine.TryStatAsync(ContainerId, "/bin/sh", cancellationToken).ConfigureAwait(false) is not null;
}
