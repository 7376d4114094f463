using Microsoft.CodeAnalysis;
using ShutdownKit.Analyzers.CodeFixes.Durability;
using ShutdownKit.Analyzers.Durability;
using ShutdownKit.Analyzers.Tests.Verifiers;

namespace ShutdownKit.Analyzers.Tests.Durability;

public sealed class InPlaceOverwriteTests
{
    private const string InPlace =
        "'File.WriteAllText' first empties the file and then writes it: a kill in between leaves half of it or nothing, and the program reads it back";

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
    public Task What_is_kept_or_handed_on_is_the_same_path() =>
        Fires("""
            public sealed class Settings
            {
                public string FileName { get; private init; } = "";
                public string Text { get; init; } = "";
                public static Settings Load(string path) => new Settings { FileName = path, Text = File.ReadAllText(path) };
                public void Save() => [|File.WriteAllText(FileName, Text)|];
            }

            public sealed class Wallet
            {
                private readonly string _file;
                private string _keys = "";
                public Wallet(string file) { _file = file; _keys = File.ReadAllText(file); }
                public void Save() => [|File.WriteAllText(_file, _keys)|];
            }

            public sealed class Prison(string filePath, string coins)
            {
                public static Prison Open(string directory)
                {
                    var filePath = Path.Combine(directory, "prison.json");
                    return new Prison(filePath, File.ReadAllText(filePath));
                }

                public void Save() => [|File.WriteAllText(filePath, coins)|];
            }

            public sealed class Bans
            {
                private readonly string _path;
                private Bans(string path, string text) { _path = path; Text = text; }
                public string Text { get; set; }
                public static Bans Open(string directory) { var list = Path.Combine(directory, "bans.json"); return new(list, File.ReadAllText(list)); }
                public void Save() => [|File.WriteAllText(_path, Text)|];
            }

            public sealed class Profiles(string directory)
            {
                public string Read() => ReadFrom(PathOf("a"));
                public void Write(string text) => WriteTo(PathOf("a"), text);
                private static string ReadFrom(string path) => File.ReadAllText(path);
                private static void WriteTo(string path, string text) => [|File.WriteAllText(path, text)|];
                private string PathOf(string name) => Path.Combine(directory, name);
            }
            """);

    [Fact]
    public Task Through_a_FileInfo_and_with_options() =>
        Fires(Store("""
            private FileInfo Info => new(_path);
            public void Load() { using var r = Info.OpenText(); _content = r.ReadToEnd(); }
            public void Save() { using var w = [|Info.CreateText()|]; w.Write(_content); }
            public void SaveAgain() { using var f = [|new FileStream(Info.FullName, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write })|]; f.WriteByte(1); }
            public void SaveOnceMore() { File.Delete(Info.FullName); using var f = [|new FileStream(Info.FullName, FileMode.CreateNew)|]; f.WriteByte(1); }
            """));

    [Fact]
    public Task Info_where_the_path_is_only_likely_to_be_the_same() =>
        Rule.Of<InPlaceOverwriteAnalyzer>("""
            using System.Text.Json;

            public static class JsonFile
            {
                public static T? Load<T>(string path) => JsonSerializer.Deserialize<T>(File.ReadAllText(path));
                public static void Save<T>(string path, T value) => {|#0:File.WriteAllText(path, JsonSerializer.Serialize(value))|};
            }

            public sealed class Reader(string home) { public string Read() => File.ReadAllText(Path.Combine(home, "settings.json")); }
            public sealed class Writer(string root) { public void Write(string text) => {|#1:File.WriteAllText(Path.Combine(root, "settings.json"), text)|}; }
            public sealed class Other(string root) { public void Write(string text) => File.WriteAllText(Path.Combine(root, "readme.txt"), text); public string Read(string at) => File.ReadAllText(Path.Combine(at, "readme.md")); }
            """)
            .Expecting("SHK5001", 0, InPlace, DiagnosticSeverity.Info)
            .Expecting("SHK5001", 1, InPlace, DiagnosticSeverity.Info)
            .RunAsync();

