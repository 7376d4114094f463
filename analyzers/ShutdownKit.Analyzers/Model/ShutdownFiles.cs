using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace ShutdownKit.Analyzers.Model;

/// <summary>What an additional file says about the deployment.</summary>
internal enum DeploymentFileKind
{
    /// <summary>Something else.</summary>
    None,

    /// <summary>How an image is built.</summary>
    Dockerfile,

    /// <summary>Services that docker compose starts.</summary>
    Compose,

    /// <summary>Manifests of Kubernetes.</summary>
    Kubernetes,

    /// <summary>A unit of systemd.</summary>
    Systemd,

    /// <summary>A shell script that may be the entry point of an image.</summary>
    EntryScript,

    /// <summary>The settings of the application, in JSON.</summary>
    AppSettings,
}

/// <summary>The additional files that the rules read: deployment files, and the lists in which users name their own types.</summary>
internal static class ShutdownFiles
{
    /// <summary>The metadata of an AdditionalFiles item that says what kind of file it is, whatever its name.</summary>
    public const string KindMetadata = "build_metadata.AdditionalFiles.ShutdownKitFile";

    /// <summary>
    /// The metadata of an AdditionalFiles item that the package has found outside of the project's folder: whether the file is about
    /// this project has to be seen from its content.
    /// </summary>
    public const string FoundAboveMetadata = "build_metadata.AdditionalFiles.ShutdownKitFoundAbove";

    /// <summary>Whether the file is a Dockerfile, by its metadata or else by its name.</summary>
    public static bool IsDockerfile(AdditionalText file, AnalyzerOptions options) => KindOf(file, options) == DeploymentFileKind.Dockerfile;

    /// <summary>
    /// What kind of file it is: by its metadata, else by its name. A YAML file of another name counts as a manifest, whose content tells
    /// whether it is one.
    /// </summary>
    public static DeploymentFileKind KindOf(AdditionalText file, AnalyzerOptions options)
    {
        if (Metadata(file, options, KindMetadata) is { } kind)
            return Enum.TryParse<DeploymentFileKind>(kind, ignoreCase: true, out var named) && Enum.IsDefined(typeof(DeploymentFileKind), named) ? named : DeploymentFileKind.None;

        var name = FileName(file.Path);
        if (HasContainerfileName(name, "Dockerfile") || HasContainerfileName(name, "Containerfile"))
            return DeploymentFileKind.Dockerfile;
        if (HasExtension(name, ".yml") || HasExtension(name, ".yaml"))
        {
            return name.StartsWith("compose.", StringComparison.OrdinalIgnoreCase) || name.StartsWith("compose-", StringComparison.OrdinalIgnoreCase)
                   || name.StartsWith("docker-compose", StringComparison.OrdinalIgnoreCase)
                ? DeploymentFileKind.Compose
                : DeploymentFileKind.Kubernetes;
        }

        if (HasExtension(name, ".service"))
            return DeploymentFileKind.Systemd;
        if (HasExtension(name, ".sh"))
            return DeploymentFileKind.EntryScript;
        return name.StartsWith("appsettings", StringComparison.OrdinalIgnoreCase) && HasExtension(name, ".json")
            ? DeploymentFileKind.AppSettings
            : DeploymentFileKind.None;
    }

    /// <summary>Whether the package has found the file outside of the project's folder.</summary>
    public static bool IsFoundAbove(AdditionalText file, AnalyzerOptions options) => Metadata(file, options, FoundAboveMetadata) is not null;

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

    private static string? Metadata(AdditionalText file, AnalyzerOptions options, string key) =>
        options.AnalyzerConfigOptionsProvider.GetOptions(file).TryGetValue(key, out var value) && !string.IsNullOrWhiteSpace(value) ? value.Trim() : null;

    private static bool HasContainerfileName(string fileName, string word) =>
        fileName.Equals(word, StringComparison.OrdinalIgnoreCase)
        || ((fileName.StartsWith(word + ".", StringComparison.OrdinalIgnoreCase) || fileName.StartsWith(word + "-", StringComparison.OrdinalIgnoreCase))
            && !HasExtension(fileName, "ignore"))
        || HasExtension(fileName, "." + word);

    private static bool HasExtension(string fileName, string extension) => fileName.EndsWith(extension, StringComparison.OrdinalIgnoreCase);

    // Path.GetFileName knows only the separators of the machine it runs on; paths of additional files come from either kind.
    private static string FileName(string path) => path.Substring(path.LastIndexOfAny(['/', '\\']) + 1);
}
