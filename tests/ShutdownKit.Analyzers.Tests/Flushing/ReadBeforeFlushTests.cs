using ShutdownKit.Analyzers.CodeFixes.Flushing;
using ShutdownKit.Analyzers.Flushing;
using ShutdownKit.Analyzers.Tests.Verifiers;

namespace ShutdownKit.Analyzers.Tests.Flushing;

public sealed class ReadBeforeFlushTests
{
    private static string Packer(string statements) => $$"""
        using System.IO.Compression;
        using System.Security.Cryptography;

        class Packer
        {
            byte[] Pack(byte[] data, Stream source, Stream target)
            {
                {{statements.Replace("\n", "\n        ", StringComparison.Ordinal).Replace("        \n", "\n", StringComparison.Ordinal)}}
            }
        }
        """;

    [Fact]
    public Task The_messages_say_what_is_missing() =>
        Rule.Of<ReadBeforeFlushAnalyzer>(Packer("""
            var memory = new MemoryStream();
            using var gzip = new GZipStream(memory, CompressionLevel.Fastest);
            gzip.Write(data);
            var text = new MemoryStream();
            using var writer = new StreamWriter(text);
            writer.Write(data.Length);
            {|#0:text.WriteTo(target)|};
            return {|#1:memory.ToArray()|};
            """))
            .Expecting("SHK4003", 0, "'text' is read while 'writer' is still open: what is still in its buffer is missing")
            .Expecting("SHK4003", 1, "'memory' is read while 'gzip' is still open: the end of the data is missing, and it cannot be read in full")
            .RunAsync();

    [Fact]
    public Task The_scope_is_closed_before_the_read() =>
        Rule.Of<ReadBeforeFlushAnalyzer, ReadBeforeFlushFix>(Packer("""
            using var memory = new MemoryStream();
            using var gzip = new GZipStream(memory, CompressionLevel.Fastest);
            gzip.Write(data);
            return [|memory.ToArray()|];
            """))
            .FixedTo(Packer("""
            using var memory = new MemoryStream();
            using (var gzip = new GZipStream(memory, CompressionLevel.Fastest))
            {
                gzip.Write(data);
            }

            return memory.ToArray();
            """))
            .RunAsync();

    [Fact]
    public Task The_stream_stays_open_where_it_is_read_on() =>
        Rule.Of<ReadBeforeFlushAnalyzer, ReadBeforeFlushFix>(Packer("""
            using var memory = new MemoryStream();
            var gzip = new GZipStream(memory, CompressionMode.Compress);
            source.CopyTo(gzip);
            [|memory.Position = 0|];
            memory.CopyTo(target);
            return data;
            """))
            .FixedTo(Packer("""
            using var memory = new MemoryStream();
            using (var gzip = new GZipStream(memory, CompressionMode.Compress, leaveOpen: true))
            {
                source.CopyTo(gzip);
            }

            memory.Position = 0;
            memory.CopyTo(target);
            return data;
            """))
            .RunAsync();

    [Fact]
    public Task No_fix_where_the_writer_is_used_again() =>
        Rule.Of<ReadBeforeFlushAnalyzer, ReadBeforeFlushFix>(Packer("""
            using var memory = new MemoryStream();
            using var gzip = new GZipStream(memory, CompressionLevel.Fastest);
            gzip.Write(data);
            var packed = [|memory.ToArray()|];
            gzip.Write(packed);
            return packed;
            """)).NotFixed().RunAsync();

    [Theory]
    [InlineData("var m = new MemoryStream(); using (var z = new DeflateStream(m, CompressionMode.Compress)) { z.Write(data); return [|m.ToArray()|]; }")]
    [InlineData("var m = new MemoryStream(); using BrotliStream z = new(m, CompressionMode.Compress); z.Write(data); [|m.Seek(0, SeekOrigin.Begin)|]; return data;")]
    [InlineData("var m = new MemoryStream(); using var c = new CryptoStream(m, Aes.Create().CreateEncryptor(), CryptoStreamMode.Write); c.Write(data); return [|m.ToArray()|];")]
    [InlineData("var m = new MemoryStream(); using var c = new CryptoStream(m, Aes.Create().CreateEncryptor(), CryptoStreamMode.Write); using var w = new StreamWriter(c); w.Write(1); return [|m.ToArray()|];")]
    [InlineData("var m = new MemoryStream(); using var zip = new ZipArchive(m, ZipArchiveMode.Create); zip.CreateEntry(\"a\"); return [|m.ToArray()|];")]
    [InlineData("var m = new MemoryStream(); var w = new StreamWriter(m); w.WriteLine(1); return [|m.ToArray()|];")]
    [InlineData("var m = new MemoryStream(); using var z = new GZipStream(m, CompressionMode.Compress); z.Write(data); z.Flush(); return [|m.ToArray()|];")]
    public Task Fires(string statements) => Rule.Of<ReadBeforeFlushAnalyzer>(Packer(statements)).RunAsync();

    [Theory]
    [InlineData("var m = new MemoryStream(); using (var z = new GZipStream(m, CompressionMode.Compress)) z.Write(data); return m.ToArray();")]
    [InlineData("var m = new MemoryStream(); using var z = new GZipStream(m, CompressionMode.Compress); z.Write(data); z.Dispose(); return m.ToArray();")]
    [InlineData("var m = new MemoryStream(); using var z = new DeflateStream(m, CompressionMode.Compress); z.Write(data); z.Flush(); return m.ToArray();")]
    [InlineData("var m = new MemoryStream(); using var c = new CryptoStream(m, Aes.Create().CreateEncryptor(), CryptoStreamMode.Write); c.Write(data); c.FlushFinalBlock(); return m.ToArray();")]
    [InlineData("var m = new MemoryStream(); using var w = new StreamWriter(m); w.Write(1); w.Flush(); return m.ToArray();")]
    [InlineData("var m = new MemoryStream(); using var w = new StreamWriter(m) { AutoFlush = true }; w.Write(1); return m.ToArray();")]
    [InlineData("var m = new MemoryStream(); using var w = new StreamWriter(m); w.AutoFlush = true; w.Write(1); return m.ToArray();")]
    [InlineData("var m = new MemoryStream(data); using var z = new GZipStream(m, CompressionMode.Decompress); z.CopyTo(target); return m.ToArray();")]
    [InlineData("var m = new MemoryStream(); using var z = new GZipStream(m, CompressionMode.Compress); m.Position = 0; z.Write(data); return data;")]
    [InlineData("var m = new MemoryStream(); using var z = new GZipStream(m, CompressionMode.Compress); using (var w = new StreamWriter(z)) w.Write(1); return m.ToArray();")]
    [InlineData("using var z = new GZipStream(target, CompressionMode.Compress); z.Write(data); target.Position = 0; return data;")]
    [InlineData("var m = new MemoryStream(); using var z = new GZipStream(m, CompressionMode.Compress); z.Write(data); byte[] Get() => m.ToArray(); z.Dispose(); return Get();")]
    public Task Silent_where_the_end_is_written_first(string statements) => Rule.Of<ReadBeforeFlushAnalyzer>(Packer(statements)).RunAsync();

    [Theory]
    [InlineData("class C { void M() { using var z = new GZipStream(m, ; z.Write(; m.ToArray( } }")]
    [InlineData("var z = new GZipStream(); new StreamWriter(m")]
    public Task Broken_code_is_survived(string source) => Rule.Of<ReadBeforeFlushAnalyzer>(source).Broken().RunAsync();
}
