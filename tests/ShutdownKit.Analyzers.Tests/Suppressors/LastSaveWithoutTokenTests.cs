using System.Collections.Immutable;
using System.Reflection;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using ShutdownKit.Analyzers.Suppressors;
using ShutdownKit.Analyzers.Tests.Durability;
using ShutdownKit.Analyzers.Tests.Verifiers;

namespace ShutdownKit.Analyzers.Tests.Suppressors;

public sealed class LastSaveWithoutTokenTests
{
    private const string LastSave = """
        while (!stoppingToken.IsCancellationRequested)
            await StepAsync(stoppingToken);
        await File.WriteAllTextAsync("state.json", _state);
        """;

    private const string SaveInLoop = """
        while (!stoppingToken.IsCancellationRequested)
            await File.WriteAllTextAsync("state.json", _state);
        """;

    [Theory]
    [InlineData("CA2016")]
    [InlineData("MA0040")]
    [InlineData("S8949")]
    public async Task The_last_save_is_silenced(string id)
    {
        var reported = await ReportAsync(SaveWithCancelledTokenTests.Worker(LastSave), new AskForToken(id));

        Assert.All(reported, diagnostic => Assert.True(diagnostic.IsSuppressed));
        Assert.Single(reported);
    }

    [Theory]
    [InlineData("""try { await StepAsync(stoppingToken); } finally { await File.WriteAllTextAsync("s", _state); }""")]
    [InlineData("""try { await StepAsync(stoppingToken); } catch (OperationCanceledException) { await File.WriteAllTextAsync("s", _state); }""")]
    [InlineData("""while (!stoppingToken.IsCancellationRequested) { } await SaveAsync();""")]
    public async Task So_is_each_save_to_which_cancellation_leads(string body)
    {
        var source = SaveWithCancelledTokenTests.Worker(body, """
            private Task SaveAsync(CancellationToken token = default) => File.WriteAllTextAsync("s", _state, token);
            """);
        var reported = await ReportAsync(source, new AskForToken("CA2016"));

        Assert.True(Assert.Single(reported, diagnostic => diagnostic.Location.SourceTree!.ToString().Contains("stoppingToken", StringComparison.Ordinal)).IsSuppressed);
    }

    [Theory]
    [InlineData(SaveInLoop)]
    [InlineData("""try { await StepAsync(stoppingToken); } catch (OperationCanceledException) { } await File.WriteAllTextAsync("s", _state);""")]
    [InlineData("""while (!stoppingToken.IsCancellationRequested) { } await Task.Delay(10);""")]
    [InlineData("""await File.WriteAllTextAsync("s", _state);""")]
    public async Task Other_calls_are_not(string body)
    {
        var reported = await ReportAsync(SaveWithCancelledTokenTests.Worker(body), new AskForToken("CA2016"));

        Assert.False(Assert.Single(reported).IsSuppressed);
    }

    [Fact]
    public async Task A_deadline_at_hand_is_worth_passing_on()
    {
        var reported = await ReportAsync("""
            public sealed class Worker : IHostedService
            {
                private readonly CancellationTokenSource _cts = new();
                public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;
                public async Task StopAsync(CancellationToken cancellationToken)
                {
                    _cts.Cancel();
                    await File.WriteAllTextAsync("s", _cts.ToString());
                }
            }
            """, new AskForToken("CA2016"));

        Assert.False(Assert.Single(reported).IsSuppressed);
    }

    [Theory]
    [InlineData(LastSave, true)]
    [InlineData(SaveInLoop, false)]
    public async Task The_SDKs_own_rule_is_silenced_at_the_last_save_only(string body, bool suppressed)
    {
        var directory = typeof(LastSaveWithoutTokenTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(attribute => attribute.Key == "SdkAnalyzers").Value!;
        var sdk = Assembly.LoadFrom(Path.Combine(directory, "Microsoft.CodeAnalysis.CSharp.NetAnalyzers.dll"));
        var forwardToken = (DiagnosticAnalyzer)Activator.CreateInstance(
            sdk.GetType("Microsoft.NetCore.CSharp.Analyzers.Runtime.CSharpForwardCancellationTokenToInvocationsAnalyzer", throwOnError: true)!)!;

        var reported = await ReportAsync(SaveWithCancelledTokenTests.Worker(body), forwardToken);

        Assert.Equal(suppressed, Assert.Single(reported).IsSuppressed);
    }

    [Fact]
    public async Task It_can_be_switched_off()
    {
        var reported = await ReportAsync(
            SaveWithCancelledTokenTests.Worker(LastSave), new AskForToken("CA2016"), noWarn: LastSaveWithoutToken.Id);

        Assert.False(Assert.Single(reported).IsSuppressed);
    }

    private static async Task<ImmutableArray<Diagnostic>> ReportAsync(string source, DiagnosticAnalyzer neighbour, string noWarn = "none")
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        const string Usings = """
            global using System; global using System.IO; global using System.Collections.Generic; global using System.Threading;
            global using System.Threading.Tasks; global using Microsoft.Extensions.Hosting;
            """;
        var compilation = CSharpCompilation.Create(
            "Tested",
            [CSharpSyntaxTree.ParseText(source, cancellationToken: cancellationToken), CSharpSyntaxTree.ParseText(Usings, cancellationToken: cancellationToken)],
            TestReferences.Of(TargetFrameworks.Net10, aspNetCore: true),
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary)
                .WithSpecificDiagnosticOptions([KeyValuePair.Create(noWarn, ReportDiagnostic.Suppress)]));
        Assert.Empty(compilation.GetDiagnostics(cancellationToken).Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error));

        var options = new CompilationWithAnalyzersOptions(
            new AnalyzerOptions([]), onAnalyzerException: null, concurrentAnalysis: true, logAnalyzerExecutionTime: false, reportSuppressedDiagnostics: true);
        return await compilation.WithAnalyzers([neighbour, new LastSaveWithoutToken()], options).GetAnalyzerDiagnosticsAsync(cancellationToken);
    }

    /// <summary>Stands in for a neighbour: asks for a token at each awaited call that ends in Async and is given none.</summary>
#pragma warning disable RS1001, RS1017, RS1036, RS1038 // It is no shipped analyzer.
    private sealed class AskForToken(string id) : DiagnosticAnalyzer
    {
        private readonly DiagnosticDescriptor _rule = new(id, "Forward the token", "Forward the token", "Test", DiagnosticSeverity.Info, isEnabledByDefault: true);

        public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics => [_rule];

        public override void Initialize(AnalysisContext context)
        {
            context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
            context.EnableConcurrentExecution();
            context.RegisterSyntaxNodeAction(
                node =>
                {
                    var call = (InvocationExpressionSyntax)node.Node;
                    if (call.Parent is AwaitExpressionSyntax && !call.ArgumentList.ToString().Contains("oken", StringComparison.Ordinal))
                        node.ReportDiagnostic(Diagnostic.Create(_rule, call.Expression.GetLocation()));
                },
                SyntaxKind.InvocationExpression);
        }
    }
#pragma warning restore RS1001, RS1017, RS1036, RS1038
}
