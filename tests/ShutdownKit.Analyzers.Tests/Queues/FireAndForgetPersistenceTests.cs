using ShutdownKit.Analyzers.CodeFixes.Queues;
using ShutdownKit.Analyzers.Queues;
using ShutdownKit.Analyzers.Tests.Libraries;
using ShutdownKit.Analyzers.Tests.Verifiers;

namespace ShutdownKit.Analyzers.Tests.Queues;

public sealed class FireAndForgetPersistenceTests
{
    private static string Service(string body, string members = "", string signature = "public async Task PlaceAsync(string order)") => $$"""
        using Dapper;
        using Microsoft.EntityFrameworkCore;

        public sealed class Orders(DbContext database, System.Data.IDbConnection connection, OrderArchive archive)
        {
            {{signature}}
            {
                {{body}}
            }

            private async Task StoreAsync(string order)
            {
                await Task.Yield();
                await database.SaveChangesAsync();
            }

            private Task SendMailAsync(string order) => Task.CompletedTask;
            {{members}}
        }

        public sealed class OrderArchive
        {
            public async Task AddAsync(string order) => await File.WriteAllTextAsync("orders/" + order, order);
            public Task LookUpAsync(string order) => Task.CompletedTask;
        }
        """;

    private static RuleTest<FireAndForgetPersistenceAnalyzer, FireAndForgetPersistenceFix> Test(string source)
    {
        return Rule.Of<FireAndForgetPersistenceAnalyzer, FireAndForgetPersistenceFix>(source).Using(LibraryStubs.Databases);
    }

    [Theory]
    [InlineData("_ = [|database.SaveChangesAsync|]();")]
    [InlineData("[|database.SaveChangesAsync|]().ConfigureAwait(false);")]
    [InlineData("_ = [|File.WriteAllTextAsync|](\"orders/\" + order, order);")]
    [InlineData("_ = [|connection.ExecuteAsync|](\"insert into orders values (@order)\", new { order });")]
    [InlineData("_ = [|Task.Run|](async () => { await Task.Yield(); await database.SaveChangesAsync(); });")]
    [InlineData("_ = [|Task.Run|](() => database.SaveChanges());")]
    [InlineData("[|Task.Run|](() => File.AppendAllText(\"orders.csv\", order));")]
    [InlineData("_ = [|Task.Factory.StartNew|](() => database.SaveChanges(), TaskCreationOptions.LongRunning);")]
    [InlineData("_ = [|SendMailAsync(order).ContinueWith|](_ => database.SaveChanges());")]
    [InlineData("[|ThreadPool.QueueUserWorkItem|](_ => database.SaveChanges());")]
    // One hop inside the type, and one into another.
    [InlineData("_ = [|StoreAsync|](order);")]
    [InlineData("_ = [|Task.Run|](() => StoreAsync(order));")]
    [InlineData("_ = [|StoreAsync|](order).ContinueWith(task => Console.WriteLine(task.Exception), TaskContinuationOptions.OnlyOnFaulted);")]
    [InlineData("_ = [|archive.AddAsync|](order);")]
    [InlineData("_ = [|StoreHereAsync|](); async Task StoreHereAsync() { await Task.Yield(); await database.SaveChangesAsync(); }")]
    public Task Nobody_waits_for_the_save(string body) => Test(Service(body + " await Task.Yield();")).RunAsync();

    [Fact]
    public Task Also_in_an_asynchronous_void_method() =>
        Test(Service("[|SaveAll|](); await Task.Yield();", "private async void SaveAll() => await database.SaveChangesAsync();")).RunAsync();

    [Fact]
    public Task Also_in_a_void_lambda_body() =>
        Test(Service("", "public void Touch() => [|database.SaveChangesAsync|]();", "public void Nothing()")).RunAsync();

    [Fact]
    public Task The_message_names_what_is_lost() =>
        Test(Service("_ = {|#0:StoreAsync|}(order); await Task.Yield();"))
            
            .Expecting("SHK6004", 0, "Nobody waits for this task: if the process is stopped now, what 'SaveChangesAsync' saves is lost, although the caller has gone on as if it were done")
            .RunAsync();

