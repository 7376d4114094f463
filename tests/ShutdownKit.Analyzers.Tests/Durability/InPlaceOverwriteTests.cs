using Microsoft.CodeAnalysis;
using ShutdownKit.Analyzers.CodeFixes.Durability;
using ShutdownKit.Analyzers.Durability;
using ShutdownKit.Analyzers.Tests.Verifiers;

namespace ShutdownKit.Analyzers.Tests.Durability;

public sealed class InPlaceOverwriteTests
{
    private static string Store(string members) => $$"""
        public sealed class Store(string directory)
        {
            private readonly string _path = Path.Combine(directory, "state.json");
            private string? _content;
            {{members}}
        }
        """;

    private static Task Fires(string source) => Rule.Of<InPlaceOverwriteAnalyzer>(source).RunAsync();

    private static Task Silent(string source) => Rule.Of<InPlaceOverwriteAnalyzer>(source).RunAsync();

    [Fact]
    public Task The_message_tells_what_happens() =>
        Rule.Of<InPlaceOverwriteAnalyzer>(Store("""
            public void Load() => _content = File.ReadAllText(_path);
            public void Save() => {|#0:File.WriteAllText(_path, _content)|};
            """))
            .Expecting("SHK5001", 0,
                "'File.WriteAllText' first empties the file and then writes it: a kill in between leaves half of it or nothing, and the program reads it back")
            .RunAsync();

    [Fact]
    public Task Fix_all_writes_through_a_helper_that_is_added_once() =>
        Rule.Of<InPlaceOverwriteAnalyzer, InPlaceOverwriteFix>(Store("""
            public void Load() => _content = File.ReadAllText(_path);
            public void Save() => [|File.WriteAllText(_path, _content)|];
            public Task SaveAsync(CancellationToken token) => [|File.WriteAllTextAsync(_path, _content, token)|];
            """))
            .FixedTo(Store("""
            public void Load() => _content = File.ReadAllText(_path);
            public void Save() => TestProject.AtomicFile.WriteAllText(_path, _content);
            public Task SaveAsync(CancellationToken token) => TestProject.AtomicFile.WriteAllTextAsync(_path, _content, token);
            """))
            .AddingSource("AtomicFile.cs", AtomicFileSource.In("TestProject"))
            .RunAsync();

    [Fact]
    public Task Fix_uses_a_helper_that_is_there()
    {
        const string Helper = "namespace Ours { internal static class AtomicFile { public static void WriteAllText(string path, string? text) { } } }";
        return Rule.Of<InPlaceOverwriteAnalyzer, InPlaceOverwriteFix>(Store("""
            public void Load() => _content = File.ReadAllText(_path);
            public void Save() => [|File.WriteAllText(_path, _content)|];
            """) + Helper)
            .FixedTo(Store("""
            public void Load() => _content = File.ReadAllText(_path);
            public void Save() => Ours.AtomicFile.WriteAllText(_path, _content);
            """) + Helper)
            .RunAsync();
    }

    [Fact]
    public Task No_fix_for_streams() =>
        Rule.Of<InPlaceOverwriteAnalyzer, InPlaceOverwriteFix>(Store("""
            public void Load() => _content = File.ReadAllText(_path);
            public void Save() { using var file = [|File.Create(_path)|]; file.WriteByte(1); }
            """)).NotFixed().RunAsync();

