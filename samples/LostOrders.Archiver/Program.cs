// Runs beside the service, on the same volume, and packs the journal while it grows.
using System.IO.Compression;

string root = args.Length > 0 ? args[0] : "/data";
bool running = true;

using FileStream journal = new(Path.Combine(root, "journal.jsonl"), FileMode.OpenOrCreate, FileAccess.Read, FileShare.ReadWrite);
var archive = new GZipStream(File.Create(Path.Combine(root, $"journal-{DateTime.UtcNow:yyyyMMdd-HHmmss}.gz")), CompressionLevel.Optimal);

// Ctrl+C at the desk; in production the container is stopped and the process ends.
Console.CancelKeyPress += (_, _) => running = false;
AppDomain.CurrentDomain.ProcessExit += (_, _) => archive.Dispose();

Console.WriteLine("Archiving the journal");
while (running)
{
    journal.CopyTo(archive);
    Thread.Sleep(TimeSpan.FromSeconds(1));
}
