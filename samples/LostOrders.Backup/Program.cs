// Runs beside the service, on the same volume, and copies the journal every minute.
string root = args.Length > 0 ? args[0] : "/data";
string journal = Path.Combine(root, "journal.jsonl");
string backup = Path.Combine(root, "journal.bak");

Console.WriteLine("Backing up the journal");
while (true)
{
    if (File.Exists(journal))
        File.Copy(journal, backup, overwrite: true);
    Thread.Sleep(TimeSpan.FromMinutes(1));
}
