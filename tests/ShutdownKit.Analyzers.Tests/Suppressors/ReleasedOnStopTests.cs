using System.Collections.Immutable;
using System.Reflection;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using ShutdownKit.Analyzers.Suppressors;
using ShutdownKit.Analyzers.Tests.Verifiers;

namespace ShutdownKit.Analyzers.Tests.Suppressors;

public sealed class ReleasedOnStopTests
{
    private static string Service(string stop, string bases = "IHostedService", string members = "") => $$"""
        public sealed class Poller : {{bases}}
        {
            private Timer? _timer;
            {{members}}

            public Task StartAsync(CancellationToken cancellationToken)
            {
                _timer = new Timer(_ => { }, null, 0, 1000);
                return Task.CompletedTask;
            }

            public Task StopAsync(CancellationToken cancellationToken)
            {
                {{stop}}
                return Task.CompletedTask;
            }
        }
        """;

    private const string Disposable = "IHostedService, IDisposable";

    private const string EmptyDispose = "public void Dispose() { }";

    [Theory]
    [InlineData("CA2213")]
    [InlineData("IDISP002")]
    [InlineData("IDISP006")]
    public async Task Field_that_StopAsync_releases_is_silenced(string id) =>
        Assert.True(Assert.Single(await ReportAsync(Service("_timer?.Dispose();"), new AtField(id))).IsSuppressed);

    [Theory]
    [InlineData("_timer?.DisposeAsync();")]
    [InlineData("this._timer!.Dispose();")]
    [InlineData("Interlocked.Exchange(ref _timer, null)?.Dispose();")]
    [InlineData("using (_timer) { }")]
    [InlineData("using var last = _timer;")]
    [InlineData("End(); } private void End() { _timer?.Dispose(); } private Task Other() {")]
    public async Task However_it_is_released(string stop) =>
        Assert.True(Assert.Single(await ReportAsync(Service(stop), new AtField("CA2213"))).IsSuppressed);

    [Theory]
    [InlineData("")]
    [InlineData("_timer?.Change(0, 0);")]
    [InlineData("_timer = null;")]
    public async Task Field_that_is_not_released_is_not(string stop) =>
        Assert.False(Assert.Single(await ReportAsync(Service(stop), new AtField("CA2213"))).IsSuppressed);

    [Fact]
    public async Task Other_classes_are_not() =>
        Assert.False(Assert.Single(await ReportAsync(Service("_timer?.Dispose();", "object"), new AtField("CA2213"))).IsSuppressed);

    [Theory]
    [InlineData("_timer?.Dispose();", "", true)]
    [InlineData("_timer?.Dispose();", "private readonly MemoryStream _more = new();", false)]
    [InlineData("", "", false)]
    public async Task The_SDKs_rule_about_the_type(string stop, string members, bool suppressed) =>
        Assert.Equal(suppressed, Assert.Single(await ReportAsync(Service(stop, members: members), Sdk("CA1001"))).IsSuppressed);

    [Theory]
    [InlineData("_timer?.Dispose();", true)]
    [InlineData("", false)]
    public async Task The_SDKs_rule_about_the_field(string stop, bool suppressed) =>
        Assert.Equal(suppressed, Assert.Single(await ReportAsync(Service(stop, Disposable, EmptyDispose), Sdk("CA2213"))).IsSuppressed);

    [Theory]
    [InlineData("_stream = [|new MemoryStream()|];", true)]
    [InlineData("var made = [|new MemoryStream()|]; _stream = made;", true)]
    [InlineData("var made = [|new MemoryStream()|]; made.WriteByte(1);", false)]
    public async Task Object_that_a_released_member_gets(string code, bool suppressed)
    {
        var source = Service("_stream?.Dispose();", members: $$"""private Stream? _stream; private void Open() { {{code.Replace("[|", "", StringComparison.Ordinal).Replace("|]", "", StringComparison.Ordinal)}} }""");
        var reported = await ReportAsync(source, new AtCreation("CA2000", "MemoryStream"));

        Assert.Equal(suppressed, Assert.Single(reported).IsSuppressed);
    }

    [Fact]
    public async Task It_can_be_switched_off() =>
        Assert.False(Assert.Single(await ReportAsync(Service("_timer?.Dispose();"), new AtField("CA2213"), ReleasedOnStop.Id)).IsSuppressed);

