using System.Reflection;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using ShutdownKit.Analyzers.CodeFixes.Durability;

namespace ShutdownKit.Analyzers.Tests.Durability;

/// <summary>The helper that the fix of SHK5001 adds writes what System.IO.File would have written.</summary>
public sealed class AtomicFileSourceTests : IDisposable
{
    private static readonly Lazy<Type> Helper = new(Compile);

    private readonly string _directory = Directory.CreateTempSubdirectory("atomic-file-").FullName;

    private string FilePath => Path.Combine(_directory, "state");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData("WriteAllText", "Grüße\n")]
    [InlineData("WriteAllTextAsync", "Grüße\n")]
    [InlineData("WriteAllLines", new[] { "a", "b" })]
    [InlineData("WriteAllLinesAsync", new[] { "a", "b" })]
    [InlineData("WriteAllBytes", new byte[] { 1, 2, 3 })]
    [InlineData("WriteAllBytesAsync", new byte[] { 1, 2, 3 })]
    public async Task Writes_the_same_bytes_and_leaves_nothing_else(string method, object content)
    {
        await File.WriteAllTextAsync(FilePath, "something longer than what comes after it", TestContext.Current.CancellationToken);
        await InvokeAsync(Helper.Value, method, content);
        var written = await File.ReadAllBytesAsync(FilePath, TestContext.Current.CancellationToken);

        Assert.Equal([FilePath], Directory.GetFileSystemEntries(_directory));
        await InvokeAsync(typeof(File), method, content);
        Assert.Equal(await File.ReadAllBytesAsync(FilePath, TestContext.Current.CancellationToken), written);
    }

    [Theory]
    [InlineData("System.Console.WriteLine(1);\n", "Some.Space")]
    [InlineData("using System;\n\nnamespace Other\n{\n    class C { Uri _uri; }\n}\n", "Some.Space")]
    [InlineData("namespace Other.Space;\n\nclass C { }\n", "Other.Space")]
    public void Can_be_added_to_a_file(string file, string space)
    {
        var root = CSharpSyntaxTree.ParseText(file, cancellationToken: TestContext.Current.CancellationToken)
            .GetCompilationUnitRoot(TestContext.Current.CancellationToken);

        var changed = AtomicFileSource.AddTo(root, AtomicFileSource.NamespaceFixedBy(root) ?? "Some.Space").ToFullString();

        var compilation = Compilation(changed, root.Members[0] is GlobalStatementSyntax ? OutputKind.ConsoleApplication : OutputKind.DynamicallyLinkedLibrary);
        Assert.DoesNotContain(
            compilation.GetDiagnostics(TestContext.Current.CancellationToken),
            diagnostic => diagnostic.Severity >= DiagnosticSeverity.Warning && diagnostic.Id != "CS0169");
        Assert.NotNull(compilation.GetTypeByMetadataName(space + ".AtomicFile"));
    }

    private async Task InvokeAsync(Type type, string name, object content)
    {
        var contentType = content is string[] ? typeof(IEnumerable<string>) : content.GetType();
        var isAsync = name.EndsWith("Async", StringComparison.Ordinal);
        Type[] parameters = isAsync ? [typeof(string), contentType, typeof(CancellationToken)] : [typeof(string), contentType];
        object[] arguments = isAsync ? [FilePath, content, TestContext.Current.CancellationToken] : [FilePath, content];
        if (type.GetMethod(name, parameters)!.Invoke(null, arguments) is Task task)
            await task;
    }

    private static Type Compile()
    {
        using var assembly = new MemoryStream();
        Assert.Empty(Compilation(AtomicFileSource.In("Some.Space"), OutputKind.DynamicallyLinkedLibrary).Emit(assembly).Diagnostics);
        return Assembly.Load(assembly.ToArray()).GetType("Some.Space.AtomicFile", throwOnError: true)!;
    }

    private static CSharpCompilation Compilation(string source, OutputKind kind)
    {
        var references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Select(path => MetadataReference.CreateFromFile(path));
        return CSharpCompilation.Create("Helper", [CSharpSyntaxTree.ParseText(source)], references, new CSharpCompilationOptions(kind));
    }
}
