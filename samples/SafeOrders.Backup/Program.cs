// Runs beside the service, on the same volume, and copies the journal every minute.
using System.Runtime.InteropServices;

string root = args.Length > 0 ? args[0] : "/data";
string journal = Path.Combine(root, "journal.jsonl");
string backup = Path.Combine(root, "journal.bak");

using var stop = new CancellationTokenSource();
using var onTerminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
using var onInterrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);

Console.WriteLine("Backing up the journal");
while (!stop.IsCancellationRequested)
{
    if (File.Exists(journal))
    {
        // The old backup stays until the new one is complete.
        File.Copy(journal, backup + ".tmp", overwrite: true);
        File.Move(backup + ".tmp", backup, overwrite: true);
    }

    await Task.Delay(TimeSpan.FromMinutes(1), stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
}

void Stop(PosixSignalContext context)
{
    context.Cancel = true; // Not the default action: Main ends by itself.
    stop.Cancel();
}
