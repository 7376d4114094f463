using System.IO.Compression;
using ShutdownKit.Package.Tests.Support;

[assembly: AssemblyFixture(typeof(PackedAnalyzers))]

namespace ShutdownKit.Package.Tests.Support;

/// <summary>
/// The package as it is released: packed once for all tests, in Release, under a version of its own, into a folder that serves as feed.
/// </summary>
public sealed class PackedAnalyzers : IAsyncLifetime
{
    private readonly string _root = Directory.CreateTempSubdirectory("shutdownkit-package-").FullName;

    /// <summary>No other run has this version, so that nothing that lies in a cache is taken for it.</summary>
    public string Version { get; } = $"0.0.0-test.{Guid.NewGuid():N}";

    /// <summary>The folder that holds the package and nothing else.</summary>
    public string Feed => Path.Combine(_root, "feed");

    /// <summary>Where NuGet unpacks what the consumers restore, instead of the user's own folder.</summary>
    public string UnpackedPackages => Path.Combine(_root, "packages");

    public string PackagePath => Path.Combine(Feed, $"ShutdownKit.Analyzers.{Version}.nupkg");

    /// <summary>What <c>dotnet pack</c> printed.</summary>
    public string PackOutput { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        // The version is for the package alone: a restore under it would be another one than that of the solution.
        var environment = new Dictionary<string, string>();
        (await DotnetCommand.RunAsync(_root, environment, "restore", Locations.PackageProject)).AssertSucceeded();
        var run = await DotnetCommand.RunAsync(
            _root, environment, "pack", Locations.PackageProject, "--configuration", "Release", "--no-restore", "--output", Feed,
            $"-p:PackageVersion={Version}", "-p:RunAnalyzers=false", "-tl:off");
        PackOutput = run.AssertSucceeded().Output;
    }

    public ZipArchive Open() => ZipFile.OpenRead(PackagePath);

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_root, recursive: true);
        return ValueTask.CompletedTask;
    }
}