    private static DiagnosticAnalyzer Sdk(string id)
    {
        var directory = typeof(ReleasedOnStopTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(attribute => attribute.Key == "SdkAnalyzers").Value!;
        var files = new[] { "Microsoft.CodeAnalysis.NetAnalyzers.dll", "Microsoft.CodeAnalysis.CSharp.NetAnalyzers.dll" };
        return files
            .SelectMany(file => Assembly.LoadFrom(Path.Combine(directory, file)).GetTypes())
            .Where(type => !type.IsAbstract && typeof(DiagnosticAnalyzer).IsAssignableFrom(type) && type.GetConstructor([]) is not null)
            .Select(type => (DiagnosticAnalyzer)Activator.CreateInstance(type)!)
            .First(analyzer => analyzer.SupportedDiagnostics.Any(rule => rule.Id == id));
    }

    private static async Task<ImmutableArray<Diagnostic>> ReportAsync(string source, DiagnosticAnalyzer neighbour, string noWarn = "none")
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        const string Usings = """
            global using System; global using System.IO; global using System.Threading; global using System.Threading.Tasks;
            global using Microsoft.Extensions.Hosting;
            """;
        var compilation = CSharpCompilation.Create(
            "Tested",
            [CSharpSyntaxTree.ParseText(source, cancellationToken: cancellationToken), CSharpSyntaxTree.ParseText(Usings, cancellationToken: cancellationToken)],
            TestReferences.Of(TargetFrameworks.Net10, aspNetCore: true),
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary)
                .WithSpecificDiagnosticOptions(
                [
                    KeyValuePair.Create(noWarn, ReportDiagnostic.Suppress),
                    KeyValuePair.Create("CA1001", ReportDiagnostic.Warn),
                    KeyValuePair.Create("CA2213", ReportDiagnostic.Warn),
                ]));
        var options = new CompilationWithAnalyzersOptions(
            new AnalyzerOptions([]), onAnalyzerException: null, concurrentAnalysis: true, logAnalyzerExecutionTime: false, reportSuppressedDiagnostics: true);
        var reported = await compilation
            .WithAnalyzers([neighbour, new ReleasedOnStop()], options)
            .GetAnalyzerDiagnosticsAsync(cancellationToken);
        return [.. reported.Where(diagnostic => diagnostic.Id.StartsWith("CA", StringComparison.Ordinal) || diagnostic.Id.StartsWith("IDISP", StringComparison.Ordinal))];
    }

    /// <summary>Reports each timer field, as a rule about fields would.</summary>
#pragma warning disable RS1001, RS1017, RS1036, RS1038 // It is no shipped analyzer.
    private sealed class AtField(string id) : DiagnosticAnalyzer
    {
        private readonly DiagnosticDescriptor _rule = new(id, "Dispose", "Dispose it", "Neighbour", DiagnosticSeverity.Warning, isEnabledByDefault: true);

        public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics => [_rule];

        public override void Initialize(AnalysisContext context)
        {
            context.EnableConcurrentExecution();
            context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
            context.RegisterSyntaxNodeAction(
                node => node.ReportDiagnostic(Diagnostic.Create(_rule, ((FieldDeclarationSyntax)node.Node).Declaration.Variables[0].GetLocation())),
                SyntaxKind.FieldDeclaration);
        }
    }

    /// <summary>Reports the creation of each object of one type.</summary>
    private sealed class AtCreation(string id, string type) : DiagnosticAnalyzer
    {
        private readonly DiagnosticDescriptor _rule = new(id, "Dispose", "Dispose it", "Neighbour", DiagnosticSeverity.Warning, isEnabledByDefault: true);

        public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics => [_rule];

        public override void Initialize(AnalysisContext context)
        {
            context.EnableConcurrentExecution();
            context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
            context.RegisterSyntaxNodeAction(Look, SyntaxKind.ObjectCreationExpression);
        }

        private void Look(SyntaxNodeAnalysisContext node)
        {
            if (((ObjectCreationExpressionSyntax)node.Node).Type.ToString() == type)
                node.ReportDiagnostic(Diagnostic.Create(_rule, node.Node.GetLocation()));
        }
    }
#pragma warning restore RS1001, RS1017, RS1036, RS1038
}
