using ShutdownKit.TestKit.Findings;

namespace ShutdownKit.TestKit.Tests.Reports;

public sealed class RunReportTests
{
    [Theory]
    [InlineData(Verdict.Pass, Verdict.Pass)]
    [InlineData(Verdict.Pass, Verdict.Pass, Verdict.Skipped)]
    [InlineData(Verdict.Fail, Verdict.Pass, Verdict.Fail)]
    [InlineData(Verdict.Fail, Verdict.Inconclusive, Verdict.Fail, Verdict.Skipped)]
    [InlineData(Verdict.Inconclusive, Verdict.Pass, Verdict.Inconclusive)]
    [InlineData(Verdict.Inconclusive, Verdict.Skipped, Verdict.Inconclusive)]
    [InlineData(Verdict.Inconclusive, Verdict.Skipped, Verdict.Skipped)]
    [InlineData(Verdict.Inconclusive)]
    public void The_worst_scenario_decides_and_nothing_checked_is_no_pass(Verdict expected, params Verdict[] scenarios) =>
        Assert.Equal(expected, SampleReport.WithVerdicts(scenarios).Verdict);
}
