using System.Diagnostics;
using System.Text.Json;
using ShutdownKit.Cli.Tests.Support;

namespace ShutdownKit.Cli.Tests.Checking;

/// <summary><c>shutdownkit check</c> on projects that know nothing of ShutdownKit, with the SDK that is installed.</summary>
public sealed class CheckTests : IDisposable
{
    private const string CleanProgram = "Console.WriteLine(\"done\");\n";

    // On .NET 10 nobody calls ProcessExit handlers when SIGTERM comes: SHK1002.
    private const string DeadHandler = """
        AppDomain.CurrentDomain.ProcessExit += (_, _) => File.WriteAllText("state.txt", "saved");
        Thread.Sleep(Timeout.Infinite);

        """;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Reports_a_finding_and_changes_nothing()
    {
        _folder.Write("App/App.csproj", Executable());
        _folder.Write("App/Program.cs", DeadHandler);
        var before = _folder.Snapshot();

        var run = (await Tool.RunAsync(_folder.Path, "check", "App")).AssertStatus(ExitStatus.NotCompliant);

        Assert.Contains($"App{Path.DirectorySeparatorChar}Program.cs(1,", run.Output, StringComparison.Ordinal);
        Assert.Contains(": warning SHK1002: ", run.Output, StringComparison.Ordinal);
        Assert.Contains("not compliant", run.Output, StringComparison.Ordinal);
        Assert.Empty(run.Error);
        Assert.Equal(before, _folder.Snapshot());
    }

    [Fact]
    public async Task Is_compliant_where_nothing_is_wrong()
    {
        _folder.Write("App/App.csproj", Executable());
        _folder.Write("App/Program.cs", CleanProgram);

        var run = (await Tool.RunAsync(Path.Combine(_folder.Path, "App"), "check")).AssertStatus(ExitStatus.Compliant);

        Assert.Contains("no findings in 1 project", run.Output, StringComparison.Ordinal);
    }

