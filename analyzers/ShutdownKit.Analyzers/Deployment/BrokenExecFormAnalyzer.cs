using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.Deployment;

/// <summary>SHK8003: an exec form that is no valid JSON, which the builder takes for the shell form without a word.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class BrokenExecFormAnalyzer : ShutdownAnalyzer
{
    internal const string Id = "SHK8003";

    private static readonly DiagnosticDescriptor Rule = RuleDescriptor.Create(
        Id,
        "Exec form is no valid JSON",
        "{0}",
        RuleCategories.Deployment,
        DiagnosticSeverity.Warning,
        "An array that is not valid JSON (single quotes, a comma too many, a bracket too few) is taken for a command line or a list of words, without a warning.");

    /// <summary>Creates the analyzer.</summary>
    public BrokenExecFormAnalyzer()
        : base(Rule)
    {
    }

    private protected override void Register(Watch watch) => DeploymentFiles.WatchDockerfiles(watch, Analyze);

    private static void Analyze(AdditionalFileAnalysisContext context, DeploymentFile file, DockerStage stage)
    {
        if (StageShell.OfImage(stage) == ShellKind.NotPosix)
            return;

        var entryPoint = stage.Effective("ENTRYPOINT");
        Check(context, file, entryPoint);
        if (stage.EffectiveCommand() is { } command && (entryPoint is null || JsonArray.TryParse(entryPoint.Arguments) is not null))
            Check(context, file, command);
        foreach (var volume in stage.Chain().SelectMany(it => it.Instructions).Where(it => it.Keyword == "VOLUME"))
            Check(context, file, volume);
    }

    private static void Check(AdditionalFileAnalysisContext context, DeploymentFile file, DockerInstruction? instruction)
    {
        if (instruction is null || instruction.Arguments.Length == 0 || instruction.Arguments[0] != '[' || JsonArray.TryParse(instruction.Arguments) is not null || Meant(instruction.Arguments) is not { } meant)
            return;

        var what = instruction.Keyword == "VOLUME"
            ? "the words are taken for paths as they stand, and the directory that was meant is no volume: 'docker rm' loses what is written there"
            : "it is run as a command line by /bin/sh, which does not find such a program: the container ends as soon as it is started";
        context.ReportDiagnostic(Diagnostic.Create(
            Rule,
            file.At(instruction.Span),
            meant.IsCertain ? DeploymentEdit.Replace(instruction, JsonArray.Write(meant.Items)) : DeploymentEdit.None,
            $"{instruction.Keyword} is no valid JSON array, so {what}"));
    }

    /// <summary>
    /// The strings that were meant; null for what is no array at all, such as a test of the shell: <c>[ -f config ] &amp;&amp; ./app</c>.
    /// </summary>
    private static (List<string> Items, bool IsCertain)? Meant(string text)
    {
        var items = new List<string>();
        var isCertain = true;
        var commas = 0;
        var index = 1;
        while (true)
        {
            while (index < text.Length && char.IsWhiteSpace(text[index]))
                index++;
            if (index >= text.Length || text[index] == ']')
                break;

            if (text[index] == ',')
            {
                commas++;
                index++;
                continue;
            }

            var close = text[index] switch { '"' => '"', '\'' => '\'', '\u201c' or '\u201d' => '\u201d', '\u2018' or '\u2019' => '\u2019', _ => '\0' };
            var start = close == '\0' ? index : index + 1;
            var end = close == '\0' ? text.IndexOfAny([',', ']', ' ', '\t'], start) : EndOfString(text, start, close);
            if (end < 0 && close == '\0')
                end = text.Length;
            if (end < 0)
                return null;

            // Without quotes it is an array only where commas part the words.
            isCertain &= close != '\0' && text.IndexOf('\\', start, end - start) < 0;
            items.Add(text.Substring(start, end - start));
            index = close == '\0' ? end : end + 1;
        }

        // Behind the bracket at most a comment, which the builder does not know there.
        var rest = index < text.Length ? text.Substring(index + 1).Trim() : "";
        if (items.Count == 0 || (rest.Length > 0 && rest[0] != '#'))
            return null;
        if (commas == 0 && items.Exists(it => it.StartsWith("-", StringComparison.Ordinal) || it is "=" or "==" or "!=" or "["))
            return null;

        // [ a b ] may be a test; [a b] is none, because its first word is "[a".
        return commas == 0 && items.Count > 1 && !isCertain && text.Length > 1 && char.IsWhiteSpace(text[1]) ? null : (items, isCertain);
    }

    private static int EndOfString(string text, int start, char close)
    {
        for (var index = start; index < text.Length; index++)
        {
            if (text[index] == '\\')
                index++;
            else if (text[index] == close || (close == '\u201d' && text[index] == '\u201c'))
                return index;
        }

        return -1;
    }
}
