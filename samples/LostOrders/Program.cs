using LostOrders;

WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
builder.Services
    .AddSingleton<DataDirectory>()
    .AddSingleton<OrderBook>()
    .AddSingleton<OrderDatabase>()
    .AddSingleton<InvoiceNumbers>()
    .AddWorker<JournalWriter>()
    .AddWorker<ShippingWorker>()
    .AddWorker<SalesReport>()
    .AddWorker<CarrierMonitor>();

WebApplication app = builder.Build();
app.Services.GetRequiredService<OrderBook>(); // Reads the journal before the first request comes.

app.MapPost("/orders", async (
    Order order,
    OrderBook book,
    OrderDatabase database,
    InvoiceNumbers invoices,
    JournalWriter journal,
    ShippingWorker shipping,
    SalesReport sales,
    CancellationToken cancellationToken) =>
{
    if (!order.IsValid)
        return Results.BadRequest("An order needs an id without line breaks, an item and a quantity above zero.");

    long invoice = invoices.Next();
    await database.InsertAsync(order, invoice, cancellationToken);
    book.Add(order);
    journal.Append(order);
    shipping.Enqueue(order);
    sales.Count(order);
    return Results.Created($"/orders/{order.Id}", new { order.Id, invoice });
});

app.MapGet("/orders", (OrderBook book) => Lines(book.Ids));

app.MapGet("/shipments", async (OrderDatabase database, CancellationToken cancellationToken) =>
    Lines(await database.ReadShippedAsync(cancellationToken)));

app.MapGet("/health/ready", (CarrierMonitor monitor) =>
    monitor.CarrierAnswers ? Results.Ok() : Results.StatusCode(StatusCodes.Status503ServiceUnavailable));

// For the night shift: the restart policy brings the container back.
app.MapPost("/admin/restart", (ILogger<Program> logger) =>
{
    logger.LogWarning("Restart requested");
    Environment.Exit(0);
});

app.Run();

static IResult Lines(IEnumerable<string> ids) => Results.Text(string.Concat(ids.Select(id => id + "\n")));
