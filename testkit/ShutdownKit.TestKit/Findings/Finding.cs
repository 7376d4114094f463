namespace ShutdownKit.TestKit.Findings;

/// <summary>A failed expectation, with its cause.</summary>
/// <param name="Id">The stable id, <c>SHTnnn</c>; <c>docs/findings</c> has a page for each.</param>
/// <param name="Message">One sentence that names the cause.</param>
/// <param name="Rules">The compile-time rules (<c>SHKnnnn</c>) that catch causes of it; may be empty.</param>
public sealed record Finding(string Id, string Message, IReadOnlyList<string> Rules);

/// <summary>What a scenario comes to.</summary>
public enum Verdict
{
    /// <summary>Everything that was to be checked was checked, and holds.</summary>
    Pass,

    /// <summary>It could not be checked here, for a reason that lies in the machine or in what was asked for.</summary>
    Skipped,

    /// <summary>It was tried, and nothing can be said.</summary>
    Inconclusive,

    /// <summary>An expectation does not hold.</summary>
    Fail,
}
