using ShutdownKit.Analyzers.CodeFixes.Libraries;
using ShutdownKit.Analyzers.Libraries;
using ShutdownKit.Analyzers.Tests.Verifiers;

namespace ShutdownKit.Analyzers.Tests.Libraries;

public sealed class ChangesNeverSavedTests
{
    private static string Shop(string body) => $$"""
        using Microsoft.EntityFrameworkCore;

        public sealed class Order { public int Id { get; set; } }

        public class ShopContext : DbContext
        {
            public DbSet<Order> Orders => Set<Order>();
            public void Import(Order order) { Add(order); SaveChanges(); }
        }

        public sealed class Shop(IDbContextFactory<ShopContext> contexts)
        {
            public async Task BuyAsync(Order order, CancellationToken cancellationToken)
            {
                {{body}}
            }

            private static void Book(ShopContext context) => context.SaveChanges();
        }
        """;

    private static Task Silent(string body) => Rule.Of<ChangesNeverSavedAnalyzer>(Shop(body)).Using(DatabaseStubs.All).RunAsync();

    [Fact]
    public Task Added_to_a_set_of_a_context_of_ones_own() =>
        Rule.Of<ChangesNeverSavedAnalyzer, ChangesNeverSavedFix>(Shop("""
            await using var context = await contexts.CreateDbContextAsync(cancellationToken);
                    [|context.Orders.Add(order)|];
            """))
            .Using(DatabaseStubs.All)
            .FixedTo(Shop("""
                await using var context = await contexts.CreateDbContextAsync(cancellationToken);
                        context.Orders.Add(order);
                        await context.SaveChangesAsync();
                """))
            .RunAsync();

    [Theory]
    [InlineData("using var context = new ShopContext(); [|context.Add(order)|]; await Task.Yield();")]
    [InlineData("using (var context = new ShopContext()) { [|context.Set<Order>().Remove(order)|]; } await Task.Yield();")]
    [InlineData("using var context = contexts.CreateDbContext(); foreach (var id in new[] { 1, 2 }) { [|context.Orders.Add(new Order { Id = id })|]; } await Task.Yield();")]
    [InlineData("using ShopContext context = new(); var known = context.Orders.Find(order.Id); if (known is null) [|context.Orders.Add(order)|]; await Task.Yield();")]
    public Task Other_ways_to_forget(string body) => Silent(body);

    [Theory]
    [InlineData("using var context = new ShopContext(); context.Add(order); await context.SaveChangesAsync(cancellationToken);")]
    [InlineData("using var context = new ShopContext(); context.Orders.Add(order); Book(context); await Task.Yield();")]
    [InlineData("using var context = new ShopContext(); context.Import(order); await Task.Yield();")]
    [InlineData("using var context = new ShopContext(); var found = context.Orders.ToList(); found.Add(order); await Task.Yield();")]
    [InlineData("using var context = new ShopContext(); context.Orders.Add(order); context.Database.CommitTransaction(); await Task.Yield();")]
    [InlineData("using var context = new ShopContext(); var orders = context.Orders.Where(it => it.Id > 1).ToList(); await Task.Yield();")]
    [InlineData("var context = new ShopContext(); context.Orders.Add(order); await new[] { context }[0].SaveChangesAsync();")]
    public Task Silent_where_it_is_saved_or_may_be(string body) => Silent(body);

    [Fact]
    public Task Silent_with_a_context_of_somebody_else() =>
        Rule.Of<ChangesNeverSavedAnalyzer>("""
            using Microsoft.EntityFrameworkCore;
            public sealed class Order { }
            public sealed class Repository(DbContext context)
            {
                public void Add(Order order) => context.Add(order);
            }
            """).Using(DatabaseStubs.All).RunAsync();

    [Theory]
    [InlineData("using var context = new ShopContext(; context.Orders.")]
    [InlineData("using var context = await contexts.CreateDbContextAsync(")]
    public Task Broken_code_is_survived(string body) => Rule.Of<ChangesNeverSavedAnalyzer>(Shop(body)).Using(DatabaseStubs.All).Broken().RunAsync();
}
