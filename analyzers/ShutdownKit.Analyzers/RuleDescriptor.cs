using Microsoft.CodeAnalysis;

namespace ShutdownKit.Analyzers;

/// <summary>Creates the descriptors of the rules, so that all of them carry the same kind of help link.</summary>
internal static class RuleDescriptor
{
    private const string HelpLinkFormat = "https://github.com/shutdownkit/shutdownkit/blob/main/docs/rules/{0}.md";

    /// <summary>Creates a descriptor that is enabled by default.</summary>
    /// <param name="id">The rule's id, <c>SHKnnnn</c>.</param>
    /// <param name="title">The defect, in a few words.</param>
    /// <param name="messageFormat">What happens at run time; may contain <c>{0}</c>-style arguments.</param>
    /// <param name="category">One of <see cref="RuleCategories"/>.</param>
    /// <param name="severity">The default severity.</param>
    /// <param name="description">What happens at run time and what to do instead.</param>
    public static DiagnosticDescriptor Create(
        string id, string title, string messageFormat, string category, DiagnosticSeverity severity, string description) =>
        new(id, title, messageFormat, category, severity, isEnabledByDefault: true, description, HelpLink(id));

    /// <summary>The address of the rule's page.</summary>
    public static string HelpLink(string id) => string.Format(System.Globalization.CultureInfo.InvariantCulture, HelpLinkFormat, id);
}
