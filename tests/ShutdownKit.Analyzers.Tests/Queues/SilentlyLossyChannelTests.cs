using Microsoft.CodeAnalysis;
using ShutdownKit.Analyzers.Queues;
using ShutdownKit.Analyzers.Tests.Verifiers;

namespace ShutdownKit.Analyzers.Tests.Queues;

public sealed class SilentlyLossyChannelTests
{
    private static string Source(string body) => $$"""
        using System.Threading.Channels;

        public sealed class EventQueue
        {
            private Channel<string> _events = null!;

            public void Open(int capacity)
            {
                {{body}}
            }

            private void Count(string lost) { }
        }
        """;

    private static Task Verify(string body) => Rule.Of<SilentlyLossyChannelAnalyzer>(Source(body)).RunAsync();

    [Theory]
    [InlineData("_events = Channel.CreateBounded<string>(new BoundedChannelOptions(capacity) { FullMode = [|BoundedChannelFullMode.DropOldest|], SingleReader = true });")]
    [InlineData("var options = new BoundedChannelOptions(1000) { FullMode = [|BoundedChannelFullMode.DropNewest|] }; _events = Channel.CreateBounded<string>(options);")]
    [InlineData("var options = new BoundedChannelOptions(capacity); options.FullMode = [|BoundedChannelFullMode.DropWrite|]; _events = Channel.CreateBounded<string>(options);")]
    public Task Items_are_dropped_without_a_trace(string body) => Verify(body);

    [Theory]
    [InlineData("_events = Channel.CreateBounded<string>(new BoundedChannelOptions(capacity) { FullMode = BoundedChannelFullMode.DropOldest }, Count);")]
    [InlineData("var options = new BoundedChannelOptions(capacity); options.FullMode = BoundedChannelFullMode.DropWrite; _events = Channel.CreateBounded<string>(options, lost => Count(lost));")]
    [InlineData("_events = Channel.CreateBounded<string>(new BoundedChannelOptions(capacity) { FullMode = BoundedChannelFullMode.Wait });")]
    // The newest value is all that counts.
    [InlineData("_events = Channel.CreateBounded<string>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });")]
    [InlineData("var wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(8) { FullMode = BoundedChannelFullMode.DropWrite });")]
    // Out of sight.
    [InlineData("var options = new BoundedChannelOptions(capacity) { FullMode = BoundedChannelFullMode.DropOldest }; Use(options); void Use(BoundedChannelOptions o) { }")]
    [InlineData("if (new BoundedChannelOptions(3).FullMode == BoundedChannelFullMode.DropOldest) Count(\"\");")]
    public Task Silent_where_nothing_is_hidden(string body) => Verify(body);

    [Fact]
    public Task The_message_tells_what_happens() =>
        Rule.Of<SilentlyLossyChannelAnalyzer>(Source("_events = Channel.CreateBounded<string>(new BoundedChannelOptions(capacity) { FullMode = {|#0:BoundedChannelFullMode.DropOldest|} });"))
            .Expecting("SHK6003", 0, "With DropOldest a full channel drops items without a trace: TryWrite still returns true, and no itemDropped callback is given", DiagnosticSeverity.Info)
            .RunAsync();

    [Theory]
    [InlineData("class C { object o = Channel.CreateBounded<int>(new BoundedChannelOptions(2) { FullMode = BoundedChannelFullMode.DropOldest }; }")]
    [InlineData("options.FullMode = BoundedChannelFullMode.DropWrite; Channel.CreateBounded<int>(options)")]
    public Task Broken_code_is_survived(string source) => Rule.Of<SilentlyLossyChannelAnalyzer>(source).Broken().RunAsync();
}
