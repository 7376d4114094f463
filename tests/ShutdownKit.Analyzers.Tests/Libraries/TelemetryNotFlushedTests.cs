using ShutdownKit.Analyzers.CodeFixes.Libraries;
using ShutdownKit.Analyzers.Libraries;
using ShutdownKit.Analyzers.Tests.Verifiers;

namespace ShutdownKit.Analyzers.Tests.Libraries;

public sealed class TelemetryNotFlushedTests
{
    private static RuleTest<TelemetryNotFlushedAnalyzer, TelemetryNotFlushedFix> Test(string body)
    {
        var test = Rule.Of<TelemetryNotFlushedAnalyzer, TelemetryNotFlushedFix>(
            "using Microsoft.ApplicationInsights;\nusing Microsoft.ApplicationInsights.Extensibility;\nusing OpenTelemetry;\nusing OpenTelemetry.Metrics;\nusing OpenTelemetry.Trace;\n\n" + body).AsProgram();
        return test.Using(LibraryStubs.Telemetry);
    }

    [Theory]
    [InlineData("[|Sdk.CreateTracerProviderBuilder|]().AddSource(\"app\").Build();")]
    [InlineData("_ = [|Sdk.CreateMeterProviderBuilder|]().AddMeter(\"app\").Build();")]
    [InlineData("var tracing = [|Sdk.CreateTracerProviderBuilder|]().AddSource(\"app\").Build(); tracing.GetTracer(\"app\");")]
    [InlineData("var client = [|new TelemetryClient(TelemetryConfiguration.CreateDefault())|]; client.TrackEvent(\"up\");")]
    [InlineData("P.Go(); static class P { private static MeterProvider? _metrics; public static void Go() { _metrics = [|Sdk.CreateMeterProviderBuilder|]().AddMeter(\"app\").Build(); } }")]
    public Task Never_flushed(string body) => Test(body).RunAsync();

    [Theory]
    [InlineData("using var tracing = Sdk.CreateTracerProviderBuilder().AddSource(\"app\").Build();")]
    [InlineData("var tracing = Sdk.CreateTracerProviderBuilder().AddSource(\"app\").Build(); try { } finally { tracing?.Dispose(); }")]
    [InlineData("var tracing = Sdk.CreateTracerProviderBuilder().AddSource(\"app\").Build(); tracing.ForceFlush();")]
    [InlineData("new ServiceCollection().AddSingleton(_ => Sdk.CreateTracerProviderBuilder().AddSource(\"app\").Build());")]
    [InlineData("TracerProvider Open() => Sdk.CreateTracerProviderBuilder().AddSource(\"app\").Build(); using var tracing = Open();")]
    [InlineData("var client = new TelemetryClient(TelemetryConfiguration.CreateDefault()); client.TrackEvent(\"up\"); await client.FlushAsync(default);")]
    [InlineData("var client = new TelemetryClient(TelemetryConfiguration.CreateDefault()); client.TrackEvent(\"up\"); Use(client); void Use(object it) { }")]
    public Task Silent_where_it_is_flushed(string body) => Test(body).RunAsync();

    [Fact]
    public Task Fix_disposes_of_the_provider_in_Main() =>
        Test("""
            var tracing = [|Sdk.CreateTracerProviderBuilder|]().AddSource("app").Build();
            tracing.GetTracer("app");
            """)
            .FixedTo("using Microsoft.ApplicationInsights;\nusing Microsoft.ApplicationInsights.Extensibility;\nusing OpenTelemetry;\nusing OpenTelemetry.Metrics;\nusing OpenTelemetry.Trace;\n\n" + """
            using var tracing = Sdk.CreateTracerProviderBuilder().AddSource("app").Build();
            tracing.GetTracer("app");
            """)
            .RunAsync();

    [Fact]
    public Task No_fix_where_the_scope_would_end_too_early() =>
        Test("""
            SetUp();

            static void SetUp()
            {
                var tracing = [|Sdk.CreateTracerProviderBuilder|]().AddSource("app").Build();
                tracing.GetTracer("app");
            }
            """)
            .NotFixed()
            .RunAsync();

    [Fact]
    public Task The_message_tells_what_happens() =>
        Test("{|#0:Sdk.CreateTracerProviderBuilder|}().AddSource(\"app\").Build();")
            .Expecting("SHK7007", 0, "Nothing disposes of this provider: spans, metrics and logs of the last seconds, which it has not exported yet when the process ends, are lost")
            .RunAsync();

    [Theory]
    [InlineData("var tracing = Sdk.CreateTracerProviderBuilder(.Build(; new TelemetryClient(")]
    public Task Broken_code_is_survived(string source) => Test(source).Broken().RunAsync();
}
