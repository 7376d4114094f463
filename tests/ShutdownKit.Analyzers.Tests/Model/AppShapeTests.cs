using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using ShutdownKit.Analyzers.Exits;
using ShutdownKit.Analyzers.Tests.Verifiers;

namespace ShutdownKit.Analyzers.Tests.Model;

/// <summary>What the rules take a project for.</summary>
public sealed class AppShapeTests
{
    private const string Worker = """
        class Worker : BackgroundService
        {
            protected override Task ExecuteAsync(CancellationToken stoppingToken)
            {
                [|Environment.Exit(1)|];
                return Task.CompletedTask;
            }
        }
        """;

    /// <summary>Directory.Build.props says false for the whole repository, and the test projects do not contradict.</summary>
    [Theory]
    [InlineData("nunit.framework")]
    [InlineData("xunit.v3.core")]
    public Task A_project_that_references_a_test_framework_is_one_whatever_the_property_says(string framework)
    {
        var test = Rule.Of<EnvironmentExitUnderHostAnalyzer>(Worker.Replace("[|", "", StringComparison.Ordinal).Replace("|]", "", StringComparison.Ordinal))
            .WithProperty("IsTestProject", "false");
        test.TestState.AdditionalReferences.Add(CSharpCompilation.Create(framework).ToMetadataReference());
        return test.RunAsync();
    }

    /// <summary>Without a test framework the property is all there is.</summary>
    [Fact]
    public Task A_project_that_references_no_test_framework_is_none() =>
        Rule.Of<EnvironmentExitUnderHostAnalyzer>(Worker).WithProperty("IsTestProject", "false").RunAsync();
}
