using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using ShutdownKit.Analyzers.Deployment;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.Libraries;

/// <summary>SHK7012: a server that is told to acknowledge what it has not made safe.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class ServerDurabilityAnalyzer : ShutdownAnalyzer
{
    internal const string Id = "SHK7012";

    // In string constants: a word that each setting needs, and the setting itself.
    private static readonly Setting[] Settings =
    [
        new("synchronous_commit", @"\bsynchronous_commit\s*(=|\s+to\s+)\s*'?off\b", "PostgreSQL acknowledges a commit before it is on the disk: a crash of the server loses the last ones"),
        new("fsync", @"\bfsync\s*=\s*'?off\b", "PostgreSQL never waits for the disk: a power cut can destroy the database"),
        new("full_page_writes", @"\bfull_page_writes\s*=\s*'?off\b", "PostgreSQL cannot repair a page that a power cut has torn"),
        new("innodb_flush_log_at_trx_commit", @"\binnodb_flush_log_at_trx_commit\s*=\s*0", "MySQL acknowledges a commit before it is written: a crash of the server loses up to a second of them"),
        new("mongodb", @"\bmongodb(\+srv)?://\S*[?&]w=0\b", "MongoDB acknowledges nothing: a write that failed looks like one that succeeded"),
        new("mongodb", @"\bmongodb(\+srv)?://\S*[?&]journal=false\b", "MongoDB acknowledges a write before it is in the journal: a crash of the server loses it"),
    ];

    /// <summary>The names without which there is nothing to find.</summary>
    internal static readonly string[] Names = [.. Settings.Select(static setting => setting.Word), "Acks", "Unacknowledged"];

    private static readonly DiagnosticDescriptor Rule = RuleDescriptor.Create(
        Id,
        "Durability of a server is switched off",
        "{0}",
        RuleCategories.Libraries,
        DiagnosticSeverity.Info,
        "Databases and brokers acknowledge a write when it is safe, unless they are told to acknowledge sooner. What they had acknowledged too soon is lost when they are killed or the power fails.");

    /// <summary>Creates the analyzer.</summary>
    public ServerDurabilityAnalyzer()
        : base(Rule)
    {
    }

    private protected override void Register(Watch watch)
    {
        if (watch.Facts.IsExemptAsTest)
            return;

        foreach (var setting in Settings)
            watch.Files([setting.Word], file => LookAtLiterals(file, setting));

        watch.Names(["Acks", "Unacknowledged"], LookAtName);
        DeploymentFiles.Watch(watch, LookAtCompose);
    }

    private static void LookAtLiterals(SourceFile file, Setting setting)
    {
        foreach (var literal in file.Literals(setting.Word))
        {
            if (setting.Pattern.Match(literal.Text) is { Success: true } match)
                file.Report(Diagnostic.Create(Rule, Location.Create(file.Tree, new(literal.SpanStart + match.Index, match.Length)), setting.Effect));
        }
    }

    private static void LookAtName(SourceFile file, SyntaxToken name)
    {
        if (name.Parent is not SimpleNameSyntax simple)
            return;

        var (expression, type, effect) = name.ValueText == "Acks"
            ? (simple.Parent as MemberAccessExpressionSyntax, "Confluent.Kafka.Acks", "Kafka acknowledges nothing: a message that the broker never got looks like one that it has")
            : (simple.Parent as MemberAccessExpressionSyntax, "MongoDB.Driver.WriteConcern", "MongoDB acknowledges nothing: a write that failed looks like one that succeeded");
        if (expression is null || (name.ValueText == "Acks" && expression.Name.Identifier.ValueText != "None"))
            return;

        // A comparison asks for the setting, it does not make it.
        if (expression.Parent is BinaryExpressionSyntax or ConstantPatternSyntax or CaseSwitchLabelSyntax)
            return;

        if (file.Symbols.Type(type) is { } known && file.Model.GetSymbolInfo(expression, file.CancellationToken).Symbol?.ContainingType.Is(known) == true)
            file.Report(Diagnostic.Create(Rule, expression.GetLocation(), effect));
    }

    // The services beside the project's own are the servers that it writes to.
    private static void LookAtCompose(AdditionalFileAnalysisContext context, DeploymentFiles files, DeploymentFile file)
    {
        if (file.Kind != DeploymentFileKind.Compose || file.IsForDevelopment || !files.ServicesOf(file).Any())
            return;

        foreach (var service in ComposeFile.Services(file.Text))
        {
            if (service.Command is not { } command)
                continue;

            var words = string.Join(" ", command.Words);
            if (EffectOf(words) is { } effect)
                context.ReportDiagnostic(Diagnostic.Create(Rule, file.At(command.Span), effect));
        }
    }

    private static string? EffectOf(string words)
    {
        foreach (var setting in Settings)
        {
            if (setting.Pattern.IsMatch(words))
                return setting.Effect;
        }

        return words.Contains("redis-server") && words.Contains("--appendonly no") && Regex.IsMatch(words, "--save(\\s*$|\\s+--|\\s+\"\")", RegexOptions.CultureInvariant)
            ? "Redis keeps everything in memory alone: each stop of it loses all of it"
            : null;
    }

    private sealed class Setting(string word, string pattern, string effect)
    {
        private Regex? _pattern;

        public string Word { get; } = word;

        /// <summary>The setting as it is written; made when it is needed for the first time, which most compilations never do.</summary>
        public Regex Pattern => _pattern ??= new Regex(pattern, RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);

        /// <summary>What happens at run time.</summary>
        public string Effect { get; } = effect;
    }
}
