using System.Diagnostics;
using System.Globalization;
using Docker.DotNet;
using Docker.DotNet.Models;
using ShutdownKit.TestKit.Engines;
using ShutdownKit.TestKit.Findings;
using ShutdownKit.TestKit.Reports;
using ShutdownKit.TestKit.Subjects;
using ShutdownKit.TestKit.Workloads;

namespace ShutdownKit.TestKit.Scenarios;

/// <summary>What is happening now.</summary>
/// <param name="Scenario">The scenario's name.</param>
/// <param name="Step">What it is doing, in a few words.</param>
/// <param name="Result">Its result, when it has just ended.</param>
public sealed record RunProgress(string Scenario, string Step, ScenarioResult? Result = null);

/// <summary>How a run is to be done.</summary>
public sealed record RunOptions
{
    /// <summary>How often each scenario is run; 1 by default. One failing trial fails the scenario.</summary>
    public int Trials { get; init; } = 1;

    /// <summary>The seed of all that is left to chance; <see langword="null"/> takes one at random and reports it.</summary>
    public int? Seed { get; init; }
}

/// <summary>The image cannot be had.</summary>
public sealed class ImageUnavailableException : Exception
{
    /// <summary>Initializes the exception.</summary>
    /// <param name="image">The image.</param>
    /// <param name="reason">What the engine said.</param>
    /// <param name="innerException">The cause.</param>
    public ImageUnavailableException(string image, string reason, Exception? innerException = null)
        : base($"the engine has no image '{image}', and it could not be pulled: {reason}. Build it first (docker build -t {image} .), or check its name", innerException)
    {
        Image = image;
    }

    /// <summary>The image.</summary>
    public string Image { get; }
}

/// <summary>Runs scenarios on a subject and judges what is observed: Subject, Scenario, Observation, Findings, Verdict, Report.</summary>
public sealed class ShutdownRunner
{
    private static readonly TimeSpan PullTimeout = TimeSpan.FromMinutes(5);
    private readonly ContainerEngine _engine;

    /// <summary>Initializes a runner.</summary>
    /// <param name="engine">The engine to run on. It stays the caller's.</param>
    public ShutdownRunner(ContainerEngine engine)
    {
        ArgumentNullException.ThrowIfNull(engine);
        _engine = engine;
    }

