using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Testing;
using ShutdownKit.Analyzers.HostedServices;
using ShutdownKit.Analyzers.Tests.Verifiers;

namespace ShutdownKit.Analyzers.Tests.HostedServices;

public sealed class IgnoredWorkerFailureTests
{
    [Theory]
    [InlineData("services.Configure<HostOptions>(options => options.BackgroundServiceExceptionBehavior = {|#0:BackgroundServiceExceptionBehavior.Ignore|});")]
    [InlineData("services.Configure<HostOptions>(options => { options.ServicesStopConcurrently = true; options.BackgroundServiceExceptionBehavior = {|#0:Microsoft.Extensions.Hosting.BackgroundServiceExceptionBehavior.Ignore|}; });")]
    [InlineData("services.AddSingleton(new HostOptions { BackgroundServiceExceptionBehavior = {|#0:BackgroundServiceExceptionBehavior.Ignore|} });")]
    public Task Ignore_is_chosen(string code) =>
        Rule.Of<IgnoredWorkerFailureAnalyzer>(Setup(code))
            .Expecting("SHK2014", 0,
                "A background service that fails is not started again and the program goes on without it: no container restart, no exit code tells of it",
                DiagnosticSeverity.Info)
            .RunAsync();

    [Theory]
    [InlineData("services.Configure<HostOptions>(options => options.BackgroundServiceExceptionBehavior = BackgroundServiceExceptionBehavior.StopHost);")]
    [InlineData("services.Configure<HostOptions>(options => { if (options.BackgroundServiceExceptionBehavior == BackgroundServiceExceptionBehavior.Ignore) throw new InvalidOperationException(); });")]
    public Task Silent_otherwise(string code) => Rule.Of<IgnoredWorkerFailureAnalyzer>(Setup(code)).RunAsync();

    [Fact]
    public async Task Broken_code_is_survived()
    {
        var test = Rule.Of<IgnoredWorkerFailureAnalyzer>("class C { void M(HostOptions o) { o.BackgroundServiceExceptionBehavior = BackgroundServiceExceptionBehavior.; } }").Broken();
        test.TestBehaviors |= TestBehaviors.SkipGeneratedCodeCheck;
        test.DisabledDiagnostics.Add("SHK2014");
        await test.RunAsync();
    }

    private static string Setup(string code) => $$"""
        public static class Setup
        {
            public static void Add(IServiceCollection services)
            {
                {{code}}
            }
        }
        """;
}
