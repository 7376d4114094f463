namespace ShutdownKit.Cli.Checking;

/// <summary>How serious a diagnostic is, as the project's own settings have it.</summary>
internal enum FindingLevel
{
    Info,
    Warning,
    Error,
}

/// <summary>One place in the code that a rule reports. Line and column count from 1; 0 when the diagnostic has no place.</summary>
internal sealed record CodeFinding(
    string Rule, FindingLevel Level, string Path, int Line, int Column, int EndLine, int EndColumn, string Message);

/// <summary>A rule that reported something. The title may be empty, the help address absent.</summary>
internal sealed record CodeRule(string Id, string Title, string? HelpUri);

/// <summary>What one compiler run wrote down about ShutdownKit's rules.</summary>
/// <param name="Findings">Diagnostics that are not suppressed.</param>
/// <param name="Rules">The rules that were loaded, whether or not they reported anything.</param>
/// <param name="Suppressed">Diagnostics that the project suppresses.</param>
/// <param name="Problems">Why the analysis may be incomplete: an analyzer failed, or could not be loaded.</param>
internal sealed record CompilerLog(
    IReadOnlyList<CodeFinding> Findings, IReadOnlyList<CodeRule> Rules, IReadOnlyList<CodeFinding> Suppressed, IReadOnlyList<string> Problems);
