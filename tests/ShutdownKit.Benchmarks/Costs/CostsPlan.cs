using ShutdownKit.Benchmarks.CodeBases;

namespace ShutdownKit.Benchmarks.Costs;

/// <summary>What one child process measures: one pack on one set of projects.</summary>
/// <param name="Assemblies">The pack's assemblies; empty for a baseline.</param>
/// <param name="Baseline">A type of <see cref="Baselines"/>, where no pack is measured.</param>
/// <param name="Measured">The paths of the projects that are measured.</param>
/// <param name="Projects">These and those that they refer to.</param>
/// <param name="Rounds">How often.</param>
/// <param name="WholeBuild">Whether to measure what a whole build costs, too, and not only callbacks.</param>
internal sealed record CostsPlan(string[] Assemblies, string? Baseline, string[] Measured, ProjectModel[] Projects, int Rounds, bool WholeBuild);

/// <summary>What the child found, in milliseconds: medians of the rounds.</summary>
/// <param name="Lines">Lines of source.</param>
/// <param name="Rules">Rules that are on by default and not hidden.</param>
/// <param name="Parse">Parsing, wall-clock.</param>
/// <param name="Bind">Binding everything without analyzers, wall-clock.</param>
/// <param name="Callbacks">All callbacks of the pack together, wall-clock.</param>
/// <param name="OfBinding">The callbacks as a ratio to binding: the median of each round's own ratio, since other work on the machine slows both down.</param>
/// <param name="ByAnalyzer">The callbacks of each analyzer, by the ids of its rules.</param>
/// <param name="PlainBuild">CPU time of parsing and binding without analyzers.</param>
/// <param name="AnalyzedBuild">CPU time of the same with the pack.</param>
/// <param name="Exceptions">Exceptions that analyzers threw.</param>
internal sealed record CostsResult(
    long Lines, int Rules, double Parse, double Bind, double Callbacks, double OfBinding, Dictionary<string, double> ByAnalyzer,
    double PlainBuild, double AnalyzedBuild, string[] Exceptions);
