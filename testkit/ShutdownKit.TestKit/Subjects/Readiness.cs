using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using ShutdownKit.TestKit.Engines;

namespace ShutdownKit.TestKit.Subjects;

/// <summary>Tells when a subject is ready for work.</summary>
public abstract class ReadinessProbe
{
    /// <summary>What it waits for, for messages: "GET /ready on port 8080 answers 2xx".</summary>
    public abstract string Description { get; }

    /// <summary>Asks once.</summary>
    /// <param name="app">The subject.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns><see langword="null"/> when it is ready, else what it is still waiting for.</returns>
    protected internal abstract Task<string?> ProbeAsync(RunningSubject app, CancellationToken cancellationToken);
}

/// <summary>Readiness by HTTP.</summary>
public static class Http
{
    /// <summary>Ready when a GET is answered with 2xx.</summary>
    /// <param name="containerPort">The port in the container; it is published.</param>
    /// <param name="path">The path, for instance <c>/health/ready</c>.</param>
    /// <returns>The probe.</returns>
    public static ReadinessProbe Get(int containerPort, string path) => new HttpProbe(containerPort, path);

    internal sealed class HttpProbe(int port, string path) : ReadinessProbe
    {
        public int Port => port;

        public override string Description => $"GET {path} on port {port} answers 2xx";

        protected internal override async Task<string?> ProbeAsync(RunningSubject app, CancellationToken cancellationToken)
        {
            using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
            try
            {
                using var response = await client.GetAsync(new Uri(app.HttpAddress(port), path), cancellationToken).ConfigureAwait(false);
                return response.IsSuccessStatusCode ? null : $"it answers {(int)response.StatusCode}";
            }
            catch (HttpRequestException exception)
            {
                return exception.InnerException is SocketException socket ? socket.Message : exception.Message;
            }
            catch (TaskCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                return "it does not answer within 5 s";
            }
        }
    }
}

/// <summary>Readiness by TCP.</summary>
public static class Tcp
{
    /// <summary>Ready when a connection is accepted and not closed at once.</summary>
    /// <param name="containerPort">The port in the container; it is published.</param>
    /// <returns>The probe.</returns>
    public static ReadinessProbe Accepts(int containerPort) => new TcpProbe(containerPort);

    internal sealed class TcpProbe(int port) : ReadinessProbe
    {
        public int Port => port;

        public override string Description => $"port {port} accepts a connection";

        protected internal override async Task<string?> ProbeAsync(RunningSubject app, CancellationToken cancellationToken)
        {
            using var client = new TcpClient();
            using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            timeout.CancelAfter(TimeSpan.FromSeconds(3));
            try
            {
                await client.ConnectAsync(app.Host, app.HostPort(port), timeout.Token).ConfigureAwait(false);

                // The engine's proxy accepts before the application listens, and closes again when it finds nobody: a server's own connection stays open.
                using var open = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token);
                open.CancelAfter(TimeSpan.FromMilliseconds(250));
                var read = await client.GetStream().ReadAsync(new byte[1], open.Token).ConfigureAwait(false);
                return read > 0 ? null : "the connection is closed at once";
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                return client.Connected ? null : "no connection within 3 s";
            }
            catch (Exception exception) when (exception is SocketException or IOException)
            {
                return exception.Message;
            }
        }
    }
}

/// <summary>Readiness by the container's log.</summary>
public static class LogLine
{
    /// <summary>Ready when a line that was logged since this start matches.</summary>
    /// <param name="pattern">A regular expression.</param>
    /// <returns>The probe.</returns>
    /// <exception cref="ArgumentException">It is no regular expression.</exception>
    public static ReadinessProbe Matches(string pattern) => new LogProbe(pattern);

    private sealed class LogProbe(string pattern) : ReadinessProbe
    {
        private readonly Regex _regex = new(pattern, RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));

        public override string Description => $"the log has a line that matches '{pattern}'";

        protected internal override async Task<string?> ProbeAsync(RunningSubject app, CancellationToken cancellationToken)
        {
            var lines = await app.Engine.GetLogTailAsync(app.ContainerId, 2000, app.StartRequestedAt, cancellationToken).ConfigureAwait(false);
            return lines.Any(_regex.IsMatch) ? null : $"none of {lines.Count} log lines matches";
        }
    }
}

/// <summary>Readiness by a command.</summary>
public static class ExecCommand
{
    /// <summary>Ready when a command in the container (or on the host, with a <c>host:</c> prefix) ends with exit status 0.</summary>
    /// <param name="command">The command line.</param>
    /// <returns>The probe.</returns>
    /// <exception cref="ArgumentException">It is empty.</exception>
    public static ReadinessProbe Succeeds(string command) => new ExecProbe(command);

    private sealed class ExecProbe(string command) : ReadinessProbe
    {
        private readonly SubjectCommand _command = SubjectCommand.Parse(command);

        public override string Description => $"'{command}' ends with exit status 0";

        protected internal override async Task<string?> ProbeAsync(RunningSubject app, CancellationToken cancellationToken)
        {
            using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            timeout.CancelAfter(TimeSpan.FromSeconds(10));
            string? said = null;
            try
            {
                var exitCode = await _command.RunAsync(app, line => said = line, line => said = line, timeout.Token).ConfigureAwait(false);
                return exitCode == 0 ? null : $"it ends with exit status {exitCode}{(said is null ? string.Empty : $" ({said})")}";
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                return "it does not end within 10 s";
            }
            catch (VerbRefusedException exception)
            {
                return exception.Message;
            }
        }
    }
}

/// <summary>What is asked where nobody said what ready means: the image's own health check, or that it still runs after a moment.</summary>
internal sealed class DefaultProbe : ReadinessProbe
{
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(1);

    public override string Description => "its health check says healthy, or (without one) it has run for a second";

    protected internal override async Task<string?> ProbeAsync(RunningSubject app, CancellationToken cancellationToken)
    {
        var state = await app.Engine.InspectAsync(app.ContainerId, cancellationToken).ConfigureAwait(false);
        if (state.Health is { } health)
        {
            return health == "healthy" ? null : $"its health check says {health}";
        }

        return state.StartedAt is { } startedAt && app.Engine.Now - startedAt >= Moment ? null : "it has not run for a second yet";
    }
}
