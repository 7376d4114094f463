using ShutdownKit.Analyzers.CodeFixes.Libraries;
using ShutdownKit.Analyzers.Libraries;
using ShutdownKit.Analyzers.Tests.Verifiers;

namespace ShutdownKit.Analyzers.Tests.Libraries;

public sealed class TransactionWithoutCommitTests
{
    private static string Bank(string body) => $$"""
        using System.Data;
        using System.Data.Common;
        using System.Transactions;
        using Dapper;
        using Microsoft.EntityFrameworkCore;

        public sealed class Bank(DbConnection connection, DbContext context)
        {
            public async Task TransferAsync(int from, int to, CancellationToken cancellationToken)
            {
                await Task.Yield();
                {{body}}
            }

            private static void Finish(IDbTransaction transaction) => transaction.Commit();
        }
        """;

    private static Task Checked(string body) => Rule.Of<TransactionWithoutCommitAnalyzer>(Bank(body)).Using(DatabaseStubs.All).RunAsync();

    [Fact]
    public Task A_transaction_of_a_connection() =>
        Rule.Of<TransactionWithoutCommitAnalyzer, TransactionWithoutCommitFix>(Bank("""
            using var transaction = connection.[|BeginTransaction|]();
                    using var command = connection.CreateCommand();
                    command.Transaction = transaction;
                    command.CommandText = "UPDATE accounts SET balance = balance - 1 WHERE id = 1";
                    command.ExecuteNonQuery();
            """))
            .Using(DatabaseStubs.All)
            .FixedTo(Bank("""
                using var transaction = connection.BeginTransaction();
                        using var command = connection.CreateCommand();
                        command.Transaction = transaction;
                        command.CommandText = "UPDATE accounts SET balance = balance - 1 WHERE id = 1";
                        command.ExecuteNonQuery();
                        transaction.Commit();
                """))
            .RunAsync();

    [Fact]
    public Task A_transaction_of_EF_Core() =>
        Rule.Of<TransactionWithoutCommitAnalyzer, TransactionWithoutCommitFix>(Bank("""
            await using var transaction = await context.Database.[|BeginTransactionAsync|](cancellationToken);
                    context.Add(from);
                    await context.SaveChangesAsync(cancellationToken);
            """))
            .Using(DatabaseStubs.All)
            .FixedTo(Bank("""
                await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
                        context.Add(from);
                        await context.SaveChangesAsync(cancellationToken);
                        await transaction.CommitAsync();
                """))
            .RunAsync();

    [Fact]
    public Task A_scope() =>
        Rule.Of<TransactionWithoutCommitAnalyzer, TransactionWithoutCommitFix>(Bank("""
            using (var scope = [|new|] TransactionScope(TransactionScopeAsyncFlowOption.Enabled))
                    {
                        await context.SaveChangesAsync(cancellationToken);
                    }
            """))
            .Using(DatabaseStubs.All)
            .FixedTo(Bank("""
                using (var scope = new TransactionScope(TransactionScopeAsyncFlowOption.Enabled))
                        {
                            await context.SaveChangesAsync(cancellationToken);
                            scope.Complete();
                        }
                """))
            .RunAsync();

    [Theory]
    [InlineData("using var transaction = connection.[|BeginTransaction|](); connection.Execute(\"DELETE FROM a\", null, transaction);")]
    [InlineData("using var transaction = connection.[|BeginTransaction|](); try { connection.Execute(\"DELETE FROM a\", null, transaction); } catch { transaction.Rollback(); throw; }")]
    [InlineData("using (var transaction = context.Database.[|BeginTransaction|]()) { context.SaveChanges(); }")]
    public Task Other_ways_to_forget(string body) => Checked(body);

    [Theory]
    [InlineData("using var transaction = connection.BeginTransaction(); connection.Execute(\"DELETE FROM a\", null, transaction); transaction.Commit();")]
    [InlineData("using var transaction = connection.BeginTransaction(); connection.Execute(\"DELETE FROM a\", null, transaction); Finish(transaction);")]
    [InlineData("using var transaction = connection.BeginTransaction(); connection.Execute(\"DELETE FROM a\", null, transaction); if (from > to) transaction.Commit();")]
    [InlineData("using var transaction = connection.BeginTransaction(); connection.Execute(\"DELETE FROM a\", null, transaction); transaction.Rollback();")]
    [InlineData("using var transaction = connection.BeginTransaction(System.Data.IsolationLevel.Snapshot); using var command = connection.CreateCommand(); command.Transaction = transaction; command.ExecuteScalar();")]
    [InlineData("using var transaction = context.Database.BeginTransaction(); context.SaveChanges(); context.Database.CommitTransaction();")]
    [InlineData("using var scope = new TransactionScope(TransactionScopeOption.Suppress); context.SaveChanges();")]
    [InlineData("using var scope = new TransactionScope(); context.SaveChanges(); scope.Complete();")]
    [InlineData("DbTransaction transaction = null!; transaction = connection.BeginTransaction(); connection.Execute(\"a\", null, transaction);")]
    public Task Silent_where_it_is_committed_or_may_be(string body) => Checked(body);

    [Theory]
    [InlineData("using var transaction = connection.BeginTransaction(; command.ExecuteReader(")]
    [InlineData("using var scope = new TransactionScope { ; context.Find(")]
    public Task Broken_code_is_survived(string body) => Rule.Of<TransactionWithoutCommitAnalyzer>(Bank(body)).Using(DatabaseStubs.All).Broken().RunAsync();
}
