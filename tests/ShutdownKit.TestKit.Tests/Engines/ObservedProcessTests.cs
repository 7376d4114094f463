using ShutdownKit.TestKit.Engines;

namespace ShutdownKit.TestKit.Tests.Engines;

public sealed class ObservedProcessTests
{
    [Theory]
    [InlineData("/bin/sh -c ./app", "sh", true, true)]
    [InlineData("/bin/busybox sh /run.sh", "busybox", true, true)]
    [InlineData("-bash", "bash", true, true)]
    [InlineData("npm run start", "npm", false, true)]
    [InlineData("/usr/local/bin/runuser -u app -- ./app", "runuser", false, true)]
    [InlineData("/app/orders --urls http://+:8080", "orders", false, false)]
    [InlineData("dotnet orders.dll", "dotnet", false, false)]
    public void A_process_is_known_by_its_program(string commandLine, string program, bool shell, bool wrapper)
    {
        var process = new ObservedProcess(1, 0, commandLine, HandlesStopSignal: null);

        Assert.Equal((program, shell, wrapper), (process.Program, process.IsShell, process.IsShellOrWrapper));
    }
}
