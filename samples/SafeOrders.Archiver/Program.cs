// Runs beside the service, on the same volume, and packs the journal while it grows.
using System.IO.Compression;
using System.Runtime.InteropServices;

string root = args.Length > 0 ? args[0] : "/data";
string archivePath = Path.Combine(root, $"journal-{DateTime.UtcNow:yyyyMMdd-HHmmss}.gz");
string partPath = archivePath + ".tmp";

using var stop = new CancellationTokenSource();
using var onTerminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
using var onInterrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);

Console.WriteLine("Archiving the journal");
await using (FileStream journal = new(Path.Combine(root, "journal.jsonl"), FileMode.OpenOrCreate, FileAccess.Read, FileShare.ReadWrite))
await using (FileStream part = File.Create(partPath))
await using (GZipStream archive = new(part, CompressionLevel.Optimal))
{
    while (!stop.IsCancellationRequested)
    {
        await journal.CopyToAsync(archive, CancellationToken.None);
        await Task.Delay(TimeSpan.FromSeconds(1), stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    // What was written during the last second.
    await journal.CopyToAsync(archive, CancellationToken.None);
}

// Only a complete archive gets its name.
File.Move(partPath, archivePath);

void Stop(PosixSignalContext context)
{
    context.Cancel = true; // Not the default action: Main ends by itself.
    stop.Cancel();
}
