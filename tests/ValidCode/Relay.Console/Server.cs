using System.Collections.Concurrent;
using System.Net.Sockets;

namespace Relay.Console;

public static class Server
{
    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(5);

    public static async Task RunAsync(TcpListener listener, CancellationToken stop)
    {
        listener.Start();
        var connections = new ConcurrentDictionary<Task, bool>();
        try
        {
            while (true)
            {
                var client = await listener.AcceptTcpClientAsync(stop);
                var serving = ServeAsync(client, stop);
                connections.TryAdd(serving, true);
                _ = serving.ContinueWith(done => connections.TryRemove(done, out _), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            }
        }
        finally
        {
            listener.Stop();
            await Task.WhenAny(Task.WhenAll(connections.Keys), Task.Delay(DrainTime));
        }
    }

    private static async Task ServeAsync(TcpClient client, CancellationToken stop)
    {
        using (client)
        {
            var stream = client.GetStream();
            var buffer = new byte[4096];
            while (await stream.ReadAsync(buffer, stop) is > 0 and var count)
                await stream.WriteAsync(buffer.AsMemory(0, count), stop);
        }
    }
}
