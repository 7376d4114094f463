using System.Reflection;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
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
        var references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Select(path => MetadataReference.CreateFromFile(path));
        var compilation = CSharpCompilation.Create(
            "Helper", [CSharpSyntaxTree.ParseText(AtomicFileSource.In("Some.Space"))], references,
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));
        using var assembly = new MemoryStream();
        Assert.Empty(compilation.Emit(assembly).Diagnostics);
        return Assembly.Load(assembly.ToArray()).GetType("Some.Space.AtomicFile", throwOnError: true)!;
    }
}
