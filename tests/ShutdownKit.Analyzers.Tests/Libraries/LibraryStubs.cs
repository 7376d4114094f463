using System.Collections.Concurrent;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using ShutdownKit.Analyzers.Tests.Verifiers;

namespace ShutdownKit.Analyzers.Tests.Libraries;

/// <summary>
/// The public surface of libraries, as far as the tested sources use it: namespaces, names and signatures are those of the packages, the
/// bodies are empty. They are compiled to assemblies of their own, as the libraries are.
/// </summary>
internal static class LibraryStubs
{
    private static readonly ConcurrentDictionary<string, MetadataReference> Compiled = new();

    /// <summary>Lets the tested source see a library.</summary>
    public static RuleTest<TAnalyzer, TCodeFix> Using<TAnalyzer, TCodeFix>(this RuleTest<TAnalyzer, TCodeFix> test, string library)
        where TAnalyzer : DiagnosticAnalyzer, new()
        where TCodeFix : CodeFixProvider, new()
    {
        test.TestState.AdditionalReferences.Add(Compiled.GetOrAdd(library, Compile));
        return test;
    }

    private static MetadataReference Compile(string library)
    {
        var compilation = CSharpCompilation.Create(
            "Library" + library.Length,
            [CSharpSyntaxTree.ParseText(library)],
            TestReferences.Of(TargetFrameworks.Net10, aspNetCore: true),
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));
        using var image = new MemoryStream();
        var result = compilation.Emit(image);
        Assert.True(result.Success, string.Join('\n', result.Diagnostics));
        return MetadataReference.CreateFromImage(image.ToArray());
    }

    /// <summary>Confluent.Kafka 2.</summary>
    public const string Kafka = """
        #nullable disable
        namespace Confluent.Kafka
        {
            using System;
            using System.Collections.Generic;
            using System.Threading;
            using System.Threading.Tasks;

            public sealed class Null { }
            public sealed class Ignore { }
            public class Message<TKey, TValue> { public TKey Key { get; set; } public TValue Value { get; set; } }
            public class Error { public bool IsError => false; }
            public class DeliveryResult<TKey, TValue> { public string Topic { get; set; } }
            public class DeliveryReport<TKey, TValue> : DeliveryResult<TKey, TValue> { public Error Error { get; set; } }
            public class ConsumeResult<TKey, TValue> { public Message<TKey, TValue> Message { get; set; } public bool IsPartitionEOF { get; set; } }
            public class TopicPartitionOffset { }
            public class ClientConfig { public string BootstrapServers { get; set; } }
            public class ProducerConfig : ClientConfig { public string TransactionalId { get; set; } }
            public class ConsumerConfig : ClientConfig { public string GroupId { get; set; } public bool? EnableAutoCommit { get; set; } public bool? EnableAutoOffsetStore { get; set; } }
            public class Handle { }
            public interface IClient : IDisposable { string Name { get; } Handle Handle { get; } }
            public interface IProducer<TKey, TValue> : IClient
            {
                Task<DeliveryResult<TKey, TValue>> ProduceAsync(string topic, Message<TKey, TValue> message, CancellationToken cancellationToken = default);
                void Produce(string topic, Message<TKey, TValue> message, Action<DeliveryReport<TKey, TValue>> deliveryHandler = null);
                int Poll(TimeSpan timeout);
                int Flush(TimeSpan timeout);
                void Flush(CancellationToken cancellationToken = default);
                void InitTransactions(TimeSpan timeout);
                void BeginTransaction();
                void CommitTransaction();
            }
            public class ProducerBuilder<TKey, TValue>
            {
                public ProducerBuilder(IEnumerable<KeyValuePair<string, string>> config) { }
                public ProducerBuilder(ProducerConfig config) { }
                public ProducerBuilder<TKey, TValue> SetErrorHandler(Action<IProducer<TKey, TValue>, Error> errorHandler) => this;
                public virtual IProducer<TKey, TValue> Build() => null;
            }
            public class DependentProducerBuilder<TKey, TValue>
            {
                public DependentProducerBuilder(Handle handle) { }
                public virtual IProducer<TKey, TValue> Build() => null;
            }
            public interface IConsumer<TKey, TValue> : IClient
            {
                ConsumeResult<TKey, TValue> Consume(CancellationToken cancellationToken = default);
                ConsumeResult<TKey, TValue> Consume(TimeSpan timeout);
                void Subscribe(string topic);
                void Subscribe(IEnumerable<string> topics);
                void Assign(TopicPartitionOffset partition);
                List<TopicPartitionOffset> Commit();
                void Commit(ConsumeResult<TKey, TValue> result);
                void StoreOffset(ConsumeResult<TKey, TValue> result);
                void Close();
            }
            public class ConsumerBuilder<TKey, TValue>
            {
                public ConsumerBuilder(ConsumerConfig config) { }
                public ConsumerBuilder<TKey, TValue> SetErrorHandler(Action<IConsumer<TKey, TValue>, Error> errorHandler) => this;
                public virtual IConsumer<TKey, TValue> Build() => null;
            }
        }
        """;

    /// <summary>RabbitMQ.Client 7, with the synchronous model of version 6 beside it.</summary>
    public const string RabbitMq = """
        #nullable disable
        namespace RabbitMQ.Client
        {
            using System;
            using System.Collections.Generic;
            using System.Threading;
            using System.Threading.Tasks;

            public interface IBasicProperties { string CorrelationId { get; set; } string ReplyTo { get; set; } }
            public class BasicProperties : IBasicProperties { public string CorrelationId { get; set; } public string ReplyTo { get; set; } }
            public class BasicGetResult { public ulong DeliveryTag { get; } public ReadOnlyMemory<byte> Body { get; } }
            public interface IBasicConsumer { }
            public interface IAsyncBasicConsumer { }
            public sealed class CreateChannelOptions { public CreateChannelOptions(bool publisherConfirmationsEnabled, bool publisherConfirmationTrackingEnabled) { } }
            public interface IConnection : IDisposable { Task<IChannel> CreateChannelAsync(CreateChannelOptions options = null, CancellationToken cancellationToken = default); }
            public interface IChannel : IAsyncDisposable, IDisposable
            {
                Task<string> BasicConsumeAsync(string queue, bool autoAck, string consumerTag, bool noLocal, bool exclusive, IDictionary<string, object> arguments, IAsyncBasicConsumer consumer, CancellationToken cancellationToken = default);
                Task<BasicGetResult> BasicGetAsync(string queue, bool autoAck, CancellationToken cancellationToken = default);
                ValueTask BasicAckAsync(ulong deliveryTag, bool multiple, CancellationToken cancellationToken = default);
                ValueTask BasicNackAsync(ulong deliveryTag, bool multiple, bool requeue, CancellationToken cancellationToken = default);
                ValueTask BasicPublishAsync<TProperties>(string exchange, string routingKey, bool mandatory, TProperties basicProperties, ReadOnlyMemory<byte> body, CancellationToken cancellationToken = default) where TProperties : IBasicProperties;
            }
            public static class IChannelExtensions
            {
                public static Task<string> BasicConsumeAsync(this IChannel channel, string queue, bool autoAck, IAsyncBasicConsumer consumer, CancellationToken cancellationToken = default) => null;
                public static ValueTask BasicPublishAsync(this IChannel channel, string exchange, string routingKey, ReadOnlyMemory<byte> body, CancellationToken cancellationToken = default) => default;
            }
            public interface IModel : IDisposable
            {
                string BasicConsume(string queue, bool autoAck, string consumerTag, bool noLocal, bool exclusive, IDictionary<string, object> arguments, IBasicConsumer consumer);
                BasicGetResult BasicGet(string queue, bool autoAck);
                void BasicAck(ulong deliveryTag, bool multiple);
                void BasicNack(ulong deliveryTag, bool multiple, bool requeue);
                void BasicPublish(string exchange, string routingKey, bool mandatory, IBasicProperties basicProperties, ReadOnlyMemory<byte> body);
                void ConfirmSelect();
                void WaitForConfirmsOrDie(TimeSpan timeout);
            }
            public static class IModelExensions
            {
                public static string BasicConsume(this IModel model, string queue, bool autoAck, IBasicConsumer consumer) => null;
                public static void BasicPublish(this IModel model, string exchange, string routingKey, IBasicProperties basicProperties, ReadOnlyMemory<byte> body) { }
            }
        }
        namespace RabbitMQ.Client.Events
        {
            using System;
            using System.Threading.Tasks;

            public delegate Task AsyncEventHandler<in TEvent>(object sender, TEvent @event);
            public class BasicDeliverEventArgs : EventArgs { public ulong DeliveryTag { get; } public ReadOnlyMemory<byte> Body { get; } public IBasicProperties BasicProperties { get; } }
            public class EventingBasicConsumer : IBasicConsumer
            {
                public EventingBasicConsumer(IModel model) { }
                public event EventHandler<BasicDeliverEventArgs> Received { add { } remove { } }
            }
            public class AsyncEventingBasicConsumer : IAsyncBasicConsumer
            {
                public AsyncEventingBasicConsumer(IChannel channel) { }
                public event AsyncEventHandler<BasicDeliverEventArgs> ReceivedAsync { add { } remove { } }
            }
        }
        """;

    /// <summary>Azure.Messaging.ServiceBus 7.</summary>
    public const string ServiceBus = """
        #nullable disable
        namespace Azure.Messaging.ServiceBus
        {
            using System;
            using System.Threading;
            using System.Threading.Tasks;

            public enum ServiceBusReceiveMode { PeekLock, ReceiveAndDelete }
            public class ServiceBusReceivedMessage { public System.ReadOnlyMemory<byte> Body { get; } }
            public class ServiceBusMessage { public ServiceBusMessage(string body) { } }
            public class ServiceBusReceiverOptions { public ServiceBusReceiveMode ReceiveMode { get; set; } }
            public class ServiceBusProcessorOptions { public ServiceBusReceiveMode ReceiveMode { get; set; } }
            public class ProcessMessageEventArgs : EventArgs
            {
                public ServiceBusReceivedMessage Message { get; }
                public CancellationToken CancellationToken { get; }
                public virtual Task CompleteMessageAsync(ServiceBusReceivedMessage message, CancellationToken cancellationToken = default) => null;
            }
            public class ServiceBusReceiver
            {
                public ServiceBusReceiveMode ReceiveMode { get; }
                public virtual Task<ServiceBusReceivedMessage> ReceiveMessageAsync(TimeSpan? maxWaitTime = default, CancellationToken cancellationToken = default) => null;
                public virtual Task CompleteMessageAsync(ServiceBusReceivedMessage message, CancellationToken cancellationToken = default) => null;
            }
            public class ServiceBusSender { public virtual Task SendMessageAsync(ServiceBusMessage message, CancellationToken cancellationToken = default) => null; }
            public class ServiceBusClient
            {
                public ServiceBusClient(string connectionString) { }
                public virtual ServiceBusReceiver CreateReceiver(string queueName, ServiceBusReceiverOptions options) => null;
            }
        }
        """;

    /// <summary>StackExchange.Redis.</summary>
    public const string Redis = """
        #nullable disable
        namespace StackExchange.Redis
        {
            using System;
            using System.Threading.Tasks;

            [Flags] public enum CommandFlags { None = 0, FireAndForget = 2 }
            public enum When { Always }
            public struct RedisKey { public static implicit operator RedisKey(string key) => default; }
            public struct RedisValue { public static implicit operator RedisValue(string value) => default; }
            public interface IDatabaseAsync
            {
                Task<bool> StringSetAsync(RedisKey key, RedisValue value, TimeSpan? expiry = null, bool keepTtl = false, When when = When.Always, CommandFlags flags = CommandFlags.None);
                Task<long> ListRightPushAsync(RedisKey key, RedisValue value, When when = When.Always, CommandFlags flags = CommandFlags.None);
                Task<bool> KeyDeleteAsync(RedisKey key, CommandFlags flags = CommandFlags.None);
            }
            public interface IDatabase : IDatabaseAsync
            {
                bool StringSet(RedisKey key, RedisValue value, TimeSpan? expiry = null, bool keepTtl = false, When when = When.Always, CommandFlags flags = CommandFlags.None);
                long ListRightPush(RedisKey key, RedisValue value, When when = When.Always, CommandFlags flags = CommandFlags.None);
            }
        }
        """;

    /// <summary>Azure.Messaging.EventHubs 5 and InfluxDB.Client 5.</summary>
    public const string Senders = """
        #nullable disable
        namespace Azure.Messaging.EventHubs
        {
            public class EventData { public EventData(string eventBody) { } }
        }
        namespace Azure.Messaging.EventHubs.Producer
        {
            using System;
            using System.Threading;
            using System.Threading.Tasks;

            public class SendEventBatchFailedEventArgs : EventArgs { }
            public class EventHubBufferedProducerClient : IAsyncDisposable
            {
                public EventHubBufferedProducerClient(string connectionString, string eventHubName) { }
                public event Func<SendEventBatchFailedEventArgs, Task> SendEventBatchFailedAsync { add { } remove { } }
                public virtual Task<int> EnqueueEventAsync(EventData eventData, CancellationToken cancellationToken = default) => null;
                public virtual Task FlushAsync(CancellationToken cancellationToken = default) => null;
                public virtual Task CloseAsync(bool flush = true, CancellationToken cancellationToken = default) => null;
                public virtual ValueTask DisposeAsync() => default;
            }
        }
        namespace InfluxDB.Client
        {
            using System;

            public class WriteOptions { }
            public class WriteApi : IDisposable
            {
                public void WriteRecord(string record, string precision = null, string bucket = null, string org = null) { }
                public void Flush() { }
                public void Dispose() { }
            }
            public class InfluxDBClient : IDisposable
            {
                public InfluxDBClient(string url, string token) { }
                public WriteApi GetWriteApi(WriteOptions writeOptions = null) => null;
                public void Dispose() { }
            }
        }
        """;

    /// <summary>Serilog 4 with some of its sinks, and Serilog.Extensions.Hosting.</summary>
    public const string Serilog = """
        #nullable disable
        namespace Serilog
        {
            using System;
            using System.Threading.Tasks;
            using global::Serilog.Configuration;

            public interface ILogger { void Information(string messageTemplate); void Fatal(Exception exception, string messageTemplate); }
            public static class Log
            {
                public static ILogger Logger { get; set; }
                public static void Information(string messageTemplate) { }
                public static void CloseAndFlush() { }
                public static ValueTask CloseAndFlushAsync() => default;
            }
            public class LoggerConfiguration
            {
                public LoggerSinkConfiguration WriteTo => null;
                public LoggerMinimumLevelConfiguration MinimumLevel => null;
                public LoggerSettingsConfiguration ReadFrom => null;
                public global::Serilog.Core.Logger CreateLogger() => null;
            }
            public enum RollingInterval { Day }
            public static class SinkExtensions
            {
                public static LoggerConfiguration Console(this LoggerSinkConfiguration sinks) => null;
                public static LoggerConfiguration File(this LoggerSinkConfiguration sinks, string path, bool buffered = false, RollingInterval rollingInterval = RollingInterval.Day) => null;
                public static LoggerConfiguration Seq(this LoggerSinkConfiguration sinks, string serverUrl) => null;
                public static LoggerConfiguration Async(this LoggerSinkConfiguration sinks, Action<LoggerSinkConfiguration> configure) => null;
                public static LoggerConfiguration Configuration(this LoggerSettingsConfiguration settings, object configuration) => null;
            }
            public static class SerilogHostBuilderExtensions
            {
                public static Microsoft.Extensions.Hosting.IHostBuilder UseSerilog(this Microsoft.Extensions.Hosting.IHostBuilder builder, ILogger logger = null, bool dispose = false) => builder;
                public static Microsoft.Extensions.Hosting.IHostBuilder UseSerilog(this Microsoft.Extensions.Hosting.IHostBuilder builder, Action<Microsoft.Extensions.Hosting.HostBuilderContext, LoggerConfiguration> configureLogger, bool preserveStaticLogger = false) => builder;
            }
        }
        namespace Serilog.Core
        {
            using System;
            public sealed class Logger : ILogger, IDisposable { public void Information(string messageTemplate) { } public void Fatal(Exception exception, string messageTemplate) { } public void Dispose() { } }
        }
        namespace Serilog.Configuration
        {
            public class LoggerSinkConfiguration { }
            public class LoggerSettingsConfiguration { }
            public class LoggerMinimumLevelConfiguration { public global::Serilog.LoggerConfiguration Debug() => null; }
        }
        """;

    /// <summary>OpenTelemetry 1 and Microsoft.ApplicationInsights 2.</summary>
    public const string Telemetry = """
        #nullable disable
        namespace OpenTelemetry
        {
            using System;
            using OpenTelemetry.Metrics;
            using OpenTelemetry.Trace;

            public class BaseProvider : IDisposable { public void Dispose() { } }
            public static class Sdk
            {
                public static TracerProviderBuilder CreateTracerProviderBuilder() => null;
                public static MeterProviderBuilder CreateMeterProviderBuilder() => null;
            }
        }
        namespace OpenTelemetry.Trace
        {
            public class TracerProvider : BaseProvider { public string GetTracer(string name) => name; }
            public abstract class TracerProviderBuilder { public abstract TracerProviderBuilder AddSource(params string[] names); }
            public static class TracerProviderBuilderExtensions { public static TracerProvider Build(this TracerProviderBuilder tracerProviderBuilder) => null; }
            public static class TracerProviderExtensions { public static bool ForceFlush(this TracerProvider provider, int timeoutMilliseconds = -1) => true; }
        }
        namespace OpenTelemetry.Metrics
        {
            public class MeterProvider : BaseProvider { }
            public abstract class MeterProviderBuilder { public abstract MeterProviderBuilder AddMeter(params string[] names); }
            public static class MeterProviderBuilderExtensions { public static MeterProvider Build(this MeterProviderBuilder meterProviderBuilder) => null; }
        }
        namespace Microsoft.ApplicationInsights
        {
            using System.Threading;
            using System.Threading.Tasks;
            public sealed class TelemetryClient
            {
                public TelemetryClient(Extensibility.TelemetryConfiguration configuration) { }
                public void TrackEvent(string eventName) { }
                public void Flush() { }
                public Task<bool> FlushAsync(CancellationToken cancellationToken) => null;
            }
        }
        namespace Microsoft.ApplicationInsights.Extensibility
        {
            public sealed class TelemetryConfiguration { public static TelemetryConfiguration CreateDefault() => null; }
        }
        """;

    /// <summary>Microsoft.EntityFrameworkCore and Dapper.</summary>
    public const string Databases = """
        #nullable disable
        namespace Microsoft.EntityFrameworkCore
        {
            using System.Threading;
            using System.Threading.Tasks;
            public class DbContext
            {
                public virtual int SaveChanges() => 0;
                public virtual Task<int> SaveChangesAsync(CancellationToken cancellationToken = default) => null;
            }
        }
        namespace Dapper
        {
            using System.Data;
            using System.Threading.Tasks;
            public static class SqlMapper
            {
                public static Task<int> ExecuteAsync(this IDbConnection cnn, string sql, object param = null, IDbTransaction transaction = null, int? commandTimeout = null, CommandType? commandType = null) => null;
            }
        }
        """;
}
