using System.Reflection;

namespace ShutdownKit.Benchmarks;

/// <summary>Where things lie on the machine that this program was built on.</summary>
internal static class BuildFacts
{
    /// <summary>The folder of the SDK: MSBuild, and the analyzers that come with it.</summary>
    public static string SdkFolder => Metadata("SdkFolder");

    /// <summary>The folder of the reference assemblies that come with the SDK.</summary>
    public static string TargetingPacks => Metadata("TargetingPacks");

    /// <summary>The root of this repository.</summary>
    public static string RepositoryRoot => Metadata("RepositoryRoot");

    /// <summary>The global packages folder of NuGet.</summary>
    public static string PackagesFolder =>
        Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } folder
            ? folder
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");

    private static string Metadata(string key) =>
        typeof(BuildFacts).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == key).Value!;
}
