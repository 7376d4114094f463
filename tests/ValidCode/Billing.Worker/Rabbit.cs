using System.Text;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace Billing.Worker;

public sealed class PaymentReceiver(ILogger<PaymentReceiver> log) : IHostedService, IAsyncDisposable
{
    private IConnection? _connection;
    private IChannel? _channel;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _connection = await new ConnectionFactory { HostName = "rabbit" }.CreateConnectionAsync(cancellationToken);
        _channel = await _connection.CreateChannelAsync(new CreateChannelOptions(true, true), cancellationToken);
        var consumer = new AsyncEventingBasicConsumer(_channel);
        consumer.ReceivedAsync += ReceiveAsync;
        await _channel.BasicConsumeAsync("payments", autoAck: false, consumer, cancellationToken);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_channel is not null)
            await _channel.CloseAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (_channel is not null)
            await _channel.DisposeAsync();
        if (_connection is not null)
            await _connection.DisposeAsync();
    }

    private async Task ReceiveAsync(object sender, BasicDeliverEventArgs delivery)
    {
        log.LogInformation("{Payment}", Encoding.UTF8.GetString(delivery.Body.Span));
        await File.AppendAllTextAsync("/data/payments.log", "paid\n");
        await _channel!.BasicAckAsync(delivery.DeliveryTag, multiple: false);
    }
}
