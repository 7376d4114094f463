using ShutdownKit.Analyzers.CodeFixes.Flushing;
using ShutdownKit.Analyzers.Flushing;
using ShutdownKit.Analyzers.Tests.Verifiers;

namespace ShutdownKit.Analyzers.Tests.Flushing;

public sealed class WriterNeverFlushedTests
{
    private const string Usings =
        """
        using System.IO.Compression;
        using System.IO.Pipelines;
        using System.Security.Cryptography;
        using System.Text;
        using System.Text.Json;
        using System.Xml;


        """;

    [Theory]
    [InlineData("var writer = new StreamWriter(path);", "writer.WriteLine(1);")]
    [InlineData("TextWriter writer = new StreamWriter(path, append: true);", "writer.Write('a');")]
    [InlineData("var writer = new StreamWriter(stream);", "writer.Write('a');", "var writer = new StreamWriter(stream, leaveOpen: true);")]
    [InlineData("var writer = File.AppendText(path);", "for (var i = 0; i < 9; i++) writer.WriteLine(i);")]
    [InlineData("var file = new FileStream(path, FileMode.Create);", "file.WriteByte(1);")]
    [InlineData("var file = File.Create(path);", "stream.CopyTo(file);")]
    [InlineData("Stream file = File.OpenWrite(path);", "if (file.Length == 0) file.Write(new byte[] { 1 });")]
    [InlineData("var gzip = new GZipStream(stream, CompressionLevel.Fastest);", "gzip.WriteByte(1); gzip.Flush();", "var gzip = new GZipStream(stream, CompressionLevel.Fastest, leaveOpen: true);")]
    [InlineData("var brotli = new BrotliStream(stream, CompressionMode.Compress);", "stream.CopyTo(brotli);", "var brotli = new BrotliStream(stream, CompressionMode.Compress, leaveOpen: true);")]
    [InlineData("var crypto = new CryptoStream(stream, Aes.Create().CreateEncryptor(), CryptoStreamMode.Write);", "crypto.WriteByte(1);", "var crypto = new CryptoStream(stream, Aes.Create().CreateEncryptor(), CryptoStreamMode.Write, leaveOpen: true);")]
    [InlineData("var zip = ZipFile.Open(path, ZipArchiveMode.Create);", "zip.CreateEntry(\"a\");")]
    [InlineData("var binary = new BinaryWriter(File.Create(path));", "binary.Write(1);")]
    [InlineData("var xml = XmlWriter.Create(path);", "xml.WriteStartElement(\"a\");")]
    [InlineData("var json = new Utf8JsonWriter(stream);", "json.WriteStartObject();")]
    public Task Fires_and_is_fixed(string declaration, string use, string? isFixed = null)
    {
        var assignment = declaration.IndexOf('=');
        var name = declaration[..assignment].Trim().LastIndexOf(' ') + 1;
        var marked = $"{declaration[..name]}[|{declaration[name..^1]}|];";
        return Of(Method(marked + "\n        " + use)).FixedTo(Method("using " + (isFixed ?? declaration) + "\n        " + use)).RunAsync();
    }

    [Fact]
    public Task No_fix_where_it_would_close_the_stream_of_the_caller() =>
        Of(Method("var [|buffer = new BufferedStream(stream)|]; buffer.WriteByte(1);")).NotFixed().RunAsync();

    [Theory]
    [InlineData("var [|writer = new StreamWriter(path)|]; writer.Write(1); if (path == \"a\") { return; } writer.Flush();")]
    [InlineData("var [|writer = new StreamWriter(path)|]; foreach (var c in path) writer.Write(c); if (path == \"a\") return; writer.Dispose();")]
    [InlineData("var [|gzip = new GZipStream(stream, CompressionMode.Compress)|]; gzip.WriteByte(1); gzip.Flush(); if (path == \"a\") return; gzip.Dispose();")]
    public Task A_return_before_the_flush_loses_what_was_written(string statements) => Rule.Of<WriterNeverFlushedAnalyzer>(Method(statements)).RunAsync();

    [Theory]
    [InlineData("var writer = new StreamWriter(path); if (path == \"a\") { writer.Dispose(); return; } writer.Write(1); writer.Dispose();")]
    [InlineData("var writer = new StreamWriter(path); if (path == \"a\") { return; } writer.Write(1); writer.Dispose();")]
    [InlineData("var writer = new StreamWriter(path); writer.Write(1); if (path == \"a\") { writer.Flush(); return; } writer.Write(1); writer.Dispose();")]
    [InlineData("var writer = new StreamWriter(path); if (path == \"b\") { writer.Write(1); } if (path == \"a\") { return; } writer.Dispose();")]
    [InlineData("var writer = new StreamWriter(path); try { writer.Write(1); if (path == \"a\") return; } finally { writer.Dispose(); }")]
    public Task Silent_where_each_way_out_flushes(string statements) => Of(Method(statements)).RunAsync();

    [Fact]
    public Task The_message_names_the_return() => Of(
        """
        class Journal
        {
            static int Write(string path)
            {
                var {|#0:writer = new StreamWriter(path)|};
                writer.Write(1);
                if (path.Length > 9)
                    return 0;
                writer.Dispose();
                return 1;
            }
        }
        """)
        .Expecting("SHK4001", 0, "'writer' is written to and not flushed or disposed before the method returns in line 8: what is still in its buffer is lost when the process ends")
        .RunAsync();

