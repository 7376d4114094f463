using System.Collections.Concurrent;

namespace Billing.Worker;

/// <summary>A loop with a token source of its own, started and stopped by hand.</summary>
public sealed class Heartbeat(ILogger<Heartbeat> log) : IHostedService, IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private Task _beating = Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _beating = Task.Run(() => BeatAsync(_stop.Token), CancellationToken.None);
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stop.CancelAsync();
        await _beating.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public void Dispose() => _stop.Dispose();

    private async Task BeatAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                log.LogDebug("Alive");
                await Task.Delay(TimeSpan.FromSeconds(10), stop);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                break;
            }
            catch (Exception problem)
            {
                log.LogError(problem, "A beat failed");
            }
        }
    }
}

/// <summary>A timer and a watcher that are both put away when the host stops.</summary>
public sealed class DirectoryWatch : IHostedService, IAsyncDisposable
{
    private readonly ConcurrentQueue<string> _changes = new();
    private readonly FileSystemWatcher _watcher = new("/data/in");
    private readonly SemaphoreSlim _gate = new(1, 1);
    private Timer? _timer;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _watcher.Created += (_, change) => _changes.Enqueue(change.FullPath);
        _watcher.EnableRaisingEvents = true;
        _timer = new Timer(_ => Collect(), null, TimeSpan.Zero, TimeSpan.FromSeconds(30));
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _watcher.EnableRaisingEvents = false;
        if (_timer is not null)
            await _timer.DisposeAsync();
        await _gate.WaitAsync(cancellationToken);
        Collect();
    }

    public ValueTask DisposeAsync()
    {
        _watcher.Dispose();
        _gate.Dispose();
        return ValueTask.CompletedTask;
    }

    private void Collect()
    {
        while (_changes.TryDequeue(out var change))
            File.AppendAllLines("/data/changes.log", [change]);
    }
}
