using ShutdownKit.Package.Tests.Support;

namespace ShutdownKit.Package.Tests;

/// <summary>The real package in fresh projects: <c>dotnet build</c> and <c>dotnet format</c> with nothing but the reference to it.</summary>
[Trait("Category", "Package")]
public sealed class ConsumptionTests(PackedAnalyzers package) : IDisposable
{
    private static readonly string[] Mistakes =
    [
        "App/Counter.cs(8,9): warning SHK5001",
        "App/Dockerfile(4,1): warning SHK8001",
        "App/Program.cs(4,5): warning SHK4001",
        "App/Program.cs(7,1): warning SHK1001",
        "App/compose.yaml(4,24): warning SHK8007",
    ];

    private readonly ConsumerFolder _folder = new(package);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("net8.0")]
    [InlineData("net10.0")]
    public async Task One_reference_is_all_and_the_fixes_make_the_build_clean(string framework)
    {
        WriteApp(framework);

        Assert.Equal(Mistakes, await _folder.BuildAsync("App"));

        (await _folder.DotnetAsync("format", "analyzers", "App", "--no-restore", "--severity", "warn", "--diagnostics", "SHK1001", "SHK4001", "SHK5001"))
            .AssertSucceeded();
        _folder.Write("App/Dockerfile", Sources.FixedDockerfile);
        _folder.Write("App/compose.yaml", Sources.FixedCompose);

        Assert.Empty(await _folder.BuildAsync("App"));
        Assert.Contains("PosixSignalRegistration", _folder.Read("App/Program.cs"), StringComparison.Ordinal);
        Assert.Contains("AtomicFile", _folder.Read("App/Counter.cs"), StringComparison.Ordinal);
    }

    /// <summary>A place that a rule reports only as a suggestion becomes a warning; what the project says of one rule wins over the mode.</summary>
    [Fact]
    public async Task The_mode_strict_makes_warnings_of_suggestions_and_the_project_wins()
    {
        WriteApp("net10.0", "<ShutdownKitAnalysisMode>strict</ShutdownKitAnalysisMode>");
        // Nobody reads it back, so it is not certain to be state; and a volume may be mounted there when the image is run.
        _folder.Write("App/Settings.cs", """
            internal static class Settings
            {
                public static void Save(string text) => File.WriteAllText("user.state", text);
            }

            """);
        _folder.Write("App/.editorconfig", """
            [*.cs]
            shutdownkit.state_file_patterns = *.state
            dotnet_diagnostic.SHK4001.severity = none
            """);
        _folder.Write("App/.globalconfig", """
            is_global = true
            dotnet_diagnostic.SHK8001.severity = none
            dotnet_diagnostic.SHK8007.severity = none
            """);

        Assert.Equal(
            [
                "App/Counter.cs(8,9): warning SHK5001", "App/Program.cs(7,1): warning SHK1001",
                "App/Settings.cs(3,45): warning SHK5001", "App/Settings.cs(3,63): warning SHK8009",
            ],
            await _folder.BuildAsync("App"));

        WriteApp("net10.0");
        Assert.Equal(["App/Counter.cs(8,9): warning SHK5001", "App/Program.cs(7,1): warning SHK1001"], await _folder.BuildAsync("App"));
    }

    [Fact]
    public async Task The_mode_off_is_silent_and_a_mode_that_does_not_exist_is_reported()
    {
        WriteApp("net10.0", "<ShutdownKitAnalysisMode>off</ShutdownKitAnalysisMode>");
        // CA2016 asks for the token at the last save, and SHKS001 would silence it.
        _folder.Write("App/LastSave.cs", """
            internal static class LastSave
            {
                public static async Task RunAsync(CancellationToken stoppingToken)
                {
                    while (!stoppingToken.IsCancellationRequested)
                        await Task.Yield();
                    await File.WriteAllTextAsync("last.txt", "");
                }
            }

            """);
        _folder.Write("App/.editorconfig", "[*.cs]\ndotnet_diagnostic.CA2016.severity = warning\n");

        Assert.Equal(["App/LastSave.cs(7,15): warning CA2016"], await _folder.BuildAsync("App"));

        WriteApp("net10.0", "<ShutdownKitAnalysisMode>strikt</ShutdownKitAnalysisMode>");
        var found = await _folder.BuildAsync("App");
        Assert.Equal(Mistakes, found.Where(line => line.Contains("SHK", StringComparison.Ordinal)));
        Assert.Single(found, line => line.EndsWith(": warning", StringComparison.Ordinal));
        Assert.DoesNotContain(found, line => line.Contains("CA2016", StringComparison.Ordinal));
    }

    /// <summary>A library that wants its users analysed too says so by <c>PrivateAssets="none"</c>; the props then come along.</summary>
    [Fact]
    public async Task A_project_that_refers_to_one_with_the_package_is_analysed_where_that_one_lets_it()
    {
        _folder.WriteProject(
            "Library", "net8.0", $"""<PackageReference Include="ShutdownKit.Analyzers" Version="{package.Version}" PrivateAssets="none" />""",
            "<OutputType>Library</OutputType>");
        _folder.Write("Library/Name.cs", "namespace Library;\n\npublic sealed record Name(string Text);\n");
        WriteApp("net8.0", reference: """<ProjectReference Include="../Library/Library.csproj" />""");

        Assert.Equal(Mistakes, await _folder.BuildAsync("App"));

        WriteApp("net8.0", "<ShutdownKitAnalysisMode>off</ShutdownKitAnalysisMode>", """<ProjectReference Include="../Library/Library.csproj" />""");
        Assert.Empty(await _folder.BuildAsync("App"));
    }

    [Fact]
    public async Task A_project_that_refers_to_one_with_the_package_is_left_alone_otherwise()
    {
        _folder.WriteProject("Library", "net10.0", _folder.Reference, "<OutputType>Library</OutputType>");
        _folder.Write("Library/Name.cs", "namespace Library;\n\npublic sealed record Name(string Text);\n");
        WriteApp("net10.0", reference: """<ProjectReference Include="../Library/Library.csproj" />""");

        Assert.Empty(await _folder.BuildAsync("App"));
    }

    [Fact]
    public async Task Several_target_frameworks_are_each_analysed()
    {
        WriteApp("net8.0");
        _folder.WriteProject("App", "net8.0", _folder.Reference, "<TargetFramework /><TargetFrameworks>net8.0;net10.0</TargetFrameworks>");

        Assert.Equal(Mistakes, await _folder.BuildAsync("App"));
    }

    private void WriteApp(string framework, string properties = "", string? reference = null)
    {
        _folder.WriteProject("App", framework, reference ?? _folder.Reference, properties);
        _folder.Write("App/Program.cs", Sources.Program);
        _folder.Write("App/Counter.cs", Sources.Counter);
        _folder.Write("App/Dockerfile", Sources.Dockerfile);
        _folder.Write("App/compose.yaml", Sources.Compose);
    }
}
