using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace ShutdownKit.Analyzers.Durability;

/// <summary>Tells by names which files can be lost without harm: because they can be made again, or nobody reads them back.</summary>
internal static class HarmlessFiles
{
    private static readonly ImmutableHashSet<string> Files = ImmutableHashSet.Create(
        StringComparer.Ordinal,
        "tmp", "temp", "temporary", "bak", "backup", "backups", "pid", "lock", "lockfile", "marker", "sentinel", "flag", "cookie", "cache", "cached", "caches", "log", "logs",
        "output", "report", "reports", "export", "exported", "dump", "test", "tests", "generated", "artifacts", "pending", "staging", "probe", "part",
        "partial", "download", "downloads", "downloaded", "thumbnail", "preview", "screenshot", "snippet", "template", "debug", "example", "examples", "sample", "samples", "old", "archive", "archived", "rotated", "previous");

    private static readonly ImmutableHashSet<string> Types = ImmutableHashSet.Create(
        StringComparer.Ordinal,
        "cache", "caching", "generator", "exporter", "report", "reporter", "test", "tests", "benchmark", "benchmarks", "migration", "migrations", "migrator", "builder",
        "downloader", "importer", "installer", "updater");

    private static readonly ImmutableHashSet<string> Methods = ImmutableHashSet.Create(
        StringComparer.Ordinal, "export", "generate", "download", "extract", "unpack", "dump", "benchmark", "test", "scaffold", "migrate");

    private static readonly ImmutableHashSet<string> Programs = ImmutableHashSet.Create(
        StringComparer.Ordinal,
        "build", "builder", "buildtools", "generator", "codegen", "gen", "packer", "scripts", "benchmark", "benchmarks", "docs", "release", "updater", "installer", "devtools",
        "nuke", "cake", "tool", "tools");

    /// <summary>Whether one of the words says so.</summary>
    public static bool IsHarmless(HashSet<string> words) => Files.Overlaps(words);

    /// <summary>Whether the last names of a path say so.</summary>
    public static bool IsHarmless(List<string> tails)
    {
        foreach (var tail in tails)
        {
            if (Has(Files, tail))
                return true;
        }

        return false;
    }

    /// <summary>Whether the names in a path, or of the code around it, say so.</summary>
    public static bool IsHarmless(ExpressionSyntax path) => Has(Files, path.ToString()) || IsHarmless(PathTails.Of(path)) || IsWrittenByHarmlessCode(path);

    /// <summary>Whether the method or the type is about files that can be made again.</summary>
    public static bool IsWrittenByHarmlessCode(SyntaxNode place)
    {
        for (var node = place.Parent; node is not null; node = node.Parent)
        {
            switch (node)
            {
                case MethodDeclarationSyntax method when Has(Methods, method.Identifier.ValueText):
                case LocalFunctionStatementSyntax local when Has(Methods, local.Identifier.ValueText):
                case TypeDeclarationSyntax type when Has(Types, type.Identifier.ValueText):
                    return true;
            }
        }

        return false;
    }

    private static readonly ImmutableHashSet<string> State = ImmutableHashSet.Create(
        StringComparer.Ordinal,
        "settings", "setting", "config", "configuration", "state", "preferences", "prefs", "options", "profile", "profiles", "session", "sessions", "wallet", "credentials",
        "secrets", "history", "favorites", "favourites", "bookmarks", "users", "accounts", "index", "checkpoint", "checkpoints", "offsets", "manifest");

    /// <summary>Whether the name is one that files with settings and state have.</summary>
    public static bool IsState(string name) => Has(State, name);

    /// <summary>Whether a program of that name writes what can be made again.</summary>
    public static bool IsTool(string? assembly) => assembly is not null && Has(Programs, assembly);

    private static bool Has(ImmutableHashSet<string> words, string name)
    {
        var own = new HashSet<string>(StringComparer.Ordinal);
        FilePath.SplitWords(name, own);
        return words.Overlaps(own);
    }
}