    /// <summary>
    /// Everything a real solution does at once: central packages, a lock file that is missing, shared props that move the output, projects
    /// of the same name, several frameworks, one framework written twice, a project that sets its own output folders and warnings as errors,
    /// switches analyzers off and has a post-build step that writes, stale output of an earlier build, another language.
    /// </summary>
    [Theory]
    [InlineData("sln")]
    [InlineData("slnx")]
    public async Task Respects_what_a_solution_does_and_changes_nothing(string format)
    {
        _folder.Write("Directory.Build.props", """
            <Project>
              <PropertyGroup>
                <ImplicitUsings>enable</ImplicitUsings>
                <Nullable>enable</Nullable>
                <BaseIntermediateOutputPath>$(MSBuildThisFileDirectory)build/obj/$(MSBuildProjectName)/</BaseIntermediateOutputPath>
                <RestorePackagesWithLockFile>true</RestorePackagesWithLockFile>
              </PropertyGroup>
            </Project>
            """);
        _folder.Write("Directory.Packages.props", """
            <Project>
              <PropertyGroup><ManagePackageVersionsCentrally>true</ManagePackageVersionsCentrally></PropertyGroup>
              <ItemGroup><PackageVersion Include="YamlDotNet" Version="16.3.0" /></ItemGroup>
            </Project>
            """);
        _folder.Write("src/Shop/Shop.csproj", """
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
                <RunAnalyzersDuringBuild>false</RunAnalyzersDuringBuild>
                <OutputPath>out/</OutputPath>
                <BaseIntermediateOutputPath>temp/</BaseIntermediateOutputPath>
                <GenerateDocumentationFile>true</GenerateDocumentationFile>
                <DocumentationFile>Shop.xml</DocumentationFile>
                <EmitCompilerGeneratedFiles>true</EmitCompilerGeneratedFiles>
                <CompilerGeneratedFilesOutputPath>generated</CompilerGeneratedFilesOutputPath>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="YamlDotNet" />
                <ProjectReference Include="../../lib/Shop/Shop.csproj" />
              </ItemGroup>
              <Target Name="Publishes" AfterTargets="Build"><Touch Files="published.txt" AlwaysCreate="true" /></Target>
            </Project>
            """);
        _folder.Write("src/Shop/Program.cs", "Console.WriteLine(Shared.Names.Shop + typeof(YamlDotNet.Core.Parser));\n" + DeadHandler);
        _folder.Write("src/Shop/bin/Debug/net10.0/Stale.cs", "this is no C#");
        _folder.Write("src/Shop/obj/Debug/net10.0/Shop.AssemblyInfo.cs", "this is no C# either");
        _folder.Write("lib/Shop/Shop.csproj", """
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup><TargetFrameworks>net8.0;net10.0</TargetFrameworks><AssemblyName>Shop.Shared</AssemblyName></PropertyGroup>
            </Project>
            """);
        _folder.Write("lib/Shop/Names.cs", "namespace Shared;\npublic static class Names { public const string Shop = \"shop\"; }\n");
        _folder.Write("script/Script.fsproj", "<Project Sdk=\"Microsoft.NET.Sdk\" />");
        _folder.Write("Shop.sln", """
            Microsoft Visual Studio Solution File, Format Version 12.00
            Project("{9A19103F-16F7-4668-BE54-9A1E7A4F7556}") = "Shop", "src\Shop\Shop.csproj", "{11111111-1111-1111-1111-111111111111}"
            EndProject
            Project("{9A19103F-16F7-4668-BE54-9A1E7A4F7556}") = "Shop", "lib\Shop\Shop.csproj", "{22222222-2222-2222-2222-222222222222}"
            EndProject
            Project("{6EC3EE1D-3C4E-46DD-8F32-0CC8E7565705}") = "Script", "script\Script.fsproj", "{33333333-3333-3333-3333-333333333333}"
            EndProject
            Project("{2150E333-8FDC-42A3-9474-1A3956D46DE8}") = "lib", "lib", "{44444444-4444-4444-4444-444444444444}"
            EndProject
            Global
            	GlobalSection(NestedProjects) = preSolution
            		{22222222-2222-2222-2222-222222222222} = {44444444-4444-4444-4444-444444444444}
            	EndGlobalSection
            EndGlobal
            """);
        _folder.Write("Shop.slnx", """
            <Solution>
              <Project Path="src/Shop/Shop.csproj" />
              <Folder Name="/lib/"><Project Path="lib/Shop/Shop.csproj" /></Folder>
              <Project Path="script/Script.fsproj" />
            </Solution>
            """);
        var before = _folder.Snapshot();

        var run = (await Tool.RunAsync(_folder.Path, "check", $"Shop.{format}")).AssertStatus(ExitStatus.NotCompliant);

        Assert.Single(run.Output.Split('\n'), line => line.Contains("warning SHK1002", StringComparison.Ordinal));
        Assert.Contains("in 2 projects (3 builds", run.Output, StringComparison.Ordinal);
        Assert.Contains("not C#: Script.fsproj", run.Output, StringComparison.Ordinal);
        Assert.Equal(before, _folder.Snapshot());
    }

