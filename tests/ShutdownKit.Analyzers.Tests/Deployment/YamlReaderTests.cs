using System.Text;
using Microsoft.CodeAnalysis.Text;
using ShutdownKit.Analyzers.Deployment;

namespace ShutdownKit.Analyzers.Tests.Deployment;

public sealed class YamlReaderTests
{
    [Theory]
    [InlineData("a: 1\nb: two words # comment\nc:\n", "{a: 1, b: two words, c: ~}")]
    [InlineData("a:\n  b:\n    c: x\n  d: y\n", "{a: {b: {c: x}, d: y}}")]
    [InlineData("a:\n- 1\n- 2\nb: 3", "{a: [1, 2], b: 3}")]
    [InlineData("a:\n  - x: 1\n    y: 2\n  -\n    z: 3\n  - - 4\n    - 5", "{a: [{x: 1, y: 2}, {z: 3}, [4, 5]]}")]
    [InlineData("- \"80:80\"\n- 'it''s'\n- http://x/y#z\n- a:b\n- -c", "[80:80, it's, http://x/y#z, a:b, -c]")]
    [InlineData("a: [x, \"y, z\", {k: v, 'q': [1]}, ]", "{a: [x, y, z, {k: v, q: [1]}]}")]
    [InlineData("a: [\n  x, # first\n  y\n]\nb: {}", "{a: [x, y], b: {}}")]
    [InlineData("a: {\"k\":\"v\", n: , l}", "{a: {k: v, n: ~, l: ~}}")]
    [InlineData("a: one\n  two\n\n  three\nb: x", "{a: one two\nthree, b: x}")]
    [InlineData("a: \"x\\ty\\u0041\\\n   z\"", "{a: x\tyAz}")]
    [InlineData("a: |\n  one\n    two\n\n  three\nb: >-\n  one\n  two\n\n  three\n", "{a: one\n  two\n\nthree\n, b: one two\nthree}")]
    [InlineData("a: |\n  one", "{a: one}")]
    [InlineData("a: |\n  one\n    \n  two\n", "{a: one\n  \ntwo\n}")]
    [InlineData("a: |2\n    one\n", "{a:   one\n}")]
    [InlineData("command:\n  - sh\n  - -c\n  - |\n    dotnet App.dll\n", "{command: [sh, -c, dotnet App.dll\n]}")]
    [InlineData("x: &base\n  k: v\ny:\n  <<: *base\n  z: *base", "{x: {k: v}, y: {<<: {k: v}, z: {k: v}}}")]
    [InlineData("a: &one x\nb: [*one, !!str 5]\nc: !reset null", "{a: x, b: [x, 5], c: ~}")]
    [InlineData("%YAML 1.2\n---\na: 1\n--- # next\nb: 2\n...\n", "{a: 1} {b: 2}")]
    [InlineData("# only a comment\n", "")]
    [InlineData("\"quoted key\": 1\n'other': 2\nplain key: 3", "{quoted key: 1, other: 2, plain key: 3}")]
    [InlineData("a: 'one\n\n  two'\nb: \"3\"", "{a: one\ntwo, b: 3}")]
    [InlineData("a:\r\n  - b\r\n  - c: |\r\n      d\r\n", "{a: [b, {c: d\n}]}")]
    [InlineData("key: ${VAR:-default}\ntest: [\"CMD-SHELL\", \"x || exit 1\"]", "{key: ${VAR:-default}, test: [CMD-SHELL, x || exit 1]}")]
    public void Reads(string yaml, string expected) => Assert.Equal(expected, string.Join(' ', YamlReader.Documents(SourceText.From(yaml)).Select(Show)));

