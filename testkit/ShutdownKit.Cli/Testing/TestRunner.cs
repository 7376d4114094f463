using ShutdownKit.Cli.Terminal;
using ShutdownKit.TestKit.Engines;
using ShutdownKit.TestKit.Findings;
using ShutdownKit.TestKit.Reports;
using ShutdownKit.TestKit.Scenarios;
using ShutdownKit.TestKit.Subjects;
using Spectre.Console;

namespace ShutdownKit.Cli.Testing;

/// <summary>Carries out <c>shutdownkit test</c>.</summary>
internal sealed class TestRunner(CliConsole console)
{
    private const string PowerLoss = "power-loss";

    /// <summary>Runs the scenarios, prints what they come to, and writes the reports.</summary>
    public async Task<ExitStatus> RunAsync(TestRequest request, CancellationToken cancellationToken)
    {
        var subject = Describe(request);
        var scenarios = request.Scenarios.Count == 0
            ? Scenario.All
            : Scenario.All.Where(s => request.Scenarios.Contains(s.Name)).ToList();
        var view = new ConsoleReport(console, request.Quiet);
        try
        {
            using var engine = await ContainerEngine.ConnectAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
            EngineRequirements.EnsureUsable(engine.Info);
            view.Begin(request.Image, engine.Info);
            var report = await console.ShowProgressAsync(request.Image, status => new ShutdownRunner(engine).RunAsync(
                subject,
                scenarios,
                new RunOptions { Trials = request.Trials ?? 1, Seed = request.Seed },
                new ImmediateProgress<RunProgress>(step => Show(step, status, view)),
                cancellationToken)).ConfigureAwait(false);
            if (request.SurvivesPowerLoss && Scenario.Find(PowerLoss) is null)
                report = report with { Scenarios = [.. report.Scenarios, NotJudged(view)] };

            view.End(report);
            foreach (var file in request.Reports)
                await file.WriteAsync(JsonReport.Write(report)).ConfigureAwait(false);
            return StatusOf(report.Verdict);
        }
        catch (EngineUnavailableException e)
        {
            console.WriteError(e.Message);
            console.Error.WriteLine("'shutdownkit doctor' says what this machine can run.");
            return ExitStatus.NoEngine;
        }
        catch (ImageUnavailableException e)
        {
            console.WriteError(e.Message);
            return ExitStatus.WrongUsage;
        }
    }

    /// <summary>The exit status that a verdict means.</summary>
    public static ExitStatus StatusOf(Verdict verdict) => verdict switch
    {
        Verdict.Pass => ExitStatus.Compliant,
        Verdict.Fail => ExitStatus.NotCompliant,
        _ => ExitStatus.Inconclusive,
    };

    private static void Show(RunProgress step, Action<string> status, ConsoleReport view)
    {
        if (step.Result is { } result)
            view.Add(result);
        else
            status($"{step.Scenario}: {step.Step}");
    }

    // A promise that nothing here can test must not end as a pass.
    private static ScenarioResult NotJudged(ConsoleReport view)
    {
        var result = new ScenarioResult
        {
            Name = PowerLoss,
            Verdict = Verdict.Inconclusive,
            Reason = "this version cannot cut the power yet, so that --durability power is not judged",
            Findings = [],
            Observation = new Observation(),
            Trials = 0,
            FailedTrials = 0,
            Duration = TimeSpan.Zero,
        };
        view.Add(result);
        return result;
    }

    private static Subject Describe(TestRequest request)
    {
        var builder = new SubjectBuilder().FromImage(request.Image).WithCommand([.. request.Command]);
        foreach (var (name, value) in request.Environment)
            builder.WithEnvironment(name, value);
        foreach (var port in request.Ports)
            builder.WithPort(port);
        foreach (var volume in request.Volumes)
            builder.WithVolume(volume);
        foreach (var path in request.DisposablePaths)
            builder.WithDisposable(path);
        foreach (var exitCode in request.ExitCodes)
            builder.AcceptExitCode(exitCode);
        if (request.Grace is { } grace)
            builder.WithGracePeriod(grace);
        if (request.StopBudget is { } budget)
            builder.WithStopBudget(budget);
        if (request.Ready is { } ready)
            builder.ReadyWhen(ProbeOf(ready));
        if (request.ReadyTimeout is { } readyTimeout)
            builder.WithReadyTimeout(readyTimeout);
        if (request is { Writer: { } writer, Reader: { } reader })
            builder.WithWorkload(writer, reader);
        if (request.Stateless)
            builder.StoringNothing();
        if (request.SurvivesPowerLoss)
            builder.WithDurability(DurabilityLevel.Power);
        return builder.Build();
    }

    private static ReadinessProbe ProbeOf(ReadyCondition condition) => condition switch
    {
        ReadyCondition.Log log => LogLine.Matches(log.Pattern),
        ReadyCondition.Http http => Http.Get(http.Port, http.Path),
        ReadyCondition.Tcp tcp => Tcp.Accepts(tcp.Port),
        ReadyCondition.Exec exec => ExecCommand.Succeeds(exec.Command),
        _ => throw new InvalidOperationException($"no probe for {condition}"),
    };

    /// <summary>Reports on the spot, so that the order of what is printed is the order of what happened.</summary>
    private sealed class ImmediateProgress<T>(Action<T> report) : IProgress<T>
    {
        public void Report(T value) => report(value);
    }
}
