using System.Collections.Concurrent;
using System.Text.Json;
using System.Threading.Channels;
using Ledger.Library;

namespace Shop.Web;

public sealed record Order(long Id, string Item, int Count);

/// <summary>Orders that have been accepted: in the journal first, then on their way.</summary>
public sealed class OrderQueue(Journal journal)
{
    private readonly Channel<Order> _channel = Channel.CreateBounded<Order>(new BoundedChannelOptions(1000) { SingleReader = true });

    public int Count => _channel.Reader.Count;

    public async Task AddAsync(Order order, CancellationToken cancellationToken)
    {
        journal.Append([(order.Id, JsonSerializer.Serialize(order))]);
        await _channel.Writer.WriteAsync(order, cancellationToken);
    }

    public IAsyncEnumerable<Order> ReadAllAsync(CancellationToken cancellationToken) => _channel.Reader.ReadAllAsync(cancellationToken);

    public bool TryRead(out Order? order) => _channel.Reader.TryRead(out order);

    public void Complete() => _channel.Writer.TryComplete();
}

public sealed class OrderProcessor(OrderQueue queue, Accounts accounts, ILogger<OrderProcessor> log) : BackgroundService
{
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        queue.Complete();
        await base.StopAsync(cancellationToken);
        log.LogInformation("All orders are processed");
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await foreach (var order in queue.ReadAllAsync(stoppingToken))
                await ProcessAsync(order);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // What is queued by now is still worked off.
        }

        while (queue.TryRead(out var order))
            await ProcessAsync(order!);
    }

    private async Task ProcessAsync(Order order)
    {
        try
        {
            await accounts.TransferAsync(1, 2, order.Count, CancellationToken.None);
        }
        catch (InvalidOperationException problem)
        {
            log.LogError(problem, "Order {Id} was refused", order.Id);
        }
    }
}

/// <summary>Counts in memory, saves now and then, and once more at the end.</summary>
public sealed class StatisticsService(Cart cart, ILogger<StatisticsService> log) : BackgroundService
{
    private const string Path = "/data/statistics.json";

    private readonly ConcurrentDictionary<string, int> _counts = new();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (File.Exists(Path))
        {
            foreach (var (name, count) in JsonSerializer.Deserialize<Dictionary<string, int>>(await File.ReadAllTextAsync(Path, stoppingToken))!)
                _counts[name] = count;
        }

        using var timer = new PeriodicTimer(TimeSpan.FromMinutes(1));
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                foreach (var item in cart.Take())
                    _counts.AddOrUpdate(item, 1, static (_, count) => count + 1);
                await SaveAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            log.LogDebug("Stopping");
        }
        finally
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5));
            await SaveAsync(limit.Token);
        }
    }

    private Task SaveAsync(CancellationToken cancellationToken) =>
        AtomicFile.WriteAsync(Path, (stream, token) => JsonSerializer.SerializeAsync(stream, _counts, cancellationToken: token), cancellationToken);
}

/// <summary>What customers look at; worth nothing after a restart.</summary>
public sealed class Cart
{
    private readonly ConcurrentQueue<string> _items = new();

    public void Add(string item) => _items.Enqueue(item);

    public IEnumerable<string> Take()
    {
        while (_items.TryDequeue(out var item))
            yield return item;
    }
}
