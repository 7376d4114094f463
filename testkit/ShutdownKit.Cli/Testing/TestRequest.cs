using ShutdownKit.Cli.CommandLine;

namespace ShutdownKit.Cli.Testing;

/// <summary>What <c>shutdownkit test</c> was asked to do. Absent values are the test kit's defaults.</summary>
internal sealed record TestRequest
{
    public required string Image { get; init; }

    /// <summary>Replaces the image's command; empty for its own.</summary>
    public required IReadOnlyList<string> Command { get; init; }

    /// <summary>Names of scenarios; empty for all that can be run.</summary>
    public required IReadOnlyList<string> Scenarios { get; init; }

    public required IReadOnlyList<string> Volumes { get; init; }

    public required IReadOnlyList<int> Ports { get; init; }

    public required IReadOnlyList<KeyValuePair<string, string>> Environment { get; init; }

    public required TimeSpan? Grace { get; init; }

    public required TimeSpan? StopBudget { get; init; }

    public required ReadyCondition? Ready { get; init; }

    public required TimeSpan? ReadyTimeout { get; init; }

    public required string? Writer { get; init; }

    public required string? Reader { get; init; }

    /// <summary>The application stores nothing, so that persistence is not judged.</summary>
    public required bool Stateless { get; init; }

    public required IReadOnlyList<int> ExitCodes { get; init; }

    /// <summary>Whether acknowledged writes are meant to survive a power cut, not only the end of the process.</summary>
    public required bool SurvivesPowerLoss { get; init; }

    public required IReadOnlyList<string> DisposablePaths { get; init; }

    public required int? Trials { get; init; }

    public required int? Seed { get; init; }

    public required IReadOnlyList<ReportRequest> Reports { get; init; }

    /// <summary>Print the verdict and the findings only.</summary>
    public required bool Quiet { get; init; }
}
