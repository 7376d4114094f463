using Microsoft.Data.Sqlite;

namespace LostOrders;

/// <summary>The orders in SQLite, for the people who write reports.</summary>
public sealed class OrderDatabase
{
    private const string ConnectionString = "Data Source=orders.db";

    public OrderDatabase()
    {
        using SqliteConnection connection = Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText =
            "CREATE TABLE IF NOT EXISTS orders (id TEXT PRIMARY KEY, item TEXT, quantity INTEGER, invoice INTEGER, shipped INTEGER DEFAULT 0)";
        command.ExecuteNonQuery();
    }

    public async Task InsertAsync(Order order, long invoice, CancellationToken cancellationToken)
    {
        using SqliteConnection connection = Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "INSERT OR REPLACE INTO orders (id, item, quantity, invoice) VALUES ($id, $item, $quantity, $invoice)";
        command.Parameters.AddWithValue("$id", order.Id);
        command.Parameters.AddWithValue("$item", order.Item);
        command.Parameters.AddWithValue("$quantity", order.Quantity);
        command.Parameters.AddWithValue("$invoice", invoice);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    public async Task MarkShippedAsync(Order order, CancellationToken cancellationToken)
    {
        using SqliteConnection connection = Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "UPDATE orders SET shipped = 1 WHERE id = $id";
        command.Parameters.AddWithValue("$id", order.Id);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    public async Task<List<string>> ReadShippedAsync(CancellationToken cancellationToken)
    {
        using SqliteConnection connection = Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "SELECT id FROM orders WHERE shipped = 1";
        using SqliteDataReader reader = await command.ExecuteReaderAsync(cancellationToken);
        var ids = new List<string>();
        while (await reader.ReadAsync(cancellationToken))
            ids.Add(reader.GetString(0));
        return ids;
    }

    private static SqliteConnection Open()
    {
        var connection = new SqliteConnection(ConnectionString);
        connection.Open();
        return connection;
    }
}
