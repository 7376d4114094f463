using ShutdownKit.Cli.Terminal;

namespace ShutdownKit.Cli.Tests.Terminal;

public sealed class DurationsTests
{
    [Theory]
    [InlineData("500ms", 500)]
    [InlineData("10s", 10_000)]
    [InlineData("1.5s", 1_500)]
    [InlineData("2m", 120_000)]
    [InlineData("1h", 3_600_000)]
    [InlineData("0s", 0)]
    public void Reads_what_people_write(string text, double milliseconds)
    {
        Assert.True(Durations.TryParse(text, out var duration));
        Assert.Equal(milliseconds, duration.TotalMilliseconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("10")]
    [InlineData("s")]
    [InlineData("-1s")]
    [InlineData("1 s")]
    [InlineData("1e9s")]
    [InlineData("1,5s")]
    [InlineData("25h")]
    [InlineData("NaNs")]
    [InlineData("10S")]
    public void Refuses_the_rest(string text) => Assert.False(Durations.TryParse(text, out _));

    [Theory]
    [InlineData(640, "640 ms")]
    [InlineData(4_230, "4.2 s")]
    [InlineData(120_000, "2 min")]
    [InlineData(125_000, "2 min 5 s")]
    public void Says_it_as_people_do(double milliseconds, string text) => Assert.Equal(text, Durations.Format(TimeSpan.FromMilliseconds(milliseconds)));
}
