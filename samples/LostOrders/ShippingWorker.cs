using System.Threading.Channels;

namespace LostOrders;

/// <summary>Ships the orders one by one, in the background, so that the client does not wait for the carrier.</summary>
public sealed partial class ShippingWorker(OrderDatabase database, ILogger<ShippingWorker> logger) : BackgroundService
{
    private readonly Channel<Order> _queue = Channel.CreateUnbounded<Order>();

    public void Enqueue(Order order) => _queue.Writer.TryWrite(order);

    public override Task StopAsync(CancellationToken cancellationToken)
    {
        Stopping(logger, _queue.Reader.Count);
        return Task.CompletedTask;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (Order order in _queue.Reader.ReadAllAsync(stoppingToken))
        {
            await HandToCarrierAsync(stoppingToken);
            await database.MarkShippedAsync(order, stoppingToken);
        }
    }

    /// <summary>Stands for the call to the carrier's web service.</summary>
    private static Task HandToCarrierAsync(CancellationToken cancellationToken) => Task.Delay(20, cancellationToken);

    [LoggerMessage(LogLevel.Information, "Shipping stops, {Waiting} orders still in the queue")]
    private static partial void Stopping(ILogger logger, int waiting);
}
