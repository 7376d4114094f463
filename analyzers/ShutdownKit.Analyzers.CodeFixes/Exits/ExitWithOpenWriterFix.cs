using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Formatting;
using ShutdownKit.Analyzers.Exits;
using ShutdownKit.Analyzers.Flushing;
using ShutdownKit.Analyzers.Model;
using static Microsoft.CodeAnalysis.CSharp.SyntaxFactory;

namespace ShutdownKit.Analyzers.CodeFixes.Exits;

/// <summary>SHK3002: disposes of the writers before the exit.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp)]
public sealed class ExitWithOpenWriterFix : EditingCodeFix
{
    /// <summary>Creates the fix.</summary>
    public ExitWithOpenWriterFix()
        : base(ExitWithOpenWriterAnalyzer.Id, "Dispose of the writer before the exit")
    {
    }

    private protected override Edit? Plan(SemanticModel model, SyntaxNode node, CancellationToken cancellationToken)
    {
        if (node.FirstAncestorOrSelf<InvocationExpressionSyntax>() is not { Parent: ExpressionStatementSyntax statement } exit)
            return null;

        var writers = new BufferedWriters(ShutdownSymbols.GetOrCreate(model.Compilation));
        var disposals = ExitWithOpenWriterAnalyzer.OpenWriters(exit, model, writers, cancellationToken)
            .Select(variable => $"{variable.Identifier.Text}.Dispose();")
            .ToList();
        if (disposals.Count == 0)
            return null;

        return (editor, _) =>
        {
            if (statement.Parent is BlockSyntax or GlobalStatementSyntax)
            {
                var statements = disposals.Select(code => StatementLike(statement, code)).ToList();
                statements[0] = statements[0].WithLeadingTrivia(statement.GetLeadingTrivia());
                if (statement.Parent is GlobalStatementSyntax global)
                    editor.InsertBefore(global, statements.Select(GlobalStatement));
                else
                    editor.InsertBefore(statement, statements);
                editor.ReplaceNode(statement, (current, _) => current.WithLeadingTrivia(StatementLike(statement, ";").GetLeadingTrivia()));
            }
            else
            {
                editor.ReplaceNode(
                    statement,
                    Block(disposals.Select(code => ParseStatement(code).WithTrailingTrivia(ElasticCarriageReturnLineFeed)).Append(statement.WithoutTrivia())).WithTriviaFrom(statement).WithAdditionalAnnotations(Formatter.Annotation));
            }
        };
    }
}
