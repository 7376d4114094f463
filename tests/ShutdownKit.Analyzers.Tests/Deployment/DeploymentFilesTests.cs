using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Testing;
using ShutdownKit.Analyzers.Deployment;
using ShutdownKit.Analyzers.Tests.Verifiers;

namespace ShutdownKit.Analyzers.Tests.Deployment;

/// <summary>A file above the project's folder counts only for the project that it is about.</summary>
public sealed class DeploymentFilesTests
{
    [Theory]
    [InlineData("FROM debian:12\n[|ENTRYPOINT dotnet Orders.Api.dll|]")]
    [InlineData("FROM debian:12\n[|CMD ./Orders.Api --urls http://+:80|]")]
    [InlineData("FROM sdk AS build\nRUN dotnet publish src/Orders.Api/Orders.Api.csproj -o /app\nFROM debian:12\n[|CMD ./start|]")]
    [InlineData("FROM sdk AS build\nRUN dotnet publish \"src/Orders.Api\" -o /app\nFROM debian:12\n[|CMD ./start|]")]
    [InlineData("FROM sdk AS build\nWORKDIR /src/Orders.Api\nRUN dotnet publish -o /app\nFROM debian:12\n[|CMD ./start|]")]
    [InlineData("FROM sdk AS build\nRUN cd Orders.Api && dotnet publish -o /app\nFROM debian:12\n[|CMD ./start|]")]
    public Task A_Dockerfile_above_that_starts_the_project(string dockerfile) => Of().WithFileAbove("/repo/Dockerfile", dockerfile).RunAsync();

    [Theory]
    [InlineData("FROM debian:12\nENTRYPOINT dotnet Orders.Worker.dll")]
    [InlineData("FROM sdk AS build\nRUN dotnet publish Orders.Api/Orders.Api.csproj\nRUN dotnet publish Orders.Worker/Orders.Worker.csproj\nFROM debian:12\nCMD dotnet Orders.Worker.dll")]
    [InlineData("FROM sdk AS build\nCOPY Orders.Api/Orders.Api.csproj .\nRUN dotnet publish\nFROM debian:12\nCMD ./start")]
    [InlineData("FROM debian:12\nCMD nginx")]
    [InlineData("FROM sdk AS build\nRUN dotnet publish Orders.Api/Orders.Api.csproj\nRUN dotnet publish Orders.Worker/Orders.Worker.csproj\nFROM debian:12\nCMD ./start")]
    [InlineData("FROM sdk AS build\nRUN dotnet publish Orders.Api/Orders.Api.csproj\nFROM debian:12\nCMD [\"./Orders.Worker\"]")]
    public Task A_Dockerfile_above_that_starts_something_else(string dockerfile) => Of().WithFileAbove("/repo/Dockerfile", dockerfile).RunAsync();

    [Fact]
    public Task A_Dockerfile_of_the_projects_folder_is_the_projects() =>
        Of().WithFile("/repo/src/Orders.Api/Dockerfile", "FROM debian:12\n[|CMD ./start|]").RunAsync();

    [Fact]
    public Task A_library_is_not_deployed_by_what_lies_above_it() =>
        Of().As(OutputKind.DynamicallyLinkedLibrary).WithFileAbove("/repo/Dockerfile", "FROM debian:12\nCMD dotnet Orders.Api.dll").RunAsync();

    [Theory]
    [InlineData("orders-api:\n    image: example/orders-api:1.0")]
    [InlineData("web:\n    image: ${REGISTRY:-localhost:5000}/ordersapi:${TAG}")]
    [InlineData("web:\n    build: ./src/Orders.Api")]
    [InlineData("web:\n    build:\n      context: .\n      dockerfile: src/Orders.Api/Dockerfile")]
    [InlineData("web:\n    image: mcr.microsoft.com/dotnet/aspnet:10.0\n    command: dotnet /app/Orders.Api.dll")]
    public Task A_service_that_runs_the_project(string service) => Compose($"services:\n  {service}\n    stop_signal: {{|#0:SIGKILL|}}\n", fires: true);

