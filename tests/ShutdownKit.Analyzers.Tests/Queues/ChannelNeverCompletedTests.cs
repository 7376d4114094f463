using ShutdownKit.Analyzers.Queues;
using ShutdownKit.Analyzers.Tests.Verifiers;

namespace ShutdownKit.Analyzers.Tests.Queues;

public sealed class ChannelNeverCompletedTests
{
    private static string Queue(string loop, string members = "", string field = "private readonly Channel<string> _mails = Channel.CreateUnbounded<string>();") => $$"""
        using System.Threading.Channels;

        public sealed class MailQueue : IHostedService
        {
            {{field}}
            private Task? _sending;

            public Task StartAsync(CancellationToken cancellationToken)
            {
                _sending = Task.Run(SendAllAsync);
                return Task.CompletedTask;
            }

            public Task StopAsync(CancellationToken cancellationToken) => StopSendingAsync();

            public bool Enqueue(string mail) => _mails.Writer.TryWrite(mail);

            private async Task SendAllAsync()
            {
                {{loop}}
            }

            private Task StopSendingAsync() => Task.CompletedTask;
            private Task SendAsync(string mail) => Task.CompletedTask;
            {{members}}
        }
        """;

    private static Task Verify(string source) => Rule.Of<ChannelNeverCompletedAnalyzer>(source).RunAsync();

    [Theory]
    [InlineData("await foreach (var mail in [|_mails.Reader.ReadAllAsync()|]) await SendAsync(mail);")]
    [InlineData("await foreach (var mail in [|_mails.Reader.ReadAllAsync()|].ConfigureAwait(false)) { try { await SendAsync(mail); } catch (Exception) { } }")]
    [InlineData("await foreach (var mail in [|this._mails.Reader.ReadAllAsync(CancellationToken.None)|]) await SendAsync(mail);")]
    [InlineData("while (await [|_mails.Reader.WaitToReadAsync()|]) while (_mails.Reader.TryRead(out var mail)) await SendAsync(mail);")]
    [InlineData("while (true) { var mail = await [|_mails.Reader.ReadAsync()|]; switch (mail) { case \"\": break; default: await SendAsync(mail); break; } }")]
    [InlineData("var reader = _mails.Reader; await foreach (var mail in [|reader.ReadAllAsync()|]) await SendAsync(mail);")]
    public Task The_loop_never_ends(string loop) => Verify(Queue(loop));

    [Fact]
    public Task Also_where_the_constructor_makes_the_channel() =>
        Verify(Queue(
            "await foreach (var mail in [|_mails.Reader.ReadAllAsync()|]) await SendAsync(mail);",
            "public MailQueue() { _mails = Channel.CreateBounded<string>(new BoundedChannelOptions(100) { SingleReader = true }); }",
            "private readonly Channel<string> _mails;"));

    [Fact]
    public Task The_message_tells_what_happens() =>
        Rule.Of<ChannelNeverCompletedAnalyzer>(Queue("await foreach (var mail in {|#0:_mails.Reader.ReadAllAsync()|}) await SendAsync(mail);"))
            .Expecting("SHK6002", 0, "This loop never ends: it has no token, and nothing completes '_mails', so a stop either waits for it in vain or ends the process in the middle of an item")
            .RunAsync();

    [Theory]
    // Completed, here or there.
    [InlineData("await foreach (var mail in _mails.Reader.ReadAllAsync()) await SendAsync(mail);", "public void Dispose() => _mails.Writer.Complete();")]
    [InlineData("await foreach (var mail in _mails.Reader.ReadAllAsync()) await SendAsync(mail);", "public void Dispose() { _mails?.Writer?.TryComplete(); }")]
    // Others have the writer.
    [InlineData("await foreach (var mail in _mails.Reader.ReadAllAsync()) await SendAsync(mail);", "public ChannelWriter<string> Writer => _mails.Writer;")]
    [InlineData("await foreach (var mail in _mails.Reader.ReadAllAsync()) await SendAsync(mail);", "public Channel<string> All => _mails;")]
    // Ended by a token.
    [InlineData("await foreach (var mail in _mails.Reader.ReadAllAsync(_stop.Token)) await SendAsync(mail);", "private readonly CancellationTokenSource _stop = new();")]
    [InlineData("await foreach (var mail in _mails.Reader.ReadAllAsync().WithCancellation(_stop.Token)) await SendAsync(mail);", "private readonly CancellationTokenSource _stop = new();")]
    // Ended by an item.
    [InlineData("await foreach (var mail in _mails.Reader.ReadAllAsync()) { if (mail.Length == 0) break; await SendAsync(mail); }", "")]
    // Only as long as nothing is asked of it.
    [InlineData("while (!_stopped && await _mails.Reader.WaitToReadAsync()) await SendAsync(await _mails.Reader.ReadAsync());", "private volatile bool _stopped;")]
    [InlineData("await SendAsync(await _mails.Reader.ReadAsync());", "")]
    public Task Silent_where_the_loop_ends(string loop, string members) => Verify(Queue(loop, members));

    [Fact]
    public Task Silent_where_a_token_is_at_hand() =>
        Verify(Queue("", "public async Task RunAsync(CancellationToken token) { await foreach (var mail in _mails.Reader.ReadAllAsync()) await SendAsync(mail); }"));

    [Fact]
    public Task Silent_where_others_reach_the_channel() =>
        Verify(Queue("await foreach (var mail in _mails.Reader.ReadAllAsync()) await SendAsync(mail);", field: "internal readonly Channel<string> _mails = Channel.CreateUnbounded<string>();"));

    [Fact]
    public Task Silent_where_another_part_completes_it() =>
        Rule.Of<ChannelNeverCompletedAnalyzer>(Queue("await foreach (var mail in _mails.Reader.ReadAllAsync()) await SendAsync(mail);").Replace("sealed class", "sealed partial class", StringComparison.Ordinal))
            .WithSource("MailQueue.Stop.cs", "public sealed partial class MailQueue { public void Dispose() => _mails.Writer.Complete(); }")
            .RunAsync();

    [Theory]
    [InlineData("class C { System.Threading.Channels.Channel<int> _c = Channel.CreateUnbounded<int>(; async Task M() { await foreach (var x in _c.Reader.ReadAllAsync( } }")]
    [InlineData("class C { C() { x = Channel.CreateBounded<int>(1); } }")]
    public Task Broken_code_is_survived(string source) => Rule.Of<ChannelNeverCompletedAnalyzer>(source).Broken().RunAsync();
}