    [Theory]
    [InlineData("public void Save() { using var w = [|new StreamWriter(_path)|]; w.Write(_content); }")]
    [InlineData("public void Save() { using StreamWriter w = [|new(_path, false)|]; w.Write(_content); }")]
    [InlineData("public void Save() { using var w = [|new StreamWriter(_path, append: false)|]; w.Write(_content); }")]
    [InlineData("public void Save() { using var f = [|new FileStream(_path, FileMode.Create)|]; f.WriteByte(1); }")]
    [InlineData("public void Save() { using FileStream f = [|new(_path, FileMode.Truncate, FileAccess.Write)|]; f.WriteByte(1); }")]
    [InlineData("public void Save() { using var f = [|File.Open(_path, FileMode.Create)|]; f.WriteByte(1); }")]
    [InlineData("public void Save() { using var f = [|File.CreateText(_path)|]; f.Write(_content); }")]
    [InlineData("public Task SaveAsync() => [|File.WriteAllBytesAsync(_path, new byte[_path.Length])|];")]
    [InlineData("public void Save() => [|File.WriteAllLines(_path, new[] { _content! })|];")]
    [InlineData("public void Save() { var path = _path; [|File.WriteAllText(path, _content)|]; }")]
    [InlineData("public void Save() { if (File.Exists(_path)) _content += 1; [|File.WriteAllText(_path, _content)|]; }")]
    public Task In_place(string save) => Fires(Store("public void Load() => _content = File.ReadAllText(_path); " + save));

    [Theory]
    [InlineData("_content = File.ReadAllLines(_path)[0];")]
    [InlineData("using var r = new StreamReader(_path); _content = r.ReadToEnd();")]
    [InlineData("using var f = File.OpenRead(_path);")]
    [InlineData("using var f = new FileStream(_path, FileMode.OpenOrCreate);")]
    [InlineData("_content = System.Xml.Linq.XDocument.Load(_path).ToString();")]
    public Task However_it_is_read_back(string load) =>
        Fires(Store("public void Load() { " + load + " } public void Save() => [|File.WriteAllText(_path, _content)|];"));

    [Fact]
    public Task Paths_are_compared_as_they_are_spelled() =>
        Fires("""
            public sealed class Options { public string Directory { get; set; } = ""; }

            public sealed class Store(Options options)
            {
                private readonly Options _options = options;

                public string Load(string id) => File.ReadAllText(PathOf(id));
                public void Save(string id, string text) => [|File.WriteAllText(PathOf(id), text)|];
                public string LoadAll() { var path = Path.Combine(_options.Directory, "all.json"); return File.ReadAllText(path); }
                public void SaveAll(string text) { var path = Path.Combine(_options.Directory, "all.json"); [|File.WriteAllText(path, text)|]; }
                public string LoadOne(int n) => File.ReadAllText($"{_options.Directory}/{n}.json");
                public void SaveOne(int n, string text) => [|File.WriteAllText($"{_options.Directory}/{n}.json", text)|];
                private string PathOf(string id) => Path.Combine(_options.Directory, id);
            }
            """);

    [Fact]
    public Task In_another_type_and_in_top_level_statements() =>
        Rule.Of<InPlaceOverwriteAnalyzer>("""
            var state = File.ReadAllText(Paths.State);
            new Saver().Save(state);

            internal static class Paths { public static readonly string State = Path.Combine(AppContext.BaseDirectory, "state"); }

            internal sealed class Saver { public void Save(string text) => [|File.WriteAllText(Paths.State, text)|]; }
            """).AsProgram().RunAsync();

    [Fact]
    public Task By_an_alias_and_by_the_full_name() =>
        Fires("using IOFile = System.IO.File;\n" + Store("""
            public void Load() => _content = IOFile.ReadAllText(_path);
            public void Save() => [|IOFile.WriteAllText(_path, _content)|];
            public void SaveAgain() => [|System.IO.File.WriteAllText(_path, _content)|];
            """));

    [Fact]
    public Task In_top_level_statements_alone() =>
        Rule.Of<InPlaceOverwriteAnalyzer>("""
            var count = int.Parse(File.ReadAllText("count.txt"));
            [|File.WriteAllText("count.txt", (count + 1).ToString())|];
            """).AsProgram().RunAsync();

