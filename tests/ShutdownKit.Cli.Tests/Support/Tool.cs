using System.Diagnostics;

namespace ShutdownKit.Cli.Tests.Support;

/// <summary>What a run of the tool printed, and how it ended.</summary>
internal sealed record ToolRun(int Status, string Output, string Error)
{
    /// <summary>Fails with all that was printed when the exit status is another.</summary>
    public ToolRun AssertStatus(ExitStatus expected)
    {
        Assert.True(Status == (int)expected, $"expected {expected}, got {Status}\n--- output\n{Output}\n--- error\n{Error}");
        return this;
    }
}

/// <summary>The tool as its users run it: a process of its own.</summary>
internal static class Tool
{
    private static readonly string Assembly = Path.Combine(AppContext.BaseDirectory, "shutdownkit.dll");

    public static async Task<ToolRun> RunAsync(string folder, params string[] arguments)
    {
        using var process = Start(folder, arguments);
        return await WaitAsync(process);
    }

    public static Process Start(string folder, params string[] arguments) => Start(folder, arguments, []);

    public static Process Start(string folder, string[] arguments, params (string Name, string Value)[] environment)
    {
        // A test run in a shell's background ignores Ctrl+C, and hands that on to all it starts; the tool is to be interrupted all the same.
        string[] command = OperatingSystem.IsLinux() ? ["env", "--default-signal=INT", "dotnet", Assembly] : ["dotnet", Assembly];
        var start = new ProcessStartInfo(command[0])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var word in command.Skip(1))
            start.ArgumentList.Add(word);
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        return Process.Start(start)!;
    }

    public static async Task<ToolRun> WaitAsync(Process process)
    {
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return new ToolRun(process.ExitCode, await output, await error);
    }

    public static async Task SignalAsync(Process process, string signal)
    {
        using var kill = Process.Start("kill", ["-s", signal, $"{process.Id}"]);
        await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
    }
}