    [Fact]
    public Task Info_for_a_wrapper_unless_it_moves_the_file_into_place() =>
        Rule.Of<InPlaceOverwriteAnalyzer>("""
            public interface IDisk { string ReadAllText(string path); void WriteAllText(string path, string text); void WriteAllLines(string path, string[] lines); }

            public sealed class Disk : IDisk
            {
                public string ReadAllText(string path) => File.ReadAllText(path);
                public void WriteAllText(string path, string text) => File.WriteAllText(path, text);
                public void WriteAllLines(string path, string[] lines) { File.WriteAllLines(path + ".tmp", lines); File.Move(path + ".tmp", path, true); }
            }

            public sealed class Settings(IDisk disk)
            {
                private readonly string _file = "settings.json";
                public string Load() => disk.ReadAllText(_file);
                public void Save(string text) => {|#0:disk.WriteAllText(_file, text)|};
                public void Save(string[] lines) => disk.WriteAllLines(_file, lines);
            }
            """)
            .Expecting("SHK5001", 0, "'disk.WriteAllText' first empties the file and then writes it: a kill in between leaves half of it or nothing, and the program reads it back", DiagnosticSeverity.Info)
            .RunAsync();

    [Theory]
    [InlineData("public void Save() { using var f = [|File.OpenWrite(_path)|]; f.WriteByte(1); }")]
    [InlineData("public void Save() { using var f = [|new FileStream(_path, FileMode.OpenOrCreate, FileAccess.Write)|]; f.WriteByte(1); }")]
    [InlineData("public void Save() { using var w = [|System.Xml.XmlWriter.Create(_path)|]; w.WriteRaw(_content!); }")]
    [InlineData("public void Save() { [|new System.Xml.Linq.XDocument().Save(_path)|]; }")]
    [InlineData("public void Save() { var d = new System.Xml.XmlDocument(); d.LoadXml(_content!); [|d.Save(_path)|]; }")]
    public Task More_ways_to_write(string save) => Fires(Store("public void Load() => _content = File.ReadAllText(_path); " + save));

    [Theory]
    // Kept open: a journal or a device, not a content that is replaced.
    [InlineData("private FileStream? _open; public void Open() { File.ReadAllText(_path); _open = new FileStream(_path, FileMode.Create); }")]
    [InlineData("public FileStream Open() { File.ReadAllText(_path); return new FileStream(_path, FileMode.Create); }")]
    [InlineData("public Stream Open() { File.ReadAllText(_path); Stream s = File.Create(_path); s.WriteByte(1); return s; }")]
    [InlineData("private string Limit => Path.Combine(CachePath, \"limit\"); private string CachePath => \"/c\"; public void Save() => File.WriteAllText(Limit, _content); public void Load() => File.ReadAllText(Limit);")]
    [InlineData("public void Open() { File.ReadAllText(_path); var device = new FileStream(_path, FileMode.OpenOrCreate, FileAccess.Write); device.WriteByte(1); }")]
    // Made anew because it could not be read.
    [InlineData("public void Load() { try { _content = File.ReadAllText(_path); } catch (IOException) { File.WriteAllText(_path, _content); } }")]
    // What was named by a caller, whatever is made of its name.
    [InlineData("public string Load(string path) => File.ReadAllText(Normal(path)); public void Save(string path) => File.WriteAllText(Normal(path), _content); private static string Normal(string path) => path.Trim();")]
    // Stored once, from a stream.
    [InlineData("public Stream Load(string id) => File.OpenRead(_path + id); public void Save(string id, Stream from) { using var f = File.Create(_path + id); from.CopyTo(f); }")]
    public Task Silent_where_no_content_is_replaced(string members) => Silent(Store(members));

    [Fact]
    public Task Silent_in_build_tools() =>
        Rule.Of<InPlaceOverwriteAnalyzer>("""
            namespace Microsoft.Build.Framework { public interface ITask { } }

            public sealed class Stamp : Microsoft.Build.Framework.ITask
            {
                private readonly string _path = "stamp.json";
                public void Run() => File.WriteAllText(_path, File.ReadAllText(_path) + 1);
            }
            """).RunAsync();

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
