using System.Collections.Concurrent;
using System.Text.Json;

namespace LostOrders;

/// <summary>All orders in memory, so that reads never touch the disk. Filled from the journal at start.</summary>
public sealed partial class OrderBook
{
    private readonly ConcurrentDictionary<string, Order> _orders = new();

    public OrderBook(DataDirectory data, ILogger<OrderBook> logger)
    {
        if (!File.Exists(data.Journal))
            return;

        foreach (string line in File.ReadLines(data.Journal))
        {
            try
            {
                Add(JsonSerializer.Deserialize<Order>(line)!);
            }
            catch (JsonException)
            {
                UnreadableLine(logger, line);
            }
        }
    }

    public IEnumerable<string> Ids => _orders.Keys;

    public void Add(Order order) => _orders[order.Id] = order;

    [LoggerMessage(LogLevel.Warning, "Skipped a journal line that is no order: {Line}")]
    private static partial void UnreadableLine(ILogger logger, string line);
}
