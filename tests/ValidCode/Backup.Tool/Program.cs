// A one-shot tool: it does its work and ends. A stop by SIGTERM finds nothing that it has promised to anybody.
using Ledger.Library;

if (args.Length != 2)
{
    Console.Error.WriteLine("usage: backup SOURCE TARGET");
    Environment.Exit(2);
}

var (source, target) = (args[0], args[1]);
using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    stop.Cancel();
};

try
{
    var entries = new Dictionary<string, byte[]>();
    foreach (var path in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
        entries[Path.GetRelativePath(source, path)] = await File.ReadAllBytesAsync(path, stop.Token);

    using var archive = Archives.Zip(entries);
    await using (var output = File.Create(target))
        await archive.CopyToAsync(output, stop.Token);

    for (var attempt = 1; !File.Exists(target) && attempt <= 3; attempt++)
        await Task.Delay(TimeSpan.FromSeconds(attempt));

    await File.WriteAllTextAsync(target + ".count", entries.Count.ToString(System.Globalization.CultureInfo.InvariantCulture));
    return 0;
}
catch (OperationCanceledException)
{
    File.Delete(target);
    return 130;
}
catch (IOException problem)
{
    Console.Error.WriteLine(problem.Message);
    return 1;
}
