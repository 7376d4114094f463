using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Testing;
using ShutdownKit.Analyzers.CodeFixes.Libraries;
using ShutdownKit.Analyzers.Libraries;
using ShutdownKit.Analyzers.Tests.Verifiers;

namespace ShutdownKit.Analyzers.Tests.Libraries;

public sealed class SqliteDurabilityTests
{
    private static string Store(string sql, string source = "Data Source=/data/shop.db") => $$"""
        using System.Data.Common;

        public sealed class Store(DbConnection connection)
        {
            public void Open()
            {
                connection.ConnectionString = "{{source}}";
                using var command = connection.CreateCommand();
                command.CommandText = "{{sql}}";
                command.ExecuteNonQuery();
            }
        }
        """;

    [Theory]
    [InlineData("PRAGMA {|#0:journal_mode = OFF|}", "PRAGMA journal_mode = WAL", DiagnosticSeverity.Warning)]
    [InlineData("pragma {|#0:journal_mode=memory|}; SELECT 1", "pragma journal_mode=WAL; SELECT 1", DiagnosticSeverity.Warning)]
    [InlineData("PRAGMA {|#0:journal_mode('MEMORY|}')", "PRAGMA journal_mode('WAL')", DiagnosticSeverity.Warning)]
    [InlineData("PRAGMA {|#0:synchronous = 0|};", "PRAGMA synchronous = FULL;", DiagnosticSeverity.Info)]
    [InlineData("Data Source=a.db;{|#0:Journal Mode=Off|};Pooling=True", "Data Source=a.db;Journal Mode=WAL;Pooling=True", DiagnosticSeverity.Warning)]
    [InlineData("Data Source=a.db;{|#0:Synchronous=Off|}", "Data Source=a.db;Synchronous=FULL", DiagnosticSeverity.Info)]
    public Task A_mode_that_gives_up_protection(string sql, string mended, DiagnosticSeverity severity)
    {
        var test = Rule.Of<SqliteDurabilityAnalyzer, SqliteDurabilityFix>(Store(sql)).FixedTo(Store(mended));
        test.TestState.ExpectedDiagnostics.Add(new DiagnosticResult("SHK7003", severity).WithLocation(0));
        return test.RunAsync();
    }

    [Fact]
    public Task Named_by_an_enumeration() =>
        Rule.Of<SqliteDurabilityAnalyzer, SqliteDurabilityFix>("""
            using System.Data.SQLite;
            public static class Connections
            {
                public static SQLiteConnectionStringBuilder Fast() => new() { DataSource = "a.db", JournalMode = [|SQLiteJournalModeEnum.Off|] };
            }
            """)
            .Using(DatabaseStubs.All)
            .FixedTo("""
                using System.Data.SQLite;
                public static class Connections
                {
                    public static SQLiteConnectionStringBuilder Fast() => new() { DataSource = "a.db", JournalMode = SQLiteJournalModeEnum.Wal };
                }
                """)
            .RunAsync();

    [Fact]
    public Task The_message_tells_what_is_lost() =>
        Rule.Of<SqliteDurabilityAnalyzer>(Store("PRAGMA {|#0:synchronous=OFF|}"))
            .Expecting("SHK7003", 0, "With synchronous=OFF SQLite never waits for the disk: what is committed survives SIGKILL, but a power cut can lose it or destroy the database", DiagnosticSeverity.Info)
            .RunAsync();

    [Theory]
    [InlineData("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL")]
    [InlineData("PRAGMA journal_mode")]
    [InlineData("PRAGMA journal_mode = DELETE")]
    [InlineData("PRAGMA synchronous=2")]
    [InlineData("official synchronous office")]
    public Task Silent_otherwise(string sql) => Rule.Of<SqliteDurabilityAnalyzer>(Store(sql)).RunAsync();

    [Theory]
    [InlineData("Data Source=:memory:")]
    [InlineData("Data Source=shared;Mode=Memory;Cache=Shared")]
    public Task Silent_for_a_database_in_memory(string source) => Rule.Of<SqliteDurabilityAnalyzer>(Store("PRAGMA journal_mode=OFF", source)).RunAsync();

    [Fact]
    public Task Silent_in_a_comment() => Rule.Of<SqliteDurabilityAnalyzer>("// PRAGMA journal_mode = OFF\nclass A { }").RunAsync();

    [Theory]
    [InlineData("class A { string s = $\"PRAGMA journal_mode = {")]
    [InlineData("class A { object s = SQLiteJournalModeEnum.Off")]
    public Task Broken_code_is_survived(string source) => Rule.Of<SqliteDurabilityAnalyzer>(source).Broken().RunAsync();
}