    [Theory]
    // It is not read back, or another file is.
    [InlineData("public void Save() => File.WriteAllText(_path, _content);")]
    [InlineData("public void Save() => File.WriteAllText(_path, _content); public bool Is() => File.Exists(_path);")]
    [InlineData("public void Save() => File.WriteAllText(_path, _content); public void Load() => File.ReadAllText(_path + 2);")]
    // Appended.
    [InlineData("public void Save() => File.AppendAllText(_path, _content); public void Load() => File.ReadAllText(_path);")]
    [InlineData("public void Save() { using var w = new StreamWriter(_path, true); } public void Load() => File.ReadAllText(_path);")]
    [InlineData("public void Save() { using var w = new FileStream(_path, FileMode.Append); } public void Load() => File.ReadAllText(_path);")]
    // Written beside and moved.
    [InlineData("public void Save() { var next = _path + \".new\"; File.WriteAllText(next, _content); File.Move(next, _path, true); } public void Load() => File.ReadAllText(_path + \".new\");")]
    [InlineData("public void Save() { File.WriteAllText(_path + \".tmp\", _content); } public void Load() => File.ReadAllText(_path + \".tmp\");")]
    // Only where there is none, or with a content that is always the same.
    [InlineData("public void Save() { if (!File.Exists(_path)) { File.WriteAllText(_path, _content); } } public void Load() => File.ReadAllText(_path);")]
    [InlineData("public void Save() { if (File.Exists(_path)) return; File.WriteAllText(_path, _content); } public void Load() => File.ReadAllText(_path);")]
    [InlineData("public void Save() => File.WriteAllText(_path, \"{}\"); public void Load() => File.ReadAllText(_path);")]
    [InlineData("public void Save() => File.WriteAllText(_path, string.Empty); public void Load() => File.ReadAllText(_path);")]
    // The caller's file.
    [InlineData("public void Save(string path) => File.WriteAllText(path, _content); public void Load(string path) => File.ReadAllText(path);")]
    [InlineData("public void Save() { foreach (var f in Directory.GetFiles(\".\")) File.WriteAllText(f, File.ReadAllText(f) + 1); }")]
    [InlineData("public void Save(List<FileInfo> all) => all.ForEach(f => File.WriteAllText(f.FullName, File.ReadAllText(f.FullName) + 1));")]
    // Files whose loss costs nothing.
    [InlineData("private readonly string _pidFile = \"a.pid\"; public void Save() => File.WriteAllText(_pidFile, _content); public void Load() => File.ReadAllText(_pidFile);")]
    [InlineData("private string CachePath => \"a\"; public void Save() => File.WriteAllText(CachePath, _content); public void Load() => File.ReadAllText(CachePath);")]
    [InlineData("public void Save() => File.WriteAllText(Path.GetTempPath() + \"x\", _content); public void Load() => File.ReadAllText(Path.GetTempPath() + \"x\");")]
    public Task Silent_where_nothing_can_be_lost(string members) => Silent(Store(members));

    [Fact]
    public Task Silent_in_tests() =>
        Rule.Of<InPlaceOverwriteAnalyzer>(Store("public void Load() => File.ReadAllText(_path); public void Save() => File.WriteAllText(_path, _content);"))
            .WithProperty("IsTestProject", "true").RunAsync();

    [Fact]
    public Task Only_info_for_a_file_that_the_user_named() =>
        Rule.Of<InPlaceOverwriteAnalyzer>("""
            public sealed class Store { public void Save(string text) { {|#0:File.WriteAllText("/data/offset-7.dat", text)|}; File.WriteAllText("/data/other.dat", text); } }
            """)
            .WithOption("state_file_patterns", "*.state, OFFSET-?.*")
            .Expecting("SHK5001", 0,
                "'File.WriteAllText' first empties the file and then writes it: a kill in between leaves half of it or nothing, and the program reads it back",
                DiagnosticSeverity.Info)
            .RunAsync();

    [Theory]
    [InlineData("class C { string p = p; void M() { var x = x; File.WriteAllText(x, ); File.ReadAllText(p; new FileStream(x, FileMode. } }")]
    [InlineData("File.WriteAllText(); new StreamWriter(); new FileStream(File.ReadAllText(")]
    public Task Broken_code_is_survived(string source) => Rule.Of<InPlaceOverwriteAnalyzer>(source).Broken().RunAsync();
}