    [Fact]
    public async Task Writes_sarif_and_json()
    {
        _folder.Write("App/App.csproj", Executable());
        _folder.Write("App/Program.cs", DeadHandler);

        var run = await Tool.RunAsync(_folder.Path, "check", "App", "--report", "sarif=out.sarif", "--report", "json=out.json", "--quiet");

        run.AssertStatus(ExitStatus.NotCompliant);
        using var sarif = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(_folder.Path, "out.sarif"), TestContext.Current.CancellationToken));
        Assert.Equal("2.1.0", sarif.RootElement.GetProperty("version").GetString());
        var result = sarif.RootElement.GetProperty("runs")[0].GetProperty("results").EnumerateArray()
            .Single(r => r.GetProperty("ruleId").GetString() == "SHK1002");
        var place = result.GetProperty("locations")[0].GetProperty("physicalLocation");
        Assert.Equal("App/Program.cs", place.GetProperty("artifactLocation").GetProperty("uri").GetString());
        Assert.Equal(1, place.GetProperty("region").GetProperty("startLine").GetInt32());
        using var json = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(_folder.Path, "out.json"), TestContext.Current.CancellationToken));
        Assert.Equal("fail", json.RootElement.GetProperty("verdict").GetString());
        Assert.Contains(json.RootElement.GetProperty("findings").EnumerateArray(), f => f.GetProperty("id").GetString() == "SHK1002");
    }

    [Fact]
    public async Task Reads_the_dockerfile_beside_the_project()
    {
        _folder.Write("App/App.csproj", Executable());
        _folder.Write("App/Program.cs", CleanProgram);
        _folder.Write("App/Dockerfile", "FROM debian:12\nENTRYPOINT ./App --serve\n");

        var run = (await Tool.RunAsync(_folder.Path, "check", "App")).AssertStatus(ExitStatus.NotCompliant);

        Assert.Contains($"App{Path.DirectorySeparatorChar}Dockerfile(2,", run.Output, StringComparison.Ordinal);
        Assert.Contains(": warning SHK8001: ", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_project_that_has_the_analyzers_already_is_reported_once()
    {
        var analyzers = Path.Combine(AppContext.BaseDirectory, "analyzers");
        _folder.Write("App/App.csproj", Executable($"""
            <Import Project="{analyzers}/build/ShutdownKit.Analyzers.props" />
            <ItemGroup><Analyzer Include="{analyzers}/ShutdownKit.Analyzers.dll" /></ItemGroup>
            """));
        _folder.Write("App/Program.cs", DeadHandler);
        _folder.Write("App/Dockerfile", "FROM debian:12\nENTRYPOINT ./App --serve\n");

        var run = (await Tool.RunAsync(_folder.Path, "check", "App")).AssertStatus(ExitStatus.NotCompliant);

        Assert.Single(run.Output.Split('\n'), line => line.Contains("warning SHK1002", StringComparison.Ordinal));
        Assert.Single(run.Output.Split('\n'), line => line.Contains("warning SHK8001", StringComparison.Ordinal));
    }

    /// <summary>The mode that the project chose for the package counts here too, and counts once although this tool has the same files.</summary>
    [Theory]
    [InlineData("strict", true)]
    [InlineData("off", false)]
    public async Task Respects_the_analysis_mode_of_a_project_with_the_analyzers(string mode, bool reports)
    {
        var analyzers = Path.Combine(AppContext.BaseDirectory, "analyzers");
        _folder.Write("App/App.csproj", Executable($"""
            <PropertyGroup><ShutdownKitAnalysisMode>{mode}</ShutdownKitAnalysisMode></PropertyGroup>
            <Import Project="{analyzers}/build/ShutdownKit.Analyzers.props" />
            <ItemGroup><Analyzer Include="{analyzers}/ShutdownKit.Analyzers.dll" /></ItemGroup>
            """));
        _folder.Write("App/Program.cs", DeadHandler);

        var run = (await Tool.RunAsync(_folder.Path, "check", "App")).AssertStatus(reports ? ExitStatus.NotCompliant : ExitStatus.Compliant);

        Assert.Equal(reports, run.Output.Contains(": warning SHK1002: ", StringComparison.Ordinal));
        Assert.Empty(run.Error);
    }

    [Fact]
    public async Task Keeps_quiet_about_what_the_project_suppresses()
    {
        _folder.Write("App/App.csproj", Executable());
        _folder.Write("App/Program.cs", "#pragma warning disable SHK1001, SHK1002\n" + DeadHandler);

        var run = (await Tool.RunAsync(_folder.Path, "check", "App")).AssertStatus(ExitStatus.Compliant);

        Assert.Contains("suppressed", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_rule_raised_to_an_error_is_a_finding()
    {
        _folder.Write("App/App.csproj", Executable());
        _folder.Write("App/Program.cs", DeadHandler);
        _folder.Write("App/.editorconfig", "[*.cs]\ndotnet_diagnostic.SHK1002.severity = error\n");

        var run = (await Tool.RunAsync(_folder.Path, "check", "App")).AssertStatus(ExitStatus.NotCompliant);

        Assert.Contains(": error SHK1002: ", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Code_that_does_not_compile_is_inconclusive_and_says_why()
    {
        _folder.Write("App/App.csproj", Executable());
        _folder.Write("App/Program.cs", "Console.WriteLine(missing);\n");

        var run = (await Tool.RunAsync(_folder.Path, "check", "App")).AssertStatus(ExitStatus.Inconclusive);

        Assert.Contains("error CS0103", run.Error, StringComparison.Ordinal);
        Assert.Contains("inconclusive", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_sdk_that_is_not_installed_is_inconclusive()
    {
        _folder.Write("global.json", """{ "sdk": { "version": "8.0.999", "rollForward": "disable" } }""");
        _folder.Write("App/App.csproj", Executable());
        _folder.Write("App/Program.cs", CleanProgram);

        var run = (await Tool.RunAsync(_folder.Path, "check", "App")).AssertStatus(ExitStatus.Inconclusive);

        Assert.Contains("8.0.999", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Gives_up_in_time_and_leaves_nothing_behind()
    {
        WriteEndlessBuild();
        var before = _folder.Snapshot();

        var run = (await Tool.RunAsync(_folder.Path, "check", "App", "--timeout", "5s")).AssertStatus(ExitStatus.Inconclusive);

        Assert.Contains("--timeout", run.Error, StringComparison.Ordinal);
        AssertNothingLeft();
        Assert.Equal(before, _folder.Snapshot());
    }

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public async Task An_interruption_leaves_nothing_behind(string signal)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no signals to send.");
        WriteEndlessBuild();

        using var process = Tool.Start(_folder.Path, "check", "App");
        var waiting = Tool.WaitAsync(process);
        var clock = Stopwatch.StartNew();
        while (!IsBuilding())
        {
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(60), "the build did not begin");
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }

        await Tool.SignalAsync(process, signal);
        var run = (await waiting).AssertStatus(ExitStatus.Inconclusive);

        Assert.Contains("interrupted", run.Error, StringComparison.Ordinal);
        AssertNothingLeft();
    }

    private static string Executable(string more = "") => $"""
        <Project Sdk="Microsoft.NET.Sdk">
          <PropertyGroup>
            <OutputType>Exe</OutputType>
            <TargetFramework>net10.0</TargetFramework>
            <ImplicitUsings>enable</ImplicitUsings>
          </PropertyGroup>
          {more}
        </Project>
        """;

    private void WriteEndlessBuild()
    {
        _folder.Write("App/App.csproj", Executable(
            "<Target Name=\"Waits\" BeforeTargets=\"BeforeBuild\"><Exec Command=\"sleep 300\" IgnoreStandardErrorWarningFormat=\"true\" /></Target>"));
        _folder.Write("App/Program.cs", CleanProgram);
    }

    // The build's processes name our file on their command line, the hanging step runs in the project's folder.
    private IEnumerable<int> BuildProcesses() => Directory.EnumerateDirectories("/proc")
        .Select(d => int.TryParse(Path.GetFileName(d), out var id) ? id : 0)
        .Where(id => id > 0 && id != Environment.ProcessId && WorkingFolder(id)?.StartsWith(_folder.Path, StringComparison.Ordinal) == true);

    private bool IsBuilding() => BuildProcesses().Any(id => CommandLine(id).StartsWith("sleep", StringComparison.Ordinal));

    private void AssertNothingLeft()
    {
        if (!OperatingSystem.IsLinux())
            return;
        Assert.DoesNotContain(BuildProcesses(), id => !CommandLine(id).Contains("shutdownkit.dll", StringComparison.Ordinal));
        Assert.DoesNotContain(
            Directory.EnumerateDirectories(Path.GetTempPath(), "shutdownkit-check-*"),
            d => Directory.Exists(d) && Directory.EnumerateFiles(d, "projects.txt").Any(f => File.ReadAllText(f).Contains(_folder.Path, StringComparison.Ordinal)));
    }

    private static string? WorkingFolder(int process)
    {
        try
        {
            return File.ResolveLinkTarget($"/proc/{process}/cwd", returnFinalTarget: false)?.FullName;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string CommandLine(int process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/cmdline").Replace('\0', ' ');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
