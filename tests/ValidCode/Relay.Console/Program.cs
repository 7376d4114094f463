// A server without a host, that handles its signals itself.
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Serilog;

Log.Logger = new LoggerConfiguration().WriteTo.File("/data/relay.log", buffered: true).CreateLogger();
using var stop = new CancellationTokenSource();
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);

try
{
    await Relay.Console.Server.RunAsync(new TcpListener(IPAddress.Any, 9000), stop.Token);
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    Log.Information("Stopped");
}
finally
{
    await Log.CloseAndFlushAsync();
}

void Stop(PosixSignalContext context)
{
    context.Cancel = true;
    stop.Cancel();
}
