using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Xml.Linq;
using ShutdownKit.Package.Tests.Support;

namespace ShutdownKit.Package.Tests;

/// <summary>What is in the package, and what is not.</summary>
[Trait("Category", "Package")]
public sealed class ContentTests(PackedAnalyzers package)
{
    private const string Assemblies = "analyzers/dotnet/cs/";

    // What every host of Roslyn 4.8 has: the SDK 8.0.1xx, Visual Studio 17.8.
    private static readonly Dictionary<string, Version> HostAssemblies = new(StringComparer.Ordinal)
    {
        ["netstandard"] = new(2, 0, 0, 0),
        ["Microsoft.CodeAnalysis"] = new(4, 8, 0, 0),
        ["Microsoft.CodeAnalysis.CSharp"] = new(4, 8, 0, 0),
        ["Microsoft.CodeAnalysis.Workspaces"] = new(4, 8, 0, 0),
        ["Microsoft.CodeAnalysis.CSharp.Workspaces"] = new(4, 8, 0, 0),
        ["System.Collections.Immutable"] = new(7, 0, 0, 0),
        ["System.Reflection.Metadata"] = new(7, 0, 0, 0),
        ["System.Buffers"] = new(4, 0, 3, 0),
        ["System.Memory"] = new(4, 0, 1, 2),
        ["System.Threading.Tasks.Extensions"] = new(4, 2, 0, 1),
        ["System.Runtime.CompilerServices.Unsafe"] = new(6, 0, 0, 0),
    };

    public static TheoryData<string> PackagedAssemblies => ["ShutdownKit.Analyzers.dll", "ShutdownKit.Analyzers.CodeFixes.dll"];

    [Fact]
    public void Holds_exactly_this()
    {
        using var archive = package.Open();

        Assert.Equal(
            [
                "README.md",
                "ShutdownKit.Analyzers.nuspec",
                "analyzers/dotnet/cs/ShutdownKit.Analyzers.CodeFixes.dll",
                "analyzers/dotnet/cs/ShutdownKit.Analyzers.dll",
                "build/ShutdownKit.Analyzers.DeploymentFiles.props",
                "build/ShutdownKit.Analyzers.Mode.props",
                "build/ShutdownKit.Analyzers.Mode.targets",
                "build/ShutdownKit.Analyzers.default.globalconfig",
                "build/ShutdownKit.Analyzers.off.globalconfig",
                "build/ShutdownKit.Analyzers.props",
                "build/ShutdownKit.Analyzers.strict.globalconfig",
                "build/ShutdownKit.Analyzers.targets",
                "buildTransitive/ShutdownKit.Analyzers.props",
                "buildTransitive/ShutdownKit.Analyzers.targets",
                "icon.png",
            ],
            archive.Entries.Select(entry => entry.FullName).Where(name => !IsOfTheFormat(name)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Is_packed_without_a_warning()
    {
        Assert.DoesNotContain("warning", package.PackOutput, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Leaks_no_dependency_into_its_consumer()
    {
        var metadata = ReadMetadata();

        Assert.Equal("true", Value(metadata, "developmentDependency"));
        Assert.DoesNotContain(metadata.Descendants(), element => element.Name.LocalName is "dependency" or "reference" or "frameworkReference" or "frameworkAssembly");
    }

    [Fact]
    public void Says_what_it_is()
    {
        var metadata = ReadMetadata();

        Assert.Equal("ShutdownKit.Analyzers", Value(metadata, "id"));
        Assert.Equal(package.Version, Value(metadata, "version"));
        Assert.Equal("MIT", Value(metadata, "license"));
        Assert.Equal("expression", Element(metadata, "license")?.Attribute("type")?.Value);
        Assert.Equal("README.md", Value(metadata, "readme"));
        Assert.Equal("icon.png", Value(metadata, "icon"));
        Assert.Equal("https://github.com/shutdownkit/shutdownkit", Value(metadata, "projectUrl"));
        Assert.Equal("git", Element(metadata, "repository")?.Attribute("type")?.Value);
        Assert.Equal("https://github.com/shutdownkit/shutdownkit", Element(metadata, "repository")?.Attribute("url")?.Value);
        Assert.Contains("analyzer", Value(metadata, "tags").Split(' '));
        Assert.NotEmpty(Value(metadata, "description"));
        Assert.NotEmpty(Value(metadata, "releaseNotes"));
    }

    [Fact]
    public void Its_icon_is_a_square_of_128()
    {
        var png = Read("icon.png");

        Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G'], png.Take(4));
        Assert.Equal([0, 0, 0, 128, 0, 0, 0, 128], png.Skip(16).Take(8));
    }

    [Theory, MemberData(nameof(PackagedAssemblies))]
    public void Needs_only_what_every_host_has(string assembly)
    {
        using var image = new PEReader(new MemoryStream(Read(Assemblies + assembly)));
        var metadata = image.GetMetadataReader();

        Assert.All(metadata.AssemblyReferences.Select(handle => metadata.GetAssemblyReference(handle)), reference =>
        {
            var name = metadata.GetString(reference.Name);
            if (PackagedAssemblies.Any(row => row.Data == name + ".dll"))
                return;
            Assert.True(HostAssemblies.TryGetValue(name, out var version), $"{name} {reference.Version} is not in every host");
            Assert.True(reference.Version <= version, $"{name} {reference.Version} is newer than the {version} of the oldest host");
        });
    }

    [Theory, MemberData(nameof(PackagedAssemblies))]
    public void Carries_its_symbols_without_a_path_of_the_machine(string assembly)
    {
        using var image = new PEReader(new MemoryStream(Read(Assemblies + assembly)));
        var embedded = Assert.Single(image.ReadDebugDirectory(), entry => entry.Type == DebugDirectoryEntryType.EmbeddedPortablePdb);
        using var provider = image.ReadEmbeddedPortablePdbDebugDirectoryData(embedded);
        var symbols = provider.GetMetadataReader();

        var sources = symbols.Documents.Select(handle => symbols.GetString(symbols.GetDocument(handle).Name)).ToList();
        Assert.Contains(sources, source => source.EndsWith("Analyzer.cs", StringComparison.Ordinal) || source.EndsWith("Fix.cs", StringComparison.Ordinal));
        Assert.All(sources, source => Assert.StartsWith("/_/", source));
    }

    // What the zip format of packages adds by itself.
    private static bool IsOfTheFormat(string name) =>
        name is "[Content_Types].xml" or "_rels/.rels" || name.StartsWith("package/services/metadata/", StringComparison.Ordinal);

    private XElement ReadMetadata()
    {
        using var stream = new MemoryStream(Read("ShutdownKit.Analyzers.nuspec"));
        return XDocument.Load(stream).Root!.Elements().Single(element => element.Name.LocalName == "metadata");
    }

    private static XElement? Element(XElement metadata, string name) => metadata.Elements().SingleOrDefault(element => element.Name.LocalName == name);

    private static string Value(XElement metadata, string name) => Element(metadata, name)?.Value ?? "";

    private byte[] Read(string entry)
    {
        using var archive = package.Open();
        using var stream = archive.GetEntry(entry)!.Open();
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }
}
