using System.Formats.Tar;
using System.Globalization;
using System.Net;
using Docker.DotNet;
using Docker.DotNet.Handler.Abstractions;
using Docker.DotNet.Models;
using DotNet.Testcontainers.Configurations;

namespace ShutdownKit.TestKit.Engines;

/// <summary>A connection to a container engine: the verbs, by container identifier.</summary>
/// <remarks>
/// <see cref="ContainerVerbs"/> offers the same verbs on any Testcontainers container. Instances are safe for concurrent use.
/// </remarks>
public sealed class ContainerEngine : IDisposable
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);
    private readonly IDockerClient _client;
    private readonly TimeSpan _clockOffset;

    private ContainerEngine(IDockerClient client, EngineEndpoint endpoint, EngineInfo info, EngineProfile profile, TimeSpan clockOffset)
    {
        _client = client;
        _clockOffset = clockOffset;
        Endpoint = endpoint;
        Info = info;
        Profile = profile;
    }

    /// <summary>The endpoint, with the negotiated API version; give it to a Testcontainers builder by <c>WithDockerEndpoint</c>.</summary>
    public EngineEndpoint Endpoint { get; }

    /// <summary>Which engine this is.</summary>
    public EngineInfo Info { get; }

    /// <summary>What this kind of engine does differently.</summary>
    public EngineProfile Profile { get; }

    /// <summary>The engine's time now, as far as it can be known from here.</summary>
    public DateTimeOffset Now => DateTimeOffset.UtcNow + _clockOffset;

    internal IDockerClient Client => _client;

    /// <summary>Connects to an engine and agrees with it on an API version.</summary>
    /// <param name="address">
    /// Its address (<c>unix:///…</c>, <c>tcp://…</c>, <c>npipe://…</c>); <see langword="null"/> takes <c>DOCKER_HOST</c>, else the current docker
    /// context, else the first of the usual sockets that answers.
    /// </param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>The connection.</returns>
    /// <exception cref="EngineUnavailableException">No engine answered within ten seconds.</exception>
    public static async Task<ContainerEngine> ConnectAsync(string? address = null, CancellationToken cancellationToken = default)
    {
        var failures = new List<string>();
        Exception? last = null;
        foreach (var (uri, origin) in EngineEndpoint.Candidates(address))
        {
            using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            timeout.CancelAfter(ConnectTimeout);
            try
            {
                return await ConnectAsync(uri, origin, timeout.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
            {
                last = exception;
                failures.Add($"{uri} ({origin}) did not answer within {ConnectTimeout.TotalSeconds:0} s");
            }
            catch (Exception exception) when (exception is HttpRequestException or IOException or DockerApiException or TimeoutException
                or System.Net.Sockets.SocketException or InvalidOperationException or ArgumentException or AggregateException)
            {
                last = exception;
                var reason = uri.Scheme == "unix" && !File.Exists(uri.AbsolutePath) ? "there is no such socket" : Reason(exception);
                failures.Add($"{uri} ({origin}): {reason}");
            }
        }

        throw new EngineUnavailableException(
            $"no container engine answers: {string.Join("; ", failures)}. Start one (for instance 'systemctl start docker', or Docker Desktop), "
            + "or name it with DOCKER_HOST",
            last);
    }

    /// <summary>Begins to listen to the events of one container.</summary>
    /// <param name="containerId">Its identifier.</param>
    /// <returns>The subscription; dispose it.</returns>
    public EventWatch Watch(string containerId) => EventWatch.OfContainer(_client, containerId, Now);

    /// <summary>Begins to listen to the events of all containers with a label.</summary>
    /// <param name="label">The label, as <c>name=value</c>.</param>
    /// <returns>The subscription; dispose it.</returns>
    public EventWatch WatchLabel(string label) => EventWatch.OfLabel(_client, label, Now);

    /// <summary><c>docker inspect</c>: the live state.</summary>
    /// <param name="containerId">The container.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The state.</returns>
    /// <exception cref="ContainerGoneException">There is no such container.</exception>
    public async Task<ContainerInspection> InspectAsync(string containerId, CancellationToken cancellationToken = default)
    {
        var response = await CallAsync("inspect", containerId, () => _client.Containers.InspectContainerAsync(containerId, cancellationToken))
            .ConfigureAwait(false);
        return ToInspection(response);
    }

    /// <summary><c>docker start</c>.</summary>
    /// <param name="containerId">The container.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>A task.</returns>
    /// <exception cref="ContainerGoneException">There is no such container.</exception>
    /// <exception cref="VerbRefusedException">The engine could not start it.</exception>
    public Task StartAsync(string containerId, CancellationToken cancellationToken = default) =>
        CallAsync("start", containerId, () => _client.Containers.StartContainerAsync(containerId, new ContainerStartParameters(), cancellationToken));

    /// <summary><c>docker stop --time</c>: the stop signal, the grace period, SIGKILL.</summary>
    /// <param name="containerId">The container.</param>
    /// <param name="grace">The grace period; whole seconds, rounded up, because that is what engines take. It is always sent.</param>
    /// <param name="cancellationToken">
    /// Ends the wait, never the request: some engines (Docker 23.0.0 to 23.0.6 and 24.0.0 to 24.0.2) send SIGKILL when a stop request is cancelled.
    /// </param>
    /// <returns>A task that ends when the container has ended.</returns>
    /// <exception cref="ContainerGoneException">There is no such container.</exception>
    public async Task StopAsync(string containerId, TimeSpan grace, CancellationToken cancellationToken = default)
    {
        var seconds = WholeSeconds(grace);
        if (!Profile.StopsPausedContainers && (await InspectAsync(containerId, cancellationToken).ConfigureAwait(false)).Paused)
        {
            await UnpauseAsync(containerId, cancellationToken).ConfigureAwait(false);
        }

        var stopping = CallAsync(
            "stop",
            containerId,
            () => _client.Containers.StopContainerAsync(containerId, new ContainerStopParameters { WaitBeforeKillSeconds = seconds }, CancellationToken.None));
        await stopping.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary><c>docker kill -s</c>.</summary>
    /// <param name="containerId">The container.</param>
    /// <param name="signal">The signal's name or number; SIGKILL by default.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>A task.</returns>
    /// <exception cref="ContainerGoneException">There is no such container.</exception>
    /// <exception cref="VerbRefusedException">It is not running, or there is no such signal.</exception>
    public Task KillAsync(string containerId, string signal = "SIGKILL", CancellationToken cancellationToken = default) =>
        CallAsync("kill", containerId, () => _client.Containers.KillContainerAsync(containerId, new ContainerKillParameters { Signal = signal }, cancellationToken));

    /// <summary><c>docker pause</c>: freezes every process.</summary>
    /// <param name="containerId">The container.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>A task.</returns>
    /// <remarks>An engine says now and then that it is "unable to freeze" while a process sits in fsync: that is tried again for five seconds.</remarks>
    /// <exception cref="ContainerGoneException">There is no such container.</exception>
    /// <exception cref="VerbRefusedException">It is not running, or it is paused already.</exception>
    public async Task PauseAsync(string containerId, CancellationToken cancellationToken = default)
    {
        var deadline = Environment.TickCount64 + 5000;
        while (true)
        {
            try
            {
                await CallAsync("pause", containerId, () => _client.Containers.PauseContainerAsync(containerId, cancellationToken)).ConfigureAwait(false);
                return;
            }
            catch (VerbRefusedException exception) when (
                exception.Message.Contains("unable to freeze", StringComparison.OrdinalIgnoreCase) && Environment.TickCount64 < deadline)
            {
                await Task.Delay(50, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary><c>docker unpause</c>.</summary>
    /// <param name="containerId">The container.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>A task.</returns>
    /// <exception cref="ContainerGoneException">There is no such container.</exception>
    /// <exception cref="VerbRefusedException">It is not paused.</exception>
    public Task UnpauseAsync(string containerId, CancellationToken cancellationToken = default) =>
        CallAsync("unpause", containerId, () => _client.Containers.UnpauseContainerAsync(containerId, cancellationToken));

    /// <summary><c>docker restart --time</c>.</summary>
    /// <param name="containerId">The container.</param>
    /// <param name="grace">The grace period; whole seconds, rounded up.</param>
    /// <param name="cancellationToken">Ends the wait, never the request (see <see cref="StopAsync"/>).</param>
    /// <returns>The state afterwards, with the new host ports.</returns>
    /// <exception cref="ContainerGoneException">There is no such container.</exception>
    /// <exception cref="VerbRefusedException">The engine could not start it again.</exception>
    public async Task<ContainerInspection> RestartAsync(string containerId, TimeSpan grace, CancellationToken cancellationToken = default)
    {
        var parameters = new ContainerRestartParameters { WaitBeforeKillSeconds = WholeSeconds(grace) };
        var restarting = CallAsync("restart", containerId, () => _client.Containers.RestartContainerAsync(containerId, parameters, CancellationToken.None));
        await restarting.WaitAsync(cancellationToken).ConfigureAwait(false);
        return await InspectAsync(containerId, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Kills PID 1 behind the engine's back, so that a restart policy acts as after a real crash. (After <c>docker kill</c> it does not.)</summary>
    /// <param name="containerId">The container; it must be running.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>A task that ends when the signal is sent.</returns>
    /// <remarks>
    /// With an engine on this machine the signal is sent from here. Otherwise, or where this process may not, a short-lived helper container of the
    /// same image sends it, which needs <c>/bin/sh</c> in the image.
    /// </remarks>
    /// <exception cref="ContainerGoneException">There is no such container.</exception>
    /// <exception cref="VerbRefusedException">It is not running, or there is no way to reach its PID 1 from outside.</exception>
    public async Task CrashAsync(string containerId, CancellationToken cancellationToken = default)
    {
        var state = await InspectAsync(containerId, cancellationToken).ConfigureAwait(false);
        if (!state.Running || state.Pid == 0)
        {
            throw new VerbRefusedException("crash", $"the container is not running ({state.Status})", HttpStatusCode.Conflict);
        }

        if (!ProcessTable.TryKillLocally(state.Pid, state.Id))
        {
            await KillByHelperAsync(state, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary><c>docker rm</c>.</summary>
    /// <param name="containerId">The container.</param>
    /// <param name="force"><c>-f</c>: also when it runs. Docker sends SIGKILL at once then.</param>
    /// <param name="volumes"><c>-v</c>: its anonymous volumes, too.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>A task.</returns>
    /// <exception cref="ContainerGoneException">There is no such container.</exception>
    /// <exception cref="VerbRefusedException">It is running (or paused), and <paramref name="force"/> is false.</exception>
    public Task RemoveAsync(string containerId, bool force = false, bool volumes = false, CancellationToken cancellationToken = default) =>
        CallAsync(
            "rm",
            containerId,
            () => _client.Containers.RemoveContainerAsync(
                containerId, new ContainerRemoveParameters { Force = force, RemoveVolumes = volumes }, cancellationToken));

    /// <summary><c>docker diff</c>: what was written to the container's own layer.</summary>
    /// <param name="containerId">The container, running or not.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The changed paths, parents included.</returns>
    /// <exception cref="ContainerGoneException">There is no such container.</exception>
    public async Task<IReadOnlyList<LayerChange>> GetChangesAsync(string containerId, CancellationToken cancellationToken = default)
    {
        var changes = await CallAsync("diff", containerId, () => _client.Containers.InspectChangesAsync(containerId, cancellationToken)).ConfigureAwait(false);
        return [.. (changes ?? []).Select(change => new LayerChange(
            change.Path,
            change.Kind switch
            {
                FileSystemChangeKind.Add => LayerChangeKind.Added,
                FileSystemChangeKind.Delete => LayerChangeKind.Deleted,
                _ => LayerChangeKind.Modified,
            }))];
    }

    /// <summary><c>docker top</c>: the processes, as the engine's machine sees them.</summary>
    /// <param name="containerId">The container; it must be running.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The processes; PID 1 of the container is the one whose number is <see cref="ContainerInspection.Pid"/>.</returns>
    /// <exception cref="ContainerGoneException">There is no such container.</exception>
    /// <exception cref="VerbRefusedException">It is not running.</exception>
    public async Task<IReadOnlyList<ContainerProcess>> GetProcessesAsync(string containerId, CancellationToken cancellationToken = default)
    {
        var response = await CallAsync(
            "top",
            containerId,
            () => _client.Containers.ListProcessesAsync(
                containerId, new ContainerListProcessesParameters { PsArgs = "-eo pid,ppid,args" }, cancellationToken)).ConfigureAwait(false);
        return [.. (response.Processes ?? []).Where(row => row.Count >= 3).Select(row => new ContainerProcess(
            long.Parse(row[0], CultureInfo.InvariantCulture), long.Parse(row[1], CultureInfo.InvariantCulture), string.Join(' ', row.Skip(2))))];
    }

    /// <summary>Waits until a container has ended, and says how.</summary>
    /// <param name="containerId">The container.</param>
    /// <param name="watch">A subscription that began before the verb acted; its events say which signals were sent and when.</param>
    /// <param name="since">Only events from this engine time on count; the verb's beginning.</param>
    /// <param name="deadline">How long to wait at most.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>How it ended. Works for a container with AutoRemove, too.</returns>
    /// <exception cref="TimeoutException">It was still running after <paramref name="deadline"/>.</exception>
    /// <exception cref="EngineUnavailableException">The engine ended the subscription.</exception>
    public async Task<ContainerExit> WaitForExitAsync(
        string containerId, EventWatch watch, DateTimeOffset since, TimeSpan deadline, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(watch);
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(deadline);
        EngineEvent died;
        try
        {
            died = await watch.WaitForAsync(e => e.Action == "die" && e.ContainerId == containerId && e.At >= since, timeout.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"the container was still running after {deadline.TotalSeconds:0.#} s");
        }

        // Podman puts no exit code into the event, and the OOM flag stands only in the state. With AutoRemove there is no state any more.
        var state = await TryInspectAsync(containerId, cancellationToken).ConfigureAwait(false);
        var events = watch.Events.Where(e => e.ContainerId == containerId && e.At >= since && e.At <= died.At).ToList();
        var exitCode = died.ExitCode ?? state?.ExitCode ?? -1;
        var numbers = events.Where(e => e.Action == "kill" && e.Signal is not null).Select(e => e.Signal!.Value).ToList();
        var firstSignal = events.FirstOrDefault(e => e.Action == "kill");
        return new ContainerExit(
            exitCode,
            [.. numbers.Select(Signals.NameOf)],
            Escalated: numbers.Count > 1 && numbers[0] != Signals.Kill && numbers.Skip(1).Contains(Signals.Kill),
            OomKilled: state?.OomKilled == true || events.Exists(e => e.Action == "oom"),
            Duration: firstSignal is null ? null : died.At - firstSignal.At,
            died.At);
    }

    /// <summary><c>docker logs</c>: the last lines.</summary>
    /// <param name="containerId">The container, running or not.</param>
    /// <param name="lines">How many lines at most.</param>
    /// <param name="since">Only lines from this engine time on; <see langword="null"/> for all.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>Standard output and standard error, in the engine's order.</returns>
    public async Task<IReadOnlyList<string>> GetLogTailAsync(
        string containerId, int lines, DateTimeOffset? since = null, CancellationToken cancellationToken = default)
    {
        var parameters = new ContainerLogsParameters
        {
            ShowStdout = true,
            ShowStderr = true,
            Tail = lines.ToString(CultureInfo.InvariantCulture),
            Since = since is { } from
                ? string.Create(CultureInfo.InvariantCulture, $"{from.ToUnixTimeMilliseconds() / 1000}.{from.ToUnixTimeMilliseconds() % 1000:D3}000000")
                : null,
        };
        var tail = new List<string>();
        using var stream = await CallAsync("logs", containerId, () => _client.Containers.GetContainerLogsAsync(containerId, parameters, cancellationToken))
            .ConfigureAwait(false);
        await LineReader.ReadAsync(stream, tail.Add, tail.Add, dropUnterminated: false, cancellationToken).ConfigureAwait(false);
        return tail;
    }

    /// <inheritdoc />
    public void Dispose() => _client.Dispose();

    /// <summary>The state, or <see langword="null"/> when the container is gone.</summary>
    internal async Task<ContainerInspection?> TryInspectAsync(string containerId, CancellationToken cancellationToken)
    {
        try
        {
            return await InspectAsync(containerId, cancellationToken).ConfigureAwait(false);
        }
        catch (ContainerGoneException)
        {
            return null;
        }
    }

    /// <summary>Runs a command in a running container, handing over its lines as they come.</summary>
    internal async Task<int?> ExecAsync(
        string containerId, IReadOnlyList<string> command, Action<string> onOutput, Action<string> onError, CancellationToken cancellationToken)
    {
        var created = await CallAsync(
            "exec",
            containerId,
            () => _client.Exec.CreateContainerExecAsync(
                containerId, new ContainerExecCreateParameters { Cmd = [.. command], AttachStdout = true, AttachStderr = true }, cancellationToken))
            .ConfigureAwait(false);
        using (var stream = await CallAsync("exec", containerId, () => _client.Exec.StartContainerExecAsync(created.ID, new ContainerExecStartParameters(), cancellationToken)).ConfigureAwait(false))
        {
            await LineReader.ReadAsync(stream, onOutput, onError, dropUnterminated: true, cancellationToken).ConfigureAwait(false);
        }

        try
        {
            var ended = await _client.Exec.InspectContainerExecAsync(created.ID, cancellationToken).ConfigureAwait(false);
            return ended.Running ? null : (int?)ended.ExitCode;
        }
        catch (DockerApiException)
        {
            return null; // the container ended, and its exec sessions with it
        }
    }

    /// <summary>Runs a command in a running container to its end.</summary>
    internal async Task<ExecOutcome> ExecAsync(string containerId, IReadOnlyList<string> command, CancellationToken cancellationToken)
    {
        var output = new List<string>();
        var error = new List<string>();
        var exitCode = await ExecAsync(containerId, command, output.Add, error.Add, cancellationToken).ConfigureAwait(false);
        return new ExecOutcome(exitCode, output, error);
    }

    /// <summary>What a path of a container is, without reading it; <see langword="null"/> when there is none.</summary>
    internal async Task<ContainerPathStatResponse?> TryStatAsync(string containerId, string path, CancellationToken cancellationToken)
    {
        try
        {
            var response = await _client.Containers.GetArchiveFromContainerAsync(
                containerId, new ContainerPathStatParameters { Path = path }, statOnly: true, cancellationToken).ConfigureAwait(false);
            return response.Stat;
        }
        catch (DockerApiException)
        {
            return null;
        }
    }

    /// <summary>The user that a container runs as; <see langword="null"/> for root.</summary>
    internal async Task<string?> TryUserAsync(string containerId, CancellationToken cancellationToken)
    {
        try
        {
            var response = await _client.Containers.InspectContainerAsync(containerId, cancellationToken).ConfigureAwait(false);
            return response.Config?.User is { Length: > 0 } user && user.Split(':')[0] is not ("root" or "0") ? user : null;
        }
        catch (DockerApiException)
        {
            return null;
        }
    }

    /// <summary>Who owns a directory of a container; <see langword="null"/> when there is none.</summary>
    internal async Task<(int UserId, int GroupId, UnixFileMode Mode)?> TryReadOwnerAsync(string containerId, string path, CancellationToken cancellationToken)
    {
        try
        {
            var response = await _client.Containers.GetArchiveFromContainerAsync(
                containerId, new ContainerPathStatParameters { Path = path }, statOnly: false, cancellationToken).ConfigureAwait(false);
            if (response.Stream is not { } stream)
            {
                return null;
            }

            var archive = new TarReader(stream);
            await using var reader = archive.ConfigureAwait(false);
            return await archive.GetNextEntryAsync(copyData: false, cancellationToken).ConfigureAwait(false) is { } entry ? (entry.Uid, entry.Gid, entry.Mode) : null;
        }
        catch (Exception exception) when (exception is DockerApiException or IOException or InvalidDataException)
        {
            return null;
        }
    }

    /// <summary>Turns the client's exceptions into the kit's.</summary>
    internal static async Task<T> CallAsync<T>(string verb, string containerId, Func<Task<T>> call)
    {
        try
        {
            return await call().ConfigureAwait(false);
        }
        catch (DockerContainerNotFoundException exception)
        {
            throw new ContainerGoneException(containerId, exception);
        }
        catch (DockerApiException exception) when (exception.StatusCode == HttpStatusCode.NotFound && verb != "start")
        {
            throw new ContainerGoneException(containerId, exception);
        }
        catch (DockerApiException exception)
        {
            throw new VerbRefusedException(verb, AnswerOf(exception), exception.StatusCode, exception);
        }
        catch (HttpRequestException exception)
        {
            throw new EngineUnavailableException($"the engine went away during '{verb}': {Reason(exception)}", exception);
        }
        catch (IOException exception)
        {
            throw new EngineUnavailableException($"the engine went away during '{verb}': {Reason(exception)}", exception);
        }
    }

    private async Task KillByHelperAsync(ContainerInspection victim, CancellationToken cancellationToken)
    {
        var created = await CallAsync(
            "crash",
            victim.Id,
            () => _client.Containers.CreateContainerAsync(
                new CreateContainerParameters
                {
                    Image = victim.ImageId,
                    User = "0",
                    Entrypoint = ["/bin/sh", "-c", string.Create(CultureInfo.InvariantCulture, $"kill -9 {victim.Pid}")],
                    Labels = new Dictionary<string, string> { [RunOwner.OwnerLabel] = RunOwner.ThisProcess() },
                    HostConfig = new HostConfig { PidMode = "host", CapAdd = ["KILL"], NetworkMode = "none" },
                },
                cancellationToken)).ConfigureAwait(false);
        try
        {
            await StartAsync(created.ID, cancellationToken).ConfigureAwait(false);
            var ended = await _client.Containers.WaitContainerAsync(created.ID, cancellationToken).ConfigureAwait(false);
            if (ended.StatusCode != 0)
            {
                throw new VerbRefusedException("crash", $"the helper container could not kill PID 1 (exit code {ended.StatusCode})", HttpStatusCode.Forbidden);
            }
        }
        catch (VerbRefusedException exception)
        {
            throw new VerbRefusedException(
                "crash",
                "its PID 1 cannot be reached from here, and a helper container of its image could not kill it, either (it needs /bin/sh): " + exception.Message,
                exception.StatusCode,
                exception);
        }
        finally
        {
            await RemoveAsync(created.ID, force: true, volumes: true, CancellationToken.None).ConfigureAwait(false);
        }
    }

    private static Task CallAsync(string verb, string containerId, Func<Task> call) =>
        CallAsync(verb, containerId, async () =>
        {
            await call().ConfigureAwait(false);
            return true;
        });

    private static async Task<ContainerEngine> ConnectAsync(Uri uri, string origin, CancellationToken cancellationToken)
    {
        var authProvider = AuthProviderFor(uri);
        VersionResponse version;
        using (var unversioned = EngineEndpoint.NewClientBuilder(uri, authProvider).Build())
        {
            version = await unversioned.System.GetVersionAsync(cancellationToken).ConfigureAwait(false);
        }

        var offered = System.Version.Parse(version.APIVersion);
        var endpoint = new EngineEndpoint(uri, authProvider, offered < EngineEndpoint.NewestApiVersion ? offered : EngineEndpoint.NewestApiVersion, origin);
        var client = endpoint.GetDockerClientBuilder().Build();
        try
        {
            var before = DateTimeOffset.UtcNow;
            var system = await client.System.GetSystemInfoAsync(cancellationToken).ConfigureAwait(false);
            var after = DateTimeOffset.UtcNow;
            var offset = DateTimeOffset.TryParse(system.SystemTime, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var engineTime)
                ? engineTime - (before + ((after - before) / 2))
                : TimeSpan.Zero;

            // On one machine both clocks are the same, and what was measured is only the duration of the call.
            if (offset.Duration() < TimeSpan.FromMilliseconds(500))
            {
                offset = TimeSpan.Zero;
            }

            var podman = version.Components?.Any(component => component.Name.Contains("Podman", StringComparison.OrdinalIgnoreCase)) == true;
            var profile = podman ? EngineProfile.Podman : EngineProfile.Docker;
            var info = new EngineInfo(profile.Name, version.Version, version.APIVersion, uri.ToString(), system.OSType);
            return new ContainerEngine(client, endpoint, info, profile, offset);
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    // TLS material is found and loaded by Testcontainers, which knows all its places.
    private static IAuthProvider? AuthProviderFor(Uri uri) =>
        uri.Scheme is "tcp" or "https" && TestcontainersSettings.OS.DockerEndpointAuthConfig is { } known && known.Endpoint == uri ? known.AuthProvider : null;

    private static uint WholeSeconds(TimeSpan grace)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(grace, TimeSpan.Zero);
        return (uint)Math.Ceiling(grace.TotalSeconds);
    }

    private static string Reason(Exception exception)
    {
        while (exception.InnerException is { } inner)
        {
            exception = inner;
        }

        return exception.Message;
    }

    /// <summary>What the engine said, without the JSON around it.</summary>
    internal static string AnswerOf(DockerApiException exception)
    {
        try
        {
            using var document = System.Text.Json.JsonDocument.Parse(exception.ResponseBody ?? string.Empty);
            return document.RootElement.TryGetProperty("message", out var message) ? message.GetString()! : exception.Message;
        }
        catch (System.Text.Json.JsonException)
        {
            return exception.Message;
        }
    }

    private static DateTimeOffset? ToTime(string? text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) && time.Year > 1 ? time : null;

    private static ContainerInspection ToInspection(ContainerInspectResponse response) => new()
    {
        Id = response.ID,
        Name = response.Name.TrimStart('/'),
        ImageId = response.Image,
        Status = response.State!.Status ?? string.Empty,
        Running = response.State.Running,
        Paused = response.State.Paused,
        OomKilled = response.State.OOMKilled,
        Pid = response.State.Pid,
        ExitCode = (int)response.State.ExitCode,
        Error = response.State.Error ?? string.Empty,
        StartedAt = ToTime(response.State.StartedAt),
        FinishedAt = ToTime(response.State.FinishedAt),
        StopSignal = Signals.Normalize(response.Config!.StopSignal),
        Command = [response.Path, .. response.Args ?? []],
        RestartCount = response.RestartCount,
        Health = response.State.Health?.Status is { Length: > 0 } status and not "none" ? status : null,
        Mounts = [.. (response.Mounts ?? []).Select(mount => new ContainerMount(
            mount.Type ?? string.Empty, mount.Name ?? string.Empty, mount.Destination ?? string.Empty, IsAnonymous(response, mount)))],
        Ports = HostPorts(response),
    };

    // Anonymous volumes have a name made of 64 hexadecimal digits, and nobody asked for them by a mount or a bind.
    private static bool IsAnonymous(ContainerInspectResponse response, MountPoint mount) =>
        mount.Type == "volume"
        && mount.Name is { Length: 64 } name
        && name.All(char.IsAsciiHexDigit)
        && response.HostConfig?.Mounts?.Any(asked => asked.Source == name) != true
        && response.HostConfig?.Binds?.Any(bind => bind.StartsWith(name, StringComparison.Ordinal)) != true;

    private static Dictionary<int, int> HostPorts(ContainerInspectResponse response)
    {
        var ports = new Dictionary<int, int>();
        foreach (var (key, bindings) in response.NetworkSettings?.Ports ?? new Dictionary<string, IList<PortBinding>>())
        {
            if (bindings is { Count: > 0 }
                && int.TryParse(key.Split('/')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var containerPort)
                && int.TryParse(bindings[0].HostPort, NumberStyles.None, CultureInfo.InvariantCulture, out var hostPort))
            {
                ports[containerPort] = hostPort;
            }
        }

        return ports;
    }
}
