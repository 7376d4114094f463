using System.Globalization;
using System.Reflection;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.Diagnostics;
using ShutdownKit.Analyzers;
using ShutdownKit.Analyzers.CodeFixes;

namespace ShutdownKit.Generator;

/// <summary>A rule as the compiled analyzers describe it.</summary>
/// <param name="Severity">The highest severity that it reports with, unless told otherwise.</param>
/// <param name="Description">What happens at run time and what to do instead.</param>
internal sealed record Rule(string Id, string Title, string Category, DiagnosticSeverity Severity, bool IsEnabled, bool HasFix, string Description)
{
    /// <summary>The severity in the words of the pages.</summary>
    public string SeverityName => IsEnabled ? Severity.ToString() : "off";

    /// <summary>The severity in the words of an .editorconfig.</summary>
    public string ConfiguredSeverity => !IsEnabled ? "none" : Severity switch
    {
        DiagnosticSeverity.Error => "error",
        DiagnosticSeverity.Warning => "warning",
        DiagnosticSeverity.Info => "suggestion",
        _ => "silent",
    };
}

/// <summary>A suppressor, with the rules of others that it silences.</summary>
internal sealed record Suppressor(string Id, IReadOnlyList<string> Suppressed, string Justification);

/// <summary>The rules of one category, whose ids share their first digit.</summary>
internal sealed record Band(int Digit, string Category, string Title)
{
    public static IReadOnlyList<Band> All { get; } =
    [
        new(1, "Signals", "Signals and lifetime"),
        new(2, "HostedServices", "Hosted services and their loops"),
        new(3, "Exits", "Exits"),
        new(4, "Flushing", "Flushing and disposal"),
        new(5, "Durability", "Durability"),
        new(6, "Queues", "Queues and fire-and-forget"),
        new(7, "Libraries", "Libraries"),
        new(8, "Deployment", "Deployment files"),
    ];
}

/// <summary>All rules and suppressors, sorted by id.</summary>
internal sealed class RuleCatalogue
{
    /// <summary>Where the pages of the rules are published.</summary>
    public const string PagesAddress = "https://github.com/shutdownkit/shutdownkit/blob/main/docs/rules/";

    private RuleCatalogue(IReadOnlyList<Rule> rules, IReadOnlyList<Suppressor> suppressors)
    {
        Rules = rules;
        Suppressors = suppressors;
    }

    public IReadOnlyList<Rule> Rules { get; }

    public IReadOnlyList<Suppressor> Suppressors { get; }

    public IEnumerable<Rule> In(Band band) => Rules.Where(rule => rule.Category == band.Category);

    /// <summary>Reads the catalogue from the analyzers that this program was built with.</summary>
    public static RuleCatalogue Load()
    {
        var analyzers = Instances<DiagnosticAnalyzer>(typeof(ShutdownAnalyzer).Assembly).ToList();
        var fixable = Instances<CodeFixProvider>(typeof(ShutdownCodeFix).Assembly).SelectMany(fix => fix.FixableDiagnosticIds).ToHashSet();

        return new RuleCatalogue(
            [.. analyzers
                .SelectMany(analyzer => analyzer.SupportedDiagnostics)
                .GroupBy(descriptor => descriptor.Id, StringComparer.Ordinal)
                .OrderBy(group => group.Key, StringComparer.Ordinal)
                .Select(group => Describe([.. group], fixable.Contains(group.Key)))],
            [.. analyzers
                .OfType<DiagnosticSuppressor>()
                .SelectMany(suppressor => suppressor.SupportedSuppressions)
                .GroupBy(suppression => suppression.Id, StringComparer.Ordinal)
                .OrderBy(group => group.Key, StringComparer.Ordinal)
                .Select(group => new Suppressor(
                    group.Key,
                    [.. group.Select(suppression => suppression.SuppressedDiagnosticId).Order(StringComparer.Ordinal)],
                    Text(group.First().Justification)))]);
    }

    // A rule may have several descriptors, one for each severity that it reports with.
    private static Rule Describe(IReadOnlyList<DiagnosticDescriptor> descriptors, bool hasFix)
    {
        var main = descriptors.MaxBy(descriptor => descriptor.DefaultSeverity)!;
        return new Rule(
            main.Id,
            Text(main.Title),
            main.Category,
            main.DefaultSeverity,
            descriptors.Any(descriptor => descriptor.IsEnabledByDefault),
            hasFix,
            Text(main.Description));
    }

    private static string Text(LocalizableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static IEnumerable<T> Instances<T>(Assembly assembly) => assembly.GetTypes()
        .Where(type => !type.IsAbstract && typeof(T).IsAssignableFrom(type))
        .Select(type => (T)Activator.CreateInstance(type)!);
}
