using Microsoft.CodeAnalysis;
using ShutdownKit.Analyzers.CodeFixes.Durability;
using ShutdownKit.Analyzers.Durability;
using ShutdownKit.Analyzers.Tests.Verifiers;

namespace ShutdownKit.Analyzers.Tests.Durability;

public sealed class StreamedToFinalNameTests
{
    private static string Store(string statements) => $$"""
        public sealed class Covers(HttpClient http, string directory)
        {
            public async Task<string> GetAsync(string id)
            {
                var path = Path.Combine(directory, id + ".jpg");
                {{statements.Replace("\n", "\n        ", StringComparison.Ordinal)}}
                return path;
            }
        }
        """;

    [Fact]
    public Task The_message_tells_what_happens() =>
        Rule.Of<StreamedToFinalNameAnalyzer>(Store("""
            if (File.Exists(path))
                return path;
            using var source = await http.GetStreamAsync(id);
            using var target = {|#0:File.Create(path)|};
            await source.CopyToAsync(target);
            """))
            .Expecting("SHK5006", 0,
                "'path' is written bit by bit under the name at which File.Exists takes it for complete: a kill in between leaves a part of it that is never fetched again",
                DiagnosticSeverity.Info)
            .RunAsync();

    [Fact]
    public Task A_using_statement_is_fixed() =>
        Rule.Of<StreamedToFinalNameAnalyzer, StreamedToFinalNameFix>(Store("""
            if (!File.Exists(path))
            {
                using var source = await http.GetStreamAsync(id);
                using (var target = [|new FileStream(path, FileMode.Create)|])
                {
                    await source.CopyToAsync(target);
                }
            }
            """))
            .FixedTo(Store("""
            if (!File.Exists(path))
            {
                using var source = await http.GetStreamAsync(id);
                using (var target = new FileStream(path + ".tmp", FileMode.Create))
                {
                    await source.CopyToAsync(target);
                }
                File.Move(path + ".tmp", path, overwrite: true);
            }
            """))
            .RunAsync();

    [Theory]
    [InlineData("if (File.Exists(path)) return path; await using var target = [|new FileStream(path, FileMode.CreateNew)|]; await (await http.GetStreamAsync(id)).CopyToAsync(target);")]
    [InlineData("if (File.Exists(path)) { return path; } var bytes = await http.GetByteArrayAsync(id); await [|File.WriteAllBytesAsync(path, bytes)|];")]
    [InlineData("if (!File.Exists(path)) { [|File.WriteAllBytes(path, await http.GetByteArrayAsync(id))|]; }")]
    public Task Fires(string statements) => Rule.Of<StreamedToFinalNameAnalyzer>(Store(statements)).RunAsync();

    [Theory]
    // Nobody takes it for complete.
    [InlineData("using var target = File.Create(path); await (await http.GetStreamAsync(id)).CopyToAsync(target);")]
    [InlineData("if (File.Exists(path)) File.Delete(path); using var target = File.Create(path); await (await http.GetStreamAsync(id)).CopyToAsync(target);")]
    [InlineData("if (File.Exists(path)) throw new IOException(); using var target = File.Create(path); await (await http.GetStreamAsync(id)).CopyToAsync(target);")]
    [InlineData("if (File.Exists(id)) return id; using var target = File.Create(path); await (await http.GetStreamAsync(id)).CopyToAsync(target);")]
    // Written beside and moved.
    [InlineData("if (File.Exists(path)) return path; var next = path + \".new\"; using (var target = File.Create(next)) await (await http.GetStreamAsync(id)).CopyToAsync(target); File.Move(next, path);")]
    [InlineData("if (File.Exists(path)) return path; using (var target = File.Create(path + \".tmp\")) await (await http.GetStreamAsync(id)).CopyToAsync(target); File.Move(path + \".tmp\", path);")]
    // Written at once, from what is in memory.
    [InlineData("if (File.Exists(path)) return path; File.WriteAllBytes(path, new byte[9]);")]
    // To something else than a file.
    [InlineData("if (File.Exists(path)) return path; using var target = new MemoryStream(); await (await http.GetStreamAsync(id)).CopyToAsync(target);")]
    public Task Silent(string statements) => Rule.Of<StreamedToFinalNameAnalyzer>(Store(statements)).RunAsync();

    [Fact]
    public Task Broken_code_is_survived() =>
        Rule.Of<StreamedToFinalNameAnalyzer>("class C { void M() { if (File.Exists(p) return; var f = File.Create(p; s.CopyTo(f; s.CopyToAsync(; File.WriteAllBytes(p, } }").Broken().RunAsync();
}
