using System.Diagnostics;

namespace ShutdownKit.Package.Tests.Support;

/// <summary>What a <c>dotnet</c> command printed, and how it ended.</summary>
internal sealed record DotnetRun(string Command, int Status, string Output)
{
    /// <summary>Fails with all that was printed when the command failed.</summary>
    public DotnetRun AssertSucceeded()
    {
        Assert.True(Status == 0, $"'{Command}' ended with exit status {Status}:\n{Output}");
        return this;
    }
}

/// <summary>Runs <c>dotnet</c> as a user does in a fresh shell, with an end in any case.</summary>
internal static class DotnetCommand
{
    // Far above what any command needs, also on a busy machine.
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

    public static async Task<DotnetRun> RunAsync(string folder, IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        var command = "dotnet " + string.Join(' ', arguments);
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") is { Length: > 0 } host ? host : "dotnet")
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);

        // A test run is itself a child of the SDK, and inherits settings that are meant for that one.
        foreach (var name in start.Environment.Keys.Where(key => key.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToList())
            start.Environment.Remove(name);
        // No server outlives the command.
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0";
        start.Environment["UseSharedCompilation"] = "false";
        start.Environment["DOTNET_CLI_UI_LANGUAGE"] = "en";
        start.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";
        start.Environment["DOTNET_NOLOGO"] = "1";
        start.Environment["DOTNET_SKIP_WORKLOAD_INTEGRITY_CHECK"] = "1";
        foreach (var (name, value) in environment)
            start.Environment[name] = value;

        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        var error = process.StandardError.ReadToEndAsync(CancellationToken.None);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Limit);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None);
            throw new TimeoutException($"'{command}' was given up after {Limit}:\n{await output}\n{await error}");
        }

        return new DotnetRun(command, process.ExitCode, await output + await error);
    }
}
