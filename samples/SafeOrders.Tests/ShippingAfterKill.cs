using System.Net.Http.Json;
using DotNet.Testcontainers.Builders;
using DotNet.Testcontainers.Containers;
using ShutdownKit.TestKit.Engines;

namespace SafeOrders.Tests;

/// <summary>What the scenarios do not know of, written with the bare verbs: the kit's extensions of any Testcontainers container.</summary>
[Trait("Category", "Engine")]
public sealed class ShippingAfterKill(ITestContextAccessor context)
{
    private const int Port = 8080;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task OrdersThatWaitedInTheQueueAreShippedAfterTheNextStart()
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(context.Current.CancellationToken);
        deadline.CancelAfter(Deadline);
        using ContainerEngine engine = await ContainerEngine.ConnectAsync(cancellationToken: deadline.Token);
        await using IContainer container = new ContainerBuilder("shutdownkit/sample-safeorders")
            .WithDockerEndpoint(engine.Endpoint)
            .WithPortBinding(Port, assignRandomHostPort: true)
            .WithWaitStrategy(Wait.ForUnixContainer())
            .WithCleanUp(false)
            .Build();
        await container.StartAsync(deadline.Token);
        try
        {
            using HttpClient before = await ReadyAsync(container, engine, deadline.Token);
            string[] orders = [.. Enumerable.Range(1, 100).Select(n => $"order-{n}")];

            // All at once: shipping takes its time for one order after the other, so that most still wait when the kill comes.
            await Task.WhenAll(orders.Select(async id =>
            {
                using HttpResponseMessage answer = await before.PostAsJsonAsync("/orders", new { id, item = "tea", quantity = 1 }, deadline.Token);
                answer.EnsureSuccessStatusCode();
            }));

            await container.KillAsync(engine: engine, cancellationToken: deadline.Token);
            await engine.StartAsync(container.Id, deadline.Token);

            using HttpClient after = await ReadyAsync(container, engine, deadline.Token);
            Assert.True((await ReadShipmentsAsync(after, deadline.Token)).Length < orders.Length, "the kill came too late: everything was shipped before");
            while ((await ReadShipmentsAsync(after, deadline.Token)).Length < orders.Length)
                await Task.Delay(100, deadline.Token);

            Assert.Equivalent(orders, await ReadShipmentsAsync(after, deadline.Token), strict: true);
        }
        finally
        {
            // Anonymous volumes, too; without Testcontainers' reaper nobody else does it.
            await container.RemoveAsync(force: true, volumes: true, engine, CancellationToken.None);
        }
    }

    /// <summary>Waits until the service is ready. Its port on the host is another one after each start.</summary>
    private static async Task<HttpClient> ReadyAsync(IContainer container, ContainerEngine engine, CancellationToken cancellationToken)
    {
        ContainerInspection state = await container.InspectAsync(engine, cancellationToken);
        var client = new HttpClient { BaseAddress = new UriBuilder("http", container.Hostname, state.Ports[Port]).Uri };
        while (!await IsReadyAsync(client, cancellationToken))
            await Task.Delay(100, cancellationToken);
        return client;
    }

    private static async Task<bool> IsReadyAsync(HttpClient client, CancellationToken cancellationToken)
    {
        try
        {
            using HttpResponseMessage answer = await client.GetAsync("/health/ready", cancellationToken);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static async Task<string[]> ReadShipmentsAsync(HttpClient client, CancellationToken cancellationToken) =>
        (await client.GetStringAsync("/shipments", cancellationToken)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
