using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using ShutdownKit.Benchmarks.Analysis;
using ShutdownKit.Benchmarks.CodeBases;

namespace ShutdownKit.Benchmarks.Costs;

/// <summary>
/// <c>analyzers [DIR]</c>: what the analyzers cost next to their neighbours. Exit status 1 where one of ours threw an exception. A goal
/// that is missed is shown and fails nothing: times on a shared machine vary too much for that.
/// </summary>
internal sealed class CostsCommand
{
    private const string OwnName = "ShutdownKit";

    // What the project promises: shares and ratios, and milliseconds for a project that has nothing to do with stopping.
    private const double CallbackGoal = 0.05;
    private const double BuildGoal = 0.10;
    private const double ShareGoal = 0.15;
    private const double BystanderGoal = 5;

    private readonly Arguments _arguments;
    private readonly string _own;
    private readonly int _rounds;

    private CostsCommand(Arguments arguments)
    {
        _arguments = arguments;
        _own = arguments.Last("--analyzers") ?? AnalyzerPack.Own;
        _rounds = Math.Max(1, arguments.Number("--rounds", 5));
        if (!File.Exists(_own))
            throw new UsageException($"there are no analyzers at {_own}");
    }

    public static Task<int> RunAsync(Arguments arguments) => new CostsCommand(arguments).RunAsync();

    private async Task<int> RunAsync()
    {
        var folder = _arguments.Folders.Count == 0 ? Path.TrimEndingDirectorySeparator(BuildFacts.RepositoryRoot) : _arguments.Folders[0];
        var projects = Read(folder);
        var names = _arguments.All("--project");
        var measured = projects.Select(project => project.Path)
            .Where(path => path.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal)
                           && (names.Count == 0 || names.Any(name => path.Contains(name, StringComparison.OrdinalIgnoreCase))))
            .ToArray();
        if (measured.Length == 0)
            throw new UsageException($"there is no such C# project below {folder}");

        var own = await MeasureAsync(OwnName, new([_own], null, measured, [.. projects], _rounds, WholeBuild: true))
                  ?? throw new InvalidOperationException("ShutdownKit itself could not be measured.");
        Console.WriteLine($"{folder}: {measured.Length} projects, {Table.Number(own.Lines)} lines");
        Console.WriteLine($"without analyzers, on one thread: parsing {Table.Number(own.Parse)} ms, binding {Table.Number(own.Bind)} ms");
        Console.WriteLine();

        var packs = new Table("pack", "rules", "callbacks ms", "of binding", "ms per 1,000 lines and rule", "extra CPU of a build", "dearest");
        Add(packs, OwnName, own);
        foreach (var name in new[] { Baselines.Nothing, Baselines.Invocations }.Where(IsWanted))
            Add(packs, name, await MeasureAsync(name, new([], name, measured, [.. projects], _rounds, WholeBuild: true)));
        foreach (var neighbour in Neighbour.All.Where(neighbour => IsWanted(neighbour.Name)))
        {
            var assemblies = neighbour.Assemblies();
            Add(packs, neighbour.Name, assemblies is null
                ? null
                : await MeasureAsync(neighbour.Name, new(assemblies, null, measured, [.. projects], _rounds, WholeBuild: true)));
        }

