using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.Libraries;

/// <summary>SHK7003: a SQLite database that is told not to protect itself.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class SqliteDurabilityAnalyzer : ShutdownAnalyzer
{
    internal const string Id = "SHK7003";

    private static readonly string[] Enumerations = ["SQLiteJournalModeEnum", "SynchronizationModes"];

    /// <summary>The names without which there is nothing to find.</summary>
    internal static readonly string[] Names = ["journal_mode", "synchronous", "Synchronous", "Journal", .. Enumerations, "memory", "Memory"];

    private static readonly DiagnosticDescriptor Rule = RuleDescriptor.Create(
        Id,
        "SQLite is told not to protect its data",
        "{0}",
        RuleCategories.Libraries,
        DiagnosticSeverity.Warning,
        "With journal_mode OFF or MEMORY a process that is killed in the middle of a transaction leaves a database that nothing can repair. "
        + "With synchronous OFF committed transactions survive a kill, but not a power cut.");

    /// <summary>Creates the analyzer.</summary>
    public SqliteDurabilityAnalyzer()
        : base(Rule)
    {
    }

    private protected override void Register(Watch watch)
    {
        if (watch.Facts.IsExemptAsTest)
            return;

        watch.Files(["journal_mode", "Journal"], static file => Look(file, ["journal_mode", "Journal"], Patterns.Journal, Unrepairable, DiagnosticSeverity.Warning));
        watch.Files(["synchronous", "Synchronous"], static file => Look(file, ["synchronous", "Synchronous"], Patterns.Synchronous, UnsafeOnPowerLoss, DiagnosticSeverity.Info));
        watch.Names(Enumerations, Look);
    }

    /// <summary>The literal with modes that keep the data: what the fix puts in its place.</summary>
    internal static string WithDurableModes(string literal)
    {
        literal = Patterns.Journal.Replace(literal, static match => Replaced(match, "WAL"));
        return Patterns.Synchronous.Replace(literal, static match => Replaced(match, "FULL"));
    }

    private static string Replaced(Match match, string value) =>
        match.Value.Substring(0, match.Groups["value"].Index - match.Index) + value;

    private static string Unrepairable(string mode) =>
        $"With the journal mode {mode.ToUpperInvariant()} a kill in the middle of a transaction can destroy the database: there is no journal on the disk to repair it from";

    private static string UnsafeOnPowerLoss(string mode) =>
        $"With synchronous={mode.ToUpperInvariant()} SQLite never waits for the disk: what is committed survives SIGKILL, but a power cut can lose it or destroy the database";

    private static void Look(SourceFile file, string[] names, Regex setting, Func<string, string> message, DiagnosticSeverity severity)
    {
        foreach (var name in names)
        {
            foreach (var literal in file.Literals(name))
            {
                if (setting.Match(literal.Text) is not { Success: true } match || IsInMemory(file, literal.Parent))
                    continue;

                var place = Location.Create(file.Tree, new(literal.SpanStart + match.Index, match.Length));
                file.Report(Diagnostic.Create(Rule, place, severity, additionalLocations: null, properties: null, message(match.Groups["value"].Value)));
            }
        }
    }

    // System.Data.SQLite names them in its connection string builder.
    private static void Look(SourceFile file, SyntaxToken name)
    {
        if (name.Parent?.Parent is not MemberAccessExpressionSyntax { Name.Identifier.ValueText: "Off" or "Memory" } access
            || access.Parent is not AssignmentExpressionSyntax assignment || assignment.Right != access
            || IsInMemory(file, access))
        {
            return;
        }

        var isJournal = name.ValueText == Enumerations[0];
        var mode = access.Name.Identifier.ValueText;
        file.Report(Diagnostic.Create(
            Rule, access.GetLocation(), isJournal ? DiagnosticSeverity.Warning : DiagnosticSeverity.Info, additionalLocations: null, properties: null,
            isJournal ? Unrepairable(mode) : UnsafeOnPowerLoss(mode)));
    }

    // A database in memory has nothing to lose on the disk.
    private static bool IsInMemory(SourceFile file, SyntaxNode? node)
    {
        if (!file.MayMention("memory") && !file.MayMention("Memory"))
            return false;

        var around = (node is null ? null : MethodGraph.DeclarationOf(node)) ?? node;
        return around?.ToString() is { } text
               && (text.IndexOf(":memory:", StringComparison.OrdinalIgnoreCase) >= 0 || text.Contains("Mode=Memory") || text.Contains("SqliteOpenMode.Memory"));
    }

    // In a class of their own, so that they are made only where one is needed. Between the name and its value stands "=" or "(", as in
    // PRAGMA journal_mode = OFF, PRAGMA journal_mode(OFF) and Journal Mode=Off.
    private static class Patterns
    {
        public static readonly Regex Journal = new(@"journal[_ ]mode\s*[=(]\s*['""]?(?<value>off|memory)\b", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);
        public static readonly Regex Synchronous = new(@"\bsynchronous\s*[=(]\s*['""]?(?<value>off|0)\b", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);
    }
}
