using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Testing;
using ShutdownKit.Analyzers.CodeFixes.Deployment;
using ShutdownKit.Analyzers.Deployment;
using ShutdownKit.Analyzers.Tests.Verifiers;

namespace ShutdownKit.Analyzers.Tests.Deployment;

public sealed class ShellFormTests
{
    private const string Debian = "FROM mcr.microsoft.com/dotnet/aspnet:10.0\n";
    private const string Alpine = "FROM mcr.microsoft.com/dotnet/aspnet:10.0-alpine\n";
    private const string AzureLinux = "FROM mcr.microsoft.com/dotnet/aspnet:10.0-azurelinux3.0\n";
    private const string Unknown = "FROM registry.example.com/base:1\n";

    [Theory]
    [InlineData("ENTRYPOINT dotnet App.dll")]
    [InlineData("entrypoint dotnet App.dll")]
    [InlineData("CMD ./App --urls http://+:8080")]
    [InlineData("CMD cd /app && dotnet App.dll")]
    [InlineData("CMD ASPNETCORE_URLS=http://+:$PORT dotnet App.dll")]
    [InlineData("CMD dotnet App.dll 2>&1")]
    [InlineData("CMD dotnet restore && dotnet run")]
    [InlineData("CMD bash /startup.sh")]
    [InlineData("CMD dotnet App.dll; echo ended")]
    [InlineData("CMD dotnet App.dll | tee log")]
    [InlineData("CMD exec dotnet App.dll | tee log")]
    [InlineData("SHELL [\"/bin/dash\", \"-c\"]\nCMD dotnet App.dll")]
    public Task Dash_loses_the_signal(string instructions) => Fires(Debian, instructions);

    [Theory]
    [InlineData("ENTRYPOINT [\"dotnet\", \"App.dll\"]")]
    [InlineData("ENTRYPOINT exec dotnet App.dll $ARGS")]
    [InlineData("ENTRYPOINT cd /app && exec dotnet App.dll")]
    [InlineData("ENTRYPOINT [\"dotnet\", \"App.dll\"]\nCMD --verbose")]
    [InlineData("HEALTHCHECK CMD curl -f http://localhost/\nENTRYPOINT [\"dotnet\", \"App.dll\"]")]
    [InlineData("ONBUILD ENTRYPOINT dotnet App.dll\nENTRYPOINT [\"dotnet\", \"App.dll\"]")]
    [InlineData("ENTRYPOINT dotnet Old.dll\nENTRYPOINT [\"dotnet\", \"App.dll\"]")]
    [InlineData("SHELL [\"pwsh\", \"-Command\"]\nENTRYPOINT dotnet App.dll")]
    [InlineData("CMD trap 'kill -TERM $pid' TERM; dotnet App.dll & pid=$!; wait $pid")]
    [InlineData("CMD [\"dotnet\", \"App.dll\",]")]
    [InlineData("RUN echo done")]
    [InlineData("RUN <<EOF\nENTRYPOINT dotnet App.dll\nEOF\nENTRYPOINT [\"dotnet\", \"App.dll\"]")]
    [InlineData("# ENTRYPOINT dotnet App.dll")]
    [InlineData("RUN apt-get update \\\n  # comment\n\n  CMD dotnet App.dll")]
    [InlineData("CMD {{ command }}")]
    [InlineData("CMD dotnet test --no-build")]
    [InlineData("CMD dotnet restore && dotnet build")]
    [InlineData("CMD tail -f /dev/null")]
    [InlineData("CMD sleep infinity")]
    [InlineData("CMD bash")]
    public Task Silent_on_dash(string instructions) => Silent(Debian, instructions);

    [Theory]
    [InlineData("CMD dotnet App.dll")]
    [InlineData("CMD A=1 dotnet App.dll")]
    [InlineData("CMD cd /app && dotnet App.dll")]
    [InlineData("CMD dotnet App.dll 2>&1")]
    [InlineData("CMD dotnet ef database update && dotnet App.dll")]
    public Task BusyBox_passes_the_signal_on(string instructions) => Silent(Alpine, instructions);

    [Theory]
    [InlineData("CMD dotnet App.dll | tee log")]
    [InlineData("CMD dotnet App.dll; echo ended")]
    public Task No_shell_passes_the_signal_on(string instruction) =>
        Task.WhenAll(Fires(Alpine, instruction), Fires(AzureLinux, instruction), Fires(Unknown, instruction), Fires(Debian, instruction));

    [Theory]
    [InlineData("microsoft/aspnetcore:2.0")]
    [InlineData("docker.io/library/python:3")]
    [InlineData("mcr.microsoft.com/azure-functions/dotnet:4")]
    [InlineData("registry.example.com/mirror/dotnet/aspnet:8.0")]
    public Task Images_on_Debian(string image) => Fires($"FROM {image}\n", "CMD dotnet App.dll");

    [Theory]
    [InlineData("node:22-alpine")]
    [InlineData("mcr.microsoft.com/azure-functions/dotnet:4-mariner")]
    [InlineData("registry.example.com/dotnet/aspnet:8.0-alpine")]
    [InlineData("registry.example.com/python-app")]
    [InlineData("mcr.microsoft.com/dotnet/aspnet:$TAG")]
    public Task Other_images(string image) => Silent($"FROM {image}\n", "CMD dotnet App.dll");

    [Fact]
    public async Task Bash_loses_the_signal_behind_a_redirection()
    {
        await Fires(AzureLinux, "CMD dotnet App.dll 2>&1");
        await Silent(AzureLinux, "CMD dotnet App.dll");
        await Silent(AzureLinux, "CMD cd /app; A=1 dotnet App.dll");
    }

