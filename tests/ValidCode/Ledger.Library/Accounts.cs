using System.Data;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace Ledger.Library;

public sealed class Account
{
    public int Id { get; set; }

    public long Balance { get; set; }
}

public sealed class AccountsContext(DbContextOptions<AccountsContext> options) : DbContext(options)
{
    public DbSet<Account> Accounts => Set<Account>();
}

public sealed class Accounts(IDbContextFactory<AccountsContext> contexts, string connectionString)
{
    public async Task OpenAsync(int id, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        context.Accounts.Add(new Account { Id = id });
        await context.SaveChangesAsync(cancellationToken);
    }

    public async Task<bool> TransferAsync(int from, int to, long amount, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await context.Database.BeginTransactionAsync(IsolationLevel.Serializable, cancellationToken);
        var source = await context.Accounts.FindAsync([from], cancellationToken);
        var target = await context.Accounts.FindAsync([to], cancellationToken);
        if (source is null || target is null || source.Balance < amount)
            return false;

        source.Balance -= amount;
        target.Balance += amount;
        await context.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return true;
    }

    public long Count()
    {
        using var connection = new SqliteConnection(connectionString);
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; SELECT COUNT(*) FROM Accounts";
        return (long)command.ExecuteScalar()!;
    }

    public void Import(IEnumerable<Account> accounts)
    {
        using var connection = new SqliteConnection(connectionString);
        connection.Open();
        using var transaction = connection.BeginTransaction();
        try
        {
            foreach (var account in accounts)
            {
                using var command = connection.CreateCommand();
                command.Transaction = transaction;
                command.CommandText = "INSERT INTO Accounts (Id, Balance) VALUES ($id, $balance)";
                command.Parameters.AddWithValue("$id", account.Id);
                command.Parameters.AddWithValue("$balance", account.Balance);
                command.ExecuteNonQuery();
            }

            transaction.Commit();
        }
        catch
        {
            transaction.Rollback();
            throw;
        }
    }
}
