using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;
using Ledger.Library;
using Serilog;
using Shop.Web;

var builder = WebApplication.CreateBuilder(args);
builder.Host.UseSerilog((context, configuration) => configuration.ReadFrom.Configuration(context.Configuration).WriteTo.Console());
builder.Services.Configure<HostOptions>(options =>
{
    options.ShutdownTimeout = TimeSpan.FromSeconds(20);
    options.ServicesStopConcurrently = true;
});
builder.Services.AddDataProtection().PersistKeysToFileSystem(new DirectoryInfo("/data/keys"));
builder.Services.AddDbContextFactory<AccountsContext>(options => options.UseSqlite("Data Source=/data/shop.db"));
builder.Services.AddSingleton(services => new Journal("/data"));
builder.Services.AddSingleton<OrderQueue>();
builder.Services.AddSingleton<Cart>();
builder.Services.AddHostedService<OrderProcessor>();
builder.Services.AddHostedService<StatisticsService>();
builder.Services.AddHealthChecks();
builder.Services.AddHttpClient();

var app = builder.Build();
app.MapHealthChecks("/health");
app.MapPost("/orders", async (Order order, OrderQueue queue, CancellationToken aborted) =>
{
    await queue.AddAsync(order, aborted);
    return Results.Accepted($"/orders/{order.Id}");
});
app.MapGet("/orders/events", Events.StreamAsync);
app.MapPost("/shutdown", (IHostApplicationLifetime lifetime) =>
{
    Environment.ExitCode = 3;
    lifetime.StopApplication();
});
app.MapGet("/accounts/{id:int}", async (int id, IDbContextFactory<AccountsContext> contexts, CancellationToken aborted) =>
{
    await using var context = await contexts.CreateDbContextAsync(aborted);
    return await context.Accounts.FindAsync([id], aborted) is { } account ? Results.Ok(account) : Results.NotFound();
});
app.Lifetime.ApplicationStopping.Register(() => Log.Information("Stopping"));

await app.RunAsync();
