using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using ShutdownKit.Analyzers.Signals;

namespace ShutdownKit.Analyzers.CodeFixes.Signals;

/// <summary>
/// SHK1002: handles SIGTERM by leaving through Environment.Exit, which raises ProcessExit. This is what the runtime did before .NET 10,
/// down to the exit code.
/// </summary>
[ExportCodeFixProvider(LanguageNames.CSharp)]
public sealed class ProcessExitAsSigtermHookFix : EditingCodeFix
{
    private const string FieldName = "SigtermRegistration";

    private const string Registration =
        $"{SigtermRegistration.Interop}PosixSignalRegistration.Create({SigtermRegistration.Interop}PosixSignal.SIGTERM, _ => global::System.Environment.Exit(143))";

    /// <summary>Creates the fix.</summary>
    public ProcessExitAsSigtermHookFix()
        : base(ProcessExitAsSigtermHookAnalyzer.Id, "Raise ProcessExit on SIGTERM")
    {
    }

    private protected override (string Namespace, string Type)? Import => ("System.Runtime.InteropServices", "PosixSignalRegistration");

    private protected override Edit? Plan(SemanticModel model, SyntaxNode node, CancellationToken cancellationToken)
    {
        if (node.FirstAncestorOrSelf<ExpressionStatementSyntax>() is not { Parent: BlockSyntax or GlobalStatementSyntax } statement)
            return null;

        // The registration ends when it is collected: in Main a local lives long enough, elsewhere it needs a field.
        if (SigtermRegistration.IsInMain(statement, model, cancellationToken))
        {
            return (editor, done) =>
            {
                if (done.Add(editor.OriginalRoot))
                    SigtermRegistration.InsertAfter(editor, statement, StatementLike(statement, $"using var sigterm = {Registration};"));
            };
        }

        if (SigtermRegistration.TypeForField(statement, FieldName, model, cancellationToken) is not { } type)
            return null;

        return (editor, done) =>
        {
            if (!done.Add(editor.OriginalRoot))
                return;

            SigtermRegistration.InsertAfter(editor, statement, StatementLike(statement, $"{FieldName} ??= {Registration};"));
            SigtermRegistration.AddField(editor, type, FieldName, model);
        };
    }
}
