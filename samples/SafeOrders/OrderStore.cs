namespace SafeOrders;

/// <summary>Journal and database as one: an order is stored when both have it, and only then is it acknowledged.</summary>
public sealed class OrderStore : IDisposable
{
    private readonly OrderJournal _journal;
    private readonly OrderDatabase _database;
    private readonly InvoiceNumbers _invoices;
    private readonly SemaphoreSlim _oneWriter = new(1, 1);

    public OrderStore(OrderJournal journal, OrderDatabase database, InvoiceNumbers invoices)
    {
        _journal = journal;
        _database = database;
        _invoices = invoices;

        // The journal is written first. What a kill kept out of the database is brought in here.
        foreach (JournalEntry entry in _journal.ReadAll().ExceptBy(_database.ReadIds(), entry => entry.Order.Id))
            _database.Insert(entry);
    }

    /// <summary>Stores the order for good and returns its invoice number; an order that is stored already keeps its number.</summary>
    /// <param name="cancellationToken">Gives up the wait for other writers; a write that has begun is finished.</param>
    public async Task<(long Invoice, bool IsNew)> AddAsync(Order order, CancellationToken cancellationToken)
    {
        await _oneWriter.WaitAsync(cancellationToken);
        try
        {
            if (_database.FindInvoice(order.Id) is { } known)
                return (known, false);

            var entry = new JournalEntry(order, _invoices.Next());
            _journal.Append(entry);
            _database.Insert(entry);
            return (entry.Invoice, true);
        }
        finally
        {
            _oneWriter.Release();
        }
    }

    /// <summary>The ids of the orders that both files have, read from the files.</summary>
    public IEnumerable<string> ReadIds() => _database.ReadIds().Intersect(_journal.ReadAll().Select(entry => entry.Order.Id));

    public List<string> ReadUnshippedIds() => _database.ReadUnshippedIds();

    public List<string> ReadShippedIds() => _database.ReadShippedIds();

    /// <summary>Takes no token: what has left the house must be marked, or it would be shipped twice.</summary>
    public async Task MarkShippedAsync(string id)
    {
        await _oneWriter.WaitAsync(CancellationToken.None);
        try
        {
            _database.MarkShipped(id);
        }
        finally
        {
            _oneWriter.Release();
        }
    }

    public void Dispose() => _oneWriter.Dispose();
}
