using System.Text.Json;
using System.Xml;
using Microsoft.VisualStudio.SolutionPersistence;
using Microsoft.VisualStudio.SolutionPersistence.Model;
using Microsoft.VisualStudio.SolutionPersistence.Serializer;

namespace ShutdownKit.Cli.Checking;

/// <summary>What is to be checked: one C# project, or the C# projects of a solution.</summary>
/// <param name="Path">Full path of the project or solution file.</param>
/// <param name="Projects">Full paths of the C# projects, in the solution's order.</param>
/// <param name="Skipped">Projects of the solution in other languages, by file name.</param>
internal sealed record CheckTarget(string Path, IReadOnlyList<string> Projects, IReadOnlyList<string> Skipped)
{
    private const int MostCandidates = 5;
    private static readonly string[] SolutionExtensions = [".sln", ".slnx", ".slnf"];

    /// <summary>The folder the build is to run in: global.json is looked up from here.</summary>
    public string Folder => System.IO.Path.GetDirectoryName(Path)!;

    /// <summary>Whether the file is a solution, not a project.</summary>
    public bool IsSolution => SolutionExtensions.Contains(System.IO.Path.GetExtension(Path), StringComparer.OrdinalIgnoreCase);

    /// <summary>Finds out what <paramref name="path"/> (a file, or a folder that holds one) means.</summary>
    /// <exception cref="UsageException">There is no such thing, or more than one.</exception>
    public static async Task<CheckTarget> ResolveAsync(string path, CancellationToken cancellationToken)
    {
        var full = System.IO.Path.GetFullPath(path);
        if (Directory.Exists(full))
            full = FindIn(full);
        else if (!File.Exists(full))
            throw new UsageException($"'{path}' does not exist: give the path of a .csproj, .sln, .slnx or .slnf file, or of a folder that holds one");

        var extension = System.IO.Path.GetExtension(full).ToLowerInvariant();
        if (extension == ".csproj")
            return new CheckTarget(full, [full], []);
        if (!SolutionExtensions.Contains(extension))
            throw new UsageException($"'{path}' is neither a C# project nor a solution: give a .csproj, .sln, .slnx or .slnf file");

        var all = extension == ".slnf"
            ? await ReadFilterAsync(full, cancellationToken).ConfigureAwait(false)
            : await ReadSolutionAsync(full, cancellationToken).ConfigureAwait(false);
        var projects = all.Where(IsCSharp).Distinct(StringComparer.Ordinal).ToList();
        if (projects.Count == 0)
            throw new UsageException($"'{path}' has no C# project: the analyzers read C# only");
        return new CheckTarget(full, projects, all.Where(p => !IsCSharp(p)).Select(p => System.IO.Path.GetFileName(p)).ToList());
    }

    private static bool IsCSharp(string path) => path.EndsWith(".csproj", StringComparison.OrdinalIgnoreCase);

    private static string FindIn(string folder)
    {
        var solutions = Files(folder, SolutionExtensions[..2], recursive: false);
        var candidates = solutions.Count > 0 ? solutions : Files(folder, [".csproj"], recursive: false);
        if (candidates.Count == 1)
            return candidates[0];
        if (candidates.Count > 1)
        {
            throw new UsageException(
                $"'{folder}' holds more than one {(solutions.Count > 0 ? "solution" : "project")}: give the path of one of {List(candidates)}");
        }

        var below = Files(folder, [.. SolutionExtensions[..2], ".csproj"], recursive: true);
        throw new UsageException(below.Count > 0
            ? $"'{folder}' holds no C# project and no solution: give the path of one, for example {List(below)}"
            : $"'{folder}' holds no C# project and no solution: give the path of a .csproj, .sln, .slnx or .slnf file");

        string List(List<string> paths)
        {
            var shown = paths.Take(MostCandidates).Select(p => System.IO.Path.GetRelativePath(folder, p));
            return string.Join(", ", shown) + (paths.Count > MostCandidates ? $", ... ({paths.Count} in all)" : "");
        }
    }

    private static List<string> Files(string folder, string[] extensions, bool recursive) =>
        Directory.EnumerateFiles(folder, "*", new EnumerationOptions { RecurseSubdirectories = recursive, MaxRecursionDepth = 3, IgnoreInaccessible = true })
            .Where(f => extensions.Contains(System.IO.Path.GetExtension(f), StringComparer.OrdinalIgnoreCase))
            .Order(StringComparer.Ordinal)
            .ToList();

    private static async Task<List<string>> ReadSolutionAsync(string path, CancellationToken cancellationToken)
    {
        var serializer = SolutionSerializers.GetSerializerByMoniker(path)
            ?? throw new UsageException($"'{path}' is no solution file: give a .sln or .slnx file");
        SolutionModel solution;
        try
        {
            solution = await serializer.OpenAsync(path, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SolutionException or XmlException or FormatException)
        {
            throw new UsageException($"'{path}' cannot be read as a solution: {e.Message}");
        }

        return Absolute(System.IO.Path.GetDirectoryName(path)!, solution.SolutionProjects.Select(p => p.FilePath));
    }

    private static async Task<List<string>> ReadFilterAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            var stream = File.OpenRead(path);
            await using var _ = stream.ConfigureAwait(false);
            using var document = await JsonDocument.ParseAsync(stream, cancellationToken: cancellationToken).ConfigureAwait(false);
            var solution = document.RootElement.GetProperty("solution");
            var solutionFile = Absolute(System.IO.Path.GetDirectoryName(path)!, [solution.GetProperty("path").GetString()!])[0];
            return Absolute(System.IO.Path.GetDirectoryName(solutionFile)!, solution.GetProperty("projects").EnumerateArray().Select(p => p.GetString()!));
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new UsageException($"'{path}' cannot be read as a solution filter: {e.Message}");
        }
    }

    // Solutions write paths with backslashes, whatever the system.
    private static List<string> Absolute(string folder, IEnumerable<string> paths) =>
        paths.Select(p => System.IO.Path.GetFullPath(p.Replace('\\', System.IO.Path.DirectorySeparatorChar), folder)).ToList();
}
