namespace ShutdownKit.Claims.Tests;

/// <summary>What the measurements say about a statement.</summary>
public enum Verdict
{
    /// <summary>Every observation confirms it.</summary>
    True,

    /// <summary>Every observation contradicts it.</summary>
    False,

    /// <summary>It depends: some observations confirm it, others contradict it.</summary>
    Conditional,
}

/// <summary>Something that was measured.</summary>
/// <param name="Confirms">Whether it confirms the statement; <see langword="null"/> where it only explains.</param>
/// <param name="Evidence">What was done and what came of it, in words that the next run repeats.</param>
public sealed record Observation(bool? Confirms, string Evidence);

/// <summary>A statement about an engine's verbs, and what was measured to prove or refute it. The verdict follows from the observations.</summary>
public sealed class Claim(string id, string statement)
{
    private readonly List<Observation> _observations = [];

    public string Id { get; } = id;

    public string Statement { get; } = statement;

    public IReadOnlyList<Observation> Observations => _observations;

    public Verdict Verdict =>
        !_observations.Any(o => o.Confirms is not null) ? throw new InvalidOperationException($"{Id}: nothing was measured")
        : _observations.All(o => o.Confirms != false) ? Verdict.True
        : _observations.All(o => o.Confirms != true) ? Verdict.False
        : Verdict.Conditional;

    /// <summary>Records a measurement that decides: the statement holds here, or it does not.</summary>
    public void Observe(bool holds, string evidence) => _observations.Add(new Observation(holds, evidence));

    /// <summary>Records a measurement that explains the others.</summary>
    public void Note(string evidence) => _observations.Add(new Observation(null, evidence));
}
