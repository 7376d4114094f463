using ShutdownKit.TestKit.Engines;

namespace ShutdownKit.TestKit.Tests.Engines;

public sealed class SignalsTests
{
    [Theory]
    [InlineData("SIGTERM", 15)]
    [InlineData("term", 15)]
    [InlineData("15", 15)]
    [InlineData("SIGKILL", 9)]
    [InlineData("SIGQUIT", 3)]
    [InlineData("SIGUSR1", 10)]
    public void A_signal_has_a_number_whichever_way_it_is_written(string name, int number) => Assert.Equal(number, Signals.NumberOf(name));

    [Theory]
    [InlineData("")]
    [InlineData("SIG")]
    [InlineData("SIGNONSENSE")]
    public void What_is_no_signal_has_no_number(string name) => Assert.Null(Signals.NumberOf(name));

    [Theory]
    [InlineData(null, "SIGTERM")]
    [InlineData("", "SIGTERM")]
    [InlineData("quit", "SIGQUIT")]
    [InlineData("3", "SIGQUIT")]
    [InlineData("37", "signal 37")]
    [InlineData("SIGRTMIN+3", "SIGRTMIN+3")]
    public void A_signal_has_one_name(string? written, string name) => Assert.Equal(name, Signals.Normalize(written));
}
