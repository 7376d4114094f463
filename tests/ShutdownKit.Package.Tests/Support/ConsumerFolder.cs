using System.Text.RegularExpressions;

namespace ShutdownKit.Package.Tests.Support;

/// <summary>
/// A folder with projects that use the package and know nothing of this repository. It needs no network: the package comes from its own
/// feed, and what the SDK does not bring along (the targeting pack of .NET 8) was restored when this solution was built.
/// </summary>
internal sealed partial class ConsumerFolder : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("shutdownkit-consumer-").FullName;
    private readonly PackedAnalyzers _package;

    public ConsumerFolder(PackedAnalyzers package)
    {
        _package = package;
        Write("nuget.config", $"""
            <configuration>
              <packageSources>
                <clear />
                <add key="packed" value="{package.Feed}" />
              </packageSources>
              <packageSourceMapping><clear /></packageSourceMapping>
              <fallbackPackageFolders>
                <clear />
                <add key="machine" value="{Locations.PackageRoot}" />
              </fallbackPackageFolders>
            </configuration>
            """);
        // Nothing that lies above the folder for temporary files has a say.
        Write("Directory.Build.props", "<Project />");
        Write("Directory.Build.targets", "<Project />");
        Write("Directory.Packages.props", "<Project />");
        Write(".editorconfig", "root = true\n");
    }

    public string Write(string relative, string content)
    {
        var path = Path.Combine(_root, relative);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
        return path;
    }

    public string Read(string relative) => File.ReadAllText(Path.Combine(_root, relative));

    /// <summary>Writes a console project as <c>dotnet new console</c> does.</summary>
    public void WriteProject(string name, string framework, string references, string properties = "") => Write($"{name}/{name}.csproj", $"""
        <Project Sdk="Microsoft.NET.Sdk">
          <PropertyGroup>
            <OutputType>Exe</OutputType>
            <TargetFramework>{framework}</TargetFramework>
            <ImplicitUsings>enable</ImplicitUsings>
            <Nullable>enable</Nullable>
            <!-- No executable beside the dll: the pack for it need not be on the machine. -->
            <UseAppHost>false</UseAppHost>
            <NuGetAudit>false</NuGetAudit>
            {properties}
          </PropertyGroup>
          <ItemGroup>
            {references}
          </ItemGroup>
        </Project>
        """);

    /// <summary>The reference as <c>dotnet add package</c> writes it for a package that is a development dependency.</summary>
    public string Reference => $"""
        <PackageReference Include="ShutdownKit.Analyzers" Version="{_package.Version}">
          <IncludeAssets>runtime; build; native; contentfiles; analyzers; buildtransitive</IncludeAssets>
          <PrivateAssets>all</PrivateAssets>
        </PackageReference>
        """;

    /// <summary>Builds, and returns the warnings and errors: <c>App/Program.cs(1,1): warning SHK1001</c>, sorted, each once.</summary>
    public async Task<IReadOnlyList<string>> BuildAsync(string project)
    {
        var run = await DotnetAsync("build", project, "--no-incremental", "-tl:off", "-v:minimal");
        run.AssertSucceeded();
        return [.. Diagnostic().Matches(run.Output)
            .Select(match => $"{Relative(match.Groups["file"].Value)}{match.Groups["position"].Value}: {match.Groups["what"].Value}".TrimEnd())
            .Distinct()
            .Order(StringComparer.Ordinal)];
    }

    public Task<DotnetRun> DotnetAsync(params string[] arguments) =>
        DotnetCommand.RunAsync(_root, new Dictionary<string, string> { ["NUGET_PACKAGES"] = _package.UnpackedPackages }, arguments);

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private string Relative(string path) =>
        Path.IsPathRooted(path) ? Path.GetRelativePath(_root, path).Replace('\\', '/') : path;

    // "/tmp/x/App/Program.cs(1,1): warning SHK1001: text [/tmp/x/App/App.csproj]"; a warning of MSBuild itself may have no code.
    [GeneratedRegex(@"^\s*(?<file>[^(\n]+?)(?<position>\(\d+(,\d+)*\))?\s*: (?<what>(warning|error)( [A-Z]+\d+)?)\s*:", RegexOptions.Multiline)]
    private static partial Regex Diagnostic();
}
