using Microsoft.Data.Sqlite;

namespace SafeOrders;

/// <summary>The orders in SQLite, next to the journal. Every statement is a transaction and committed when the call returns.</summary>
/// <remarks>SQLite has no asynchronous API, and neither has this class.</remarks>
public sealed class OrderDatabase : IDisposable
{
    private readonly string _connectionString;

    public OrderDatabase(DataDirectory data)
    {
        _connectionString = new SqliteConnectionStringBuilder { DataSource = Path.Combine(data.Root, "orders.db") }.ToString();

        // The write-ahead log with synchronous=FULL, SQLite's default: a commit has reached the disk.
        Execute("PRAGMA journal_mode=WAL");
        Execute(
            """
            CREATE TABLE IF NOT EXISTS orders
                (id TEXT PRIMARY KEY, item TEXT NOT NULL, quantity INTEGER NOT NULL, invoice INTEGER NOT NULL, shipped INTEGER NOT NULL DEFAULT 0)
            """);
    }

    /// <summary>Does nothing when the order is there already.</summary>
    public void Insert(JournalEntry entry) => Execute(
        "INSERT OR IGNORE INTO orders (id, item, quantity, invoice) VALUES ($id, $item, $quantity, $invoice)",
        ("$id", entry.Order.Id),
        ("$item", entry.Order.Item),
        ("$quantity", entry.Order.Quantity),
        ("$invoice", entry.Invoice));

    public void MarkShipped(string id) => Execute("UPDATE orders SET shipped = 1 WHERE id = $id", ("$id", id));

    public long? FindInvoice(string id)
    {
        using SqliteConnection connection = Open();
        using SqliteCommand command = CreateCommand(connection, "SELECT invoice FROM orders WHERE id = $id", ("$id", id));
        return (long?)command.ExecuteScalar();
    }

    public List<string> ReadIds() => ReadStrings("SELECT id FROM orders");

    public List<string> ReadShippedIds() => ReadStrings("SELECT id FROM orders WHERE shipped = 1");

    public List<string> ReadUnshippedIds() => ReadStrings("SELECT id FROM orders WHERE shipped = 0 ORDER BY invoice");

    /// <summary>Closes the pooled connections; the last one merges the write-ahead log into the database.</summary>
    public void Dispose()
    {
        using var connection = new SqliteConnection(_connectionString);
        SqliteConnection.ClearPool(connection);
    }

    private static SqliteCommand CreateCommand(SqliteConnection connection, string sql, params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        foreach ((string name, object value) in parameters)
            command.Parameters.AddWithValue(name, value);
        return command;
    }

    private void Execute(string sql, params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        using SqliteConnection connection = Open();
        using SqliteCommand command = CreateCommand(connection, sql, parameters);
        command.ExecuteNonQuery();
    }

    private List<string> ReadStrings(string sql)
    {
        using SqliteConnection connection = Open();
        using SqliteCommand command = CreateCommand(connection, sql);
        using SqliteDataReader reader = command.ExecuteReader();
        var values = new List<string>();
        while (reader.Read())
            values.Add(reader.GetString(0));
        return values;
    }

    private SqliteConnection Open()
    {
        var connection = new SqliteConnection(_connectionString);
        connection.Open();
        return connection;
    }
}
