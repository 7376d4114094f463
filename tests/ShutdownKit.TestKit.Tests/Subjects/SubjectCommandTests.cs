using ShutdownKit.TestKit.Subjects;

namespace ShutdownKit.TestKit.Tests.Subjects;

public sealed class SubjectCommandTests
{
    public static TheoryData<string, string[]> Words => new()
    {
        { "", [] },
        { "   ", [] },
        { "writer", ["writer"] },
        { "  writer \t --fast\n", ["writer", "--fast"] },
        { "writer 'two words' \"three more words\"", ["writer", "two words", "three more words"] },
        { "writer --name='a b'c", ["writer", "--name=a bc"] },
        { "writer ''", ["writer", ""] },
        { "writer \"it's\"", ["writer", "it's"] },
        { "writer 'un closed", ["writer", "un closed"] },
        { "größe €", ["größe", "€"] },
    };

    [Theory]
    [MemberData(nameof(Words))]
    public void Words_are_separated_by_blanks_and_kept_together_by_quotes(string text, string[] words) =>
        Assert.Equal(words, SubjectCommand.SplitWords(text));

    [Theory]
    [InlineData("write {n}", true)]
    [InlineData("host:write {n}", true)]
    [InlineData("write", false)]
    public void A_command_with_a_placeholder_is_called_once_per_record(string text, bool perRecord) =>
        Assert.Equal(perRecord, SubjectCommand.Parse(text).IsPerRecord);

    [Fact]
    public void The_command_for_a_record_has_no_placeholder() => Assert.False(SubjectCommand.Parse("write {n} {n}").For("7").IsPerRecord);

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("host:")]
    [InlineData("host:  ")]
    public void An_empty_command_is_refused(string text) =>
        Assert.Contains("the command is empty", Assert.Throws<ArgumentException>(() => SubjectCommand.Parse(text)).Message, StringComparison.Ordinal);
}
