using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Editing;
using ShutdownKit.Analyzers.Durability;
using static Microsoft.CodeAnalysis.CSharp.SyntaxFactory;

namespace ShutdownKit.Analyzers.CodeFixes.Durability;

/// <summary>SHK5002: moves over the old file in one step.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp)]
public sealed class DeleteThenMoveFix : EditingCodeFix
{
    /// <summary>Creates the fix.</summary>
    public DeleteThenMoveFix()
        : base(DeleteThenMoveAnalyzer.Id, "Replace the file in one step")
    {
    }

    private protected override Edit? Plan(SemanticModel model, SyntaxNode node, CancellationToken cancellationToken)
    {
        if (node.FirstAncestorOrSelf<InvocationExpressionSyntax>() is not { } move
            || DeleteThenMoveAnalyzer.DestinationOf(move) is not { } destination
            || DeleteThenMoveAnalyzer.DeletionBefore(move, destination) is not { } deletion
            || !CanOverwrite(model, move, cancellationToken)
            || RemovableStatement(deletion) is not { } statement)
        {
            return null;
        }

        return (editor, _) =>
        {
            editor.RemoveNode(statement, statement.GetLeadingTrivia().Any(static trivia => trivia.IsKind(SyntaxKind.SingleLineCommentTrivia))
                ? SyntaxRemoveOptions.KeepLeadingTrivia
                : SyntaxRemoveOptions.KeepNoTrivia);
            var overwrite = Argument(NameColon("overwrite"), default, LiteralExpression(SyntaxKind.TrueLiteralExpression));
            editor.ReplaceNode(move, (current, _) =>
            {
                var call = (InvocationExpressionSyntax)current;
                return call.WithArgumentList(call.ArgumentList.AddArguments(overwrite.WithLeadingTrivia(Space)));
            });
        };
    }

    // The deletion alone, or the if around nothing else.
    private static StatementSyntax? RemovableStatement(InvocationExpressionSyntax deletion)
    {
        if (deletion.Parent is not ExpressionStatementSyntax statement)
            return null;

        StatementSyntax removable = statement;
        if (removable.Parent is BlockSyntax { Statements.Count: 1, Parent: IfStatementSyntax } block)
            removable = block;

        if (removable.Parent is IfStatementSyntax { Else: null } guard)
            removable = guard;
        else if (removable is BlockSyntax)
            removable = statement;

        return removable.Parent is BlockSyntax or SwitchSectionSyntax ? removable : null;
    }

    private static bool CanOverwrite(SemanticModel model, InvocationExpressionSyntax move, CancellationToken cancellationToken) =>
        model.GetSymbolInfo(move, cancellationToken).Symbol is IMethodSymbol { ContainingType: var type, Name: var name, Parameters.Length: var count }
        && type.GetMembers(name).OfType<IMethodSymbol>().Any(overload => overload.Parameters.Length == count + 1 && overload.Parameters[count].Name == "overwrite");
}
