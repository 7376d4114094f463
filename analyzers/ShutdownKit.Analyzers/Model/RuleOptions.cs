using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace ShutdownKit.Analyzers.Model;

/// <summary>Reads the options of the rules: <c>shutdownkit.&lt;name&gt;</c> in .editorconfig or .globalconfig.</summary>
internal static class RuleOptions
{
    private const string Prefix = "shutdownkit.";

    /// <summary>The option's text for a source file, without surrounding blanks; null when it is not set.</summary>
    public static string? Text(AnalyzerOptions options, SyntaxTree tree, string name) =>
        Read(options.AnalyzerConfigOptionsProvider.GetOptions(tree), name);

    /// <summary>The option as a whole number; <paramref name="fallback"/> when it is not set or is no number.</summary>
    public static int Number(AnalyzerOptions options, SyntaxTree tree, string name, int fallback) =>
        int.TryParse(Text(options, tree, name), NumberStyles.Integer, CultureInfo.InvariantCulture, out var number) ? number : fallback;

    /// <summary>The option's comma-separated values; empty when it is not set.</summary>
    public static string[] List(AnalyzerOptions options, SyntaxTree tree, string name) =>
        Text(options, tree, name)?.Split(',').Select(item => item.Trim()).Where(item => item.Length > 0).ToArray() ?? [];

    /// <summary>The option for the compilation as a whole (from a .globalconfig); null when it is not set.</summary>
    public static string? GlobalText(AnalyzerOptions options, string name) => Read(options.AnalyzerConfigOptionsProvider.GlobalOptions, name);

    /// <summary>Whether the option is <c>true</c> for the compilation as a whole (from a .globalconfig).</summary>
    public static bool GlobalFlag(AnalyzerOptions options, string name) =>
        bool.TryParse(GlobalText(options, name), out var value) && value;

    /// <summary>An MSBuild property of the project; null when the compiler cannot see it or it is empty.</summary>
    public static string? BuildProperty(AnalyzerOptions options, string name) =>
        options.AnalyzerConfigOptionsProvider.GlobalOptions.TryGetValue("build_property." + name, out var value)
        && !string.IsNullOrWhiteSpace(value)
            ? value.Trim()
            : null;

    private static string? Read(AnalyzerConfigOptions options, string name) =>
        options.TryGetValue(Prefix + name, out var value) && !string.IsNullOrWhiteSpace(value) ? value.Trim() : null;
}
