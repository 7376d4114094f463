using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Editing;
using Microsoft.CodeAnalysis.Formatting;
using Microsoft.CodeAnalysis.Simplification;
using ShutdownKit.Analyzers.Signals;
using static Microsoft.CodeAnalysis.CSharp.SyntaxFactory;

namespace ShutdownKit.Analyzers.CodeFixes.Signals;

/// <summary>
/// SHK1002: handles SIGTERM by leaving through Environment.Exit, which raises ProcessExit. This is what the runtime did before .NET 10,
/// down to the exit code.
/// </summary>
[ExportCodeFixProvider(LanguageNames.CSharp)]
public sealed class ProcessExitAsSigtermHookFix : EditingCodeFix
{
    private const string Interop = "global::System.Runtime.InteropServices.";
    private const string FieldName = "SigtermRegistration";

    private const string Registration =
        $"{Interop}PosixSignalRegistration.Create({Interop}PosixSignal.SIGTERM, _ => global::System.Environment.Exit(143))";

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
        var entryPoint = model.Compilation.GetEntryPoint(cancellationToken);
        var enclosing = model.GetEnclosingSymbol(statement.SpanStart, cancellationToken);
        if (entryPoint is not null && SymbolEqualityComparer.Default.Equals(enclosing, entryPoint)
            && (statement.Parent is GlobalStatementSyntax || statement.Parent?.Parent is MethodDeclarationSyntax))
        {
            return (editor, done) =>
            {
                if (done.Add(editor.OriginalRoot))
                    InsertAfter(editor, statement, StatementLike(statement, $"using var sigterm = {Registration};"));
            };
        }

        var type = statement.FirstAncestorOrSelf<TypeDeclarationSyntax>();
        if (type is not (ClassDeclarationSyntax or StructDeclarationSyntax)
            || model.GetDeclaredSymbol(type, cancellationToken) is not { TypeParameters.IsEmpty: true } symbol
            || !symbol.GetMembers(FieldName).IsEmpty)
        {
            return null;
        }

        return (editor, done) =>
        {
            if (!done.Add(editor.OriginalRoot))
                return;

            InsertAfter(editor, statement, StatementLike(statement, $"{FieldName} ??= {Registration};"));
            editor.InsertBefore(
                type.Members[0],
                ParseMemberDeclaration($"private static {Interop}PosixSignalRegistration? {FieldName};\n")!
                    .WithAdditionalAnnotations(Formatter.Annotation, Simplifier.Annotation));
        };
    }

    private static void InsertAfter(SyntaxEditor editor, StatementSyntax statement, StatementSyntax inserted)
    {
        if (statement.Parent is GlobalStatementSyntax global)
            editor.InsertAfter(global, GlobalStatement(inserted));
        else
            editor.InsertAfter(statement, inserted);
    }
}
