using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.CSharp.Testing;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Testing;

namespace ShutdownKit.Analyzers.Tests.Verifiers;

/// <summary>
/// Starts a test of one rule. The expected diagnostics are marked in the source, as <c>[|...|]</c> or <c>{|SHK1001:...|}</c>; a source
/// without marks must give none.
/// </summary>
/// <example><c>await Rule.Of&lt;MyAnalyzer, MyFix&gt;("... [|bad|] ...").FixedTo("... good ...").RunAsync();</c></example>
internal static class Rule
{
    public static RuleTest<TAnalyzer, EmptyCodeFixProvider> Of<TAnalyzer>(string source)
        where TAnalyzer : DiagnosticAnalyzer, new() => new(source);

    public static RuleTest<TAnalyzer, TCodeFix> Of<TAnalyzer, TCodeFix>(string source)
        where TAnalyzer : DiagnosticAnalyzer, new()
        where TCodeFix : CodeFixProvider, new() => new(source);
}

/// <summary>
/// A test of one rule. Unless told otherwise the source is a library for .NET 10 that references hosting and ASP.NET Core. Implicit
/// usings are on. Where a fix is expected, it is applied one at a time and by FixAll, and both must give the same.
/// </summary>
internal sealed class RuleTest<TAnalyzer, TCodeFix> : CSharpCodeFixTest<TAnalyzer, TCodeFix, DefaultVerifier>
    where TAnalyzer : DiagnosticAnalyzer, new()
    where TCodeFix : CodeFixProvider, new()
{
    private readonly List<string> _globalOptions = ["is_global = true"];
    private readonly List<string> _usings =
    [
        "System", "System.Collections.Generic", "System.IO", "System.Linq", "System.Net.Http", "System.Threading", "System.Threading.Tasks",
    ];

    private readonly List<string> _sections = [];
    private readonly List<(string Name, string Content)> _addedByFix = [];

    private string _framework = TargetFrameworks.Net10;
    private readonly string _source;
    private bool _hosting = true;

    public RuleTest(string source)
    {
        _source = source;
        TestCode = source;
        ReferenceAssemblies = new ReferenceAssemblies("none");
        TestState.OutputKind = OutputKind.DynamicallyLinkedLibrary;
    }

    /// <summary>Compiles for another target framework; see <see cref="TargetFrameworks"/>.</summary>
    public RuleTest<TAnalyzer, TCodeFix> On(string framework)
    {
        _framework = framework;
        return this;
    }

    /// <summary>Compiles to a console program; top-level statements need this.</summary>
    public RuleTest<TAnalyzer, TCodeFix> AsProgram() => As(OutputKind.ConsoleApplication);

    /// <summary>Compiles to another kind of output.</summary>
    public RuleTest<TAnalyzer, TCodeFix> As(OutputKind kind)
    {
        TestState.OutputKind = kind;
        return this;
    }

    /// <summary>Leaves the references to Microsoft.Extensions.* and ASP.NET Core away.</summary>
    public RuleTest<TAnalyzer, TCodeFix> WithoutHosting()
    {
        _hosting = false;
        return this;
    }

    /// <summary>Sets a property of the project, as the compiler sees it.</summary>
    public RuleTest<TAnalyzer, TCodeFix> WithProperty(string name, string value)
    {
        _globalOptions.Add($"build_property.{name} = {value}");
        return this;
    }

    /// <summary>Sets an option of the rules for the whole compilation.</summary>
    public RuleTest<TAnalyzer, TCodeFix> WithOption(string name, string value)
    {
        _globalOptions.Add($"shutdownkit.{name} = {value}");
        return this;
    }

    /// <summary>Adds another source file.</summary>
    public RuleTest<TAnalyzer, TCodeFix> WithSource(string name, string source)
    {
        TestState.Sources.Add((name, source));
        return this;
    }

    /// <summary>Adds an additional file (a Dockerfile, a list); it may carry marks.</summary>
    public RuleTest<TAnalyzer, TCodeFix> WithFile(string name, string content)
    {
        TestState.AdditionalFiles.Add((name, content));
        return this;
    }

    /// <summary>Adds a file that the package has found above the project's folder, given by its absolute path.</summary>
    public RuleTest<TAnalyzer, TCodeFix> WithFileAbove(string path, string content)
    {
        _sections.Add($"[{path}]\nbuild_metadata.AdditionalFiles.ShutdownKitFoundAbove = true");
        return WithFile(path, content);
    }

    /// <summary>What the fix makes of the source.</summary>
    /// <param name="source">The fixed source.</param>
    /// <param name="iterations">How often one fix at a time is applied, where that is not once for each diagnostic.</param>
    public RuleTest<TAnalyzer, TCodeFix> FixedTo(string source, int? iterations = null)
    {
        FixedCode = source;
        if (iterations is not null)
            NumberOfIncrementalIterations = iterations;
        return this;
    }

    /// <summary>A source file that the fix adds.</summary>
    public RuleTest<TAnalyzer, TCodeFix> AddingSource(string name, string content)
    {
        _addedByFix.Add((name, content));
        return this;
    }

    /// <summary>The fix must not be offered, although the rule fires.</summary>
    public RuleTest<TAnalyzer, TCodeFix> NotFixed() => FixedTo(_source);

    /// <summary>A diagnostic at a mark <c>{|#n:...|}</c> whose message is checked too.</summary>
    public RuleTest<TAnalyzer, TCodeFix> Expecting(string id, int mark, string message, DiagnosticSeverity severity = DiagnosticSeverity.Warning)
    {
        TestState.ExpectedDiagnostics.Add(new DiagnosticResult(id, severity).WithLocation(mark).WithMessage(message).WithOptions(DiagnosticOptions.IgnoreAdditionalLocations));
        return this;
    }

    /// <summary>The source does not compile: only what the rule says counts, and that it survives.</summary>
    public RuleTest<TAnalyzer, TCodeFix> Broken()
    {
        CompilerDiagnostics = CompilerDiagnostics.None;
        return this;
    }

    /// <summary>Runs the test.</summary>
    public async Task RunAsync()
    {
        if (!_globalOptions.Exists(option => option.StartsWith("build_property.TargetFramework ", StringComparison.Ordinal)))
            _globalOptions.Add($"build_property.TargetFramework = {_framework}");
        if (_hosting)
            _usings.AddRange(["Microsoft.Extensions.DependencyInjection", "Microsoft.Extensions.Hosting", "Microsoft.Extensions.Logging", "Microsoft.AspNetCore.Builder"]);

        TestState.AdditionalReferences.AddRange(TestReferences.Of(_framework, _hosting));
        TestState.AnalyzerConfigFiles.Add(("/.globalconfig", string.Join('\n', [.. _globalOptions, .. _sections])));
        TestState.Sources.Add(("ImplicitUsings.cs", string.Concat(_usings.Select(name => $"global using {name};\n"))));
        if (FixedState.Sources.Count > 0)
        {
            // A fixed state that names its sources must name all of them.
            for (var index = FixedState.Sources.Count; index < TestState.Sources.Count; index++)
                FixedState.Sources.Add(TestState.Sources[index]);
        }

        foreach (var (name, content) in _addedByFix)
            FixedState.Sources.Add((name, content));

        await RunAsync(TestContext.Current.CancellationToken);
        if (CompilerDiagnostics != CompilerDiagnostics.None && (_source.Contains("[|", StringComparison.Ordinal) || _source.Contains("{|", StringComparison.Ordinal)))
            await OneDefectGivesOneDiagnosticAsync();
    }

    // All rules together, and the SDK's rule that comes closest, on what this rule finds: no two may speak of the same statement. The
    // SDK's is a suggestion, so that a warning of ours beside it is no repetition.
    private async Task OneDefectGivesOneDiagnosticAsync()
    {
        var sources = TestState.Sources.Select(source =>
        {
            TestFileMarkupParser.GetPositionsAndSpans(source.content.ToString(), out var plain, out _, out _);
            return CSharpSyntaxTree.ParseText(plain, (CSharpParseOptions)CreateParseOptions(), source.filename);
        });
        var compilation = CSharpCompilation.Create(
            "TestProject",
            sources,
            TestReferences.Of(_framework, _hosting).Concat(TestState.AdditionalReferences),
            ((CSharpCompilationOptions)CreateCompilationOptions()).WithOutputKind(TestState.OutputKind ?? OutputKind.DynamicallyLinkedLibrary));
        var options = new AnalyzerOptions(
            [.. TestState.AdditionalFiles.Select(file => (AdditionalText)new AllRules.MemoryFile(file.filename, file.content.ToString()))],
            new AllRules.MemoryOptions(_globalOptions));
        var reported = await AllRules.RunAsync(compilation, options, [AllRules.ForwardTokenRuleOfSdk()]);

        var doubled = reported
            .Where(diagnostic => diagnostic.Location.IsInSource)
            .GroupBy(diagnostic => StatementAt(diagnostic.Location))
            .Where(group => group.Select(diagnostic => diagnostic.Id)
                .Where(id => !id.StartsWith("CA", StringComparison.Ordinal) || group.Any(it => it.Id.StartsWith("SHK", StringComparison.Ordinal) && it.Severity < DiagnosticSeverity.Warning))
                .Distinct().Count() > 1)
            .Select(group => string.Join(" and ", group.Select(diagnostic => $"{diagnostic.Id} ({diagnostic.GetMessage(System.Globalization.CultureInfo.InvariantCulture)})")) + $" for: {group.Key}");
        Assert.Empty(doubled);
    }

    private static SyntaxNode StatementAt(Location location)
    {
        var node = location.SourceTree!.GetRoot().FindNode(location.SourceSpan, getInnermostNodeForTie: true);
        return node.FirstAncestorOrSelf<SyntaxNode>(static it => it is StatementSyntax or MemberDeclarationSyntax or AnonymousFunctionExpressionSyntax) ?? node;
    }

    // All descriptors of an analyzer have the same id, so an unnamed mark stands for any of them.
    /// <inheritdoc/>
    protected override DiagnosticDescriptor GetDefaultDiagnostic(DiagnosticAnalyzer[] analyzers) => analyzers[0].SupportedDiagnostics[0];

    /// <inheritdoc/>
    protected override CompilationOptions CreateCompilationOptions() =>
        ((CSharpCompilationOptions)base.CreateCompilationOptions()).WithNullableContextOptions(NullableContextOptions.Enable);

    /// <inheritdoc/>
    protected override ParseOptions CreateParseOptions() =>
        ((CSharpParseOptions)base.CreateParseOptions()).WithLanguageVersion(LanguageVersion.Latest);
}
