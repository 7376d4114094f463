using System.Threading.Channels;

namespace SafeOrders;

/// <summary>Ships the orders one by one, in the background. The queue is only a shortcut: the store knows what is not shipped yet.</summary>
public sealed class ShippingWorker(OrderStore store) : BackgroundService
{
    private readonly Channel<string> _queue = Channel.CreateUnbounded<string>();

    public void Enqueue(string orderId) => _queue.Writer.TryWrite(orderId);

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        // Before the first request can come: what the last run had no time for.
        foreach (string id in store.ReadUnshippedIds())
            Enqueue(id);
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (string id in _queue.Reader.ReadAllAsync(stoppingToken))
        {
            // One shipment is finished even when the host stops meanwhile, hence no token.
            await HandToCarrierAsync();
            await store.MarkShippedAsync(id);

            // The others wait in the database, and the next start queues them.
            if (stoppingToken.IsCancellationRequested)
                break;
        }
    }

    /// <summary>Stands for the call to the carrier's web service.</summary>
    private static Task HandToCarrierAsync() => Task.Delay(20);
}
