using System.Reflection;

namespace ShutdownKit.Package.Tests.Support;

/// <summary>What the build of this project knew and the tests need.</summary>
internal static class Locations
{
    public static string PackageProject { get; } =
        Path.Combine(Metadata("RepositoryRoot"), "analyzers", "ShutdownKit.Analyzers.Package", "ShutdownKit.Analyzers.Package.csproj");

    /// <summary>NuGet's folder of unpacked packages on this machine; it has the targeting packs that the tests need.</summary>
    public static string PackageRoot { get; } = Metadata("PackageRoot");

    private static string Metadata(string key) =>
        typeof(Locations).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == key).Value!;
}
