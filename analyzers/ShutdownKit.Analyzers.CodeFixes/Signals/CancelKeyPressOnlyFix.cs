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

/// <summary>SHK1003: handles SIGTERM with the same body.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp)]
public sealed class CancelKeyPressOnlyFix : EditingCodeFix
{
    private const string FieldName = "SigtermRegistration";

    /// <summary>Creates the fix.</summary>
    public CancelKeyPressOnlyFix()
        : base(CancelKeyPressOnlyAnalyzer.Id, "Do the same on SIGTERM")
    {
    }

    private protected override (string Namespace, string Type)? Import => ("System.Runtime.InteropServices", "PosixSignalRegistration");

    private protected override Edit? Plan(SemanticModel model, SyntaxNode node, CancellationToken cancellationToken)
    {
        if (node.FirstAncestorOrSelf<AssignmentExpressionSyntax>() is not { Parent: ExpressionStatementSyntax { Parent: BlockSyntax or GlobalStatementSyntax } statement } subscription
            || !SigtermRegistration.IsKnown(model)
            || BodyForContext(subscription.Right, model, cancellationToken) is not { } body
            || !model.LookupSymbols(statement.SpanStart, name: "context").IsEmpty)
        {
            return null;
        }

        var registration = $"{SigtermRegistration.Interop}PosixSignalRegistration.Create({SigtermRegistration.Interop}PosixSignal.SIGTERM, context =>{body});";
        if (SigtermRegistration.IsInMain(statement, model, cancellationToken))
        {
            return model.LookupSymbols(statement.SpanStart, name: "sigterm").IsEmpty
                ? (editor, _) => SigtermRegistration.InsertAfter(editor, statement, StatementLike(statement, $"using var sigterm = {registration}"))
                : null;
        }

        if (SigtermRegistration.TypeForField(statement, FieldName, model, cancellationToken) is not { } type)
            return null;

        return (editor, _) =>
        {
            SigtermRegistration.InsertAfter(editor, statement, StatementLike(statement, $"{FieldName} ??= {registration}"));
            SigtermRegistration.AddField(editor, type, FieldName, model);
        };
    }

    // The text of the handler's body with the context in the place of the event's arguments. A method cannot be called with other
    // arguments; and without Cancel or an exit the process, as PID 1, would go on after the handler: there something else is needed.
    private static string? BodyForContext(ExpressionSyntax handler, SemanticModel model, CancellationToken cancellationToken)
    {
        var (first, second) = handler switch
        {
            ParenthesizedLambdaExpressionSyntax { ParameterList.Parameters: { Count: 2 } parameters } => (parameters[0], parameters[1]),
            AnonymousMethodExpressionSyntax { ParameterList.Parameters: { Count: 2 } parameters } => (parameters[0], parameters[1]),
            _ => default,
        };
        if (second is null || handler is not AnonymousFunctionExpressionSyntax { AsyncKeyword.RawKind: 0, Body: var body })
            return null;

        var uses = new List<SyntaxNode>();
        var lives = false;
        foreach (var inner in body.DescendantNodesAndSelf())
        {
            if (inner is IdentifierNameSyntax { Identifier.ValueText: var name } use && use.Parent is not MemberAccessExpressionSyntax { Expression: not IdentifierNameSyntax })
            {
                if (name == first!.Identifier.ValueText && name != "_" && !IsMemberName(use))
                    return null;
                if (name == second.Identifier.ValueText && name != "_" && !IsMemberName(use))
                {
                    if (use.Parent is not MemberAccessExpressionSyntax { Name.Identifier.ValueText: "Cancel" })
                        return null;
                    uses.Add(use);
                }
            }

            lives |= inner is AssignmentExpressionSyntax { Left: MemberAccessExpressionSyntax { Name.Identifier.ValueText: "Cancel" } }
                     || inner is InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax { Name.Identifier.ValueText: "Exit", Expression: IdentifierNameSyntax { Identifier.ValueText: "Environment" } } };
        }

        if (!lives)
            return null;

        var changed = body.ReplaceNodes(uses, static (use, _) => IdentifierName("context").WithTriviaFrom(use));
        return handler is AnonymousMethodExpressionSyntax or LambdaExpressionSyntax { Block: not null } ? Separator(body) + changed.ToString() : " " + changed.ToString();
    }

    private static bool IsMemberName(IdentifierNameSyntax use) => use.Parent is MemberAccessExpressionSyntax access && access.Name == use;

    // The block starts on a line of its own where it did so before.
    private static string Separator(CSharpSyntaxNode body) =>
        body.GetFirstToken().GetPreviousToken().TrailingTrivia.Any(SyntaxKind.EndOfLineTrivia) ? "\n" : " ";
}
