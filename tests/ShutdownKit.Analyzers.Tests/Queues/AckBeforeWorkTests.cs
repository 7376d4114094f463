using Microsoft.CodeAnalysis;
using ShutdownKit.Analyzers.Queues;
using ShutdownKit.Analyzers.Tests.Libraries;
using ShutdownKit.Analyzers.Tests.Verifiers;

namespace ShutdownKit.Analyzers.Tests.Queues;

public sealed class AckBeforeWorkTests
{
    private static string Handler(string body) => $$"""
        using RabbitMQ.Client;
        using RabbitMQ.Client.Events;

        public sealed class Consumer(IChannel channel, IModel model, ILogger<Consumer> logger)
        {
            public void Listen()
            {
                var consumer = new AsyncEventingBasicConsumer(channel);
                consumer.ReceivedAsync += async (_, message) =>
                {
                    {{body}}
                };
            }

            private static string Deserialize(ReadOnlyMemory<byte> body) => "";
            private Task HandleAsync(string order) => Task.CompletedTask;
            private void Handle(string order) { }
        }
        """;

    private static Task Verify(string body) =>
        Rule.Of<AckBeforeWorkAnalyzer>(Handler(body)).Using(LibraryStubs.RabbitMq).RunAsync();

    [Theory]
    [InlineData("await channel.[|BasicAckAsync|](message.DeliveryTag, false); var order = Deserialize(message.Body); await HandleAsync(order);")]
    [InlineData("var order = Deserialize(message.Body); logger.LogInformation(\"got one\"); await channel.[|BasicAckAsync|](message.DeliveryTag, multiple: false); await HandleAsync(order);")]
    [InlineData("try { model.[|BasicAck|](message.DeliveryTag, false); Handle(Deserialize(message.Body)); await Task.Yield(); } catch (Exception e) { logger.LogError(e, \"failed\"); }")]
    public Task Acknowledged_too_early(string body) => Verify(body);

    [Theory]
    [InlineData("var order = Deserialize(message.Body); await HandleAsync(order); await channel.BasicAckAsync(message.DeliveryTag, false);")]
    [InlineData("try { await HandleAsync(Deserialize(message.Body)); await channel.BasicAckAsync(message.DeliveryTag, false); } catch (Exception) { await channel.BasicNackAsync(message.DeliveryTag, false, true); }")]
    // Work on both sides: what follows may be of no importance.
    [InlineData("await HandleAsync(Deserialize(message.Body)); await channel.BasicAckAsync(message.DeliveryTag, false); await HandleAsync(\"metrics\");")]
    // A message that cannot be read is put aside.
    [InlineData("if (message.Body.IsEmpty) { await channel.BasicAckAsync(message.DeliveryTag, false); return; } await HandleAsync(Deserialize(message.Body)); await channel.BasicAckAsync(message.DeliveryTag, false);")]
    // Nothing but logging follows.
    [InlineData("Handle(Deserialize(message.Body)); await channel.BasicAckAsync(message.DeliveryTag, false); logger.LogInformation(\"done\");")]
    [InlineData("await channel.BasicAckAsync(message.DeliveryTag, false); logger.LogInformation(\"ignored\");")]
    public Task Silent_where_the_work_is_done(string body) => Verify(body);

    [Fact]
    public Task Other_brokers_are_known() =>
        Rule.Of<AckBeforeWorkAnalyzer>("""
            using Azure.Messaging.ServiceBus;
            using Confluent.Kafka;

            public sealed class Consumers
            {
                public async Task OnMessageAsync(ProcessMessageEventArgs args)
                {
                    var body = args.Message.Body.ToString();
                    await args.[|CompleteMessageAsync|](args.Message);
                    await HandleAsync(body);
                }

                public async Task RunAsync(IConsumer<string, string> consumer, CancellationToken token)
                {
                    while (!token.IsCancellationRequested)
                    {
                        var result = consumer.Consume(token);
                        consumer.[|StoreOffset|](result);
                        await HandleAsync(result.Message.Value);
                    }
                }

                public async Task RunWellAsync(IConsumer<string, string> consumer, CancellationToken token)
                {
                    while (!token.IsCancellationRequested)
                    {
                        var result = consumer.Consume(token);
                        await HandleAsync(result.Message.Value);
                        consumer.Commit(result);
                    }
                }

                private Task HandleAsync(string body) => Task.CompletedTask;
            }
            """)
            .Using(LibraryStubs.ServiceBus)
            .Using(LibraryStubs.Kafka)
            .RunAsync();

    [Fact]
    public Task The_message_tells_what_happens() =>
        Rule.Of<AckBeforeWorkAnalyzer>(Handler("await channel.{|#0:BasicAckAsync|}(message.DeliveryTag, false); await HandleAsync(Deserialize(message.Body));"))
            .Using(LibraryStubs.RabbitMq)
            .Expecting("SHK6006", 0, "'BasicAckAsync' tells the broker that the message is done before the work on it: if the process ends in between, the message is lost", DiagnosticSeverity.Info)
            .RunAsync();

    [Theory]
    [InlineData("class C { async Task M(RabbitMQ.Client.IChannel c) { await c.[|BasicAckAsync|](1, false; await Work(1) } }")]
    public Task Broken_code_is_survived(string source) =>
        Rule.Of<AckBeforeWorkAnalyzer>(source).Using(LibraryStubs.RabbitMq).Broken().RunAsync();
}
