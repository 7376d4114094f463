using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using ShutdownKit.Analyzers.Tests.Verifiers;

namespace ShutdownKit.Analyzers.Tests;

/// <summary>
/// The analyzers find nothing in their own source. All other code of the repository is analysed when it is built; the analyzers
/// cannot be, since there are none before they are.
/// </summary>
public sealed class OwnCodeTests
{
    private const string Usings =
        """
        global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq;
        global using System.Net.Http; global using System.Threading; global using System.Threading.Tasks;
        """;

    [Fact]
    public async Task The_analyzers_pass_their_own_rules()
    {
        var token = TestContext.Current.CancellationToken;
        var folder = Path.Combine(TestReferences.RepositoryRoot, "analyzers", "ShutdownKit.Analyzers");
        var sources = Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
            .Where(path => Path.GetRelativePath(folder, path).Split(Path.DirectorySeparatorChar)[0] is not ("bin" or "obj"))
            .Select(path => CSharpSyntaxTree.ParseText(File.ReadAllText(path), path: path, cancellationToken: token))
            .Append(CSharpSyntaxTree.ParseText(Usings, cancellationToken: token));
        var references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => Path.GetFileName(path) is var name
                           && (name.StartsWith("System.", StringComparison.Ordinal) || name.StartsWith("Microsoft.CodeAnalysis.", StringComparison.Ordinal)))
            .Select(path => MetadataReference.CreateFromFile(path));
        var compilation = CSharpCompilation.Create(
            "ShutdownKit.Analyzers", sources, references,
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable));
        Assert.DoesNotContain(compilation.GetDiagnostics(token), diagnostic => diagnostic.Severity == DiagnosticSeverity.Error);

        Assert.Empty(await compilation.WithAnalyzers(AllAnalyzers()).GetAnalyzerDiagnosticsAsync(token));
    }

    private static ImmutableArray<DiagnosticAnalyzer> AllAnalyzers() =>
        [.. typeof(ShutdownAnalyzer).Assembly.GetTypes()
            .Where(type => !type.IsAbstract && typeof(DiagnosticAnalyzer).IsAssignableFrom(type))
            .Select(type => (DiagnosticAnalyzer)Activator.CreateInstance(type)!)];
}
