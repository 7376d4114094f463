using ShutdownKit.Generator;

var root = args is [var folder, ..] && Directory.Exists(folder)
    ? folder
    : throw new ArgumentException("usage: ShutdownKit.Generator REPOSITORY [--check]");
var checks = args.Contains("--check");

var stale = GeneratedFiles.All(root, RuleCatalogue.Load()).Where(file => !file.IsCurrent(root)).ToList();
foreach (var file in stale)
{
    Console.WriteLine(checks ? $"error: {file.Path} is not what the rules say: run eng/generate.sh" : $"written: {file.Path}");
    if (!checks)
        file.Write(root);
}

if (stale.Count == 0)
    Console.WriteLine("everything is as the rules say");
return checks && stale.Count > 0 ? 1 : 0;
