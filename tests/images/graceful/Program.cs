// A program that stops as it should: SIGTERM ends its loop, it cleans up, and it exits with 0.
//
// It writes one record after the other to DATA_DIR (/data), each to two files:
//   appended.log   handed to the kernel before the record counts as written: survives the end of the process, however it ends
//   buffered.log   kept in a buffer of the process until the clean-up: survives only a stop that leaves it the time
// CLEANUP_MS is how long it takes to clean up. At its end it leaves the file clean-exit.

using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

var data = Directory.CreateDirectory(Environment.GetEnvironmentVariable("DATA_DIR") ?? "/data").FullName;
var cleanup = TimeSpan.FromMilliseconds(
    int.Parse(Environment.GetEnvironmentVariable("CLEANUP_MS") ?? "0", CultureInfo.InvariantCulture));

using var stopping = new CancellationTokenSource();
using var sigterm = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
using var sigint = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);

await using (var appended = new StreamWriter(Path.Combine(data, "appended.log"), append: true) { AutoFlush = true })
await using (var buffered = new StreamWriter(Path.Combine(data, "buffered.log"), append: true, new UTF8Encoding(false), bufferSize: 1 << 20))
{
    Console.WriteLine("ready");

    for (var record = 1; !stopping.IsCancellationRequested; record++)
    {
        await buffered.WriteLineAsync($"record {record}");
        await appended.WriteLineAsync($"record {record}");
        await Task.Delay(50, stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    Console.WriteLine("cleaning up");
    await Task.Delay(cleanup);
}

await File.WriteAllTextAsync(Path.Combine(data, "clean-exit"), "yes\n");
Console.WriteLine("cleaned up");
return 0;

void OnSignal(PosixSignalContext context)
{
    context.Cancel = true; // the loop ends the process, not the signal
    Console.WriteLine($"received {context.Signal}");
    stopping.Cancel();
}
