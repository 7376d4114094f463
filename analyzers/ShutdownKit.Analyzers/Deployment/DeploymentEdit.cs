using System.Collections.Immutable;
using System.Globalization;
using Microsoft.CodeAnalysis.Text;

namespace ShutdownKit.Analyzers.Deployment;

/// <summary>
/// How a deployment file is mended: a rule that knows the right text hands it to its fix in the properties of the diagnostic, because a
/// fix sees the file alone.
/// </summary>
internal static class DeploymentEdit
{
    private const string TextProperty = "Replacement";
    private const string StartProperty = "ReplacedStart";
    private const string EndProperty = "ReplacedEnd";

    /// <summary>Nothing can be mended without a doubt.</summary>
    public static readonly ImmutableDictionary<string, string?> None = ImmutableDictionary<string, string?>.Empty;

    /// <summary>Puts other text in the place of a part of the file.</summary>
    public static ImmutableDictionary<string, string?> Replace(TextSpan span, string text) => None
        .Add(TextProperty, text)
        .Add(StartProperty, span.Start.ToString(CultureInfo.InvariantCulture))
        .Add(EndProperty, span.End.ToString(CultureInfo.InvariantCulture));

    /// <summary>Puts other arguments behind an instruction's keyword.</summary>
    public static ImmutableDictionary<string, string?> Replace(DockerInstruction instruction, string? arguments) =>
        arguments is null ? None : Replace(instruction.SpanOf(0, instruction.Arguments.Length), arguments);

    /// <summary>The change that a diagnostic's rule knows; null when it knows none.</summary>
    public static TextChange? Read(ImmutableDictionary<string, string?> properties) =>
        properties.TryGetValue(TextProperty, out var text) && text is not null
        && properties.TryGetValue(StartProperty, out var start) && properties.TryGetValue(EndProperty, out var end)
            ? new TextChange(TextSpan.FromBounds(int.Parse(start!, CultureInfo.InvariantCulture), int.Parse(end!, CultureInfo.InvariantCulture)), text)
            : null;
}
