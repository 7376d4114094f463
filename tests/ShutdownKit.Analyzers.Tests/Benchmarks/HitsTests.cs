using System.Diagnostics;
using ShutdownKit.Analyzers.HostedServices;
using ShutdownKit.Analyzers.Tests.Verifiers;

namespace ShutdownKit.Analyzers.Tests.Benchmarks;

/// <summary>The tool that runs the rules over real code sees what a build sees.</summary>
public sealed class HitsTests
{
#if DEBUG
    private const string Configuration = "Debug";
#else
    private const string Configuration = "Release";
#endif

    /// <summary>The sample with the mistakes is not restored for this, and its Dockerfile is found as the package would find it.</summary>
    [Fact]
    public async Task The_sample_with_the_mistakes_gives_hits_in_code_and_deployment_files()
    {
        var program = Path.Combine(TestReferences.RepositoryRoot, "tests", "ShutdownKit.Benchmarks", "bin", Configuration, "net10.0", "ShutdownKit.Benchmarks.dll");
        Assert.SkipUnless(File.Exists(program), "The benchmarks are not built: build the solution.");

        var (status, output) = await RunAsync(
            program, "hits", Path.Combine(TestReferences.RepositoryRoot, "samples", "LostOrders"),
            "--analyzers", typeof(StopAsyncWithoutBaseAnalyzer).Assembly.Location);

        Assert.Equal(0, status);
        Assert.Matches(@"(?m)^ShippingWorker\.cs\(\d+,\d+\): warning SHK2004: ", output);
        Assert.Matches(@"(?m)^Dockerfile\(\d+,\d+\): warning SHK8001: ", output);
        Assert.Matches(@"(?m)^SHK2004 +1 +1 +0 ", output);
    }

    private static async Task<(int Status, string Output)> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", [program, .. arguments]) { RedirectStandardOutput = true })!;
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, output.ReplaceLineEndings("\n"));
    }
}
