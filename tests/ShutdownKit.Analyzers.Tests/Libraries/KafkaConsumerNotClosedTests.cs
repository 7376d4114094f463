using Microsoft.CodeAnalysis;
using ShutdownKit.Analyzers.CodeFixes.Libraries;
using ShutdownKit.Analyzers.Libraries;
using ShutdownKit.Analyzers.Tests.Verifiers;

namespace ShutdownKit.Analyzers.Tests.Libraries;

public sealed class KafkaConsumerNotClosedTests
{
    private static string Class(string members) => $$"""
        using Confluent.Kafka;

        public sealed class Reader
        {
            private readonly ConsumerConfig _config = new() { GroupId = "orders" };
            private void Handle(ConsumeResult<Ignore, string> result) { }
            {{members}}
        }
        """;

    private static RuleTest<KafkaConsumerNotClosedAnalyzer, KafkaConsumerNotClosedFix> Test(string source)
    {
        return Rule.Of<KafkaConsumerNotClosedAnalyzer, KafkaConsumerNotClosedFix>(source).Using(LibraryStubs.Kafka);
    }

    [Theory]
    [InlineData("public void Run(CancellationToken token) { using var consumer = [|new ConsumerBuilder<Ignore, string>(_config)|].Build(); consumer.Subscribe(\"orders\"); while (!token.IsCancellationRequested) Handle(consumer.Consume(token)); }")]
    [InlineData("private readonly IConsumer<Ignore, string> _consumer; public Reader() { _consumer = [|new ConsumerBuilder<Ignore, string>(_config)|].SetErrorHandler((_, _) => { }).Build(); _consumer.Subscribe(\"orders\"); } public void Next() => Handle(_consumer.Consume(TimeSpan.Zero)); public void Dispose() => _consumer.Dispose();")]
    public Task Never_closed(string members) => Test(Class(members)).RunAsync();

    [Theory]
    [InlineData("public void Run(CancellationToken token) { using var consumer = new ConsumerBuilder<Ignore, string>(_config).Build(); consumer.Subscribe(\"orders\"); try { while (true) Handle(consumer.Consume(token)); } finally { consumer.Close(); } }")]
    [InlineData("private readonly IConsumer<Ignore, string> _consumer; public Reader() { _consumer = new ConsumerBuilder<Ignore, string>(_config).Build(); _consumer.Subscribe(\"orders\"); } public void Next() => Handle(_consumer.Consume(TimeSpan.Zero)); public void Dispose() { _consumer?.Close(); _consumer?.Dispose(); }")]
    // Not in a group.
    [InlineData("public void Run(TopicPartitionOffset place) { using var consumer = new ConsumerBuilder<Ignore, string>(_config).Build(); consumer.Assign(place); Handle(consumer.Consume(TimeSpan.Zero)); }")]
    // Somebody else's to close.
    [InlineData("public IConsumer<Ignore, string> Open() { var consumer = new ConsumerBuilder<Ignore, string>(_config).Build(); consumer.Subscribe(\"orders\"); consumer.Consume(TimeSpan.Zero); return consumer; }")]
    public Task Silent_where_it_leaves_its_group(string members) => Test(Class(members)).RunAsync();

    [Fact]
    public Task The_message_tells_what_happens() =>
        Test(Class("public void Run() { using var consumer = {|#0:new ConsumerBuilder<Ignore, string>(_config)|}.Build(); consumer.Subscribe(\"orders\"); Handle(consumer.Consume()); }"))
            .Expecting("SHK7005", 0, "'consumer' never leaves its group: without Close, which Dispose does not call, its partitions stand still until the session times out, and offsets stored since the last commit are forgotten", DiagnosticSeverity.Info)
            .RunAsync();

    [Fact]
    public Task Fix_closes_on_every_way_out() =>
        Test(Class("""
            public void Run(CancellationToken token)
                {
                    using var consumer = [|new ConsumerBuilder<Ignore, string>(_config)|].Build();
                    consumer.Subscribe("orders");
                    while (!token.IsCancellationRequested)
                        Handle(consumer.Consume(token));
                }

                public void RunGuarded(CancellationToken token)
                {
                    using (var consumer = [|new ConsumerBuilder<Ignore, string>(_config)|].Build())
                    {
                        consumer.Subscribe("orders");
                        try
                        {
                            while (true)
                                Handle(consumer.Consume(token));
                        }
                        catch (OperationCanceledException)
                        {
                        }
                    }
                }

                private IConsumer<Ignore, string> _consumer;
                public Reader() { _consumer = [|new ConsumerBuilder<Ignore, string>(_config)|].Build(); _consumer.Subscribe("orders"); }
                public void Next() => Handle(_consumer.Consume(TimeSpan.Zero));
                public void Dispose()
                {
                    _consumer.Dispose();
                }
            """))
            .FixedTo(Class("""
            public void Run(CancellationToken token)
                {
                    using var consumer = new ConsumerBuilder<Ignore, string>(_config).Build();
                    try
                    {
                        consumer.Subscribe("orders");
                        while (!token.IsCancellationRequested)
                            Handle(consumer.Consume(token));
                    }
                    finally
                    {
                        consumer.Close();
                    }
                }

                public void RunGuarded(CancellationToken token)
                {
                    using (var consumer = new ConsumerBuilder<Ignore, string>(_config).Build())
                    {
                        consumer.Subscribe("orders");
                        try
                        {
                            while (true)
                                Handle(consumer.Consume(token));
                        }
                        catch (OperationCanceledException)
                        {
                        }
                        finally
                        {
                            consumer.Close();
                        }
                    }
                }

                private IConsumer<Ignore, string> _consumer;
                public Reader() { _consumer = new ConsumerBuilder<Ignore, string>(_config).Build(); _consumer.Subscribe("orders"); }
                public void Next() => Handle(_consumer.Consume(TimeSpan.Zero));
                public void Dispose()
                {
                    _consumer.Close();
                    _consumer.Dispose();
                }
            """))
            .RunAsync();

    [Theory]
    [InlineData("class C { void M() { using var c = [|new Confluent.Kafka.ConsumerBuilder<int, int>(null)|].Build( c.Subscribe(\"\"); c.Consume(); } }")]
    public Task Broken_code_is_survived(string source) => Test(source).Broken().RunAsync();
}
