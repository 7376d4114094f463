using System.Collections.Immutable;
using System.Reflection;
using System.Runtime.Loader;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace ShutdownKit.Benchmarks.Analysis;

/// <summary>Analyzers of one origin, loaded as a compiler loads them: from their own folder, on this program's Roslyn.</summary>
internal sealed class AnalyzerPack
{
    private const string OwnAssembly = "ShutdownKit.Analyzers.dll";
    private const string OwnProps = "ShutdownKit.Analyzers.props";

    private AnalyzerPack(ImmutableArray<DiagnosticAnalyzer> analyzers) => Analyzers = analyzers;

    public ImmutableArray<DiagnosticAnalyzer> Analyzers { get; }

    /// <summary>The rules of this repository as they were built with this program.</summary>
    public static string Own => Path.Combine(AppContext.BaseDirectory, "analyzers", OwnAssembly);

    /// <summary>Loads all C# analyzers of some assemblies.</summary>
    public static AnalyzerPack Load(params IEnumerable<string> assemblies)
    {
        var paths = assemblies.Select(Path.GetFullPath).ToArray();
        var context = new PackContext([.. paths.Select(path => Path.GetDirectoryName(path)!).Distinct()]);
        return new([.. paths.SelectMany(path => AnalyzersOf(context.LoadFromAssemblyPath(path)))]);
    }

    /// <summary>The props that the package of these rules imports into a project; null where they are not found.</summary>
    /// <param name="assembly">The rules: either beside this program, or in the <c>bin</c> folder of another clone of this repository.</param>
    public static string? PropsOf(string assembly)
    {
        for (var folder = Path.GetDirectoryName(Path.GetFullPath(assembly)); folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (Path.Combine(folder, "build", OwnProps) is var beside && File.Exists(beside))
                return beside;
            if (Path.Combine(folder, "analyzers", "ShutdownKit.Analyzers.Package", "build", OwnProps) is var source && File.Exists(source))
                return source;
        }

        return null;
    }

    private static IEnumerable<DiagnosticAnalyzer> AnalyzersOf(Assembly assembly)
    {
        Type?[] types;
        try
        {
            types = assembly.GetTypes();
        }
        catch (ReflectionTypeLoadException exception)
        {
            // Packs hold code fixes as well, and what those need is not here.
            types = exception.Types;
        }

        foreach (var type in types)
        {
            if (type is { IsAbstract: false } && typeof(DiagnosticAnalyzer).IsAssignableFrom(type)
                && type.GetCustomAttribute<DiagnosticAnalyzerAttribute>() is { } attribute && attribute.Languages.Contains(LanguageNames.CSharp))
            {
                yield return (DiagnosticAnalyzer)Activator.CreateInstance(type)!;
            }
        }
    }

    private sealed class PackContext(string[] folders) : AssemblyLoadContext
    {
        protected override Assembly? Load(AssemblyName assemblyName)
        {
            if (assemblyName.Name is "Microsoft.CodeAnalysis" or "Microsoft.CodeAnalysis.CSharp")
                return null;
            foreach (var folder in folders)
            {
                if (Path.Combine(folder, assemblyName.Name + ".dll") is var path && File.Exists(path))
                    return LoadFromAssemblyPath(path);
            }

            return null;
        }
    }
}
