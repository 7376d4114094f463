using Microsoft.CodeAnalysis;
using ShutdownKit.Analyzers.Libraries;
using ShutdownKit.Analyzers.Tests.Verifiers;

namespace ShutdownKit.Analyzers.Tests.Libraries;

public sealed class DataProtectionKeysTests
{
    private const string Dockerfile = """
        FROM mcr.microsoft.com/dotnet/aspnet:10.0
        COPY . .
        ENTRYPOINT ["dotnet", "TestProject.dll"]
        """;

    private static string App(string services) => $$"""
        using Microsoft.AspNetCore.DataProtection;

        var builder = WebApplication.CreateBuilder(args);
        {{services}}
        await builder.Build().RunAsync();
        """;

    private static RuleTest<DataProtectionKeysAnalyzer, Microsoft.CodeAnalysis.Testing.EmptyCodeFixProvider> Of(string services) =>
        Rule.Of<DataProtectionKeysAnalyzer>(App(services)).AsProgram();

    [Fact]
    public Task Registered_without_a_place() =>
        Of("builder.Services.{|#0:AddDataProtection|}().SetApplicationName(\"shop\");")
            .WithFile("Dockerfile", Dockerfile)
            .Expecting("SHK7010", 0, "The Data Protection keys stay in the container's own layer: 'docker rm' loses them, and every cookie and token that was made with them becomes invalid")
            .RunAsync();

    [Fact]
    public Task Used_by_cookies_without_a_word_about_keys() =>
        Of("builder.Services.AddAuthentication().{|#0:AddCookie|}().AddCookie(\"second\");")
            .WithFile("Dockerfile", Dockerfile)
            .Expecting("SHK7010", 0, "AddCookie protects its cookies with the Data Protection keys, which stay in the container's own layer: 'docker rm' loses them, and every cookie and token that was made with them becomes invalid", DiagnosticSeverity.Info)
            .RunAsync();

    [Theory]
    [InlineData("builder.Services.AddDataProtection().PersistKeysToFileSystem(new DirectoryInfo(\"/data/keys\"));")]
    [InlineData("builder.Services.AddDataProtection().UseEphemeralDataProtectionProvider();")]
    [InlineData("var protection = builder.Services.AddDataProtection(); protection.SetApplicationName(\"shop\");")]
    [InlineData("builder.Services.AddDataProtection(); builder.Services.Configure<Microsoft.AspNetCore.DataProtection.KeyManagement.KeyManagementOptions>(options => options.XmlRepository = null);")]
    [InlineData("builder.Services.AddControllers();")]
    public Task Silent_where_they_are_kept_or_not_needed(string services) => Of(services).WithFile("Dockerfile", Dockerfile).RunAsync();

    [Fact]
    public Task Silent_without_a_container() => Of("builder.Services.AddDataProtection();").RunAsync();

    [Fact]
    public Task Silent_where_a_volume_holds_them() =>
        Of("builder.Services.AddDataProtection();")
            .WithFile("Dockerfile", Dockerfile.Replace("COPY", "VOLUME /root/.aspnet/DataProtection-Keys\nCOPY", StringComparison.Ordinal))
            .RunAsync();

    [Fact]
    public Task Broken_code_is_survived() =>
        Of("builder.Services.AddDataProtection(").WithFile("Dockerfile", "FROM").Broken().RunAsync();
}
