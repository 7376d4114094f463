using ShutdownKit.Analyzers.CodeFixes.Durability;
using ShutdownKit.Analyzers.Durability;
using ShutdownKit.Analyzers.Tests.Verifiers;

namespace ShutdownKit.Analyzers.Tests.Durability;

public sealed class DeleteThenMoveTests
{
    private static string Store(string statements) => $$"""
        public sealed class Store(string path)
        {
            private readonly string _path = path;

            public void Save(string json, FileInfo current, FileInfo next)
            {
                var temporary = _path + ".tmp";
                File.WriteAllText(temporary, json);
                {{statements}}
            }
        }
        """;

    [Fact]
    public Task The_message_tells_what_happens() =>
        Rule.Of<DeleteThenMoveAnalyzer>(Store("File.Delete(_path); {|#0:File.Move(temporary, _path)|};"))
            .Expecting("SHK5002", 0, "'_path' is deleted and only then replaced: a kill in between leaves no file at all")
            .RunAsync();

    [Theory]
    [InlineData("File.Delete(_path);\n        [|File.Move(temporary, _path)|];")]
    [InlineData("if (File.Exists(_path))\n            File.Delete(_path);\n        [|File.Move(temporary, _path)|];")]
    [InlineData("if (File.Exists(_path))\n        {\n            File.Delete(_path);\n        }\n        [|File.Move(temporary, _path)|];")]
    public Task Fires_and_is_fixed(string statements) =>
        Rule.Of<DeleteThenMoveAnalyzer, DeleteThenMoveFix>(Store(statements)).FixedTo(Store("File.Move(temporary, _path, overwrite: true);")).RunAsync();

    [Theory]
    [InlineData("if (current.Exists) current.Delete(); [|next.MoveTo(current.FullName)|];")]
    [InlineData("File.Delete(_path); Console.WriteLine(json); [|File.Move(temporary, _path)|];")]
    [InlineData("File.Delete(_path); try { [|File.Move(temporary, _path)|]; } catch (IOException) { }")]
    [InlineData("System.IO.File.Delete(_path); [|System.IO.File.Move(temporary, _path)|];")]
    [InlineData("if (File.Exists(_path) && json.Length > 0) { Console.WriteLine(); File.Delete(_path); } [|File.Move(temporary, _path)|];")]
    public Task Fires(string statements) => Rule.Of<DeleteThenMoveAnalyzer>(Store(statements)).RunAsync();

    [Theory]
    [InlineData("File.Move(temporary, _path, overwrite: true);")]
    [InlineData("File.Delete(_path); File.Move(temporary, _path, true);")]
    [InlineData("File.Replace(temporary, _path, null);")]
    [InlineData("File.Move(temporary, _path); File.Delete(_path);")]
    [InlineData("File.Delete(temporary); File.Move(temporary, _path);")]
    [InlineData("if (json.Length == 0) { File.Delete(_path); } else { File.Move(temporary, _path); }")]
    [InlineData("if (json.Length == 0) { File.Delete(_path); return; } File.Move(temporary, _path);")]
    [InlineData("var backup = _path + \".bak\"; File.Delete(backup); File.Move(_path, backup);")]
    [InlineData("File.Delete(_path + \".old\"); File.Move(_path, _path + \".old\");")]
    [InlineData("File.Delete(_path); File.Copy(temporary, _path);")]
    public Task Silent_where_there_is_always_a_file(string statements) => Rule.Of<DeleteThenMoveAnalyzer>(Store(statements)).RunAsync();

    [Fact]
    public Task Silent_in_tests() =>
        Rule.Of<DeleteThenMoveAnalyzer>(Store("File.Delete(_path); File.Move(temporary, _path);")).WithProperty("IsTestProject", "true").RunAsync();

    [Fact]
    public Task Top_level_statements() =>
        Rule.Of<DeleteThenMoveAnalyzer>("File.Delete(args[0]);\n[|File.Move(\"a\", args[0])|];").AsProgram().RunAsync();

    [Theory]
    [InlineData("class C { void M() { File.Delete(x; File.Move(, x); } }")]
    [InlineData("File.Move(a, b) File.MoveTo(; Delete(")]
    public Task Broken_code_is_survived(string source) => Rule.Of<DeleteThenMoveAnalyzer>(source).Broken().RunAsync();
}
