using Billing.Worker;
using Confluent.Kafka;

var builder = Host.CreateApplicationBuilder(args);
builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(8));
builder.Services.AddSingleton<IProducer<string, string>>(_ =>
    new ProducerBuilder<string, string>(new ProducerConfig { BootstrapServers = "kafka:9092", Acks = Acks.All, EnableIdempotence = true }).Build());
builder.Services.AddHostedService<InvoiceConsumer>();
builder.Services.AddHostedService<InvoicePublisher>();
builder.Services.AddHostedService<Heartbeat>();
builder.Services.AddHostedService<DirectoryWatch>();
builder.Services.AddHostedService<PaymentReceiver>();

using var host = builder.Build();
await host.StartAsync();
host.Services.GetRequiredService<ILogger<Program>>().LogInformation("Started");
await host.WaitForShutdownAsync();
