using Confluent.Kafka;

namespace Billing.Worker;

public sealed class InvoiceConsumer(ILogger<InvoiceConsumer> log) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.Factory.StartNew(() => Consume(stoppingToken), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private void Consume(CancellationToken stoppingToken)
    {
        var configuration = new ConsumerConfig { BootstrapServers = "kafka:9092", GroupId = "billing", EnableAutoOffsetStore = false };
        using var consumer = new ConsumerBuilder<string, string>(configuration).Build();
        consumer.Subscribe("invoices");
        try
        {
            while (!stoppingToken.IsCancellationRequested)
            {
                var invoice = consumer.Consume(stoppingToken);
                Handle(invoice.Message.Value);
                consumer.StoreOffset(invoice);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            log.LogInformation("Stopping");
        }
        finally
        {
            consumer.Close();
        }
    }

    private void Handle(string invoice) => log.LogInformation("{Invoice}", invoice);
}

public sealed class InvoicePublisher(IProducer<string, string> producer) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task PublishAsync(string invoice, CancellationToken cancellationToken) =>
        producer.ProduceAsync("invoices", new Message<string, string> { Value = invoice }, cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken)
    {
        producer.Flush(cancellationToken);
        return Task.CompletedTask;
    }
}
