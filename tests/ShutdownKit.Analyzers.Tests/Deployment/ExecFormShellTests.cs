using Microsoft.CodeAnalysis;
using ShutdownKit.Analyzers.CodeFixes.Deployment;
using ShutdownKit.Analyzers.Deployment;
using ShutdownKit.Analyzers.Tests.Verifiers;

namespace ShutdownKit.Analyzers.Tests.Deployment;

public sealed class ExecFormShellTests
{
    private const string Debian = "FROM mcr.microsoft.com/dotnet/aspnet:10.0\n";
    private const string Alpine = "FROM mcr.microsoft.com/dotnet/aspnet:10.0-alpine\n";

    [Theory]
    [InlineData("""ENTRYPOINT ["sh", "-c", "dotnet App.dll"]""")]
    [InlineData("""ENTRYPOINT ["/bin/sh", "-c", "cd /app && dotnet App.dll $ARGS"]""")]
    [InlineData("""CMD ["bash", "-c", "dotnet App.dll 2>&1 | tee log"]""")]
    [InlineData("""CMD ["bash", "-lc", "dotnet App.dll; echo ended"]""")]
    [InlineData("""CMD ["/bin/dash", "-e", "-c", "dotnet App.dll"]""")]
    public async Task The_shell_keeps_the_signal(string instruction)
    {
        var test = instruction.Contains("echo", StringComparison.Ordinal) ? instruction.Replace("echo ended", "dotnet Other.dll", StringComparison.Ordinal) : instruction;
        await Rule.Of<ExecFormShellAnalyzer>("class Program;").WithFile("Dockerfile", Debian + $"[|{test}|]\n").RunAsync();
    }

    [Theory]
    [InlineData("""ENTRYPOINT ["dotnet", "App.dll"]""")]
    [InlineData("""ENTRYPOINT ["sh", "-c", "exec dotnet App.dll $ARGS"]""")]
    [InlineData("""ENTRYPOINT ["bash", "-c", "dotnet App.dll"]""")]
    [InlineData("""ENTRYPOINT ["bash", "-c", "cd /app && dotnet App.dll"]""")]
    [InlineData("""ENTRYPOINT ["sh", "/entrypoint.sh"]""")]
    [InlineData("""ENTRYPOINT ["dumb-init", "--", "sh", "-c", "dotnet App.dll"]""")]
    [InlineData("""ENTRYPOINT ["tini", "-g", "--", "sh", "-c", "dotnet App.dll"]""")]
    [InlineData("""ENTRYPOINT ["sh", "-c", "trap 'kill $pid' TERM; dotnet App.dll & pid=$!; wait $pid"]""")]
    [InlineData("HEALTHCHECK CMD [\"sh\", \"-c\", \"curl -f http://localhost\"]\nENTRYPOINT [\"dotnet\", \"App.dll\"]")]
    [InlineData("RUN [\"sh\", \"-c\", \"dotnet App.dll\"]")]
    [InlineData("CMD [\"sh\", \"-c\", \"dotnet App.dll\"]\nENTRYPOINT [\"dotnet\", \"App.dll\"]")]
    public Task Silent_on_Debian(string instructions) => Rule.Of<ExecFormShellAnalyzer>("class Program;").WithFile("Dockerfile", Debian + instructions).RunAsync();

    [Fact]
    public async Task What_sh_is_depends_on_the_image()
    {
        await Rule.Of<ExecFormShellAnalyzer>("class Program;").WithFile("Dockerfile", Alpine + """ENTRYPOINT ["sh", "-c", "dotnet App.dll"]""").RunAsync();
        await Rule.Of<ExecFormShellAnalyzer>("class Program;").WithFile("Dockerfile", Alpine + """[|ENTRYPOINT ["sh", "-c", "dotnet App.dll | tee log"]|]""").RunAsync();
        await Rule.Of<ExecFormShellAnalyzer>("class Program;").WithFile("Dockerfile", "FROM example/base\n" + """ENTRYPOINT ["sh", "-c", "dotnet App.dll"]""").RunAsync();
    }

