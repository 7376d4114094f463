using System.Globalization;
using Docker.DotNet;
using Docker.DotNet.Models;
using DotNet.Testcontainers.Builders;
using DotNet.Testcontainers.Containers;
using DotNet.Testcontainers.Images;
using Microsoft.Extensions.Logging.Abstractions;
using ShutdownKit.TestKit.Engines;

namespace ShutdownKit.TestKit.Subjects;

/// <summary>One life of a subject: its volumes, and the containers that were started on them one after the other. Disposing removes all of it.</summary>
internal sealed class SubjectInstance : IAsyncDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan CleanUpTimeout = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan ProbeInterval = TimeSpan.FromMilliseconds(100);
    private readonly ContainerEngine _engine;
    private readonly Subject _subject;
    private readonly string _instanceLabel;
    private readonly Dictionary<string, string> _labels;
    private readonly Dictionary<string, string> _volumes = new(StringComparer.Ordinal);
    private readonly HashSet<string> _anonymousVolumes = new(StringComparer.Ordinal);
    private readonly List<IContainer> _containers = [];
    private Task _starting = Task.CompletedTask;

    private SubjectInstance(ContainerEngine engine, Subject subject)
    {
        _engine = engine;
        _subject = subject;
        var id = Guid.NewGuid().ToString("N", CultureInfo.InvariantCulture);
        _instanceLabel = $"{RunOwner.InstanceLabel}={id}";
        _labels = new Dictionary<string, string> { [RunOwner.OwnerLabel] = RunOwner.ThisProcess(), [RunOwner.InstanceLabel] = id };
        Watch = engine.WatchLabel(_instanceLabel);
    }

    /// <summary>Everything that the engine says about the containers of this instance, from before the first is created.</summary>
    public EventWatch Watch { get; }

    /// <summary>The volumes that the engine made for the image's own VOLUME instructions, by path. They are new with each container.</summary>
    public IReadOnlyList<string> AnonymousVolumePaths { get; private set; } = [];

    public static async Task<SubjectInstance> CreateAsync(ContainerEngine engine, Subject subject, CancellationToken cancellationToken)
    {
        var instance = new SubjectInstance(engine, subject);
        try
        {
            foreach (var path in subject.Volumes)
            {
                var name = "shutdownkit-" + Guid.NewGuid().ToString("N", CultureInfo.InvariantCulture);
                instance._volumes[path] = name;
                await engine.Client.Volumes.CreateAsync(
                    new VolumesCreateParameters { Name = name, Labels = instance._labels }, CancellationToken.None).ConfigureAwait(false);
                cancellationToken.ThrowIfCancellationRequested();
            }

            return instance;
        }
        catch
        {
            await instance.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Starts a new container on the volumes of this instance, and waits until it is ready.</summary>
    /// <exception cref="SubjectNotReadyException">It did not become ready.</exception>
    public async Task<RunningSubject> StartFreshAsync(CancellationToken cancellationToken)
    {
        var container = BuildContainer();
        _containers.Add(container);
        var requestedAt = _engine.Now;
        try
        {
            // Not cancelled half-way: a container that the engine is still creating would be missed by the clean-up.
            _starting = container.StartAsync(CancellationToken.None);
            await _starting.WaitAsync(StartTimeout, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            throw await StartFailureAsync(exception, cancellationToken).ConfigureAwait(false);
        }

        return await UntilReadyAsync(container.Id, requestedAt, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Starts the same container again, and waits until it is ready.</summary>
    /// <exception cref="SubjectNotReadyException">It did not become ready.</exception>
    public async Task<RunningSubject> StartAgainAsync(CancellationToken cancellationToken)
    {
        var container = _containers[^1];
        var requestedAt = _engine.Now;
        try
        {
            await _engine.StartAsync(container.Id, cancellationToken).ConfigureAwait(false);
        }
        catch (VerbRefusedException exception)
        {
            throw new SubjectNotReadyException("the engine could not start the container again: " + exception.Message, exitCode: null, exception);
        }

        return await UntilReadyAsync(container.Id, requestedAt, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Waits until the running container is ready.</summary>
    /// <exception cref="SubjectNotReadyException">It did not become ready.</exception>
    public async Task<RunningSubject> UntilReadyAsync(
        string containerId, DateTimeOffset startRequestedAt, CancellationToken cancellationToken, TimeSpan? within = null)
    {
        var limit = within ?? _subject.ReadyTimeout;
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(limit);
        var waitingFor = "it was never asked";
        try
        {
            while (true)
            {
                var state = await _engine.InspectAsync(containerId, timeout.Token).ConfigureAwait(false);
                if (!state.Running)
                {
                    throw await EndedAsync(state, "before it was ready", cancellationToken).ConfigureAwait(false);
                }

                var app = new RunningSubject(_engine, state, _containers[^1].Hostname, startRequestedAt);
                NoteAnonymousVolumes(state);
                if (await _subject.Readiness.ProbeAsync(app, timeout.Token).ConfigureAwait(false) is not { } missing)
                {
                    return app;
                }

                waitingFor = missing;
                await Task.Delay(ProbeInterval, timeout.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            var tail = await LogTailAsync(containerId, cancellationToken).ConfigureAwait(false);
            throw new SubjectNotReadyException(
                $"it was not ready within {Seconds(limit)}: waited until {_subject.Readiness.Description}, but {waitingFor}{tail}");
        }
    }

    /// <summary>Makes sure that the container has not ended since it was ready.</summary>
    /// <param name="containerId">The container.</param>
    /// <param name="when">For the message: "while its records were read back".</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="SubjectNotReadyException">It has ended.</exception>
    public async Task EnsureRunningAsync(string containerId, string when, CancellationToken cancellationToken)
    {
        var state = await _engine.InspectAsync(containerId, cancellationToken).ConfigureAwait(false);
        if (!state.Running)
        {
            throw await EndedAsync(state, when, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Says which volumes the application's user cannot write to, as far as that can be seen from outside.</summary>
    /// <returns>A sentence; <see langword="null"/> when there is none.</returns>
    public async Task<string?> DescribeUnwritableVolumesAsync(CancellationToken cancellationToken)
    {
        var container = Watch.Events.LastOrDefault(e => e.Action == "create")?.ContainerId;
        if (container is null || await _engine.TryUserAsync(container, cancellationToken).ConfigureAwait(false) is not { } user)
        {
            return null;
        }

        foreach (var path in _subject.Volumes)
        {
            const UnixFileMode WritableByOthers = UnixFileMode.OtherWrite;
            if (await _engine.TryReadOwnerAsync(container, path, cancellationToken).ConfigureAwait(false) is { UserId: 0, GroupId: 0 } owner
                && (owner.Mode & WritableByOthers) == 0)
            {
                return $"the volume at {path} belongs to root, and the application runs as user '{user}', who cannot write there: "
                    + $"make the directory in the image and give it to that user (RUN mkdir {path} && chown {user} {path})";
            }
        }

        return null;
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        using var timeout = new CancellationTokenSource(CleanUpTimeout);
        try
        {
            await Task.WhenAny(_starting, Task.Delay(CleanUpTimeout / 2, timeout.Token)).ConfigureAwait(false);
            _ = _starting.Exception; // it has been reported, or the run was cancelled
            await RunOwner.RemoveAllAsync(_engine, _instanceLabel, timeout.Token).ConfigureAwait(false);
            foreach (var volume in _anonymousVolumes)
            {
                await RemoveVolumeAsync(volume, timeout.Token).ConfigureAwait(false);
            }
        }
        finally
        {
            await Watch.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task RemoveVolumeAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            await _engine.Client.Volumes.RemoveAsync(name, force: true, cancellationToken).ConfigureAwait(false);
        }
        catch (DockerApiException)
        {
            // It went with its container.
        }
    }

    private IContainer BuildContainer()
    {
        var builder = new ContainerBuilder(_subject.Image)
            .WithDockerEndpoint(_engine.Endpoint)
            .WithImagePullPolicy(PullPolicy.Never)
            .WithCleanUp(false) // this instance removes what it made; Testcontainers' reaper would need an image of its own
            .WithLogger(NullLogger.Instance)
            .WithWaitStrategy(Wait.ForUnixContainer())
            .WithCreateParameterModifier(parameters => parameters.StopTimeout = _subject.GracePeriod);
        foreach (var (name, value) in _labels)
        {
            builder = builder.WithLabel(name, value);
        }

        foreach (var (name, value) in _subject.Environment)
        {
            builder = builder.WithEnvironment(name, value);
        }

        foreach (var port in _subject.Ports)
        {
            builder = builder.WithPortBinding(port, assignRandomHostPort: true);
        }

        foreach (var (path, volume) in _volumes)
        {
            builder = builder.WithVolumeMount(volume, path);
        }

        return (_subject.Command.Count > 0 ? builder.WithCommand([.. _subject.Command]) : builder).Build();
    }

    // Testcontainers throws when the container has ended before it looked, and passes on what the engine says of a command that does not exist.
    private async Task<Exception> StartFailureAsync(Exception exception, CancellationToken cancellationToken)
    {
        var created = Watch.Events.LastOrDefault(e => e.Action == "create")?.ContainerId;
        var state = created is null ? null : await _engine.TryInspectAsync(created, cancellationToken).ConfigureAwait(false);
        if (state is { StartedAt: not null, Running: false })
        {
            return await EndedAsync(state, "before it was ready", cancellationToken).ConfigureAwait(false);
        }

        var said = exception is DockerApiException answer ? ContainerEngine.AnswerOf(answer) : exception.Message;
        return new SubjectNotReadyException("the engine could not start the container: " + said, exitCode: null, exception);
    }

    private async Task<SubjectNotReadyException> EndedAsync(ContainerInspection state, string when, CancellationToken cancellationToken)
    {
        var tail = await LogTailAsync(state.Id, cancellationToken).ConfigureAwait(false);
        var cause = state.Error.Length > 0 ? $" ({state.Error})" : state.OomKilled ? " (out of memory)" : string.Empty;
        return new SubjectNotReadyException($"it ended with exit code {state.ExitCode}{cause} {when}{tail}", state.ExitCode);
    }

    private async Task<string> LogTailAsync(string containerId, CancellationToken cancellationToken)
    {
        var lines = await _engine.GetLogTailAsync(containerId, 5, since: null, cancellationToken).ConfigureAwait(false);
        return lines.Count == 0 ? "; it logged nothing" : "; the end of its log: " + string.Join(" / ", lines);
    }

    private void NoteAnonymousVolumes(ContainerInspection state)
    {
        var anonymous = state.Mounts.Where(mount => mount.Anonymous).ToList();
        _anonymousVolumes.UnionWith(anonymous.Select(mount => mount.Name));
        AnonymousVolumePaths = [.. anonymous.Select(mount => mount.Destination)];
    }

    private static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.#} s");
}
