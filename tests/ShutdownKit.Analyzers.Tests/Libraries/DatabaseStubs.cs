namespace ShutdownKit.Analyzers.Tests.Libraries;

/// <summary>More of the libraries' public surface; see <see cref="LibraryStubs"/>.</summary>
internal static class DatabaseStubs
{
    /// <summary>Microsoft.EntityFrameworkCore, its relational part, its store in memory, Dapper, Hangfire and MassTransit.</summary>
    public const string All = """
        #nullable disable
        namespace Microsoft.EntityFrameworkCore
        {
            using System;
            using System.Collections.Generic;
            using System.Data;
            using System.Linq;
            using System.Threading;
            using System.Threading.Tasks;
            using Microsoft.EntityFrameworkCore.Infrastructure;
            using Microsoft.EntityFrameworkCore.Storage;

            public class DbContextOptions { }
            public class DbContextOptions<T> : DbContextOptions { }
            public class DbContextOptionsBuilder { }
            public class DbContext : IDisposable, IAsyncDisposable
            {
                public DbContext() { }
                public DbContext(DbContextOptions options) { }
                public DatabaseFacade Database => null;
                public object ChangeTracker => null;
                public virtual DbSet<T> Set<T>() where T : class => null;
                public virtual object Add(object entity) => null;
                public virtual object Update(object entity) => null;
                public virtual object Remove(object entity) => null;
                public virtual void AddRange(params object[] entities) { }
                public virtual int SaveChanges() => 0;
                public virtual Task<int> SaveChangesAsync(CancellationToken cancellationToken = default) => null;
                public virtual void Dispose() { }
                public virtual ValueTask DisposeAsync() => default;
            }
            public abstract class DbSet<T> : IEnumerable<T> where T : class
            {
                public virtual object Add(T entity) => null;
                public virtual Task AddAsync(T entity, CancellationToken cancellationToken = default) => null;
                public virtual object Remove(T entity) => null;
                public virtual void AddRange(params T[] entities) { }
                public virtual void RemoveRange(IEnumerable<T> entities) { }
                public virtual T Find(params object[] keys) => null;
                IEnumerator<T> IEnumerable<T>.GetEnumerator() => null;
                System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => null;
            }
            public interface IDbContextFactory<T> where T : DbContext
            {
                T CreateDbContext();
                Task<T> CreateDbContextAsync(CancellationToken cancellationToken = default);
            }
            public static class RelationalDatabaseFacadeExtensions
            {
                public static IDbContextTransaction BeginTransaction(this DatabaseFacade database, IsolationLevel level) => null;
                public static int ExecuteSqlRaw(this DatabaseFacade database, string sql) => 0;
                public static IDbContextTransaction UseTransaction(this DatabaseFacade database, System.Data.Common.DbTransaction transaction) => null;
            }
            public static class InMemoryDbContextOptionsExtensions
            {
                public static DbContextOptionsBuilder UseInMemoryDatabase(this DbContextOptionsBuilder options, string name) => options;
            }
            public static class NpgsqlDbContextOptionsBuilderExtensions
            {
                public static DbContextOptionsBuilder UseNpgsql(this DbContextOptionsBuilder options, string connectionString) => options;
            }
        }
        namespace Microsoft.Extensions.DependencyInjection
        {
            using System;
            using Microsoft.EntityFrameworkCore;
            public static class EntityFrameworkServiceCollectionExtensions
            {
                public static IServiceCollection AddDbContext<T>(this IServiceCollection services, Action<DbContextOptionsBuilder> options) where T : DbContext => services;
            }
        }
        namespace Microsoft.EntityFrameworkCore.Infrastructure
        {
            using System.Threading;
            using System.Threading.Tasks;
            using Microsoft.EntityFrameworkCore.Storage;
            public class DatabaseFacade
            {
                public virtual IDbContextTransaction BeginTransaction() => null;
                public virtual Task<IDbContextTransaction> BeginTransactionAsync(CancellationToken cancellationToken = default) => null;
                public virtual void CommitTransaction() { }
            }
        }
        namespace Microsoft.EntityFrameworkCore.Storage
        {
            using System;
            using System.Threading;
            using System.Threading.Tasks;
            public interface IDbContextTransaction : IDisposable, IAsyncDisposable
            {
                void Commit();
                Task CommitAsync(CancellationToken cancellationToken = default);
                void Rollback();
                Task RollbackAsync(CancellationToken cancellationToken = default);
            }
        }
        namespace Dapper
        {
            using System.Data;
            public static class SqlMapper
            {
                public static int Execute(this IDbConnection cnn, string sql, object param = null, IDbTransaction transaction = null) => 0;
            }
        }
        namespace Hangfire
        {
            public interface IGlobalConfiguration { }
            public static class MemoryStorageExtensions
            {
                public static IGlobalConfiguration UseMemoryStorage(this IGlobalConfiguration configuration) => configuration;
                public static IGlobalConfiguration UseSqlServerStorage(this IGlobalConfiguration configuration, string connection) => configuration;
            }
        }
        namespace Confluent.Kafka
        {
            public enum Acks { All = -1, None = 0, Leader = 1 }
            public class ProducerConfig { public Acks? Acks { get; set; } }
        }
        namespace MongoDB.Driver
        {
            public class WriteConcern { public static WriteConcern Unacknowledged => null; public static WriteConcern WMajority => null; }
        }
        namespace System.Data.SQLite
        {
            public enum SQLiteJournalModeEnum { Default = -1, Delete, Persist, Off, Truncate, Memory, Wal }
            public enum SynchronizationModes { Normal, Full, Off }
            public sealed class SQLiteConnectionStringBuilder { public SQLiteJournalModeEnum JournalMode { get; set; } public SynchronizationModes SyncMode { get; set; } public string DataSource { get; set; } }
        }
        """;
}