    [Theory]
    [InlineData("CMD dotnet App.dll")]
    [InlineData("CMD dotnet App.dll 2>&1")]
    public Task Of_an_unknown_image_only_the_certain_is_said(string instruction) => Silent(Unknown, instruction);

    [Fact]
    public Task Without_a_shell_the_container_cannot_start() =>
        Of().WithFile("Dockerfile", "FROM mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled\n{|#0:ENTRYPOINT dotnet App.dll|}\n")
            .Expecting(
                "SHK8001",
                0,
                "ENTRYPOINT in shell form needs /bin/sh, which 'mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled' does not have: the container cannot start",
                DiagnosticSeverity.Error)
            .RunAsync();

    [Fact]
    public Task The_message_says_what_docker_stop_does() =>
        Of().WithFile("Dockerfile", Debian + "{|#0:CMD dotnet App.dll|}\n")
            .Expecting(
                "SHK8001",
                0,
                "CMD in shell form: the shell is PID 1 and does not pass SIGTERM on, so 'docker stop' waits the whole grace period and then kills the application with SIGKILL")
            .RunAsync();

    [Fact]
    public Task Only_the_final_stage_and_what_it_builds_on_count() =>
        Of().WithFile(
            "Dockerfile",
            """
            # syntax=docker/dockerfile:1
            ARG TAG=10.0
            FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
            CMD dotnet watch

            FROM mcr.microsoft.com/dotnet/aspnet:${TAG} AS Base
            [|ENTRYPOINT dotnet \
                # the program
                App.dll|]

            FROM base
            COPY --from=build /app /app
            """).RunAsync();

    [Fact]
    public Task An_entry_point_takes_the_inherited_command_away() =>
        Of().WithFile(
            "Dockerfile",
            """
            FROM debian:12 AS base
            CMD dotnet App.dll
            FROM base
            ENTRYPOINT ["/tini", "--"]
            """).RunAsync();

    [Fact]
    public Task Other_escape_characters_and_names_of_files() =>
        Of().WithFile("App.Containerfile", "# escape=`\nFROM debian:12\n[|CMD dotnet `\n  App.dll|]\n").RunAsync();

    [Fact]
    public Task Other_files_are_left_alone() => Of().WithFile("Dockerfile.dockerignore", "CMD x").WithFile("notes.txt", Debian + "CMD dotnet App.dll").RunAsync();

    [Fact]
    public Task Silent_in_test_projects() => Of().WithFile("Dockerfile", Debian + "CMD dotnet App.dll").WithProperty("IsTestProject", "true").RunAsync();

    [Theory]
    [InlineData("ENTRYPOINT dotnet App.dll", "ENTRYPOINT [\"dotnet\", \"App.dll\"]")]
    [InlineData("CMD  dotnet \\\n  App.dll \"--name=a b\" 'c\"d'", "CMD  [\"dotnet\", \"App.dll\", \"--name=a b\", \"c\\\"d\"]")]
    [InlineData("CMD dotnet App.dll $ARGS", "CMD exec dotnet App.dll $ARGS")]
    [InlineData("CMD cd /app && dotnet App.dll 2>&1", "CMD cd /app && exec dotnet App.dll 2>&1")]
    [InlineData("ENTRYPOINT dotnet App.dll\nCMD [\"ignored\"]", "ENTRYPOINT exec dotnet App.dll\nCMD [\"ignored\"]")]
    public async Task Fix_makes_the_application_PID_1(string before, string after) =>
        Assert.Equal(Debian + after + "\n", await AdditionalFileFix.ApplyAsync<ShellFormAnalyzer, ShellFormFix>("Dockerfile", Debian + before + "\n"));

    [Theory]
    [InlineData("CMD dotnet App.dll | tee log")]
    [InlineData("CMD A=1 dotnet App.dll")]
    public async Task No_fix_where_it_would_change_the_meaning(string instruction) =>
        Assert.Null(await AdditionalFileFix.ApplyAsync<ShellFormAnalyzer, ShellFormFix>("Dockerfile", Debian + instruction));

    [Fact]
    public async Task Fixes_every_Dockerfile()
    {
        var changed = await AdditionalFileFix.ApplyAllAsync<ShellFormAnalyzer, ShellFormFix>(
            ("Dockerfile", Debian + "CMD dotnet App.dll"), ("Dockerfile.arm", Debian + "CMD dotnet Arm.dll"), ("Dockerfile.tee", Debian + "CMD x | tee log"));

        Assert.Equal(Debian + "CMD [\"dotnet\", \"App.dll\"]", changed["Dockerfile"]);
        Assert.Equal(Debian + "CMD [\"dotnet\", \"Arm.dll\"]", changed["Dockerfile.arm"]);
        Assert.Equal(Debian + "CMD x | tee log", changed["Dockerfile.tee"]);
    }

    private static Task Fires(string from, string instructions)
    {
        var last = instructions.LastIndexOf('\n') + 1;
        return Of().WithFile("Dockerfile", $"{from}{instructions[..last]}[|{instructions[last..]}|]\n").RunAsync();
    }

    private static Task Silent(string from, string instructions) => Of().WithFile("Dockerfile", from + instructions + "\n").RunAsync();

    private static RuleTest<ShellFormAnalyzer, ShellFormFix> Of() => Rule.Of<ShellFormAnalyzer, ShellFormFix>("class Program;");
}