    [Theory]
    [InlineData("await database.SaveChangesAsync();")]
    [InlineData("var saving = StoreAsync(order); await SendMailAsync(order); await saving;")]
    [InlineData("await Task.Run(() => database.SaveChanges());")]
    [InlineData("_ = await database.SaveChangesAsync();")]
    [InlineData("_running.Add(Task.Run(() => StoreAsync(order)));")]
    [InlineData("StoreAsync(order).GetAwaiter().GetResult();")]
    [InlineData("database.SaveChanges();")]
    // Nothing is saved.
    [InlineData("_ = SendMailAsync(order);")]
    [InlineData("_ = archive.LookUpAsync(order);")]
    [InlineData("_ = Task.Run(() => Console.WriteLine(order));")]
    // What it saves may be lost.
    [InlineData("_ = File.AppendAllTextAsync(\"access.log\", order);")]
    [InlineData("_ = Task.Run(() => File.WriteAllText(Path.Combine(Path.GetTempPath(), order), order));")]
    // A worker, which is to be stopped, not awaited here.
    [InlineData("_ = Task.Run(async () => { while (true) { await Task.Delay(1000); await database.SaveChangesAsync(); } });")]
    public Task Silent_where_somebody_waits_or_nothing_is_lost(string body) =>
        Test(Service(body + " await Task.Yield();", "private readonly List<Task> _running = [];")).RunAsync();

    [Fact]
    public Task Silent_for_a_loop_in_the_method_that_is_started() =>
        Test(Service("_ = Task.Run(DrainAsync); await Task.Yield();", """
            private readonly System.Threading.Channels.Channel<string> _orders = System.Threading.Channels.Channel.CreateUnbounded<string>();
            private async Task DrainAsync() { await foreach (var order in _orders.Reader.ReadAllAsync()) await database.SaveChangesAsync(); }
            """)).RunAsync();

    [Fact]
    public Task Silent_for_a_cache() =>
        Test(Service("await Task.Yield();") + "public sealed class PriceCache(DbContext database) { public void Touch() { _ = database.SaveChangesAsync(); } }").RunAsync();

    [Fact]
    public Task Silent_in_test_projects() =>
        Test(Service("_ = database.SaveChangesAsync(); await Task.Yield();")).WithProperty("IsTestProject", "true").RunAsync();

    [Fact]
    public Task Fix_awaits_the_save() =>
        Test(Service("""
            // Order first.
                    _ = [|database.SaveChangesAsync|]();
                    [|File.WriteAllTextAsync|]("orders/" + order, order);
                    _ = [|Task.Run|](() => database.SaveChanges());
                    _ = [|StoreAsync|](order);
            """))
            .FixedTo(Service("""
            // Order first.
                    await database.SaveChangesAsync();
                    await File.WriteAllTextAsync("orders/" + order, order);
                    await Task.Run(() => database.SaveChanges());
                    await StoreAsync(order);
            """))
            .RunAsync();

    [Theory]
    // Not asynchronous; nothing to await; the task of a task.
    [InlineData("public void Place(string order)", "_ = [|database.SaveChangesAsync|]();")]
    [InlineData("public async void Place(string order)", "await Task.Yield(); _ = [|database.SaveChangesAsync|]();")]
    [InlineData("public async Task PlaceAsync(string order)", "await Task.Yield(); [|ThreadPool.QueueUserWorkItem|](_ => database.SaveChanges());")]
    [InlineData("public async Task PlaceAsync(string order)", "await Task.Yield(); _ = [|Task.Factory.StartNew|](async () => await database.SaveChangesAsync());")]
    public Task No_fix_where_an_await_would_not_do(string signature, string body) => Test(Service(body, signature: signature)).NotFixed().RunAsync();

    [Theory]
    [InlineData("class C { async Task M() { _ = File.WriteAllTextAsync(\"x\", ; } }")]
    [InlineData("class C { void M() { _ = Task.Run(() => x.SaveChangesAsync( } void M() { M(); }")]
    public Task Broken_code_is_survived(string source) => Rule.Of<FireAndForgetPersistenceAnalyzer>(source).Broken().RunAsync();
}
