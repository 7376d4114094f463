using DotNet.Testcontainers.Containers;

namespace ShutdownKit.TestKit.Engines;

/// <summary>The verbs that Testcontainers lacks, on any of its containers.</summary>
/// <remarks>
/// Each verb takes an optional engine; without one it connects to the engine of the environment for the duration of the call. <c>PauseAsync</c> and
/// <c>UnpauseAsync</c> are Testcontainers' own.
/// </remarks>
public static class ContainerVerbs
{
    /// <summary>Sends the stop signal, waits for the grace period, sends SIGKILL, and says how the container ended.</summary>
    /// <param name="container">The container.</param>
    /// <param name="grace">The grace period; it is always sent, because engines do not agree on a default. Whole seconds, rounded up.</param>
    /// <param name="engine">The engine; <see langword="null"/> takes the environment's.</param>
    /// <param name="cancellationToken">Ends the wait, never the stop itself: some engines answer a cancelled stop with SIGKILL.</param>
    /// <returns>Exit code, signals, escalation and the exact duration by the engine's clock.</returns>
    /// <exception cref="EngineUnavailableException">No engine answers.</exception>
    /// <exception cref="ContainerGoneException">The container is not there.</exception>
    /// <exception cref="VerbRefusedException">The container is not running.</exception>
    public static Task<ContainerExit> StopAsync(
        this IContainer container, TimeSpan grace, ContainerEngine? engine = null, CancellationToken cancellationToken = default) =>
        EndAsync(container, engine, "stop", grace, (e, id) => e.StopAsync(id, grace, cancellationToken), cancellationToken);

    /// <summary>Sends a signal: <c>docker kill -s</c>.</summary>
    /// <param name="container">The container.</param>
    /// <param name="signal">The signal's name or number.</param>
    /// <param name="engine">The engine; <see langword="null"/> takes the environment's.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>A task that ends when the signal is sent (for SIGKILL: when the container has ended).</returns>
    /// <exception cref="EngineUnavailableException">No engine answers.</exception>
    /// <exception cref="ContainerGoneException">The container is not there.</exception>
    /// <exception cref="VerbRefusedException">The container is not running, or there is no such signal.</exception>
    public static Task KillAsync(
        this IContainer container, string signal = "SIGKILL", ContainerEngine? engine = null, CancellationToken cancellationToken = default) =>
        WithEngineAsync(container, engine, (e, id) => e.KillAsync(id, signal, cancellationToken), cancellationToken);

    /// <summary>Kills PID 1 behind the engine's back, so that a restart policy acts as after a real crash.</summary>
    /// <param name="container">The container.</param>
    /// <param name="engine">The engine; <see langword="null"/> takes the environment's.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>How the container ended. A restart policy may have started it again by then.</returns>
    /// <exception cref="EngineUnavailableException">No engine answers.</exception>
    /// <exception cref="ContainerGoneException">The container is not there.</exception>
    /// <exception cref="VerbRefusedException">The container is not running, or there is no way to reach its PID 1 from outside.</exception>
    public static Task<ContainerExit> CrashAsync(
        this IContainer container, ContainerEngine? engine = null, CancellationToken cancellationToken = default) =>
        EndAsync(container, engine, "crash", TimeSpan.Zero, (e, id) => e.CrashAsync(id, cancellationToken), cancellationToken);

    /// <summary>Removes the container: <c>docker rm</c>, <c>rm -f</c>, <c>rm -v</c>.</summary>
    /// <param name="container">The container.</param>
    /// <param name="force">Also when it runs. Docker sends SIGKILL at once then; Podman stops it first.</param>
    /// <param name="volumes">Its anonymous volumes, too.</param>
    /// <param name="engine">The engine; <see langword="null"/> takes the environment's.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>A task.</returns>
    /// <exception cref="EngineUnavailableException">No engine answers.</exception>
    /// <exception cref="ContainerGoneException">The container is not there.</exception>
    /// <exception cref="VerbRefusedException">The container is running or paused, and <paramref name="force"/> is false.</exception>
    public static Task RemoveAsync(
        this IContainer container, bool force = false, bool volumes = false, ContainerEngine? engine = null, CancellationToken cancellationToken = default) =>
        WithEngineAsync(container, engine, (e, id) => e.RemoveAsync(id, force, volumes, cancellationToken), cancellationToken);

    /// <summary>Stops and starts the container: <c>docker restart</c>.</summary>
    /// <param name="container">The container.</param>
    /// <param name="grace">The grace period; whole seconds, rounded up.</param>
    /// <param name="engine">The engine; <see langword="null"/> takes the environment's.</param>
    /// <param name="cancellationToken">Ends the wait, never the restart itself.</param>
    /// <returns>The state afterwards. Its <see cref="ContainerInspection.Ports"/> are the new ones; Testcontainers' own are from before.</returns>
    /// <exception cref="EngineUnavailableException">No engine answers.</exception>
    /// <exception cref="ContainerGoneException">The container is not there.</exception>
    /// <exception cref="VerbRefusedException">The engine could not start it again.</exception>
    public static Task<ContainerInspection> RestartAsync(
        this IContainer container, TimeSpan grace, ContainerEngine? engine = null, CancellationToken cancellationToken = default) =>
        WithEngineAsync(container, engine, (e, id) => e.RestartAsync(id, grace, cancellationToken), cancellationToken);

