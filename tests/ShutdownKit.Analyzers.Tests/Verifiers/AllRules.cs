using System.Collections.Immutable;
using System.Reflection;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;

namespace ShutdownKit.Analyzers.Tests.Verifiers;

/// <summary>Runs all rules together, as a build does.</summary>
internal static class AllRules
{
    private const string ImplicitUsings = """
        global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq;
        global using System.Net.Http; global using System.Threading; global using System.Threading.Tasks;
        global using Microsoft.Extensions.DependencyInjection; global using Microsoft.Extensions.Hosting;
        global using Microsoft.Extensions.Logging; global using Microsoft.AspNetCore.Builder;
        """;

    /// <summary>How long all rules may take over one piece of code, however hard. It is there to end a hang, not to measure.</summary>
    private static readonly TimeSpan TimeLimit = TimeSpan.FromMinutes(3);

    /// <summary>One instance of each rule.</summary>
    public static ImmutableArray<DiagnosticAnalyzer> Instances { get; } =
        [.. typeof(ShutdownAnalyzer).Assembly.GetTypes()
            .Where(type => !type.IsAbstract && type.IsSubclassOf(typeof(ShutdownAnalyzer)))
            .OrderBy(type => type.FullName, StringComparer.Ordinal)
            .Select(type => (DiagnosticAnalyzer)Activator.CreateInstance(type)!)];

    /// <summary>Compiles sources with the usings that a web project has.</summary>
    public static CSharpCompilation Compile(
        IEnumerable<string> sources, OutputKind kind = OutputKind.ConsoleApplication, IEnumerable<MetadataReference>? references = null) =>
        CSharpCompilation.Create(
            "Tested",
            sources.Prepend(ImplicitUsings).Select((source, index) => CSharpSyntaxTree.ParseText(source, path: $"File{index}.cs")),
            references ?? TestReferences.Of(TargetFrameworks.Net10, aspNetCore: true),
            new CSharpCompilationOptions(kind, allowUnsafe: true, nullableContextOptions: NullableContextOptions.Enable));

    /// <summary>What the rules report; the test fails when one of them throws or does not come to an end.</summary>
    public static async Task<ImmutableArray<Diagnostic>> RunAsync(
        Compilation compilation, AnalyzerOptions? options = null, IEnumerable<DiagnosticAnalyzer>? neighbours = null)
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var thrown = new List<string>();
        var analysis = new CompilationWithAnalyzersOptions(
            options ?? new AnalyzerOptions([]),
            (exception, analyzer, _) =>
            {
                lock (thrown)
                    thrown.Add($"{analyzer.GetType().Name}: {exception}");
            },
            concurrentAnalysis: true,
            logAnalyzerExecutionTime: false);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TimeLimit);
        ImmutableArray<Diagnostic> reported;
        try
        {
            reported = await compilation.WithAnalyzers([.. Instances, .. neighbours ?? []], analysis).GetAnalyzerDiagnosticsAsync(limit.Token);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"The rules have not come to an end within {TimeLimit.TotalMinutes} minutes.");
        }

        Assert.Empty(thrown);
        Assert.DoesNotContain(reported, diagnostic => diagnostic.Id.StartsWith("AD", StringComparison.Ordinal));
        return reported;
    }

    /// <summary>The rule of the SDK that asks for a token to be passed on (CA2016), with which ours must not say the same.</summary>
    public static DiagnosticAnalyzer ForwardTokenRuleOfSdk()
    {
        var directory = typeof(AllRules).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(attribute => attribute.Key == "SdkAnalyzers").Value!;
        var assembly = Assembly.LoadFrom(Path.Combine(directory, "Microsoft.CodeAnalysis.CSharp.NetAnalyzers.dll"));
        return (DiagnosticAnalyzer)Activator.CreateInstance(
            assembly.GetType("Microsoft.NetCore.CSharp.Analyzers.Runtime.CSharpForwardCancellationTokenToInvocationsAnalyzer", throwOnError: true)!)!;
    }

    /// <summary>The C# sources of the repository that are meant to be analysed: samples, the kit itself and the valid code.</summary>
    public static IEnumerable<string> SourcesOfRepository(params string[] folders) =>
        folders
            .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(TestReferences.RepositoryRoot, folder), "*.cs", SearchOption.AllDirectories))
            .Where(path => !path.Contains("/obj/", StringComparison.Ordinal) && !path.Contains("/bin/", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal);

    /// <summary>An additional file that is only in memory.</summary>
    public sealed class MemoryFile(string path, string content) : AdditionalText
    {
        public override string Path => path;

        public override SourceText GetText(CancellationToken cancellationToken = default) => SourceText.From(content);
    }

    /// <summary>Options for the whole compilation, as a .globalconfig holds them.</summary>
    public sealed class MemoryOptions(IEnumerable<string> lines) : AnalyzerConfigOptionsProvider
    {
        private readonly Values _values = new(lines
            .Select(line => line.Split('=', 2))
            .ToImmutableDictionary(parts => parts[0].Trim(), parts => parts[1].Trim(), StringComparer.OrdinalIgnoreCase));

        public override AnalyzerConfigOptions GlobalOptions => _values;

        public override AnalyzerConfigOptions GetOptions(SyntaxTree tree) => _values;

        public override AnalyzerConfigOptions GetOptions(AdditionalText textFile) => _values;

        private sealed class Values(ImmutableDictionary<string, string> values) : AnalyzerConfigOptions
        {
            public override bool TryGetValue(string key, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out string? value) => values.TryGetValue(key, out value);
        }
    }
}
