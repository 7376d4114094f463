using System.Collections.Concurrent;

namespace Relay.Console;

/// <summary>A thread of its own that works off a queue; ended by completing the queue, and joined.</summary>
public sealed class Pump : IDisposable
{
    private readonly BlockingCollection<Action> _queue = new(boundedCapacity: 1000);
    private readonly Thread _thread;

    public Pump()
    {
        _thread = new Thread(Work) { IsBackground = true, Name = "pump" };
        _thread.Start();
    }

    public void Post(Action action) => _queue.Add(action);

    public void Dispose()
    {
        _queue.CompleteAdding();
        _thread.Join();
        _queue.Dispose();
    }

    private void Work()
    {
        foreach (var action in _queue.GetConsumingEnumerable())
        {
            try
            {
                action();
            }
            catch (Exception problem)
            {
                Serilog.Log.Error(problem, "An action failed");
            }
        }
    }
}
