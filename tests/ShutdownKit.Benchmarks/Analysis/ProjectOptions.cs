using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;
using ShutdownKit.Benchmarks.CodeBases;

namespace ShutdownKit.Benchmarks.Analysis;

/// <summary>What the compiler would tell the analyzers about a project: its visible properties, and the metadata of its additional files.</summary>
internal sealed class ProjectOptions : AnalyzerConfigOptionsProvider
{
    private static readonly Values None = new([]);

    private readonly Dictionary<string, Values> _metadata;

    private ProjectOptions(ProjectModel project)
    {
        GlobalOptions = new Values(project.VisibleProperties.ToDictionary(entry => "build_property." + entry.Key, entry => entry.Value, AnalyzerConfigOptions.KeyComparer));
        _metadata = project.AdditionalFiles.ToDictionary(
            file => file.Path,
            file => new Values(file.Metadata.ToDictionary(entry => "build_metadata.AdditionalFiles." + entry.Key, entry => entry.Value, AnalyzerConfigOptions.KeyComparer)),
            StringComparer.Ordinal);
    }

    /// <inheritdoc/>
    public override AnalyzerConfigOptions GlobalOptions { get; }

    public static AnalyzerOptions Of(ProjectModel project) =>
        new(project.AdditionalFiles.Select(file => (AdditionalText)new FileText(file.Path)).ToImmutableArray(), new ProjectOptions(project));

    // As in the compiler, the options of a tree hold the global ones too.
    /// <inheritdoc/>
    public override AnalyzerConfigOptions GetOptions(SyntaxTree tree) => GlobalOptions;

    /// <inheritdoc/>
    public override AnalyzerConfigOptions GetOptions(AdditionalText textFile) => _metadata.GetValueOrDefault(textFile.Path, None);

    private sealed class Values(Dictionary<string, string> values) : AnalyzerConfigOptions
    {
        public override bool TryGetValue(string key, [NotNullWhen(true)] out string? value) => values.TryGetValue(key, out value);

        public override IEnumerable<string> Keys => values.Keys;
    }

    private sealed class FileText(string path) : AdditionalText
    {
        private readonly Lazy<SourceText> _text = new(() =>
        {
            using var stream = File.OpenRead(path);
            return SourceText.From(stream);
        });

        public override string Path => path;

        public override SourceText GetText(CancellationToken cancellationToken = default) => _text.Value;
    }
}
