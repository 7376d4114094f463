using System.Text;

namespace ShutdownKit.Generator;

/// <summary>The tables of the rules, in Markdown.</summary>
internal static class RuleTables
{
    /// <summary>A heading and a table for each band; links are relative to <c>docs/rules</c>.</summary>
    public static string ByBand(RuleCatalogue catalogue)
    {
        var text = new StringBuilder();
        foreach (var band in Band.All)
        {
            var rules = catalogue.In(band).ToList();
            if (rules.Count == 0)
                continue;

            text.Append($"\n## SHK{band.Digit}xxx: {band.Title}\n\n");
            text.Append("| rule | what it finds | severity | fix | why |\n|---|---|---|---|---|\n");
            foreach (var rule in rules)
                text.Append($"| {Link(rule.Id)} | {Escape(rule.Title)} | {rule.SeverityName} | {(rule.HasFix ? "yes" : "no")} | {Escape(rule.Description)} |\n");
        }

        return text.Append('\n').ToString();
    }

    /// <summary>A line for each band, with its rules; short enough for a README.</summary>
    public static string Bands(RuleCatalogue catalogue, string pages)
    {
        var text = new StringBuilder($"\n{catalogue.Rules.Count} rules, {catalogue.Rules.Count(rule => rule.HasFix)} with a code fix:\n\n");
        text.Append("| | rules |\n|---|---|\n");
        foreach (var band in Band.All)
        {
            var rules = catalogue.In(band).Select(rule => $"[{rule.Id}]({pages}{rule.Id}.md \"{rule.Title.Replace("\"", "'", StringComparison.Ordinal)}\")").ToList();
            if (rules.Count > 0)
                text.Append($"| {band.Title} | {string.Join(' ', rules)} |\n");
        }

        return text.Append('\n').ToString();
    }

    public static string Suppressors(RuleCatalogue catalogue)
    {
        var text = new StringBuilder("\n| suppressor | silences | because |\n|---|---|---|\n");
        foreach (var suppressor in catalogue.Suppressors)
            text.Append($"| {Link(suppressor.Id)} | {string.Join(", ", suppressor.Suppressed)} | {Escape(suppressor.Justification)} |\n");
        return text.Append('\n').ToString();
    }

    public static string Severities(RuleCatalogue catalogue)
    {
        var modes = AnalysisMode.All;
        var text = new StringBuilder($"\n| rule | {string.Join(" | ", modes.Select(mode => $"`{mode.Name}`"))} |\n");
        text.Append($"|---|{string.Concat(modes.Select(_ => "---|"))}\n");
        foreach (var rule in catalogue.Rules)
            text.Append($"| {Link(rule.Id)} | {string.Join(" | ", modes.Select(mode => mode.SeverityOf(rule)))} |\n");
        return text.Append('\n').ToString();
    }

    private static string Link(string id) => $"[{id}]({id}.md)";

    private static string Escape(string text) => text
        .Replace("|", "\\|", StringComparison.Ordinal)
        .Replace("<", "&lt;", StringComparison.Ordinal);
}
