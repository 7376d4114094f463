namespace LostOrders;

/// <summary>Adds a line with the number of pieces sold to the sales report: every hour, and for the rest when the service stops.</summary>
public sealed class SalesReport(DataDirectory data) : BackgroundService
{
    private readonly string _path = Path.Combine(data.Root, "sales.csv");
    private int _pieces;

    public void Count(Order order) => Interlocked.Add(ref _pieces, order.Quantity);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                await Task.Delay(TimeSpan.FromHours(1), stoppingToken);
                await File.AppendAllTextAsync(_path, NextLine(), stoppingToken);
            }
        }
        finally
        {
            await File.AppendAllTextAsync(_path, NextLine(), stoppingToken);
        }
    }

    private string NextLine() => $"{DateTime.UtcNow:O},{Interlocked.Exchange(ref _pieces, 0)}\n";
}
