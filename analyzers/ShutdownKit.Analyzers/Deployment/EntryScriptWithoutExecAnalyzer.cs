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
        else if (file.Kind == DeploymentFileKind.EntryScript && files.Dockerfiles.Any(it => files.ScriptOf(it) == file))
            Report(context, files, file, new TextSpan(0, file.Text.Length));
    }

    // COPY <<EOF /entrypoint.sh
    private static void AnalyzeHereDocument(AdditionalFileAnalysisContext context, DeploymentFiles files, DeploymentFile file)
    {
        if (StartCommand.ScriptOf(file.Text) is not { } script)
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
}
