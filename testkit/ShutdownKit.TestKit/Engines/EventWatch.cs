using System.Globalization;
using Docker.DotNet;
using Docker.DotNet.Models;

namespace ShutdownKit.TestKit.Engines;

/// <summary>Listens to what the engine says about containers, from before a verb acts until it is disposed.</summary>
/// <remarks>
/// The engine keeps only its last 256 events, so the past cannot be asked for afterwards. The subscription names the moment from which on it wants
/// events, so that none is missed between the call and the engine's taking note of it.
/// </remarks>
public sealed class EventWatch : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly object _gate = new();
    private readonly List<EngineEvent> _events = [];
    private readonly Task _listening;
    private TaskCompletionSource _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Exception? _broken;

    private EventWatch(IDockerClient client, string filterName, string filterValue, DateTimeOffset since)
    {
        var nanoseconds = (since - DateTimeOffset.UnixEpoch).Ticks * 100;
        var parameters = new ContainerEventsParameters
        {
            Since = string.Create(CultureInfo.InvariantCulture, $"{nanoseconds / 1_000_000_000}.{nanoseconds % 1_000_000_000:D9}"),
            Filters = new Dictionary<string, IDictionary<string, bool>>
            {
                ["type"] = new Dictionary<string, bool> { ["container"] = true },
                [filterName] = new Dictionary<string, bool> { [filterValue] = true },
            },
        };
        _listening = ListenAsync(client, parameters);
    }

    /// <summary>All events so far, in the order in which they arrived.</summary>
    public IReadOnlyList<EngineEvent> Events
    {
        get
        {
            lock (_gate)
            {
                return [.. _events];
            }
        }
    }

    internal static EventWatch OfContainer(IDockerClient client, string containerId, DateTimeOffset since) =>
        new(client, "container", containerId, since);

    internal static EventWatch OfLabel(IDockerClient client, string label, DateTimeOffset since) => new(client, "label", label, since);

    /// <summary>Waits for an event.</summary>
    /// <param name="predicate">Which event.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The first event that the predicate accepts, past ones included.</returns>
    /// <exception cref="EngineUnavailableException">The engine ended the subscription.</exception>
    public async Task<EngineEvent> WaitForAsync(Func<EngineEvent, bool> predicate, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(predicate);
        var next = 0;
        while (true)
        {
            Task arrived;
            lock (_gate)
            {
                for (; next < _events.Count; next++)
                {
                    if (predicate(_events[next]))
                    {
                        return _events[next];
                    }
                }

                if (_broken is not null)
                {
                    throw new EngineUnavailableException("the engine stopped reporting events: " + _broken.Message, _broken);
                }

                arrived = _arrived.Task;
            }

            await arrived.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _listening.ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task ListenAsync(IDockerClient client, ContainerEventsParameters parameters)
    {
        Exception broken;
        try
        {
            await client.System.MonitorEventsAsync(parameters, new Listener(this), _stop.Token).ConfigureAwait(false);
            broken = new EndOfStreamException("the connection was closed");
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            return;
        }
#pragma warning disable CA1031 // whatever ended it is handed to those who wait
        catch (Exception exception)
#pragma warning restore CA1031
        {
            broken = exception;
        }

        Signal(() => _broken = broken);
    }

    private void Signal(Action change)
    {
        TaskCompletionSource waiting;
        lock (_gate)
        {
            change();
            waiting = _arrived;
            _arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        waiting.SetResult();
    }

    private void Take(Message message)
    {
        if (message.Actor?.ID is not { } id || message.Action is not { } action)
        {
            return;
        }

        var at = message.TimeNano is { } nano
            ? DateTimeOffset.UnixEpoch.AddTicks(nano / 100)
            : DateTimeOffset.FromUnixTimeSeconds(message.Time ?? 0);
        Signal(() => _events.Add(new EngineEvent(at, id, action, Number(message, "signal"), Number(message, "exitCode"))));
    }

    private static int? Number(Message message, string attribute) =>
        message.Actor.Attributes is { } attributes
        && attributes.TryGetValue(attribute, out var text)
        && int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;

    // Progress<T> would post to the thread pool and could reorder events.
    private sealed class Listener(EventWatch watch) : IProgress<Message>
    {
        public void Report(Message value) => watch.Take(value);
    }
}
