namespace SafeOrders;

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
                await AppendAsync();
            }
        }
        finally
        {
            await AppendAsync();
        }
    }

    /// <summary>Takes no token: at the last line it would be cancelled already, and a line is quickly written.</summary>
    private Task AppendAsync() =>
        File.AppendAllTextAsync(_path, $"{DateTime.UtcNow:O},{Interlocked.Exchange(ref _pieces, 0)}\n", CancellationToken.None);
}
