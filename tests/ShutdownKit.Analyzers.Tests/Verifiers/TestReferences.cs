using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Reflection;
using Microsoft.CodeAnalysis;

namespace ShutdownKit.Analyzers.Tests.Verifiers;

/// <summary>The assemblies that a tested source is compiled against, by target framework.</summary>
internal static class TestReferences
{
    // Metadata references are immutable and costly to open, so all tests share them.
    private static readonly ConcurrentDictionary<(string Framework, bool AspNetCore), MetadataReference[]> Cache = new();

    /// <summary>The root of the repository that the tests were built from.</summary>
    public static string RepositoryRoot => Metadata("RepositoryRoot");

    /// <summary>The base class library of a target framework, and hosting with ASP.NET Core where asked for.</summary>
    public static MetadataReference[] Of(string framework, bool aspNetCore) =>
        Cache.GetOrAdd((framework, aspNetCore), static key => [.. BaseLibrary(key.Framework), .. key.AspNetCore ? AspNetCore(key.Framework) : []]);

    private static ImmutableArray<PortableExecutableReference> BaseLibrary(string framework) => framework switch
    {
        TargetFrameworks.Net8 => Basic.Reference.Assemblies.Net80.References.All,
        TargetFrameworks.Net10 => Basic.Reference.Assemblies.Net100.References.All,
        _ => throw new ArgumentOutOfRangeException(nameof(framework), framework, "No references for this framework."),
    };

    private static IEnumerable<MetadataReference> AspNetCore(string framework) =>
        Directory.EnumerateFiles(Metadata("AspNetCoreReferences." + framework), "Microsoft.*.dll")
            .Select(path => MetadataReference.CreateFromFile(path));

    private static string Metadata(string key) =>
        typeof(TestReferences).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == key).Value!;
}

/// <summary>The target frameworks that sources are tested for.</summary>
internal static class TargetFrameworks
{
    public const string Net8 = "net8.0";
    public const string Net10 = "net10.0";
}
