using System.Collections.Immutable;
using System.Runtime.Loader;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using ShutdownKit.Package.Tests.Support;

namespace ShutdownKit.Package.Tests;

/// <summary>The packaged assemblies in the oldest Roslyn that they promise to work with: no later SDK would notice what is missing there.</summary>
[Trait("Category", "Package")]
public sealed class OldestRoslynTests(PackedAnalyzers package)
{
    [Fact]
    public async Task Analyzers_and_fixes_load_and_run()
    {
        Assert.Equal(new Version(4, 8, 0, 0), typeof(CSharpCompilation).Assembly.GetName().Version);
        var context = new AssemblyLoadContext("package", isCollectible: true);
        var types = new[] { "ShutdownKit.Analyzers.dll", "ShutdownKit.Analyzers.CodeFixes.dll" }
            .SelectMany(name => Load(context, $"analyzers/dotnet/cs/{name}").GetTypes())
            .Where(type => !type.IsAbstract)
            .ToList();

        Assert.All(Instances<CodeFixProvider>(types), fix => Assert.NotNull(fix.GetFixAllProvider()));
        var compilation = CSharpCompilation.Create(
            "App",
            [Parse(Sources.Program), Parse(Sources.Counter), Parse(Sources.Usings)],
            ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
                .Where(path => Path.GetFileName(path).StartsWith("System.", StringComparison.Ordinal))
                .Select(path => MetadataReference.CreateFromFile(path)),
            new CSharpCompilationOptions(OutputKind.ConsoleApplication));
        Assert.DoesNotContain(compilation.GetDiagnostics(TestContext.Current.CancellationToken), it => it.Severity == DiagnosticSeverity.Error);

        var found = await compilation
            .WithAnalyzers([.. Instances<DiagnosticAnalyzer>(types)])
            .GetAnalyzerDiagnosticsAsync(TestContext.Current.CancellationToken);

        Assert.Equal(["SHK1001", "SHK4001", "SHK5001"], found.Select(diagnostic => diagnostic.Id).Order(StringComparer.Ordinal));
    }

    private static SyntaxTree Parse(string source) => CSharpSyntaxTree.ParseText(source, cancellationToken: TestContext.Current.CancellationToken);

    private System.Reflection.Assembly Load(AssemblyLoadContext context, string entry)
    {
        using var archive = package.Open();
        using var stream = archive.GetEntry(entry)!.Open();
        using var image = new MemoryStream();
        stream.CopyTo(image);
        image.Position = 0;
        return context.LoadFromStream(image);
    }

    private static ImmutableArray<T> Instances<T>(IEnumerable<Type> types) =>
        [.. types.Where(type => typeof(T).IsAssignableFrom(type)).Select(type => (T)Activator.CreateInstance(type)!)];
}
