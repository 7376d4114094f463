using System.Globalization;

namespace Shop.Web;

internal static class Events
{
    // A stream that would hold up every stop, if it did not end with the application.
    public static async Task StreamAsync(HttpContext context, OrderQueue queue, IHostApplicationLifetime lifetime)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        context.Response.ContentType = "text/event-stream";
        try
        {
            while (!end.IsCancellationRequested)
            {
                await context.Response.WriteAsync($"data: {queue.Count.ToString(CultureInfo.InvariantCulture)}\n\n", end.Token);
                await context.Response.Body.FlushAsync(end.Token);
                await Task.Delay(TimeSpan.FromSeconds(1), end.Token);
            }
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // Either side has had enough.
        }
    }
}
