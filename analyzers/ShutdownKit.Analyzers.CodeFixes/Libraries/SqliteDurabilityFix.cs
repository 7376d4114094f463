using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using ShutdownKit.Analyzers.Libraries;

namespace ShutdownKit.Analyzers.CodeFixes.Libraries;

/// <summary>SHK7003: the journal on the disk, and a database that waits for it.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp)]
public sealed class SqliteDurabilityFix : EditingCodeFix
{
    /// <summary>Creates the fix.</summary>
    public SqliteDurabilityFix()
        : base(SqliteDurabilityAnalyzer.Id, "Use a durable mode")
    {
    }

    // The names of the values differ between pragmas, connection strings and the enumerations, so that only the value is replaced.
    private protected override Edit? Plan(SemanticModel model, SyntaxNode node, CancellationToken cancellationToken) =>
        node switch
        {
            MemberAccessExpressionSyntax access => (editor, _) => editor.ReplaceNode(
                access.Name, SyntaxFactory.IdentifierName(access.Expression.ToString().EndsWith("SQLiteJournalModeEnum", StringComparison.Ordinal) ? "Wal" : "Full").WithTriviaFrom(access.Name)),
            LiteralExpressionSyntax literal when SqliteDurabilityAnalyzer.WithDurableModes(literal.Token.Text) is { } text && text != literal.Token.Text =>
                (editor, done) =>
                {
                    if (done.Add(literal))
                        editor.ReplaceNode(literal, SyntaxFactory.ParseExpression(text).WithTriviaFrom(literal));
                },
            _ => null,
        };
}
