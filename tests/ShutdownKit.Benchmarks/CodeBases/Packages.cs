using System.Xml.Linq;

namespace ShutdownKit.Benchmarks.CodeBases;

/// <summary>
/// The packages of this machine's global packages folder. A package that is not there is left out; where another version is there, it
/// is taken, since a rule needs the types and not the version.
/// </summary>
internal sealed class Packages
{
    private readonly Dictionary<string, Package?> _packages = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The assemblies of the packages and of all that they depend on.</summary>
    public IReadOnlyCollection<string> Assemblies(IEnumerable<PackageId> wanted)
    {
        var assemblies = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var waiting = new Queue<PackageId>(wanted);
        while (waiting.TryDequeue(out var id))
        {
            if (!seen.Add(id.Id) || Find(id) is not { } package)
                continue;

            foreach (var assembly in package.Assemblies)
                assemblies.TryAdd(Path.GetFileNameWithoutExtension(assembly), assembly);
            foreach (var dependency in package.Dependencies)
                waiting.Enqueue(dependency);
        }

        return assemblies.Values;
    }

    /// <summary>The folder of one version of a package; null where it is not there.</summary>
    public static string? Folder(string id, string? version = null)
    {
        var folder = Path.Combine(BuildFacts.PackagesFolder, id.ToLowerInvariant());
        if (!Directory.Exists(folder))
            return null;
        if (version is not null && Path.Combine(folder, version.ToLowerInvariant()) is var exact && Directory.Exists(exact))
            return exact;
        return Directory.GetDirectories(folder)
            .OrderBy(path => Path.GetFileName(path).Contains('-', StringComparison.Ordinal) ? 0 : 1)
            .ThenBy(path => System.Version.TryParse(Path.GetFileName(path).Split('-', '+')[0], out var parsed) ? parsed : new System.Version())
            .LastOrDefault();
    }

    private Package? Find(PackageId id)
    {
        if (_packages.TryGetValue(id.Id, out var known))
            return known;

        var package = Folder(id.Id, id.Version.Trim('[', ']', '(', ')')) is { } folder ? new Package(AssembliesOf(folder), DependenciesOf(folder)) : null;
        return _packages[id.Id] = package;
    }

    private static string[] AssembliesOf(string package)
    {
        foreach (var kind in (ReadOnlySpan<string>)["ref", "lib"])
        {
            var folder = Path.Combine(package, kind);
            if (Directory.Exists(folder) && BestFolder(folder) is { } best)
                return Directory.GetFiles(best, "*.dll");
        }

        return [];
    }

    private static string? BestFolder(string folder) =>
        Directory.GetDirectories(folder).MaxBy(path => TargetFrameworkName.Rank(Path.GetFileName(path)));

    private static PackageId[] DependenciesOf(string package)
    {
        var nuspec = Directory.EnumerateFiles(package, "*.nuspec").FirstOrDefault();
        if (nuspec is null || XDocument.Load(nuspec).Root is not { } root)
            return [];

        var groups = root.Descendants().Where(element => element.Name.LocalName == "dependencies").SelectMany(list => list.Elements()).ToList();
        var best = groups.Where(element => element.Name.LocalName == "group").MaxBy(group => TargetFrameworkName.Rank(ShortName(group)));
        return [.. (best is null ? groups : best.Elements())
            .Where(element => element.Name.LocalName == "dependency")
            .Select(element => new PackageId((string?)element.Attribute("id") ?? "", (string?)element.Attribute("version") ?? ""))];
    }

    // Older packages write ".NETStandard2.0", ".NETCoreApp3.1" and ".NETFramework4.6.2".
    private static string ShortName(XElement group) =>
        ((string?)group.Attribute("targetFramework") ?? "")
        .Replace(".NETStandard", "netstandard", StringComparison.OrdinalIgnoreCase)
        .Replace(".NETCoreApp", "netcoreapp", StringComparison.OrdinalIgnoreCase)
        .Replace(".NETFramework4.", "net4", StringComparison.OrdinalIgnoreCase);

    private sealed record Package(string[] Assemblies, PackageId[] Dependencies);
}
