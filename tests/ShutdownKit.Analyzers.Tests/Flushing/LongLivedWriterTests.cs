using ShutdownKit.Analyzers.CodeFixes.Flushing;
using ShutdownKit.Analyzers.Flushing;
using ShutdownKit.Analyzers.Tests.Verifiers;

namespace ShutdownKit.Analyzers.Tests.Flushing;

public sealed class LongLivedWriterTests
{
    private static string Journal(string field, string members, string bases = "") => $$"""
        using System.IO.Compression;

        public sealed class Journal{{bases}}
        {
            private readonly {{field}};
            public void Append(string line) => _writer.{{(field.Split(' ')[0].EndsWith("Stream", StringComparison.Ordinal) ? "WriteByte(1)" : "WriteLine(line)")}};
            {{members}}
        }
        """;

    [Fact]
    public Task The_messages_say_what_is_lost() =>
        Rule.Of<LongLivedWriterAnalyzer>("""
            using System.IO.Compression;

            public sealed class Journal
            {
                private readonly StreamWriter {|#0:_text|} = new("journal.txt");
                private GZipStream? {|#1:_packed|};

                public void Open() => _packed = new GZipStream(File.Create("journal.gz"), CompressionMode.Compress);

                public void Append(byte[] record)
                {
                    _text.WriteLine(record.Length);
                    _packed!.Write(record);
                }
            }
            """)
            .Expecting("SHK4002", 0, "'_text' is written to, and nothing flushes or disposes of it: what is still in its buffer when the program is stopped is lost")
            .Expecting("SHK4002", 1, "'_packed' is written to, and no stop disposes of it: its end is never written, so what was written cannot be read")
            .RunAsync();

    [Fact]
    public Task It_is_disposed_of_with_its_owner() =>
        Rule.Of<LongLivedWriterAnalyzer, LongLivedWriterFix>(Journal(
            """StreamWriter [|_writer|] = new StreamWriter("journal.txt")""", """
            private readonly Timer _timer = new(_ => { });

                public void Dispose()
                {
                    _timer.Dispose();
                }
            """, " : IDisposable"))
            .FixedTo(Journal(
            """StreamWriter _writer = new StreamWriter("journal.txt")""", """
            private readonly Timer _timer = new(_ => { });

                public void Dispose()
                {
                    _timer.Dispose();
                    _writer.Dispose();
                }
            """, " : IDisposable"))
            .RunAsync();

    [Fact]
    public Task No_fix_where_nobody_would_call_it() =>
        Rule.Of<LongLivedWriterAnalyzer, LongLivedWriterFix>(Journal("""StreamWriter [|_writer|] = new StreamWriter("journal.txt")""", "")).NotFixed().RunAsync();

    [Theory]
    [InlineData("""TextWriter [|_writer|] = File.AppendText("journal.txt")""")]
    [InlineData("""FileStream [|_writer|] = new("journal", FileMode.Append)""")]
    [InlineData("""Stream [|_writer|] = File.Create("journal")""")]
    [InlineData("""BufferedStream [|_writer|] = new BufferedStream(File.Create("journal"))""")]
    public Task Fires(string field) => Rule.Of<LongLivedWriterAnalyzer>(Journal(field, "")).RunAsync();

    [Fact]
    public Task In_a_hosted_service_that_stops_without_it() =>
        Rule.Of<LongLivedWriterAnalyzer>("""
            public sealed class Recorder : BackgroundService
            {
                private StreamWriter? [|_writer|];

                protected override async Task ExecuteAsync(CancellationToken stoppingToken)
                {
                    _writer = new StreamWriter("record.csv");
                    while (!stoppingToken.IsCancellationRequested)
                    {
                        await _writer.WriteLineAsync("tick");
                        await Task.Delay(1000, stoppingToken);
                    }
                }

                public override async Task StopAsync(CancellationToken cancellationToken) => await base.StopAsync(cancellationToken);
            }
            """).RunAsync();

    [Theory]
    // Disposed of, flushed, or closed.
    [InlineData("""StreamWriter _writer = new("a")""", "public void Dispose() => _writer.Dispose();")]
    [InlineData("""StreamWriter _writer = new("a")""", "public Task StopAsync(CancellationToken token) => _writer.FlushAsync();")]
    [InlineData("""StreamWriter _writer = new("a")""", "public void Dispose() { End(); } private void End() => _writer?.Close();")]
    [InlineData("""StreamWriter _writer = new("a")""", "public void Record(string line) { _writer.WriteLine(line); _writer.Flush(); }")]
    [InlineData("""StreamWriter _writer = new("a") { AutoFlush = true }""", "")]
    [InlineData("""StreamWriter _writer = new("a")""", "public Journal() => _writer.AutoFlush = true;")]
    // Somebody else may do it.
    [InlineData("""StreamWriter _writer = new("a")""", "public TextWriter Writer => _writer;")]
    [InlineData("""StreamWriter _writer = new("a")""", "public Journal() => Console.SetOut(_writer);")]
    // Not written to: a lock file.
    [InlineData("""StreamWriter _writer = new("a"); private readonly FileStream _lock = new("lock", FileMode.OpenOrCreate)""", "public void Dispose() => _writer.Dispose();")]
    // Memory.
    [InlineData("""StreamWriter _writer = new(new MemoryStream())""", "")]
    [InlineData("""StringWriter _writer = new()""", "")]
    public Task Silent(string field, string members) => Rule.Of<LongLivedWriterAnalyzer>(Journal(field, members)).RunAsync();

    [Fact]
    public Task A_writer_that_came_from_elsewhere_is_not_ours() =>
        Rule.Of<LongLivedWriterAnalyzer>("""
            public sealed class Journal(StreamWriter writer)
            {
                private readonly StreamWriter _writer = writer;
                public void Append(string line) => _writer.WriteLine(line);
            }
            """).RunAsync();

    [Theory]
    [InlineData("class C { StreamWriter w = new(; void M() => w.Write(; }")]
    [InlineData("class { w = new StreamWriter(\"a\"); }")]
    public Task Broken_code_is_survived(string source) => Rule.Of<LongLivedWriterAnalyzer>(source).Broken().RunAsync();
}