    [Fact]
    public Task The_command_line_may_stand_in_CMD() =>
        Rule.Of<ExecFormShellAnalyzer>("class Program;").WithFile("Dockerfile", Debian + "ENTRYPOINT [\"sh\", \"-c\"]\n[|CMD [\"dotnet App.dll\"]|]\n").RunAsync();

    [Fact]
    public Task An_image_without_a_shell_cannot_start() =>
        Rule.Of<ExecFormShellAnalyzer>("class Program;")
            .WithFile("Dockerfile", "FROM mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled\n{|#0:ENTRYPOINT [\"sh\", \"-c\", \"exec dotnet App.dll\"]|}\n")
            .Expecting(
                "SHK8002", 0, "'mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled' does not have the shell that ENTRYPOINT starts: the container cannot start", DiagnosticSeverity.Error)
            .RunAsync();

    [Fact]
    public Task Behind_an_init_process_the_shell_ends_and_the_application_is_killed() =>
        Rule.Of<ExecFormShellAnalyzer>("class Program;")
            .WithFile("Dockerfile", Debian + "{|#0:ENTRYPOINT [\"/usr/bin/tini\", \"--\", \"sh\", \"-c\", \"dotnet App.dll\"]|}\n")
            .Expecting("SHK8002", 0, "The shell that ENTRYPOINT starts ends at SIGTERM without passing it on, and 'docker stop' kills the application with SIGKILL")
            .RunAsync();

    [Fact]
    public Task Compose_and_Kubernetes_start_shells_too() =>
        Rule.Of<ExecFormShellAnalyzer>("class P { static void Main() { } }").As(OutputKind.ConsoleApplication).WithProperty("ProjectDir", "/repo/")
            .WithFile("/repo/Dockerfile", Debian + "ENTRYPOINT [\"dotnet\", \"App.dll\"]\n")
            .WithFile("/repo/compose.yaml", "services:\n  app:\n    build: .\n    entrypoint: [|sh -c \"dotnet App.dll\"|]\n  other:\n    build: .\n    command: sh -c \"dotnet App.dll\"\n  db:\n    image: postgres\n    command: sh -c \"x | y\"\n")
            .WithFile("/repo/k8s/app.yaml", "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - image: app\n    command: [sh, -c]\n    args: [|[\"dotnet App.dll\"]|]\n")
            .RunAsync();

    [Theory]
    [InlineData("""ENTRYPOINT ["sh", "-c", "dotnet App.dll --x 1"]""", """ENTRYPOINT ["dotnet", "App.dll", "--x", "1"]""")]
    [InlineData("""CMD ["/bin/sh", "-c", "dotnet App.dll $ARGS"]""", """CMD ["/bin/sh", "-c", "exec dotnet App.dll $ARGS"]""")]
    [InlineData("""ENTRYPOINT ["sh", "-c", "cd /app && dotnet App.dll"]""", """ENTRYPOINT ["sh", "-c", "cd /app && exec dotnet App.dll"]""")]
    [InlineData("ENTRYPOINT [\"sh\", \"-c\"]\nCMD [\"dotnet App.dll\"]", "ENTRYPOINT [\"sh\", \"-c\"]\nCMD [\"exec dotnet App.dll\"]")]
    [InlineData("""ENTRYPOINT ["sh", "-c", "dotnet App.dll $0", "x"]""", """ENTRYPOINT ["sh", "-c", "exec dotnet App.dll $0", "x"]""")]
    [InlineData("""ENTRYPOINT ["/tini", "--", "sh", "-c", "dotnet App.dll"]""", """ENTRYPOINT ["/tini", "--", "dotnet", "App.dll"]""")]
    public async Task Fix_makes_the_application_PID_1(string before, string after) =>
        Assert.Equal(Debian + after, await AdditionalFileFix.ApplyAsync<ExecFormShellAnalyzer, ExecFormShellFix>("Dockerfile", Debian + before));

    [Theory]
    [InlineData("""CMD ["sh", "-c", "dotnet App.dll | tee log"]""")]
    [InlineData("""CMD ["sh", "-c", "A=1 dotnet App.dll"]""")]
    public async Task No_fix_where_it_would_change_the_meaning(string instruction) =>
        Assert.Null(await AdditionalFileFix.ApplyAsync<ExecFormShellAnalyzer, ExecFormShellFix>("Dockerfile", Debian + instruction));
}
