using ShutdownKit.Analyzers.HostedServices;
using ShutdownKit.Analyzers.Tests.Verifiers;

namespace ShutdownKit.Analyzers.Tests.HostedServices;

public sealed class StreamPinnedToRequestTests
{
    private const string Grpc = """

        namespace Grpc.Core
        {
            public abstract class ServerCallContext { public CancellationToken CancellationToken => default; }
            public interface IServerStreamWriter<in T> { Task WriteAsync(T message); }
        }
        """;

    private static Task Silent(string source) => Rule.Of<StreamPinnedToRequestAnalyzer>(source).RunAsync();

    private static Task Fires(string source) => Rule.Of<StreamPinnedToRequestAnalyzer>(source).RunAsync();

    private static string Route(string body, string parameters = "Microsoft.AspNetCore.Http.HttpContext context") => $$"""
        using Microsoft.AspNetCore.Http;

        public static class Routes
        {
            public static void Map(WebApplication app, System.Threading.Channels.Channel<string> events)
            {
                app.MapGet("/prices", async ({{parameters}}) =>
                {
                    {{body}}
                });
            }
        }
        """;

    [Theory]
    [InlineData("[|while|] (!context.RequestAborted.IsCancellationRequested) { await context.Response.WriteAsync(\"data: 1\\n\\n\"); await Task.Delay(1000); }")]
    [InlineData("var token = context.RequestAborted; [|while|] (true) { await context.Response.WriteAsync(\"data: 1\\n\\n\", token); await Task.Delay(1000, token); }")]
    [InlineData("using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1)); [|while|] (await timer.WaitForNextTickAsync(context.RequestAborted)) await context.Response.WriteAsync(\"data: 1\\n\\n\");")]
    [InlineData("context.Response.ContentType = \"text/event-stream\"; [|await|] foreach (var e in events.Reader.ReadAllAsync(context.RequestAborted)) await context.Response.WriteAsync(e);")]
    public Task Route_streams_until_the_client_leaves(string body) => Fires(Route(body));

    [Fact]
    public Task Token_of_a_route_handler() =>
        Fires(Route("[|while|] (!token.IsCancellationRequested) { await context.Response.WriteAsync(\"data: 1\\n\\n\", token); await Task.Delay(1000, token); }", "HttpContext context, CancellationToken token"));

    [Fact]
    public Task Action_of_a_controller() =>
        Fires("""
            using Microsoft.AspNetCore.Mvc;
            using Microsoft.AspNetCore.Http;

            public class PricesController : ControllerBase
            {
                [HttpGet]
                public async Task Get(CancellationToken cancellationToken)
                {
                    [|while|] (!cancellationToken.IsCancellationRequested)
                    {
                        await Response.WriteAsync("data: 1\n\n", cancellationToken);
                        await Task.Delay(1000, cancellationToken);
                    }
                }
            }
            """);

    [Fact]
    public Task Stream_of_a_gRPC_service() =>
        Fires("""
            using Grpc.Core;

            public class PriceService
            {
                public async Task Watch(string request, IServerStreamWriter<string> responseStream, ServerCallContext context)
                {
                    [|while|] (!context.CancellationToken.IsCancellationRequested)
                    {
                        await responseStream.WriteAsync("1");
                        await Task.Delay(1000, context.CancellationToken);
                    }
                }
            }
            """ + Grpc);

    [Fact]
    public Task Echo_of_a_web_socket() =>
        Fires("""
            using System.Net.WebSockets;
            using Microsoft.AspNetCore.Http;

            public static class Echo
            {
                public static async Task Accept(HttpContext context)
                {
                    using var socket = await context.WebSockets.AcceptWebSocketAsync();
                    await RunAsync(socket);
                }

                private static async Task RunAsync(WebSocket webSocket)
                {
                    var buffer = new byte[1024];
                    var result = await webSocket.ReceiveAsync(new ArraySegment<byte>(buffer), CancellationToken.None);
                    [|while|] (!result.CloseStatus.HasValue)
                    {
                        await webSocket.SendAsync(new ArraySegment<byte>(buffer, 0, result.Count), result.MessageType, result.EndOfMessage, CancellationToken.None);
                        result = await webSocket.ReceiveAsync(new ArraySegment<byte>(buffer), CancellationToken.None);
                    }
                }
            }
            """);

    [Theory]
    [InlineData("using var both = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, app.Lifetime.ApplicationStopping); while (!both.IsCancellationRequested) await Task.Delay(1000, both.Token);")]
    [InlineData("while (!context.RequestAborted.IsCancellationRequested && !app.Lifetime.ApplicationStopping.IsCancellationRequested) await Task.Delay(1000);")]
    [InlineData("while (!context.RequestAborted.IsCancellationRequested) { if (events.Reader.Count > 3) break; await Task.Delay(1000); }")]
    [InlineData("for (var i = 0; i < 10; i++) await Task.Delay(1000, context.RequestAborted);")]
    [InlineData("await foreach (var e in events.Reader.ReadAllAsync(context.RequestAborted)) await context.Response.WriteAsync(e);")]
    [InlineData("var left = 3; while (left > 0 && !context.RequestAborted.IsCancellationRequested) { left--; await Task.Delay(1000); }")]
    public Task Stream_that_ends(string body) => Silent(Route(body));

    [Fact]
    public Task Background_service_is_no_endpoint() =>
        Silent("""
            using Microsoft.AspNetCore.Http;

            public class Worker(IHttpContextAccessor accessor) : BackgroundService
            {
                protected override async Task ExecuteAsync(CancellationToken stoppingToken)
                {
                    _ = accessor.HttpContext?.RequestAborted;
                    while (!stoppingToken.IsCancellationRequested)
                        await Task.Delay(1000, stoppingToken);
                }
            }
            """);

    [Fact]
    public Task Client_socket_is_no_endpoint() =>
        Silent("""
            using System.Net.WebSockets;
            using Microsoft.AspNetCore.Http;

            public static class Proxy
            {
                public static async Task Accept(HttpContext context, ClientWebSocket client)
                {
                    using var socket = await context.WebSockets.AcceptWebSocketAsync();
                    var buffer = new byte[1024];
                    while (client.State == WebSocketState.Open)
                        await client.ReceiveAsync(new ArraySegment<byte>(buffer), CancellationToken.None);
                }
            }
            """);

    [Fact]
    public Task Broken_code_is_survived() =>
        Rule.Of<StreamPinnedToRequestAnalyzer>(Route("while (!context.RequestAborted.) { await Task.Delay(, context.RequestAborted; while (x.IsCancellationRequested")).Broken().RunAsync();
}
