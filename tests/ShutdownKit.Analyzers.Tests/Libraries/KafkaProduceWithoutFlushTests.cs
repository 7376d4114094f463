using ShutdownKit.Analyzers.CodeFixes.Libraries;
using ShutdownKit.Analyzers.Libraries;
using ShutdownKit.Analyzers.Tests.Verifiers;

namespace ShutdownKit.Analyzers.Tests.Libraries;

public sealed class KafkaProduceWithoutFlushTests
{
    private static string Class(string members, string name = "Exporter") => $$"""
        using Confluent.Kafka;

        public sealed class {{name}}
        {
            private readonly ProducerConfig _config = new();
            private static Message<Null, string> M(string value) => new() { Value = value };
            {{members}}
        }
        """;

    private static RuleTest<KafkaProduceWithoutFlushAnalyzer, KafkaProduceWithoutFlushFix> Test(string source)
    {
        return Rule.Of<KafkaProduceWithoutFlushAnalyzer, KafkaProduceWithoutFlushFix>(source).Using(LibraryStubs.Kafka);
    }

    private const string Field = """
        private readonly IProducer<Null, string> _producer;
        public Exporter() => _producer = new ProducerBuilder<Null, string>(_config).Build();
        """;

    [Theory]
    [InlineData("public void Export(string[] rows) { using var producer = new ProducerBuilder<Null, string>(_config).Build(); foreach (var row in rows) [|producer.Produce|](\"rows\", M(row)); producer.Poll(TimeSpan.Zero); }")]
    [InlineData("public void Export(string[] rows) { using (var producer = new ProducerBuilder<Null, string>(_config).SetErrorHandler((_, _) => { }).Build()) { [|producer.Produce|](\"rows\", M(\"a\"), report => { }); producer.Produce(\"rows\", M(\"b\")); } }")]
    [InlineData("public void Export(string row) { using var producer = new ProducerBuilder<Null, string>(_config).Build(); _ = [|producer.ProduceAsync|](\"rows\", M(row)); }")]
    [InlineData(Field + "public void Export(string row) => [|_producer.Produce|](\"rows\", M(row)); public void Dispose() => _producer.Dispose();")]
    [InlineData(Field + "public void Export(string row) { _ = [|this._producer.ProduceAsync|](\"rows\", M(row)); _producer.ProduceAsync(\"rows\", M(row)).ContinueWith(_ => { }); }")]
    public Task Never_flushed(string members) => Test(Class(members)).RunAsync();

    [Theory]
    [InlineData("public void Export(string row) { using var producer = new ProducerBuilder<Null, string>(_config).Build(); producer.Produce(\"rows\", M(row)); producer.Flush(TimeSpan.FromSeconds(5)); }")]
    [InlineData("public async Task ExportAsync(string row) { using var producer = new ProducerBuilder<Null, string>(_config).Build(); await producer.ProduceAsync(\"rows\", M(row)); }")]
    [InlineData("public void Export(string row) { using var producer = new ProducerBuilder<Null, string>(_config).Build(); producer.BeginTransaction(); producer.Produce(\"rows\", M(row)); producer.CommitTransaction(); }")]
    [InlineData(Field + "public void Export(string row) => _producer.Produce(\"rows\", M(row)); public void Dispose() { _producer.Flush(); _producer.Dispose(); }")]
    [InlineData("public void Export(string row) { using var first = new ProducerBuilder<string, string>(_config).Build(); using var second = new DependentProducerBuilder<Null, string>(first.Handle).Build(); second.Produce(\"rows\", M(row)); first.Flush(); }")]
    // Somebody else's to flush.
    [InlineData("public void Export(IProducer<Null, string> producer, string row) => producer.Produce(\"rows\", M(row));")]
    [InlineData("public IProducer<Null, string> Open(string row) { var producer = new ProducerBuilder<Null, string>(_config).Build(); producer.Produce(\"rows\", M(row)); return producer; }")]
    public Task Silent_where_the_messages_are_sent(string members) => Test(Class(members)).RunAsync();