    [Theory]
    [InlineData("a: b: c")]
    [InlineData("a:\n\tb: c")]
    [InlineData("? complex\n: key")]
    [InlineData("a: *unknown")]
    [InlineData("a: [x, y")]
    [InlineData("a: {x: y")]
    [InlineData("a: \"x")]
    [InlineData("a: 'x")]
    [InlineData("a: \"x\" y")]
    [InlineData("a: 1\n  b: 2")]
    [InlineData("a:\n    b: 1\n  c: 2")]
    [InlineData("&x a: 1")]
    [InlineData("- &x a: 1")]
    [InlineData("a: \"\\q\"")]
    [InlineData("a: @x")]
    [InlineData("a: [k: v]")]
    [InlineData("a: %x")]
    [InlineData("[a]: b")]
    [InlineData("a: |x\n  y")]
    public void Leaves_out_what_it_does_not_understand(string yaml) => Assert.Empty(YamlReader.Documents(SourceText.From(yaml)));

    [Fact]
    public void A_broken_document_leaves_the_others_alone() =>
        Assert.Equal("{a: 1} {c: 3}", string.Join(' ', YamlReader.Documents(SourceText.From("a: 1\n---\nb: [\n---\nc: 3\n")).Select(Show)));

    [Fact]
    public void Positions_are_exact()
    {
        const string Yaml = "services:\n  app:\n    stop_grace_period: \"10s\" # short\n    command: [ sh, -c ]\n    text: one\n      two\n";
        var service = ((YamlMapping)YamlReader.Documents(SourceText.From(Yaml)).Single()).Mapping("services")!.Mapping("app")!;

        Assert.Equal("\"10s\"", At(Yaml, service["stop_grace_period"]!.Span));
        Assert.Equal("stop_grace_period", At(Yaml, service.Find("stop_grace_period")!.Key.Span));
        Assert.Equal("[ sh, -c ]", At(Yaml, service["command"]!.Span));
        Assert.Equal("-c", At(Yaml, service.Items("command")[1].Span));
        Assert.Equal("one\n      two", At(Yaml, service["text"]!.Span));
        Assert.Equal(Yaml[Yaml.IndexOf("stop", StringComparison.Ordinal)..].TrimEnd(), At(Yaml, service.Span));
    }

    [Fact]
    public void Merged_keys_are_found_and_own_keys_win()
    {
        var root = (YamlMapping)YamlReader.Documents(SourceText.From("x: &x {a: 1, b: 2}\ny: &y {c: 3, b: 4}\nz:\n  <<: [*x, *y]\n  a: 5\n")).Single();
        var merged = root.Mapping("z")!;

        Assert.Equal("5", merged["a"]!.Text);
        Assert.Equal("2", merged["b"]!.Text);
        Assert.Equal("3", merged["c"]!.Text);
        Assert.Null(merged["d"]);
    }

    [Fact]
    public void Deep_nesting_ends()
    {
        Assert.Empty(YamlReader.Documents(SourceText.From(new string('[', 100_000))));
        Assert.Empty(YamlReader.Documents(SourceText.From(string.Concat(Enumerable.Repeat("- ", 10_000)) + "x")));
    }

    [Fact]
    public void Aliases_of_aliases_do_not_explode()
    {
        var yaml = new StringBuilder("a0: &a0 {k: v}\n");
        for (var index = 1; index < 60; index++)
            yaml.Append(System.Globalization.CultureInfo.InvariantCulture, $"a{index}: &a{index} {{<<: [*a{index - 1}, *a{index - 1}]}}\n");

        var root = (YamlMapping)YamlReader.Documents(SourceText.From(yaml.ToString())).Single();

        Assert.Null(root.Mapping("a59")!["missing"]);
    }

    private static string At(string text, TextSpan span) => text.Substring(span.Start, span.Length);

    private static string Show(YamlNode node) => node switch
    {
        YamlScalar { IsNull: true } => "~",
        YamlScalar scalar => scalar.Value,
        YamlSequence sequence => "[" + string.Join(", ", sequence.Items.Select(Show)) + "]",
        YamlMapping mapping => "{" + string.Join(", ", mapping.Entries.Select(it => it.Key.Value + ": " + Show(it.Value))) + "}",
        _ => throw new InvalidOperationException(),
    };
}
