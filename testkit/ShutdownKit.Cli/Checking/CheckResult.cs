namespace ShutdownKit.Cli.Checking;

/// <summary>One compilation that was analysed.</summary>
/// <param name="Project">Full path of the project file.</param>
/// <param name="Framework">Its target framework; empty when the project names none.</param>
internal sealed record CheckedProject(string Project, string Framework);

/// <summary>What a check found.</summary>
/// <param name="Findings">Sorted by file and place, each defect once.</param>
/// <param name="Rules">The rules that reported something, by id.</param>
/// <param name="Suppressed">How many diagnostics the projects suppress themselves.</param>
/// <param name="Problems">Why the check is incomplete; empty when it is complete.</param>
internal sealed record CheckResult(
    CheckTarget Target,
    IReadOnlyList<CheckedProject> Checked,
    IReadOnlyList<CodeFinding> Findings,
    IReadOnlyList<CodeRule> Rules,
    int Suppressed,
    IReadOnlyList<string> Problems,
    TimeSpan Elapsed)
{
    /// <summary>A finding decides; without one, only a complete check is a pass.</summary>
    public ExitStatus Status =>
        Findings.Any(f => f.Level >= FindingLevel.Warning) ? ExitStatus.NotCompliant
        : Problems.Count > 0 ? ExitStatus.Inconclusive
        : ExitStatus.Compliant;
}
