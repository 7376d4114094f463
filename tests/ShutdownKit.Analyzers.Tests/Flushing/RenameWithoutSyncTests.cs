using ShutdownKit.Analyzers.CodeFixes.Flushing;
using ShutdownKit.Analyzers.Flushing;
using ShutdownKit.Analyzers.Tests.Verifiers;

namespace ShutdownKit.Analyzers.Tests.Flushing;

public sealed class RenameWithoutSyncTests
{
    private static string Store(string statements) => $$"""
        public sealed class Store(string path)
        {
            public void Save(byte[] data)
            {
                var next = path + ".tmp";
                {{statements}}
            }
        }
        """;

    private const string InBlock = """
        using (var file = new FileStream(next, FileMode.Create))
                {
                    file.Write(data);
                }

                [|File.Move(next, path, overwrite: true)|];
        """;

    [Fact]
    public Task The_message_tells_what_happens() =>
        Rule.Of<RenameWithoutSyncAnalyzer>(Store("File.WriteAllBytes(next, data); {|#0:File.Move(next, path, true)|};"))
            .WithOption("durability", "power")
            .Expecting("SHK4004", 0, "'next' is moved to its name without a flush to disk: after a power cut the name may point to an empty file")
            .RunAsync();

    [Fact]
    public Task A_using_statement_is_fixed() =>
        Rule.Of<RenameWithoutSyncAnalyzer, RenameWithoutSyncFix>(Store(InBlock))
            .WithOption("durability", "power")
            .FixedTo(Store("""
        using (var file = new FileStream(next, FileMode.Create))
                {
                    file.Write(data);
                    file.Flush(flushToDisk: true);
                }

                File.Move(next, path, overwrite: true);
        """)).RunAsync();

    [Theory]
    [InlineData("using (var w = new StreamWriter(next)) w.Write(1); [|File.Replace(next, path, null)|];")]
    [InlineData("using (var f = File.Create(next)) f.Write(data); [|File.Move(next, path)|];")]
    public Task Fires(string statements) => Rule.Of<RenameWithoutSyncAnalyzer>(Store(statements)).WithOption("durability", "power").RunAsync();

    [Theory]
    [InlineData("using (var f = File.Create(next)) { f.Write(data); f.Flush(true); } File.Move(next, path);")]
    [InlineData("using (var f = new FileStream(next, FileMode.Create, FileAccess.Write, FileShare.None, 1, FileOptions.WriteThrough)) f.Write(data); File.Move(next, path);")]
    [InlineData("using (var f = File.Create(next)) { f.Write(data); RandomAccess.FlushToDisk(f.SafeFileHandle); } File.Move(next, path);")]
    [InlineData("File.WriteAllBytes(path, data); File.Move(next, path);")]
    public Task Silent_where_it_is_on_disk(string statements) => Rule.Of<RenameWithoutSyncAnalyzer>(Store(statements)).WithOption("durability", "power").RunAsync();

    [Fact]
    public Task Silent_unless_asked_for() => Rule.Of<RenameWithoutSyncAnalyzer>(Store("File.WriteAllBytes(next, data); File.Move(next, path, true);")).RunAsync();

    [Fact]
    public Task Broken_code_is_survived() =>
        Rule.Of<RenameWithoutSyncAnalyzer>("class C { void M() { File.WriteAllText(a; File.Move(a, ; x.MoveTo( } }").WithOption("durability", "power").Broken().RunAsync();
}
