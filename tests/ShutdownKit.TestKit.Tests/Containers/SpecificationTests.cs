using System.Diagnostics;
using ShutdownKit.TestKit.Subjects;
using ShutdownKit.TestKit.Xunit;

namespace ShutdownKit.TestKit.Tests.Containers;

/// <summary>A user's specification of an application that does everything right: four ordinary tests that pass.</summary>
[Trait("Category", "Engine")]
public sealed class WellBehavedSpecification : ShutdownSpecification
{
    protected override void Configure(SubjectBuilder app)
    {
        ArgumentNullException.ThrowIfNull(app);
        app.FromImage(ShellApp.Image)
            .WithCommand("/bin/sh", "-c", ShellApp.WellBehaved)
            .WithVolume("/data")
            .WithGracePeriod(ShellApp.Grace)
            .WithWorkload(ShellApp.Writer, ShellApp.Reader);
    }
}

/// <summary>Specifications that do not pass: run only by <see cref="SpecificationTests"/>, which looks at what they say.</summary>
[Trait("Category", "Engine")]
public abstract class ExplicitSpecification : ShutdownSpecification
{
    [Fact(Explicit = true)]
    public override Task Stop() => base.Stop();

    [Fact(Explicit = true)]
    public override Task Pause() => base.Pause();

    [Fact(Explicit = true)]
    public override Task Kill() => base.Kill();

    [Fact(Explicit = true)]
    public override Task Remove() => base.Remove();

    protected static SubjectBuilder Running(SubjectBuilder app, string script)
    {
        ArgumentNullException.ThrowIfNull(app);
        return app.FromImage(ShellApp.Image).WithCommand("/bin/sh", "-c", script).WithGracePeriod(ShellApp.Grace);
    }
}

public sealed class StubbornSpecification : ExplicitSpecification
{
    protected override void Configure(SubjectBuilder app) => Running(app, "while :; do sleep 0.2; done");
}

public sealed class SilentWriterSpecification : ExplicitSpecification
{
    protected override void Configure(SubjectBuilder app) => Running(app, ShellApp.WellBehaved).WithWorkload("true", "true");
}

/// <summary>What a specification that does not pass tells its author, through the xUnit runner.</summary>
[Trait("Category", "Engine")]
public sealed class SpecificationTests
{
    [Fact(Timeout = EngineFixture.Timeout)]
    public async Task A_finding_fails_its_test_with_its_cause_its_rules_and_the_seed()
    {
        var (exitCode, output, results) = await RunAsync(nameof(StubbornSpecification), "Stop");

        Assert.NotEqual(0, exitCode);
        Assert.Contains("SHT101: SIGTERM reached '/bin/sh -c while :; do sleep 0.2; done' (PID 1), which has no handler for it", output, StringComparison.Ordinal);
        Assert.Contains("caught at compile time by SHK1001, SHK1002", output, StringComparison.Ordinal);
        Assert.Matches(@"\(seed [0-9]+\)", output);
        Assert.Contains("Total: 1, Errors: 0, Failed: 1", output, StringComparison.Ordinal);
        Assert.Contains("shutdownkit-stop.json", results, StringComparison.Ordinal);
    }

    [Fact(Timeout = EngineFixture.Timeout)]
    public async Task What_could_not_be_judged_fails_too()
    {
        var (exitCode, output, _) = await RunAsync(nameof(SilentWriterSpecification), "Kill");

        Assert.NotEqual(0, exitCode);
        Assert.Contains("inconclusive: the writer ended with exit status 0 and acknowledged nothing", output, StringComparison.Ordinal);
        Assert.Contains("Failed: 1", output, StringComparison.Ordinal);
    }

    [Fact(Timeout = EngineFixture.Timeout)]
    public async Task What_cannot_be_checked_is_skipped_with_its_reason()
    {
        // Without a writer and a reader nothing says whether data survives a kill.
        var (exitCode, output, _) = await RunAsync(nameof(StubbornSpecification), "Kill");

        Assert.Equal(0, exitCode);
        Assert.Contains("[SKIP]", output, StringComparison.Ordinal);
        Assert.Contains("without a writer and a reader nothing says whether its data survived", output, StringComparison.Ordinal);
        Assert.Contains("Failed: 0, Skipped: 1", output, StringComparison.Ordinal);
    }

    /// <summary>Runs one explicit test of this assembly in a process of its own.</summary>
    private static async Task<(int ExitCode, string Output, string Results)> RunAsync(string specification, string test)
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var results = Path.Combine(Path.GetTempPath(), $"shutdownkit-{Guid.NewGuid():N}.xml");
        var executable = Path.ChangeExtension(typeof(SpecificationTests).Assembly.Location, OperatingSystem.IsWindows() ? ".exe" : null);
        var start = new ProcessStartInfo(
            executable, ["-noColor", "-noAutoReporters", "-explicit", "only", "-method", $"*.{specification}.{test}", "-result-xml", results])
        {
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;
        try
        {
            var output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            return (process.ExitCode, output, await File.ReadAllTextAsync(results, cancellationToken));
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }

            File.Delete(results);
        }
    }
}
