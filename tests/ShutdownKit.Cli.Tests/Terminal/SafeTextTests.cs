using ShutdownKit.Cli.Terminal;

namespace ShutdownKit.Cli.Tests.Terminal;

public sealed class SafeTextTests
{
    [Theory]
    [InlineData("plain ünïcode 漢", "plain ünïcode 漢")]
    [InlineData("\u001b[31mred\u001b]0;title\u0007", "\\x1b[31mred\\x1b]0;title\\x07")]
    [InlineData("\u009b2J", "\\x9b2J")]
    [InlineData("a\r\nb\tc", "a\\r\\nb c")]
    [InlineData("abc\u202edcba", "abc\\u202edcba")]
    [InlineData(null, "")]
    public void Control_characters_become_visible(string? text, string expected) => Assert.Equal(expected, SafeText.Of(text));

    [Fact]
    public void Lines_can_be_kept() => Assert.Equal("a\nb\\x1bc", SafeText.Of("a\nb\u001bc", keepLines: true));
}
