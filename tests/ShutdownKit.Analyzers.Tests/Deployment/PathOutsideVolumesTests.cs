using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Testing;
using ShutdownKit.Analyzers.Deployment;
using ShutdownKit.Analyzers.Tests.Verifiers;

namespace ShutdownKit.Analyzers.Tests.Deployment;

public sealed class PathOutsideVolumesTests
{
    private const string Dockerfile = "FROM mcr.microsoft.com/dotnet/aspnet:10.0\nWORKDIR /app\nENTRYPOINT [\"dotnet\", \"App.dll\"]\n";
    private const string Compose = "services:\n  app:\n    build: .\n    volumes:\n      - data:/data\n";
    private const string Sqlite = " class SqliteConnection(string connectionString) { public string Text => connectionString; }";

    [Theory]
    [InlineData("Data Source=app.db", "/app/app.db")]
    [InlineData("Data Source=./db/app.db;Cache=Shared", "/app/db/app.db")]
    [InlineData("DataSource=/var/lib/app/app.db", "/var/lib/app/app.db")]
    [InlineData("Filename=\"orders.db\"", "/app/orders.db")]
    public Task A_database_outside_of_the_volumes(string connection, string path) =>
        Of($"var c = new SqliteConnection({{|#0:@\"{connection.Replace("\"", "\"\"", StringComparison.Ordinal)}\"|}});" + Sqlite).WithFile("Dockerfile", Dockerfile).WithFile("compose.yaml", Compose)
            .Expecting("SHK8009", 0, $"The database '{path}' is in no volume of the service 'app' in compose.yaml: it is lost when the container is removed").RunAsync();

    [Theory]
    [InlineData("Data Source=/data/app.db")]
    [InlineData("Data Source=../data/app.db")]
    [InlineData("Data Source=:memory:")]
    [InlineData("Data Source=x;Mode=Memory")]
    [InlineData("Data Source=file:x?mode=memory")]
    [InlineData("Data Source=|DataDirectory|app.db")]
    [InlineData("Data Source=/tmp/app.db")]
    [InlineData("Server=db;Database=app")]
    [InlineData("Data Source=C:\\\\app.db")]
    public Task A_database_that_is_kept_or_elsewhere(string connection) =>
        Of($"var c = new SqliteConnection(\"{connection}\");" + Sqlite).WithFile("Dockerfile", Dockerfile).WithFile("compose.yaml", Compose).RunAsync();

    [Fact]
    public Task Of_a_Dockerfile_alone_it_is_a_hint() =>
        Of("var c = new SqliteConnection({|#0:\"Data Source=app.db\"|});" + Sqlite).WithFile("Dockerfile", Dockerfile)
            .Expecting("SHK8009", 0, "The database '/app/app.db' is in no volume of the image: unless one is mounted there, it is lost when the container is removed", DiagnosticSeverity.Info).RunAsync();

    [Theory]
    [InlineData("FROM mcr.microsoft.com/dotnet/aspnet:10.0\nWORKDIR /app\nVOLUME /app\n")]
    [InlineData("FROM mcr.microsoft.com/dotnet/aspnet:10.0\nVOLUME [\"/srv\"]\nWORKDIR /srv/app\n")]
    [InlineData("FROM mcr.microsoft.com/dotnet/aspnet:10.0\nWORKDIR $DIR\n")]
    [InlineData("FROM mcr.microsoft.com/dotnet/aspnet:10.0\nWORKDIR /app\nVOLUME $DATA\n")]
    [InlineData("FROM example/base:1\nWORKDIR /app\n")]
    [InlineData("FROM mcr.microsoft.com/dotnet/aspnet:10.0-nanoserver-ltsc2025\nWORKDIR /app\n")]
    public Task The_image_keeps_it_or_is_not_known(string dockerfile) =>
        Of("var c = new SqliteConnection(\"Data Source=app.db\");" + Sqlite).WithFile("Dockerfile", dockerfile).WithFile("compose.yaml", "services:\n  app:\n    build: .\n").RunAsync();

    [Theory]
    [InlineData("    volumes_from: [other]")]
    [InlineData("    working_dir: /elsewhere")]
    [InlineData("    extends: { service: base }")]
    [InlineData("    volumes: ['data:${DIR}']")]
    [InlineData("    tmpfs: /app")]
    public Task The_service_keeps_it_or_is_not_known(string line) =>
        Of("var c = new SqliteConnection(\"Data Source=app.db\");" + Sqlite).WithFile("Dockerfile", Dockerfile).WithFile("compose.yaml", "services:\n  app:\n    build: .\n" + line).RunAsync();

    [Fact]
    public Task A_mount_anywhere_keeps_it() =>
        Of("var c = new SqliteConnection(\"Data Source=app.db\");" + Sqlite).WithFile("Dockerfile", Dockerfile).WithFile("compose.yaml", Compose)
            .WithFile("k8s.yaml", "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - image: app\n    volumeMounts: [{ name: d, mountPath: /app }]\n").RunAsync();

    [Fact]
    public Task A_file_is_a_hint() =>
        Of("File.WriteAllText({|#0:\"state.json\"|}, \"{}\"); File.WriteAllText(\"/data/state.json\", \"\"); File.AppendAllText(\"app.log\", \"\"); File.WriteAllText(args[0], \"\");")
            .WithFile("Dockerfile", Dockerfile).WithFile("compose.yaml", Compose)
            .Expecting("SHK8009", 0, "'/app/state.json' is in no volume of the service 'app' in compose.yaml: it is lost when the container is removed", DiagnosticSeverity.Info).RunAsync();

    [Fact]
    public Task A_file_is_not_judged_by_a_Dockerfile_alone() => Of("File.WriteAllText(\"state.json\", \"{}\");").WithFile("Dockerfile", Dockerfile).RunAsync();

    [Fact]
    public Task Code_for_tools_and_development_is_left_alone() =>
        Of("""
            var builder = WebApplication.CreateBuilder(args);
            if (builder.Environment.IsDevelopment()) { var c = new SqliteConnection("Data Source=app.db"); }
            interface IDesignTimeDbContextFactory;
            class Factory : IDesignTimeDbContextFactory { object Make() => new SqliteConnection("Data Source=app.db"); }
            """ + Sqlite).WithFile("Dockerfile", Dockerfile).WithFile("compose.yaml", Compose).RunAsync();

    [Fact]
    public Task Without_deployment_files_nothing_is_said() => Of("var c = new SqliteConnection(\"Data Source=app.db\");" + Sqlite).RunAsync();

    private static RuleTest<PathOutsideVolumesAnalyzer, EmptyCodeFixProvider> Of(string program) => Rule.Of<PathOutsideVolumesAnalyzer>(program).As(OutputKind.ConsoleApplication);
}
