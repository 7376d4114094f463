using Microsoft.CodeAnalysis;
using ShutdownKit.Analyzers.Libraries;
using ShutdownKit.Analyzers.Tests.Verifiers;

namespace ShutdownKit.Analyzers.Tests.Libraries;

public sealed class BrokerAtMostOnceTests
{
    private static string Rabbit(string body) => $$"""
        using RabbitMQ.Client;
        using RabbitMQ.Client.Events;

        public sealed class Queue(IConnection connection, IChannel channel, IModel model)
        {
            public async Task RunAsync(byte[] body)
            {
                {{body}}
                await Task.Yield();
            }
        }
        """;

    private static Task OnRabbit(string body) => Rule.Of<BrokerAtMostOnceAnalyzer>(Rabbit(body)).Using(LibraryStubs.RabbitMq).RunAsync();

    [Theory]
    [InlineData("await channel.BasicConsumeAsync(\"orders\", [|autoAck: true|], consumer: new AsyncEventingBasicConsumer(channel));")]
    [InlineData("await channel.BasicConsumeAsync(\"orders\", [|true|], new AsyncEventingBasicConsumer(channel));")]
    [InlineData("model.BasicConsume(queue: \"orders\", [|autoAck: true|], consumer: new EventingBasicConsumer(model));")]
    [InlineData("var one = model.BasicGet(\"orders\", [|true|]);")]
    [InlineData("await channel.[|BasicPublishAsync|](\"\", \"orders\", body); await channel.BasicPublishAsync(\"\", \"mails\", body);")]
    [InlineData("model.[|BasicPublish|](exchange: \"\", routingKey: \"orders\", basicProperties: null!, body: body);")]
    public Task At_most_once_with_RabbitMQ(string body) => OnRabbit(body);

    [Theory]
    [InlineData("await channel.BasicConsumeAsync(\"orders\", autoAck: false, consumer: new AsyncEventingBasicConsumer(channel));")]
    [InlineData("model.BasicConsume(\"orders\", false, new EventingBasicConsumer(model));")]
    [InlineData("var confirmed = await connection.CreateChannelAsync(new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true)); await confirmed.BasicPublishAsync(\"\", \"orders\", body);")]
    [InlineData("model.ConfirmSelect(); model.BasicPublish(\"\", \"orders\", null!, body); model.WaitForConfirmsOrDie(TimeSpan.FromSeconds(5));")]
    // The answer to a call.
    [InlineData("IBasicProperties call = new BasicProperties(); await channel.BasicPublishAsync(\"\", call.ReplyTo, body);")]
    public Task Silent_with_RabbitMQ_where_somebody_answers_for_the_message(string body) => OnRabbit(body);

    [Fact]
    public Task At_most_once_with_others() =>
        Rule.Of<BrokerAtMostOnceAnalyzer>("""
            using Azure.Messaging.ServiceBus;
            using StackExchange.Redis;

            public sealed class Queue(ServiceBusClient bus, IDatabase redis)
            {
                public ServiceBusReceiver Receiver() => bus.CreateReceiver("orders", new ServiceBusReceiverOptions { ReceiveMode = [|ServiceBusReceiveMode.ReceiveAndDelete|] });
                public ServiceBusReceiver Safe() => bus.CreateReceiver("orders", new ServiceBusReceiverOptions { ReceiveMode = ServiceBusReceiveMode.PeekLock });
                public bool IsUnsafe(ServiceBusReceiver receiver) => receiver.ReceiveMode == ServiceBusReceiveMode.ReceiveAndDelete;

                public void Push(string order) => redis.ListRightPush("orders", order, flags: [|CommandFlags.FireAndForget|]);
                public Task SetAsync(string order) => redis.StringSetAsync("last", order, flags: [|CommandFlags.FireAndForget|]);
                public Task CacheAsync(string page) => redis.StringSetAsync("page", page, TimeSpan.FromMinutes(5), flags: CommandFlags.FireAndForget, when: When.Always);
                public Task ExpireAsync(string page) => redis.StringSetAsync("page", page, expiry: TimeSpan.FromMinutes(5), flags: CommandFlags.FireAndForget);
                public Task DeleteAsync(string page) => redis.KeyDeleteAsync(page, CommandFlags.FireAndForget);
            }

            public sealed class PageCache(IDatabase redis)
            {
                public void Put(string page) => redis.StringSet("page", page, flags: CommandFlags.FireAndForget);
            }
            """)
            .Using(LibraryStubs.ServiceBus)
            .Using(LibraryStubs.Redis)
            .RunAsync();

    [Fact]
    public Task The_message_tells_what_happens() =>
        Rule.Of<BrokerAtMostOnceAnalyzer>(Rabbit("model.BasicConsume(\"orders\", {|#0:true|}, new EventingBasicConsumer(model));"))
            .Using(LibraryStubs.RabbitMq)
            .Expecting("SHK7008", 0, "The broker forgets each message as soon as it has sent it: all that this consumer has received and not finished when the process ends is lost", DiagnosticSeverity.Info)
            .RunAsync();

    [Fact]
    public Task Silent_where_it_is_meant() =>
        Rule.Of<BrokerAtMostOnceAnalyzer>(Rabbit("model.BasicConsume(\"orders\", true, new EventingBasicConsumer(model));"))
            .Using(LibraryStubs.RabbitMq)
            .WithOption("at_most_once_ok", "true")
            .RunAsync();

    [Theory]
    [InlineData("class C { void M(RabbitMQ.Client.IModel m) { m.BasicConsume(\"q\", true, ; m.BasicPublish(; } }")]
    public Task Broken_code_is_survived(string source) =>
        Rule.Of<BrokerAtMostOnceAnalyzer>(source).Using(LibraryStubs.RabbitMq).Broken().RunAsync();
}
