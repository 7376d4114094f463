using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace ShutdownKit.Analyzers.Model;

/// <summary>The additional files that the rules read: deployment files, and the lists in which users name their own types.</summary>
internal static class ShutdownFiles
{
    /// <summary>The metadata of an AdditionalFiles item that says what kind of file it is, whatever its name.</summary>
    public const string KindMetadata = "build_metadata.AdditionalFiles.ShutdownKitFile";

    private const string DockerfileKind = "Dockerfile";

    /// <summary>
    /// Whether the file is a Dockerfile: by its metadata, else by its name (<c>Dockerfile</c>, <c>Dockerfile.x</c>,
    /// <c>x.Dockerfile</c>, and the same with <c>Containerfile</c>).
    /// </summary>
    public static bool IsDockerfile(AdditionalText file, AnalyzerOptions options)
    {
        if (options.AnalyzerConfigOptionsProvider.GetOptions(file).TryGetValue(KindMetadata, out var kind) && !string.IsNullOrWhiteSpace(kind))
            return string.Equals(kind.Trim(), DockerfileKind, StringComparison.OrdinalIgnoreCase);

        var name = FileName(file.Path);
        return HasContainerfileName(name, "Dockerfile") || HasContainerfileName(name, "Containerfile");
    }

    /// <summary>
    /// The entries of all files called <c>NAME.txt</c> or <c>NAME.anything.txt</c> (so that packages can add their own), one a line;
    /// blank lines and lines that start with <c>#</c> are left out.
    /// </summary>
    public static ImmutableArray<string> UserList(AnalyzerOptions options, string name, CancellationToken cancellationToken)
    {
        ImmutableArray<string>.Builder? entries = null;
        foreach (var file in options.AdditionalFiles)
        {
            var fileName = FileName(file.Path);
            if (!fileName.StartsWith(name + ".", StringComparison.OrdinalIgnoreCase)
                || !fileName.EndsWith(".txt", StringComparison.OrdinalIgnoreCase)
                || file.GetText(cancellationToken) is not { } text)
            {
                continue;
            }

            foreach (var line in text.Lines)
            {
                var entry = line.ToString().Trim();
                if (entry.Length > 0 && entry[0] != '#')
                    (entries ??= ImmutableArray.CreateBuilder<string>()).Add(entry);
            }
        }

        return entries?.ToImmutable() ?? ImmutableArray<string>.Empty;
    }

    private static bool HasContainerfileName(string fileName, string word) =>
        fileName.Equals(word, StringComparison.OrdinalIgnoreCase)
        || (fileName.StartsWith(word + ".", StringComparison.OrdinalIgnoreCase)
            && !fileName.EndsWith(".dockerignore", StringComparison.OrdinalIgnoreCase))
        || fileName.EndsWith("." + word, StringComparison.OrdinalIgnoreCase);

    // Path.GetFileName knows only the separators of the machine it runs on; paths of additional files come from either kind.
    private static string FileName(string path) => path.Substring(path.LastIndexOfAny(['/', '\\']) + 1);
}