    /// <summary>Waits until the container has ended, and says how.</summary>
    /// <param name="container">The container.</param>
    /// <param name="deadline">How long to wait at most.</param>
    /// <param name="engine">The engine; <see langword="null"/> takes the environment's.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>How it ended; at once, from its state, when it had ended already. Works for a container with AutoRemove that still runs.</returns>
    /// <exception cref="EngineUnavailableException">No engine answers.</exception>
    /// <exception cref="ContainerGoneException">The container is not there.</exception>
    /// <exception cref="TimeoutException">It was still running after <paramref name="deadline"/>.</exception>
    public static Task<ContainerExit> WaitForExitAsync(
        this IContainer container, TimeSpan deadline, ContainerEngine? engine = null, CancellationToken cancellationToken = default) =>
        WithEngineAsync(
            container,
            engine,
            async (e, id) =>
            {
                var since = e.Now;
                var watch = e.Watch(id);
                await using var listening = watch.ConfigureAwait(false);
                var state = await e.InspectAsync(id, cancellationToken).ConfigureAwait(false);
                return state is { Running: false, FinishedAt: { } finishedAt }
                    ? new ContainerExit(state.ExitCode, [], Escalated: false, state.OomKilled, Duration: null, finishedAt)
                    : await e.WaitForExitAsync(id, watch, since, deadline, cancellationToken).ConfigureAwait(false);
            },
            cancellationToken);

    /// <summary>The paths that were written to the container's own layer, which <c>rm</c> will lose: <c>docker diff</c>.</summary>
    /// <param name="container">The container, running or not.</param>
    /// <param name="engine">The engine; <see langword="null"/> takes the environment's.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The changed paths, parents included.</returns>
    /// <exception cref="EngineUnavailableException">No engine answers.</exception>
    /// <exception cref="ContainerGoneException">The container is not there.</exception>
    public static Task<IReadOnlyList<LayerChange>> GetChangesAsync(
        this IContainer container, ContainerEngine? engine = null, CancellationToken cancellationToken = default) =>
        WithEngineAsync(container, engine, (e, id) => e.GetChangesAsync(id, cancellationToken), cancellationToken);

    /// <summary>The process table seen from outside: <c>docker top</c>.</summary>
    /// <param name="container">The container; it must be running.</param>
    /// <param name="engine">The engine; <see langword="null"/> takes the environment's.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>Its processes.</returns>
    /// <exception cref="EngineUnavailableException">No engine answers.</exception>
    /// <exception cref="ContainerGoneException">The container is not there.</exception>
    /// <exception cref="VerbRefusedException">The container is not running.</exception>
    public static Task<IReadOnlyList<ContainerProcess>> GetProcessesAsync(
        this IContainer container, ContainerEngine? engine = null, CancellationToken cancellationToken = default) =>
        WithEngineAsync(container, engine, (e, id) => e.GetProcessesAsync(id, cancellationToken), cancellationToken);

    /// <summary>The live state, never Testcontainers' cached one: <c>docker inspect</c>.</summary>
    /// <param name="container">The container.</param>
    /// <param name="engine">The engine; <see langword="null"/> takes the environment's.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The state.</returns>
    /// <exception cref="EngineUnavailableException">No engine answers.</exception>
    /// <exception cref="ContainerGoneException">The container is not there.</exception>
    public static Task<ContainerInspection> InspectAsync(
        this IContainer container, ContainerEngine? engine = null, CancellationToken cancellationToken = default) =>
        WithEngineAsync(container, engine, (e, id) => e.InspectAsync(id, cancellationToken), cancellationToken);

    private static Task<ContainerExit> EndAsync(
        IContainer container,
        ContainerEngine? engine,
        string verb,
        TimeSpan grace,
        Func<ContainerEngine, string, Task> act,
        CancellationToken cancellationToken) =>
        WithEngineAsync(
            container,
            engine,
            async (e, id) =>
            {
                var state = await e.InspectAsync(id, cancellationToken).ConfigureAwait(false);
                if (!state.Running)
                {
                    throw new VerbRefusedException(verb, $"the container is not running ({state.Status})", System.Net.HttpStatusCode.Conflict);
                }

                var since = e.Now;
                var watch = e.Watch(id);
                await using var listening = watch.ConfigureAwait(false);
                await act(e, id).ConfigureAwait(false);
                return await e.WaitForExitAsync(id, watch, since, grace + TimeSpan.FromSeconds(10), cancellationToken).ConfigureAwait(false);
            },
            cancellationToken);

    private static Task WithEngineAsync(
        IContainer container, ContainerEngine? engine, Func<ContainerEngine, string, Task> act, CancellationToken cancellationToken) =>
        WithEngineAsync(
            container,
            engine,
            async (e, id) =>
            {
                await act(e, id).ConfigureAwait(false);
                return true;
            },
            cancellationToken);

    private static async Task<T> WithEngineAsync<T>(
        IContainer container, ContainerEngine? engine, Func<ContainerEngine, string, Task<T>> act, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(container);
        if (engine is not null)
        {
            return await act(engine, container.Id).ConfigureAwait(false);
        }

        using var own = await ContainerEngine.ConnectAsync(address: null, cancellationToken).ConfigureAwait(false);
        return await act(own, container.Id).ConfigureAwait(false);
    }
}
