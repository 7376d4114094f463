using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.Deployment;

/// <summary>SHK8004: an entry script that starts the application without exec, so that the script's shell stays PID 1.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class EntryScriptWithoutExecAnalyzer : ShutdownAnalyzer
{
    internal const string Id = "SHK8004";

    private static readonly DiagnosticDescriptor Rule = RuleDescriptor.Create(
        Id,
        "Entry script does not exec the application",
        "Without exec the script's shell stays PID 1 and does not pass SIGTERM on, so 'docker stop' waits the whole grace period and then kills the application with SIGKILL",
        RuleCategories.Deployment,
        DiagnosticSeverity.Warning,
        "The shell that runs an entry script gets the SIGTERM of 'docker stop' and does not pass it on to the program that it waits for. With exec the program takes the place of the shell.");

    private static readonly string[] Shells = ["sh", "bash", "ash", "dash"];

    /// <summary>Creates the analyzer.</summary>
    public EntryScriptWithoutExecAnalyzer()
        : base(Rule)
    {
    }

    private protected override void Register(Watch watch) => DeploymentFiles.Watch(watch, Analyze);

    private static void Analyze(AdditionalFileAnalysisContext context, DeploymentFiles files, DeploymentFile file)
    {
        if (file.Kind == DeploymentFileKind.Dockerfile && files.Dockerfiles.Contains(file))
            AnalyzeHereDocument(context, files, file);
        else if (file.Kind == DeploymentFileKind.EntryScript && files.Dockerfiles.Any(it => IsEntryScriptOf(file, it, files)))
            Report(context, files, file, new TextSpan(0, file.Text.Length));
    }

    // COPY <<EOF /entrypoint.sh
    private static void AnalyzeHereDocument(AdditionalFileAnalysisContext context, DeploymentFiles files, DeploymentFile file)
    {
        if (ScriptOf(file) is not { } script)
            return;

        foreach (var instruction in Dockerfile.FinalStage(file.Text)!.Chain().SelectMany(it => it.Instructions))
        {
            if (instruction is { Keyword: "COPY", HereDocuments.Count: 1 } && DeploymentPath.Name(instruction.Arguments.Split(' ', '\t').Last()) == DeploymentPath.Name(script))
                Report(context, files, file, instruction.HereDocuments[0]);
        }
    }

    private static void Report(AdditionalFileAnalysisContext context, DeploymentFiles files, DeploymentFile file, TextSpan span)
    {
        if (ShellScript.TryRead(file.Text, span) is not { } script)
            return;

        foreach (var command in EntryScript.ChildrenIn(script, files.Project))
        {
            var change = command.CanBeExec ? DeploymentEdit.Replace(new TextSpan(command.Span.Start, 0), "exec ") : DeploymentEdit.None;
            context.ReportDiagnostic(Diagnostic.Create(Rule, file.At(command.Span), change));
        }
    }

    private static bool IsEntryScriptOf(DeploymentFile script, DeploymentFile dockerfile, DeploymentFiles files)
    {
        if (ScriptOf(dockerfile) is not { } path)
            return false;

        // What the script is called outside of the image, and where it lies, is what COPY says.
        var name = DeploymentPath.Name(path);
        foreach (var instruction in Dockerfile.FinalStage(dockerfile.Text)!.Chain().SelectMany(it => it.Instructions))
        {
            if (instruction.Keyword is not ("COPY" or "ADD") || instruction.HereDocuments.Count > 0)
                continue;

            var words = (JsonArray.TryParse(instruction.Arguments) ?? Dockerfile.Words(instruction.Arguments)).Where(it => !it.StartsWith("--", StringComparison.Ordinal)).ToList();
            for (var index = 0; index + 1 < words.Count; index++)
            {
                var source = DeploymentPath.Normalize(words[index]).TrimStart('/');
                var target = words[words.Count - 1];
                if (DeploymentPath.Name(source) == DeploymentPath.Name(script.Path) && (DeploymentPath.Name(source) == name || DeploymentPath.Name(target) == name))
                    return IsBestMatch(script, source, dockerfile, files);
            }
        }

        // Copied with a whole directory.
        return DeploymentPath.Name(script.Path) == name && IsBestMatch(script, name, dockerfile, files);
    }

    // Of several scripts of the name it is the one at the path that COPY names, else the one beside the Dockerfile.
    private static bool IsBestMatch(DeploymentFile script, string source, DeploymentFile dockerfile, DeploymentFiles files)
    {
        var candidates = files.Of(DeploymentFileKind.EntryScript).Where(it => DeploymentPath.Name(it.Path) == DeploymentPath.Name(script.Path)).ToList();
        return Only(candidates.FindAll(it => ("/" + it.NormalizedPath).EndsWith("/" + source, StringComparison.OrdinalIgnoreCase) && source.IndexOf('/') >= 0))
               ?? Only(candidates.FindAll(it => DeploymentPath.AreSame(it.Folder, dockerfile.Folder)))
               ?? Only(candidates)
               ?? false;

        bool? Only(List<DeploymentFile> found) => found.Count == 0 ? null : found.Count == 1 ? found[0] == script : found.Contains(script) ? false : null;
    }

    /// <summary>The script that a Dockerfile starts as PID 1, or behind an init process that signals only the script.</summary>
    private static string? ScriptOf(DeploymentFile dockerfile)
    {
        if (Dockerfile.FinalStage(dockerfile.Text) is not { } stage || StartCommand.Of(stage) is not { } start)
            return null;

        var words = start.Words ?? ShellCommand.TryParse(start.Instruction.Arguments)?.PlainWords;
        if (words is null || InitProcess.Skip(words) is not { } index)
            return null;

        if (index < words.Count && Shells.Contains(DeploymentPath.Name(words[index])))
        {
            for (index++; index < words.Count && words[index].StartsWith("-", StringComparison.Ordinal); index++)
            {
                if (words[index].EndsWith("c", StringComparison.Ordinal))
                    return null;
            }
        }

        return index < words.Count ? words[index] : null;
    }
}
