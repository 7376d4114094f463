using ShutdownKit.Analyzers.Libraries;
using ShutdownKit.Analyzers.Tests.Verifiers;

namespace ShutdownKit.Analyzers.Tests.Libraries;

public sealed class ServerDurabilityTests
{
    [Theory]
    [InlineData("SET {|SHK7012:synchronous_commit TO OFF|}")]
    [InlineData("Host=db;Options=-c {|SHK7012:synchronous_commit=off|}")]
    [InlineData("ALTER SYSTEM SET {|SHK7012:fsync = off|}")]
    [InlineData("SET GLOBAL {|SHK7012:innodb_flush_log_at_trx_commit = 0|}")]
    [InlineData("{|SHK7012:mongodb://db:27017/?w=0|}")]
    [InlineData("{|SHK7012:mongodb+srv://db/shop?retryWrites=true&journal=false|}")]
    public Task A_setting_in_a_constant(string text) => Rule.Of<ServerDurabilityAnalyzer>($"class A {{ const string Text = \"{text}\"; }}").RunAsync();

    [Theory]
    [InlineData("SET synchronous_commit TO ON")]
    [InlineData("SET synchronous_commit TO local")]
    [InlineData("innodb_flush_log_at_trx_commit = 1")]
    [InlineData("mongodb://db:27017/?w=majority")]
    [InlineData("the fsync is off")]
    public Task Silent_otherwise(string text) => Rule.Of<ServerDurabilityAnalyzer>($"class A {{ const string Text = \"{text}\"; }}").RunAsync();

    [Fact]
    public Task Settings_of_clients() =>
        Rule.Of<ServerDurabilityAnalyzer>("""
            using Confluent.Kafka;
            using MongoDB.Driver;
            class Clients
            {
                ProducerConfig _fast = new() { Acks = {|SHK7012:Acks.None|} };
                ProducerConfig _safe = new() { Acks = Acks.All };
                WriteConcern _blind = {|SHK7012:WriteConcern.Unacknowledged|};
                WriteConcern _sure = WriteConcern.WMajority;
                bool IsBlind(ProducerConfig config) => config.Acks == Acks.None;
            }
            """).Using(DatabaseStubs.All).RunAsync();

    [Theory]
    [InlineData("postgres:16", "{|SHK7012:postgres -c fsync=off -c max_connections=200|}")]
    [InlineData("redis:7", "{|SHK7012:redis-server --save \"\" --appendonly no|}")]
    [InlineData("redis:7", "redis-server --appendonly yes")]
    [InlineData("postgres:16", "postgres -c shared_buffers=1GB")]
    public Task A_server_beside_the_application_in_a_compose_file(string image, string command) =>
        Rule.Of<ServerDurabilityAnalyzer>("System.Console.WriteLine();").AsProgram()
            .WithFile("/app/Dockerfile", "FROM mcr.microsoft.com/dotnet/runtime:10.0\nENTRYPOINT [\"dotnet\", \"TestProject.dll\"]\n")
            .WithFile("/app/compose.yaml", $"services:\n  app:\n    build: .\n  store:\n    image: {image}\n    command: {command}\n")
            .RunAsync();

    [Fact]
    public Task Broken_code_is_survived() => Rule.Of<ServerDurabilityAnalyzer>("class A { Acks s = Acks. ; object o = new { Acks.None").Broken().RunAsync();
}
