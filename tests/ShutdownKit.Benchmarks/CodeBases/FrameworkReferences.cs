using Microsoft.CodeAnalysis;

namespace ShutdownKit.Benchmarks.CodeBases;

/// <summary>
/// The reference assemblies that come with the SDK. Older target frameworks are compiled against them too: the types that the rules look
/// for are the same, and packages for the newest .NET fit.
/// </summary>
internal sealed class FrameworkReferences
{
    private readonly Dictionary<string, MetadataReference> _opened = new(StringComparer.Ordinal);

    /// <summary>.NET itself.</summary>
    public IReadOnlyList<string> BaseLibrary { get; } = Pack("Microsoft.NETCore.App.Ref");

    /// <summary>Hosting and ASP.NET Core.</summary>
    public IReadOnlyList<string> AspNetCore { get; } = Pack("Microsoft.AspNetCore.App.Ref");

    /// <summary>An assembly as a reference; each is opened once, however many projects need it.</summary>
    public MetadataReference Open(string path) =>
        _opened.TryGetValue(path, out var reference) ? reference : _opened[path] = MetadataReference.CreateFromFile(path);

    private static string[] Pack(string name)
    {
        var versions = Path.Combine(BuildFacts.TargetingPacks, name);
        var newest = Directory.GetDirectories(versions)
            .OrderBy(path => Version.TryParse(Path.GetFileName(path), out var version) ? version : new Version()).Last();
        var folder = Directory.GetDirectories(Path.Combine(newest, "ref")).MaxBy(path => TargetFrameworkName.Rank(Path.GetFileName(path)))!;
        return Directory.GetFiles(folder, "*.dll");
    }
}
