using System.Text.Json;
using System.Threading.Channels;

namespace LostOrders;

/// <summary>Appends every order to the journal. One writer, so that no lock is needed and requests never wait for the disk.</summary>
public sealed class JournalWriter(DataDirectory data) : BackgroundService
{
    private readonly Channel<Order> _incoming = Channel.CreateUnbounded<Order>();

    public void Append(Order order) => _incoming.Writer.TryWrite(order);

    // The journal must not miss an order, so the writer does not stop when the host does.
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var journal = new StreamWriter(data.Journal, append: true);
        while (true)
        {
            Order order = await _incoming.Reader.ReadAsync();
            await journal.WriteLineAsync(JsonSerializer.Serialize(order));
        }
    }
}