    [Theory]
    [InlineData("db:\n    image: postgres:17")]
    [InlineData("web:\n    image: ${IMAGE}")]
    [InlineData("web:\n    build: ./src/Orders.Worker")]
    [InlineData("orders-api:\n    build: .")]
    [InlineData("api:\n    image: example/api:1.0")]
    [InlineData("api:\n    image: mcr.microsoft.com/orders/orders-api:1.0")]
    public Task A_service_that_runs_something_else(string service) => Compose($"services:\n  {service}\n    stop_signal: SIGKILL\n", fires: false);

    [Fact]
    public Task A_Dockerfile_above_whose_script_starts_the_project() =>
        Rule.Of<EntryScriptWithoutExecAnalyzer>("class P { static void Main() { } }").As(OutputKind.ConsoleApplication)
            .WithProperty("ProjectDir", "/repo/src/Orders.Api/").WithProperty("MSBuildProjectName", "Orders.Api")
            .WithFileAbove("/repo/Dockerfile", "FROM debian:12\nCOPY run.sh /\nENTRYPOINT [ \"/bin/bash\" ]\nCMD [\"/run.sh\"]\n")
            .WithFileAbove("/repo/run.sh", "#!/bin/bash\necho starting\n\n[|./Orders.Api|]\n\n#exit\n")
            .RunAsync();

    [Fact]
    public Task A_Dockerfile_above_that_copies_the_projects_settings() =>
        Rule.Of<EntryScriptWithoutExecAnalyzer>("class P { static void Main() { } }").As(OutputKind.ConsoleApplication)
            .WithProperty("ProjectDir", "/repo/API/").WithProperty("MSBuildProjectName", "API")
            .WithFileAbove("/repo/Dockerfile", "FROM ubuntu:24.04 AS files\nCOPY _output/*.tar.gz /files/\nFROM ubuntu:24.04\nCOPY --from=files /Shop /shop\nCOPY API/config/appsettings.json /tmp/\nCOPY entrypoint.sh /entrypoint.sh\nENTRYPOINT [ \"/bin/bash\" ]\nCMD [\"/entrypoint.sh\"]\n")
            .WithFileAbove("/repo/entrypoint.sh", "#! /bin/bash\necho \"Starting Shop\"\n\n[|./Shop|]\n")
            .RunAsync();

    [Fact]
    public Task A_project_with_a_common_name_is_not_known_by_its_image() =>
        Rule.Of<UnhandledStopSignalAnalyzer>("class P { static void Main() { } }").As(OutputKind.ConsoleApplication)
            .WithProperty("ProjectDir", "/repo/src/Server/").WithProperty("MSBuildProjectName", "Server")
            .WithFileAbove("/repo/compose.yaml", "services:\n  db:\n    image: example/server\n    stop_signal: SIGKILL\n")
            .RunAsync();

    [Fact]
    public Task Templates_are_passed_over() =>
        Compose("services:\n  orders-api:\n    image: orders-api:{{ tag }}\n    stop_signal: SIGKILL\n", fires: false);

    [Fact]
    public Task A_file_that_is_handed_over_twice_is_reported_once()
    {
        var test = Rule.Of<ShellFormAnalyzer>("class Program;").WithFile("Dockerfile", "FROM debian:12\n[|CMD ./start|]");
        test.TestState.AdditionalFiles.Add(("Dockerfile", "FROM debian:12\nCMD ./start"));
        test.TestBehaviors |= TestBehaviors.SkipSuppressionCheck;
        return test.RunAsync();
    }

    private static Task Compose(string content, bool fires)
    {
        var test = Rule.Of<UnhandledStopSignalAnalyzer>("class P { static void Main() { } }").As(OutputKind.ConsoleApplication)
            .WithProperty("ProjectDir", "/repo/src/Orders.Api/").WithProperty("MSBuildProjectName", "Orders.Api").WithFileAbove("/repo/compose.yaml", content);
        return (fires ? test.Expecting("SHK8005", 0, "stop_signal SIGKILL cannot be handled: every stop kills the application at once, with all that it has not written yet", DiagnosticSeverity.Error) : test).RunAsync();
    }

    private static RuleTest<ShellFormAnalyzer, EmptyCodeFixProvider> Of() =>
        Rule.Of<ShellFormAnalyzer>("class P { static void Main() { } }").As(OutputKind.ConsoleApplication)
            .WithProperty("ProjectDir", "/repo/src/Orders.Api/").WithProperty("MSBuildProjectName", "Orders.Api");
}
