using ShutdownKit.Analyzers.Libraries;
using ShutdownKit.Analyzers.Tests.Verifiers;

namespace ShutdownKit.Analyzers.Tests.Libraries;

public sealed class MemoryStoreTests
{
    private static string App(string services) => $$"""
        using Hangfire;
        using Microsoft.EntityFrameworkCore;

        var builder = WebApplication.CreateBuilder(args);
        {{services}}
        await builder.Build().RunAsync();

        public class ShopContext : DbContext { }
        public static class Jobs
        {
            public static void Configure(IGlobalConfiguration configuration) { {{(services.Contains("Hangfire", StringComparison.Ordinal) ? "configuration.{|SHK7011:UseMemoryStorage|}();" : "")}} }
        }
        """;

    private static Task Checked(string services) => Rule.Of<MemoryStoreAnalyzer>(App(services)).AsProgram().Using(DatabaseStubs.All).RunAsync();

    [Theory]
    [InlineData("builder.Services.AddDbContext<ShopContext>(options => options.{|SHK7011:UseInMemoryDatabase|}(\"shop\"));")]
    [InlineData("builder.Services.AddSession(); builder.Services.{|SHK7011:AddDistributedMemoryCache|}();")]
    [InlineData("// Hangfire")]
    public Task The_only_store_is_memory(string services) => Checked(services);

    [Theory]
    [InlineData("if (builder.Environment.IsDevelopment()) builder.Services.AddDbContext<ShopContext>(options => options.UseInMemoryDatabase(\"shop\"));")]
    [InlineData("builder.Services.AddDbContext<ShopContext>(options => { if (args.Length > 0) options.UseInMemoryDatabase(\"shop\"); else options.UseNpgsql(\"\"); });")]
    [InlineData("builder.Services.AddDbContext<ShopContext>(options => options.UseNpgsql(\"\")); builder.Services.AddDbContext<ShopContext>(options => options.UseInMemoryDatabase(\"shop\"));")]
    [InlineData("builder.Services.AddDistributedMemoryCache();")]
    [InlineData("builder.Services.AddSession();")]
    public Task Silent_where_it_is_one_choice_of_several(string services) => Checked(services);

    [Fact]
    public Task Silent_in_tests() =>
        Rule.Of<MemoryStoreAnalyzer>(App("builder.Services.AddDbContext<ShopContext>(options => options.UseInMemoryDatabase(\"shop\"));"))
            .AsProgram().Using(DatabaseStubs.All).WithProperty("IsTestProject", "true").RunAsync();

    [Fact]
    public Task Broken_code_is_survived() =>
        Rule.Of<MemoryStoreAnalyzer>(App("builder.Services.AddDbContext<ShopContext>(options => options.UseInMemoryDatabase(")).AsProgram().Using(DatabaseStubs.All).Broken().RunAsync();
}