    [Theory]
    [InlineData("using var writer = new StreamWriter(path); writer.Write(1);")]
    [InlineData("using (var writer = new StreamWriter(path)) writer.Write(1);")]
    [InlineData("var writer = new StreamWriter(path); using (writer) writer.Write(1);")]
    [InlineData("var writer = new StreamWriter(path); writer.Write(1); writer.Flush();")]
    [InlineData("var writer = new StreamWriter(path); writer.Write(1); writer.Close();")]
    [InlineData("var writer = new StreamWriter(path); try { writer.Write(1); } finally { writer.Dispose(); }")]
    [InlineData("var writer = new StreamWriter(path); writer.Write(1); ((IDisposable)writer).Dispose();")]
    [InlineData("var writer = new StreamWriter(path); writer.Write(1); writer?.Dispose();")]
    [InlineData("var writer = new StreamWriter(path) { AutoFlush = true }; writer.Write(1);")]
    [InlineData("var writer = new StreamWriter(path); writer.AutoFlush = true; writer.Write(1);")]
    [InlineData("var writer = new StreamWriter(path);")]
    [InlineData("var writer = new StreamWriter(path); writer.Write(1); Keep(writer);")]
    [InlineData("var writer = new StreamWriter(path); writer.Write(1); _field = writer;")]
    [InlineData("var writer = new StreamWriter(path); Action write = () => writer.Write(1); write();")]
    [InlineData("var writer = new StreamWriter(path); writer.Write(1); Console.SetOut(writer);")]
    [InlineData("var file = File.Create(path); file.WriteByte(1); using var writer = new StreamWriter(file);")]
    [InlineData("var writer = new StreamWriter(new MemoryStream()); writer.Write(1);")]
    [InlineData("var memory = new MemoryStream(); var writer = new StreamWriter(memory); writer.Write(1);")]
    [InlineData("Stream memory = new MemoryStream(); var writer = new StreamWriter(memory); writer.Write(1);")]
    [InlineData("var writer = new StringWriter(); writer.Write(1);")]
    [InlineData("var memory = new MemoryStream(); memory.WriteByte(1);")]
    [InlineData("var xml = XmlWriter.Create(new StringBuilder()); xml.WriteStartElement(\"a\");")]
    [InlineData("var binary = new BinaryWriter(stream); binary.Write(1);")]
    [InlineData("var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 1); file.WriteByte(1);")]
    [InlineData("var file = File.OpenRead(path); file.ReadByte();")]
    [InlineData("var gzip = new GZipStream(stream, CompressionMode.Decompress); gzip.ReadByte();")]
    [InlineData("var crypto = new CryptoStream(stream, Aes.Create().CreateEncryptor(), CryptoStreamMode.Write); crypto.WriteByte(1); crypto.FlushFinalBlock();")]
    [InlineData("var pipe = PipeWriter.Create(stream); pipe.GetMemory(); pipe.Advance(1); pipe.Complete();")]
    public Task Silent_where_it_is_flushed_or_somebody_else_may_do_it(string statements) => Of(Method(statements)).RunAsync();

    [Fact]
    public Task Awaited_in_asynchronous_code_and_all_at_once() => Of(
        """
        class Journal
        {
            static async Task AppendAsync(string path, Stream stream)
            {
                // First.
                var [|writer = new StreamWriter(path)|];
                await writer.WriteAsync("a");
                var [|file = File.Create(path)|];
                await stream.CopyToAsync(file);
            }
        }
        """).FixedTo(
        """
        class Journal
        {
            static async Task AppendAsync(string path, Stream stream)
            {
                // First.
                await using var writer = new StreamWriter(path);
                await writer.WriteAsync("a");
                await using var file = File.Create(path);
                await stream.CopyToAsync(file);
            }
        }
        """).RunAsync();

    [Fact]
    public Task Returned_and_yielded_writers_are_their_callers_business() => Of(
        """
        class Journal
        {
            static TextWriter Open(string path)
            {
                var writer = new StreamWriter(path);
                writer.WriteLine("header");
                return writer;
            }
        }
        """).RunAsync();

    [Fact]
    public Task Top_level_statements() => Of(
        """
        var [|log = File.AppendText("log.txt")|];
        while (true)
            log.WriteLine(DateTime.UtcNow);
        """).AsProgram().FixedTo(
        """
        using var log = File.AppendText("log.txt");
        while (true)
            log.WriteLine(DateTime.UtcNow);
        """).RunAsync();

    [Fact]
    public Task The_messages_say_what_is_lost() => Of(
        """
        using System.IO.Compression;

        class Journal
        {
            static void Write(Stream stream)
            {
                var {|#0:writer = new StreamWriter(stream)|};
                writer.Write(1);
                var {|#1:gzip = new GZipStream(stream, CompressionLevel.Fastest)|};
                gzip.WriteByte(1);
            }
        }
        """)
        .Expecting("SHK4001", 0, "'writer' is written to and never flushed or disposed: what is still in its buffer is lost when the process ends")
        .Expecting("SHK4001", 1, "'gzip' is written to and never disposed: its end is never written, so what was written cannot be read")
        .RunAsync();

    [Theory]
    [InlineData("class C { void M() { var w = new StreamWriter(w, ; w.Write(; return; w.Flush( } }")]
    [InlineData("var f = File.Create(; f. new GZipStream(")]
    public Task Broken_code_is_survived(string source) => Rule.Of<WriterNeverFlushedAnalyzer>(source).Broken().RunAsync();

    private static string Method(string statements) =>
        Usings + $$"""
        class Journal
        {
            private object? _field;

            void Write(string path, Stream stream)
            {
                {{statements}}
            }

            static void Keep(object writer) { }

            object? Field => _field;
        }
        """;

    private static RuleTest<WriterNeverFlushedAnalyzer, WriterNeverFlushedFix> Of(string source) =>
        Rule.Of<WriterNeverFlushedAnalyzer, WriterNeverFlushedFix>(source);
}
