using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Formatting;
using static Microsoft.CodeAnalysis.CSharp.SyntaxFactory;

namespace ShutdownKit.Analyzers.CodeFixes;

/// <summary>Makes sure that a statement is executed behind others, whatever way these are left.</summary>
internal static class FinallyBlock
{
    /// <summary>
    /// Puts the statement into a finally block behind the statements, which are the last ones of their block or file: into that of the try
    /// statement that they end with, if they do, else into a new one around all of them.
    /// </summary>
    /// <param name="statements">The statements, none of which may be a local function or a label.</param>
    /// <param name="code">The statement to execute at the end.</param>
    /// <returns>The change; null where the statements cannot be put into a block.</returns>
    public static Edit? Around(IReadOnlyList<StatementSyntax> statements, string code)
    {
        if (statements.Count == 0)
            return null;

        if (statements[statements.Count - 1] is TryStatementSyntax attempt && IsPlain(statements))
        {
            return (editor, done) =>
            {
                if (done.Add(attempt))
                    editor.ReplaceNode(attempt, WithLast(attempt, code));
            };
        }

        foreach (var statement in statements)
        {
            if (statement is LocalFunctionStatementSyntax or LabeledStatementSyntax)
                return null;
        }

        var first = statements[0];
        return (editor, done) =>
        {
            if (!done.Add(first))
                return;

            var guarded = TryStatement(
                    Block(statements.Select((statement, index) => index == 0 ? WithoutBlankLines(statement) : statement)),
                    default,
                    FinallyClause(Block(ParseStatement(code))))
                .WithLeadingTrivia(first.GetLeadingTrivia())
                .WithTrailingTrivia(statements[statements.Count - 1].GetTrailingTrivia())
                .WithAdditionalAnnotations(Formatter.Annotation);
            var isGlobal = first.Parent is GlobalStatementSyntax;
            for (var i = 1; i < statements.Count; i++)
                editor.RemoveNode(isGlobal ? statements[i].Parent! : statements[i], SyntaxRemoveOptions.KeepNoTrivia);

            if (isGlobal)
                editor.ReplaceNode(first.Parent!, GlobalStatement(guarded));
            else
                editor.ReplaceNode(first, guarded);
        };
    }

    // Only what cannot fail stands between: nothing is skipped by leaving it out of the try statement.
    private static bool IsPlain(IReadOnlyList<StatementSyntax> statements)
    {
        for (var i = 0; i < statements.Count - 1; i++)
        {
            if (statements[i] is not (LocalDeclarationStatementSyntax or ExpressionStatementSyntax))
                return false;
        }

        return true;
    }

    private static TryStatementSyntax WithLast(TryStatementSyntax attempt, string code)
    {
        var statement = ParseStatement(code).WithAdditionalAnnotations(Formatter.Annotation);
        return attempt.Finally is { } last
            ? attempt.WithFinally(last.WithBlock(last.Block.WithStatements(last.Block.Statements.Insert(0, statement.WithTrailingTrivia(ElasticEndOfLine("\n"))))))
            : attempt.WithoutTrailingTrivia()
                .WithFinally(FinallyClause(Block(statement)).WithLeadingTrivia(ElasticEndOfLine("\n")).WithTrailingTrivia(attempt.GetTrailingTrivia()).WithAdditionalAnnotations(Formatter.Annotation));
    }

    private static StatementSyntax WithoutBlankLines(StatementSyntax statement) => statement.WithLeadingTrivia(ElasticMarker);
}