    [Fact]
    public Task A_producer_from_outside_counts_when_nobody_flushes_any() =>
        Test(Class("public void Export(IProducer<Null, string> producer, string row) => [|producer.Produce|](\"rows\", M(row));"))
            .WithSource("Startup.cs", "public static class Startup { public static object Add() => new Confluent.Kafka.ProducerBuilder<string, string>(new Confluent.Kafka.ProducerConfig()).Build(); }")
            .RunAsync();

    [Fact]
    public Task A_producer_from_outside_may_be_flushed_by_its_owner() =>
        Test(Class("public void Export(IProducer<Null, string> producer, string row) => producer.Produce(\"rows\", M(row));"))
            .WithSource("Owner.cs", """
                public sealed class Owner : IDisposable
                {
                    public Confluent.Kafka.IProducer<string, string> Producer { get; } = new Confluent.Kafka.ProducerBuilder<string, string>(new Confluent.Kafka.ProducerConfig()).Build();
                    public void Dispose() => Producer.Flush();
                }
                """)
            .RunAsync();

    [Fact]
    public Task The_message_tells_what_happens() =>
        Test(Class(Field + "public void Export(string row) => {|#0:_producer.Produce|}(\"rows\", M(row));"))
            .Expecting("SHK7004", 0, "'Produce' only queues the message in memory, and nothing calls Flush on '_producer': what is still queued when the process ends, or when the producer is disposed of, is lost")
            .RunAsync();

    [Fact]
    public Task Fix_flushes_at_the_end_of_the_scope_or_before_disposal() =>
        Test(Class("""
            public void Export(string[] rows)
                {
                    using var producer = new ProducerBuilder<Null, string>(_config).Build();
                    foreach (var row in rows)
                        [|producer.Produce|]("rows", M(row));
                }

                public int Count(string row)
                {
                    using (var producer = new ProducerBuilder<Null, string>(_config).Build())
                    {
                        [|producer.Produce|]("rows", M(row));
                        return 1;
                    }
                }

                private IProducer<Null, string>? _producer;
                public void Open() => _producer = new ProducerBuilder<Null, string>(_config).Build();
                public void Send(string row) { [|_producer!.Produce|]("rows", M(row)); }
                public void Dispose()
                {
                    _producer?.Dispose();
                }
            """).Replace("_producer!", "_producer", StringComparison.Ordinal))
            .FixedTo(Class("""
            public void Export(string[] rows)
                {
                    using var producer = new ProducerBuilder<Null, string>(_config).Build();
                    foreach (var row in rows)
                        producer.Produce("rows", M(row));
                    producer.Flush(TimeSpan.FromSeconds(10));
                }

                public int Count(string row)
                {
                    using (var producer = new ProducerBuilder<Null, string>(_config).Build())
                    {
                        producer.Produce("rows", M(row));
                        producer.Flush(TimeSpan.FromSeconds(10));
                        return 1;
                    }
                }

                private IProducer<Null, string>? _producer;
                public void Open() => _producer = new ProducerBuilder<Null, string>(_config).Build();
                public void Send(string row) { _producer.Produce("rows", M(row)); }
                public void Dispose()
                {
                    _producer?.Flush(TimeSpan.FromSeconds(10));
                    _producer?.Dispose();
                }
            """))
            .RunAsync();

    [Fact]
    public Task No_fix_where_the_end_may_never_come() =>
        Test(Class("public void Export() { using var producer = new ProducerBuilder<Null, string>(_config).Build(); while (true) { [|producer.Produce|](\"rows\", M(\"\")); } }")).NotFixed().RunAsync();

    [Theory]
    [InlineData("class C { void M() { using var producer = new Confluent.Kafka.ProducerBuilder<int, int>().Build(; [|producer.Produce|](\"x\", null } }")]
    [InlineData("class C { void M() { p.Produce(1, 2); } }")]
    public Task Broken_code_is_survived(string source) => Test(source).Broken().RunAsync();
}
