using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using ShutdownKit.Benchmarks.CodeBases;

namespace ShutdownKit.Benchmarks.Costs;

/// <summary>Another analyzer pack. All but the SDK's own come from the package feed, and are downloaded when they are first needed.</summary>
internal sealed partial record Neighbour(string Name, string? Package, string Version)
{
    private const string VersionFolder = @"^roslyn(?<version>\d+\.\d+)$";

    public static IReadOnlyList<Neighbour> All { get; } =
    [
        new("NetAnalyzers (SDK)", null, ""),
        new("Meziantou.Analyzer", "Meziantou.Analyzer", "3.0.321"),
        new("Roslynator.Analyzers", "Roslynator.Analyzers", "5.0.1"),
        new("SonarAnalyzer.CSharp", "SonarAnalyzer.CSharp", "9.32.0.97167"),
        new("IDisposableAnalyzers", "IDisposableAnalyzers", "4.0.8"),
        new("VS-Threading", "Microsoft.VisualStudio.Threading.Analyzers", "18.12.1"),
        new("AsyncFixer", "AsyncFixer", "2.1.0"),
    ];

    /// <summary>The assemblies that a compiler of this program's version would load; null where the pack cannot be had.</summary>
    public string[]? Assemblies()
    {
        if (Package is null)
            return Existing(Path.Combine(BuildFacts.SdkFolder, "Sdks", "Microsoft.NET.Sdk", "analyzers"));

        if (!Directory.Exists(PackageFolder))
            Download();
        return Directory.Exists(PackageFolder) ? Existing(Path.Combine(PackageFolder, "analyzers")) : null;
    }

    private string PackageFolder => Path.Combine(BuildFacts.PackagesFolder, Package!.ToLowerInvariant(), Version);

    // Packs hold a folder for each version of the compiler that they know, or none at all.
    private static string[]? Existing(string folder)
    {
        if (!Directory.Exists(folder))
            return null;

        var own = typeof(Compilation).Assembly.GetName().Version!;
        var assemblies = Directory.GetFiles(folder, "*.dll", SearchOption.AllDirectories)
            .Where(path => !path.EndsWith(".resources.dll", StringComparison.Ordinal)
                           && !path.Contains("VisualBasic", StringComparison.Ordinal)
                           && !Path.GetRelativePath(folder, path).Split(Path.DirectorySeparatorChar).Contains("vb"))
            .GroupBy(path => VersionOf(Path.GetRelativePath(folder, path)))
            .Where(group => group.Key <= own)
            .MaxBy(group => group.Key);
        return assemblies is null ? null : [.. assemblies];
    }

    private static Version VersionOf(string path) =>
        path.Split(Path.DirectorySeparatorChar).Select(part => Folder().Match(part)).FirstOrDefault(match => match.Success) is { } match
            ? System.Version.Parse(match.Groups["version"].Value)
            : new Version(0, 0);

    private void Download()
    {
        Progress.Say($"downloading {Name} {Version}");
        var folder = Path.Combine(BuildFacts.RepositoryRoot, "artifacts", "bench", Package!);
        Directory.CreateDirectory(folder);
        // Files of its own keep those of the repository away.
        File.WriteAllText(Path.Combine(folder, "Directory.Build.props"), "<Project />");
        File.WriteAllText(Path.Combine(folder, "Directory.Packages.props"), "<Project />");
        File.WriteAllText(
            Path.Combine(folder, "Download.csproj"),
            string.Create(CultureInfo.InvariantCulture, $"""
                <Project Sdk="Microsoft.NET.Sdk">
                  <PropertyGroup><TargetFramework>net10.0</TargetFramework></PropertyGroup>
                  <ItemGroup><PackageDownload Include="{Package}" Version="[{Version}]" /></ItemGroup>
                </Project>
                """));
        using var restore = Process.Start(new ProcessStartInfo("dotnet", ["restore", folder, "-v", "quiet"])
        {
            RedirectStandardOutput = true,
        })!;
        restore.StandardOutput.ReadToEnd();
        restore.WaitForExit();
    }

    [GeneratedRegex(VersionFolder, RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex Folder();
}
