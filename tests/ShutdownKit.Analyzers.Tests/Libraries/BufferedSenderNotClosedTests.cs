using ShutdownKit.Analyzers.CodeFixes.Libraries;
using ShutdownKit.Analyzers.Libraries;
using ShutdownKit.Analyzers.Tests.Verifiers;

namespace ShutdownKit.Analyzers.Tests.Libraries;

public sealed class BufferedSenderNotClosedTests
{
    private static string Class(string members) => $$"""
        using Azure.Messaging.EventHubs;
        using Azure.Messaging.EventHubs.Producer;
        using InfluxDB.Client;

        public sealed class Meter
        {
            {{members}}
        }
        """;

    private static RuleTest<BufferedSenderNotClosedAnalyzer, BufferedSenderNotClosedFix> Test(string source)
    {
        return Rule.Of<BufferedSenderNotClosedAnalyzer, BufferedSenderNotClosedFix>(source).Using(LibraryStubs.Senders);
    }

    [Theory]
    [InlineData("public async Task SendAsync(string reading) { var producer = [|new EventHubBufferedProducerClient(\"c\", \"h\")|]; await producer.EnqueueEventAsync(new EventData(reading)); }")]
    [InlineData("private readonly EventHubBufferedProducerClient _producer = [|new(\"c\", \"h\")|]; public Task SendAsync(string reading) => _producer.EnqueueEventAsync(new EventData(reading));")]
    [InlineData("private readonly WriteApi _writes; public Meter(InfluxDBClient client) { _writes = [|client.GetWriteApi()|]; } public void Send(string reading) => _writes.WriteRecord(reading);")]
    public Task Never_closed(string members) => Test(Class(members)).RunAsync();

    [Theory]
    [InlineData("public async Task SendAsync(string reading) { await using var producer = new EventHubBufferedProducerClient(\"c\", \"h\"); await producer.EnqueueEventAsync(new EventData(reading)); }")]
    [InlineData("public async Task SendAsync(string reading) { var producer = new EventHubBufferedProducerClient(\"c\", \"h\"); try { await producer.EnqueueEventAsync(new EventData(reading)); } finally { await producer.CloseAsync(); } }")]
    [InlineData("private readonly EventHubBufferedProducerClient _producer = new(\"c\", \"h\"); public Task SendAsync(string reading) => _producer.EnqueueEventAsync(new EventData(reading)); public ValueTask DisposeAsync() => _producer.DisposeAsync();")]
    [InlineData("public void Send(string reading) { using var client = new InfluxDBClient(\"u\", \"t\"); var writes = client.GetWriteApi(); writes.WriteRecord(reading); }")]
    // Somebody else's to close.
    [InlineData("public EventHubBufferedProducerClient Open() { var producer = new EventHubBufferedProducerClient(\"c\", \"h\"); producer.SendEventBatchFailedAsync += _ => Task.CompletedTask; return producer; }")]
    [InlineData("public void Register(IServiceCollection services) => services.AddSingleton(_ => new EventHubBufferedProducerClient(\"c\", \"h\"));")]
    // Given nothing to send.
    [InlineData("public void Open() { var producer = new EventHubBufferedProducerClient(\"c\", \"h\"); producer.SendEventBatchFailedAsync += _ => Task.CompletedTask; }")]
    public Task Silent_where_it_is_closed(string members) => Test(Class(members)).RunAsync();

    [Fact]
    public Task Users_name_types_of_their_own() =>
        Test("""
            namespace Metering;

            public sealed class Outbox : IDisposable { public void Add(string line) { } public void Dispose() { } }
            public sealed class Spool { public void Write(string line) { } public void DrainAll() { } public void Close() { } }

            public static class Program
            {
                public static void One() { var outbox = [|new Outbox()|]; outbox.Add("x"); }
                public static void Two() { using var outbox = new Outbox(); outbox.Add("x"); }
                public static void Three() { var spool = [|new Spool()|]; spool.Write("x"); spool.Close(); }
                public static void Four() { var spool = new Spool(); spool.Write("x"); spool.DrainAll(); }
            }
            """)
            .WithFile("ShutdownKit.FlushRequired.txt", "# what collects\nMetering.Outbox\nMetering.Spool DrainAll\nMetering.Missing\n")
            .RunAsync();

    [Fact]
    public Task Fix_disposes_of_it() =>
        Test(Class("""
            public async Task SendAsync(string reading)
                {
                    var producer = [|new EventHubBufferedProducerClient("c", "h")|];
                    await producer.EnqueueEventAsync(new EventData(reading));
                }

                public void Send(InfluxDBClient client, string reading)
                {
                    // Ours alone.
                    var writes = [|client.GetWriteApi()|];
                    writes.WriteRecord(reading);
                }
            """))
            .FixedTo(Class("""
            public async Task SendAsync(string reading)
                {
                    await using var producer = new EventHubBufferedProducerClient("c", "h");
                    await producer.EnqueueEventAsync(new EventData(reading));
                }

                public void Send(InfluxDBClient client, string reading)
                {
                    // Ours alone.
                    using var writes = client.GetWriteApi();
                    writes.WriteRecord(reading);
                }
            """))
            .RunAsync();

    [Fact]
    public Task No_fix_where_it_cannot_be_disposed_of_here() =>
        Test(Class("public void Send(string reading) { var producer = [|new EventHubBufferedProducerClient(\"c\", \"h\")|]; producer.EnqueueEventAsync(new EventData(reading)).GetAwaiter().GetResult(); }")).NotFixed().RunAsync();

    [Fact]
    public Task The_message_tells_what_happens() =>
        Test(Class("public async Task SendAsync(string reading) { var producer = {|#0:new EventHubBufferedProducerClient(\"c\", \"h\")|}; await producer.EnqueueEventAsync(new EventData(reading)); }"))
            .Expecting("SHK7009", 0, "'producer' collects what it is given and sends it later; nothing closes or flushes it, so what it has not sent when the process ends is lost")
            .RunAsync();

    [Theory]
    [InlineData("class C { async Task M() { var p = [|new Azure.Messaging.EventHubs.Producer.EventHubBufferedProducerClient(|]; await p.EnqueueEventAsync( } }")]
    public Task Broken_code_is_survived(string source) => Test(source).Broken().RunAsync();
}