        Console.Write(packs);
        Console.WriteLine();
        PrintRules(own);
        await PrintBystanderAsync();
        PrintGoal("callbacks of binding", own.OfBinding, CallbackGoal, "0.00");
        PrintGoal("extra CPU of a build", Extra(own), BuildGoal, "0.00");
        foreach (var exception in own.Exceptions)
            Console.WriteLine("!!! AD0001 " + exception);
        return own.Exceptions.Length == 0 ? 0 : 1;
    }

    private bool IsWanted(string pack) =>
        _arguments.All("--pack") is var wanted && (wanted.Count == 0 || wanted.Any(name => pack.Contains(name, StringComparison.OrdinalIgnoreCase)));

    private List<ProjectModel> Read(string folder)
    {
        using var reader = new ProjectReader(AnalyzerPack.PropsOf(_own));
        return CodeBase.Find(folder, reader, text =>
        {
            if (text.StartsWith("cannot", StringComparison.Ordinal))
                Progress.Say(text);
            else
                Progress.Step(text);
        });
    }

    private static void Add(Table table, string name, CostsResult? result)
    {
        if (result is null)
        {
            table.Add(name, "not available", "", "", "", "", "");
            return;
        }

        var dearest = result.ByAnalyzer.Count == 0 ? default : result.ByAnalyzer.MaxBy(entry => entry.Value);
        table.Add(
            name,
            Table.Number(result.Rules),
            Table.Number(result.Callbacks),
            Table.Number(result.OfBinding, "0.000"),
            Table.Number(result.Callbacks / (result.Lines / 1000.0) / Math.Max(1, result.Rules), "0.0000"),
            Table.Number(Extra(result), "0.00"),
            dearest.Key is null ? "" : $"{dearest.Key} {Table.Number(dearest.Value)} ms");
    }

    private static double Extra(CostsResult result) => (result.AnalyzedBuild - result.PlainBuild) / result.PlainBuild;

    private static void PrintRules(CostsResult own)
    {
        var total = Math.Max(own.ByAnalyzer.Values.Sum(), 0.001);
        var rules = new Table("rule", "callbacks ms", "of binding", "share", "");
        foreach (var (rule, time) in own.ByAnalyzer.OrderByDescending(entry => entry.Value))
        {
            var share = time / total;
            rules.Add(
                rule, Table.Number(time, "N1"), Table.Number(share * own.OfBinding, "0.0000"), Table.Number(share, "0.0 %"),
                share > ShareGoal ? $"more than {Table.Number(ShareGoal, "0 %")}" : "");
        }

        Console.Write(rules);
        Console.WriteLine();
    }

    // The analyzers themselves host nothing, write nothing and wait for nothing: a project to which the rules have nothing to say.
    private async Task PrintBystanderAsync()
    {
        var folder = Path.Combine(BuildFacts.RepositoryRoot, "analyzers", "ShutdownKit.Analyzers");
        var projects = Read(folder);
        if (await MeasureAsync("a bystander", new([_own], null, [.. projects.Select(project => project.Path)], [.. projects], _rounds, WholeBuild: false)) is { } bystander)
            PrintGoal($"milliseconds in a project without hosts ({Path.GetFileName(folder)}, {Table.Number(bystander.Lines)} lines)", bystander.Callbacks, BystanderGoal, "0.0");
    }

    private static void PrintGoal(string what, double value, double goal, string format) =>
        Console.WriteLine($"{what}: {Table.Number(value, format)} (goal: at most {Table.Number(goal, format)}{(value > goal ? ", missed" : "")})");

    private static async Task<CostsResult?> MeasureAsync(string name, CostsPlan plan)
    {
        Progress.Step($"measuring {name}");
        var watch = Stopwatch.StartNew();
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, JsonSerializer.Serialize(plan));
            var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true };
            // Under `dotnet program.dll` the process is the host, and the program its first argument.
            if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
                start.ArgumentList.Add(typeof(CostsCommand).Assembly.Location);
            start.ArgumentList.Add(CostsChild.Command);
            start.ArgumentList.Add(file);
            // All code is compiled as good as it gets when it first runs: no compiler works behind the measurement.
            start.Environment["DOTNET_TieredCompilation"] = "0";
            using var child = Process.Start(start)!;
            var output = await child.StandardOutput.ReadToEndAsync();
            await child.WaitForExitAsync();
            if (child.ExitCode != 0)
            {
                Progress.Say($"{name} could not be measured: exit status {child.ExitCode}");
                return null;
            }

            var result = JsonSerializer.Deserialize<CostsResult>(output);
            Progress.Say(string.Create(CultureInfo.InvariantCulture, $"measured {name} in {watch.Elapsed.TotalSeconds:N0} s"));
            if (result is { Exceptions.Length: > 0 })
                Progress.Say($"  with exceptions: {result.Exceptions[0]}");
            return result;
        }
        finally
        {
            File.Delete(file);
        }
    }
}
