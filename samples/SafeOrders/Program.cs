using SafeOrders;

WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
builder.Services
    .AddSingleton<DataDirectory>()
    .AddSingleton<OrderJournal>()
    .AddSingleton<OrderDatabase>()
    .AddSingleton<InvoiceNumbers>()
    .AddSingleton<OrderStore>()
    .AddWorker<ShippingWorker>()
    .AddWorker<SalesReport>()
    .AddWorker<CarrierMonitor>()

    // Half of what `docker stop` gives by default (10 s); the host's own default is 30 s.
    .Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(5));

WebApplication app = builder.Build();

app.MapPost("/orders", async (
    Order order,
    OrderStore store,
    ShippingWorker shipping,
    SalesReport sales,
    CancellationToken cancellationToken) =>
{
    if (!order.IsValid)
        return Results.BadRequest("An order needs an id without line breaks, an item and a quantity above zero.");

    (long invoice, bool isNew) = await store.AddAsync(order, cancellationToken);
    if (isNew)
    {
        shipping.Enqueue(order.Id);
        sales.Count(order);
    }

    return Results.Created($"/orders/{order.Id}", new { order.Id, invoice });
});

app.MapGet("/orders", (OrderStore store) => Lines(store.ReadIds()));

app.MapGet("/shipments", (OrderStore store) => Lines(store.ReadShippedIds()));

app.MapGet("/health/ready", (CarrierMonitor monitor, IHostApplicationLifetime lifetime) =>
    monitor.CarrierAnswers && !lifetime.ApplicationStopping.IsCancellationRequested
        ? Results.Ok()
        : Results.StatusCode(StatusCodes.Status503ServiceUnavailable));

// For the night shift: the restart policy brings the container back.
app.MapPost("/admin/restart", (ILogger<Program> logger, IHostApplicationLifetime lifetime) =>
{
    logger.LogWarning("Restart requested");
    lifetime.StopApplication();
});

app.Run();

static IResult Lines(IEnumerable<string> ids) => Results.Text(string.Concat(ids.Select(id => id + "\n")));
