using ShutdownKit.Analyzers.Queues;
using ShutdownKit.Analyzers.Tests.Verifiers;

namespace ShutdownKit.Analyzers.Tests.Queues;

public sealed class BlockNotDrainedTests
{
    private static string Source(string members) => $$"""
        using System.Threading.Tasks.Dataflow;

        public sealed class Importer
        {
            {{members}}
            private Task StoreAsync(object rows) => Task.CompletedTask;
        }
        """;

    private static Task Verify(string members) => Rule.Of<BlockNotDrainedAnalyzer>(Source(members)).RunAsync();

    [Theory]
    [InlineData("private readonly ActionBlock<string> _rows; public Importer() { _rows = [|new ActionBlock<string>(row => StoreAsync(row))|]; } public void Add(string row) => _rows.Post(row);")]
    [InlineData("private readonly ActionBlock<string> _rows = [|new(row => Console.WriteLine(row))|]; public Task AddAsync(string row) => _rows.SendAsync(row); public void Dispose() => _rows.Complete();")]
    [InlineData("public async Task ImportAsync(string[] rows) { var block = [|new ActionBlock<string>(row => StoreAsync(row))|]; foreach (var row in rows) await block.SendAsync(row); block.Complete(); }")]
    [InlineData("private readonly BatchBlock<string> _batches = [|new BatchBlock<string>(100)|]; public Importer() { _batches.LinkTo(new ActionBlock<string[]>(StoreAsync)); } public void Add(string row) => _batches.Post(row);")]
    public Task What_is_queued_is_lost(string members) => Verify(members);

    [Theory]
    [InlineData("public async Task ImportAsync(string[] rows) { var block = new ActionBlock<string>(row => StoreAsync(row)); foreach (var row in rows) await block.SendAsync(row); block.Complete(); await block.Completion; }")]
    [InlineData("private readonly ActionBlock<string> _rows; public Importer() { _rows = new ActionBlock<string>(row => StoreAsync(row)); } public void Add(string row) => _rows.Post(row); public async ValueTask DisposeAsync() { _rows.Complete(); await _rows.Completion.ConfigureAwait(false); }")]
    [InlineData("private readonly BatchBlock<string> _batches = new BatchBlock<string>(100); public void Add(string row) => _batches.Post(row); public void Flush() => _batches.TriggerBatch();")]
    // Others complete it.
    [InlineData("public ITargetBlock<string> Create() { var block = new ActionBlock<string>(row => StoreAsync(row)); block.Post(\"head\"); return block; }")]
    [InlineData("public void Link(ISourceBlock<string> rows) { var block = new ActionBlock<string>(row => StoreAsync(row)); block.Post(\"head\"); rows.LinkTo(block, new DataflowLinkOptions { PropagateCompletion = true }); }")]
    // Whoever posts waits for the result.
    [InlineData("private readonly ActionBlock<TaskCompletionSource> _calls = new ActionBlock<TaskCompletionSource>(async call => { await Task.Yield(); var done = new TaskCompletionSource(); call.SetResult(); }); public void Add(TaskCompletionSource call) => _calls.Post(call);")]
    // Never fed.
    [InlineData("private readonly ActionBlock<string> _rows = new(row => Console.WriteLine(row));")]
    public Task Silent_where_the_block_is_drained(string members) => Verify(members);

    [Theory]
    [InlineData("class C { ActionBlock<int> _b = new ActionBlock<int>(x => ; void M() => _b.Post(1 }")]
    public Task Broken_code_is_survived(string source) => Rule.Of<BlockNotDrainedAnalyzer>(source).Broken().RunAsync();
}
