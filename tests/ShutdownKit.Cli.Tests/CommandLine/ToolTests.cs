using ShutdownKit.Cli.Tests.Support;

namespace ShutdownKit.Cli.Tests.CommandLine;

/// <summary>The executable itself, where no engine is needed.</summary>
public sealed class ToolTests
{
    private static readonly string Folder = Path.GetTempPath();

    [Fact]
    public async Task Without_arguments_it_explains_itself()
    {
        var run = (await Tool.RunAsync(Folder)).AssertStatus(ExitStatus.Compliant);

        foreach (var text in (string[])["check", "test", "doctor", "Examples:", "Exit status:"])
            Assert.Contains(text, run.Output, StringComparison.Ordinal);
        foreach (var later in (string[])["gate", "init", "clean"])
            Assert.DoesNotContain($"  {later} ", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("check")]
    [InlineData("test")]
    [InlineData("doctor")]
    public async Task Each_command_has_its_help(string command)
    {
        var run = (await Tool.RunAsync(Folder, command, "--help")).AssertStatus(ExitStatus.Compliant);

        Assert.Contains($"shutdownkit {command}", run.Output, StringComparison.Ordinal);
        Assert.Empty(run.Error);
    }

    [Fact]
    public async Task It_knows_its_version()
    {
        var run = (await Tool.RunAsync(Folder, "--version")).AssertStatus(ExitStatus.Compliant);

        Assert.Matches(@"^\d+\.\d+\.\d+", run.Output);
    }

    [Theory]
    [InlineData("explode", "'shutdownkit' knows no 'explode'")]
    [InlineData("gate", "'shutdownkit' knows no 'gate'")]
    public async Task An_unknown_command_is_wrong_usage(string command, string reason)
    {
        var run = (await Tool.RunAsync(Folder, command)).AssertStatus(ExitStatus.WrongUsage);

        Assert.StartsWith($"error: {reason}", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("test", "shop:dev", "--stateless")]
    [InlineData("doctor")]
    public async Task Without_an_engine_the_status_says_so(params string[] arguments)
    {
        using var process = Tool.Start(Folder, arguments, ("DOCKER_HOST", "unix:///nowhere/docker.sock"));
        var run = (await Tool.WaitAsync(process)).AssertStatus(ExitStatus.NoEngine);

        Assert.Contains("unix:///nowhere/docker.sock", run.Output + run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_to_check_is_wrong_usage()
    {
        var empty = Directory.CreateTempSubdirectory("shutdownkit-empty-");
        try
        {
            var run = (await Tool.RunAsync(empty.FullName, "check")).AssertStatus(ExitStatus.WrongUsage);

            Assert.Contains("holds no C# project", run.Error, StringComparison.Ordinal);
        }
        finally
        {
            empty.Delete();
        }
    }
}
