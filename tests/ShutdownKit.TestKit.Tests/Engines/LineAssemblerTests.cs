using System.Text;
using ShutdownKit.TestKit.Engines;

namespace ShutdownKit.TestKit.Tests.Engines;

public sealed class LineAssemblerTests
{
    private readonly List<string> _lines = [];
    private readonly LineReader.LineAssembler _assembler;

    public LineAssemblerTests() => _assembler = new LineReader.LineAssembler(_lines.Add);

    [Fact]
    public void Lines_are_handed_over_as_they_end()
    {
        Add("one\ntw");
        Assert.Equal(["one"], _lines);

        Add("o\nthree\n");
        Assert.Equal(["one", "two", "three"], _lines);
    }

    [Fact]
    public void What_was_cut_off_in_the_middle_of_a_line_is_no_acknowledgement()
    {
        Add("record-1\nrecord-2");

        _assembler.Complete(dropUnterminated: true);

        Assert.Equal(["record-1"], _lines);
    }

    [Fact]
    public void The_last_words_of_a_log_count_without_an_end_of_line()
    {
        Add("starting\nout of memory");

        _assembler.Complete();

        Assert.Equal(["starting", "out of memory"], _lines);
    }

    [Fact]
    public void Completing_after_an_end_of_line_adds_nothing()
    {
        Add("one\n");

        _assembler.Complete();

        Assert.Equal(["one"], _lines);
    }

    [Fact]
    public void A_carriage_return_belongs_to_the_end_of_the_line()
    {
        Add("one\r\ntwo\r");
        Add("\nth\rree\n");

        Assert.Equal(["one", "two", "th\rree"], _lines);
    }

    [Fact]
    public void Empty_lines_are_lines()
    {
        Add("\n\nx\n");

        Assert.Equal(["", "", "x"], _lines);
    }

    [Fact]
    public void A_character_that_arrives_in_pieces_is_whole()
    {
        foreach (var b in Encoding.UTF8.GetBytes("größe-€-😀\n"))
        {
            _assembler.Add([b]);
        }

        Assert.Equal(["größe-€-😀"], _lines);
    }

    [Fact]
    public void Bytes_that_are_no_text_become_replacement_characters()
    {
        _assembler.Add([0xff, (byte)'a', (byte)'\n']);

        Assert.Equal(["\uFFFDa"], _lines);
    }

    [Fact]
    public void A_line_without_an_end_does_not_fill_the_memory()
    {
        for (var i = 0; i < 100; i++)
        {
            Add(new string('x', 1000));
        }

        Add("\nnext\n");

        Assert.Equal(2, _lines.Count);
        Assert.Equal(4096, _lines[0].Length);
        Assert.Equal("next", _lines[1]);
    }

    private void Add(string text) => _assembler.Add(Encoding.UTF8.GetBytes(text));
}