    /// <summary>Runs scenarios one after the other. Nothing that was made for them remains, whatever happens.</summary>
    /// <param name="subject">What is under test.</param>
    /// <param name="scenarios">Which scenarios; <see cref="Scenario.All"/> for all.</param>
    /// <param name="options">How; <see langword="null"/> for the defaults.</param>
    /// <param name="progress">Told what is happening; may be <see langword="null"/>.</param>
    /// <param name="cancellationToken">Ends the run; containers and volumes are still removed.</param>
    /// <returns>The report.</returns>
    /// <exception cref="ImageUnavailableException">The image is not there and cannot be pulled.</exception>
    /// <exception cref="EngineUnavailableException">The engine went away.</exception>
    public async Task<RunReport> RunAsync(
        Subject subject,
        IReadOnlyList<Scenario> scenarios,
        RunOptions? options = null,
        IProgress<RunProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(subject);
        ArgumentNullException.ThrowIfNull(scenarios);
        options ??= new RunOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Trials, 1, nameof(options));
        var seed = options.Seed ?? Random.Shared.Next();
        try
        {
            await RunOwner.RemoveLeftoversAsync(_engine, cancellationToken).ConfigureAwait(false);
            var imageId = await EnsureImageAsync(subject.Image, progress, cancellationToken).ConfigureAwait(false);
            var results = new List<ScenarioResult>();
            ScenarioResult? neverReady = null;
            foreach (var scenario in scenarios)
            {
                // Each scenario begins with the same start; waiting for it once more, a minute each time, would say nothing new.
                var result = neverReady is null
                    ? await RunTrialsAsync(scenario, subject, options.Trials, seed, progress, cancellationToken).ConfigureAwait(false)
                    : neverReady with { Name = scenario.Name, Trials = 0, Duration = TimeSpan.Zero, Reason = $"as for '{neverReady.Name}': {neverReady.Reason}" };
                neverReady ??= result.Observation.NeverReady ? result : null;
                results.Add(result);
                progress?.Report(new RunProgress(scenario.Name, "done", result));
            }

            if (subject.Durability == DurabilityLevel.Power)
            {
                results.Add(PowerLossNotChecked());
            }

            return new RunReport { Engine = _engine.Info, Image = subject.Image, ImageId = imageId, Seed = seed, Scenarios = results };
        }
        catch (Exception exception) when (exception is HttpRequestException or System.Net.Sockets.SocketException)
        {
            throw new EngineUnavailableException("the engine went away: " + exception.Message, exception);
        }
    }

    // A claim that is not checked is said to be unchecked.
    private static ScenarioResult PowerLossNotChecked() => new()
    {
        Name = "power-loss",
        Verdict = Verdict.Skipped,
        Reason = "the application is meant to survive a power cut, and this version cannot cut the power",
        Findings = [],
        Observation = new Observation(),
        Trials = 0,
        FailedTrials = 0,
        Duration = TimeSpan.Zero,
    };

    private static Verdict VerdictOf(Observation observation, IReadOnlyList<Finding> findings) =>
        findings.Count > 0 ? Verdict.Fail
        : observation.Inconclusive is not null ? Verdict.Inconclusive
        : observation.NotChecked is not null ? Verdict.Skipped
        : Verdict.Pass;

    private static string? ReasonOf(Verdict verdict, Observation observation, Subject subject) => verdict switch
    {
        Verdict.Skipped => observation.NotChecked,
        Verdict.Pass when subject is { Workload: null, Stateless: false } => "persistence was not checked: there is no writer and reader",
        _ => observation.Inconclusive,
    };

    private async Task<ScenarioResult> RunTrialsAsync(
        Scenario scenario, Subject subject, int trials, int seed, IProgress<RunProgress>? progress, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        ScenarioResult? worst = null;
        var failed = 0;
        var ran = 0;
        for (var trial = 0; trial < trials; trial++)
        {
            var prefix = trials > 1 ? $"trial {trial + 1} of {trials}: " : string.Empty;
            void Say(string step) => progress?.Report(new RunProgress(scenario.Name, prefix + step));

            // Each trial has a chance of its own, that depends on nothing but the seed, the scenario and its number.
            var random = new Random(HashCode(seed, scenario.Order, trial));
            var observation = await ObserveAsync(scenario, subject, random, Say, cancellationToken).ConfigureAwait(false);
            var findings = FindingDefinition.JudgeAll(observation, subject);
            var verdict = VerdictOf(observation, findings);
            failed += verdict == Verdict.Fail ? 1 : 0;
            if (worst is null || verdict > worst.Verdict || (verdict == worst.Verdict && verdict != Verdict.Fail))
            {
                worst = new ScenarioResult
                {
                    Name = scenario.Name,
                    Verdict = verdict,
                    Reason = ReasonOf(verdict, observation, subject),
                    Findings = findings,
                    Observation = observation,
                    Trials = trials,
                    FailedTrials = 0,
                    Duration = TimeSpan.Zero,
                };
            }

            ran++;
            if (observation.NeverReady)
            {
                break;
            }
        }

        return worst! with { Trials = ran, FailedTrials = failed, Duration = clock.Elapsed };
    }

    private async Task<Observation> ObserveAsync(
        Scenario scenario, Subject subject, Random random, Action<string> say, CancellationToken cancellationToken)
    {
        var observation = new Observation();
        try
        {
            await scenario.RunAsync(new ScenarioContext(_engine, subject, random, say), observation, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is SubjectNotReadyException or WorkloadException or ContainerGoneException or VerbRefusedException or TimeoutException)
        {
            observation.Inconclusive = exception.Message;
        }
        catch (DockerApiException exception)
        {
            observation.Inconclusive = "the engine could not do what the scenario needs: " + ContainerEngine.AnswerOf(exception);
        }

        return observation;
    }

    private async Task<string> EnsureImageAsync(string image, IProgress<RunProgress>? progress, CancellationToken cancellationToken)
    {
        try
        {
            return (await _engine.Client.Images.InspectImageAsync(image, cancellationToken).ConfigureAwait(false)).ID;
        }
        catch (DockerImageNotFoundException)
        {
            progress?.Report(new RunProgress("image", "pulling " + image));
        }

        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(PullTimeout);
        try
        {
            string? failure = null;
            await _engine.Client.Images.CreateImageAsync(
                new ImagesCreateParameters { FromImage = image.Contains('@', StringComparison.Ordinal) || image.LastIndexOf(':') > image.LastIndexOf('/') ? image : image + ":latest" },
                authConfig: null,
                new Progress<JSONMessage>(message => failure = message.Error?.Message ?? failure),
                timeout.Token).ConfigureAwait(false);
            return (await _engine.Client.Images.InspectImageAsync(image, timeout.Token).ConfigureAwait(false)).ID;
        }
        catch (DockerApiException exception)
        {
            throw new ImageUnavailableException(image, ContainerEngine.AnswerOf(exception), exception);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ImageUnavailableException(
                image, string.Create(CultureInfo.InvariantCulture, $"the registry did not deliver it within {PullTimeout.TotalMinutes:0} minutes"), exception);
        }
    }

    // System.HashCode is different in each process; a seed must not be.
    private static int HashCode(int seed, int order, int trial) => unchecked((((seed * 397) ^ order) * 397) ^ trial);
}
