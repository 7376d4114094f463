using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Editing;
using ShutdownKit.Analyzers.Durability;
using ShutdownKit.Analyzers.Flushing;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.CodeFixes.Flushing;

/// <summary>SHK4004: flushes a file stream to disk at the end of its using statement.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp)]
public sealed class RenameWithoutSyncFix : EditingCodeFix
{
    /// <summary>Creates the fix.</summary>
    public RenameWithoutSyncFix()
        : base(RenameWithoutSyncAnalyzer.Id, "Flush the file to disk before it is moved")
    {
    }

    private protected override Edit? Plan(SemanticModel model, SyntaxNode node, CancellationToken cancellationToken)
    {
        if (node.FirstAncestorOrSelf<InvocationExpressionSyntax>() is not { ArgumentList.Arguments: { Count: > 0 } arguments } move
            || move.FirstAncestorOrSelf<BlockSyntax>() is not { } block)
        {
            return null;
        }

        foreach (var statement in block.Statements)
        {
            if (statement.SpanStart > move.SpanStart)
                return null;

            if (statement is UsingStatementSyntax { Declaration.Variables: { Count: 1 } variables, Statement: BlockSyntax { Statements.Count: > 0 } body }
                && variables[0].Initializer?.Value is { } created
                && OpensFile(created, arguments[0].Expression)
                && model.GetTypeInfo(created, cancellationToken).Type is { Name: "FileStream" })
            {
                var last = body.Statements[body.Statements.Count - 1];
                var stream = variables[0].Identifier.ValueText;

                // A writer around the stream would have to be flushed first.
                if (body.DescendantNodes().Any(inner => inner is ArgumentSyntax { Parent.Parent: BaseObjectCreationExpressionSyntax } argument && SyntaxNames.Of(argument.Expression) == stream))
                    return null;

                return (editor, _) => editor.InsertAfter(last, StatementLike(last, $"{stream}.Flush(flushToDisk: true);"));
            }
        }

        return null;
    }

    private static bool OpensFile(ExpressionSyntax created, ExpressionSyntax path)
    {
        foreach (var token in created.DescendantTokens())
        {
            if (token.IsKind(SyntaxKind.IdentifierToken)
                && Array.IndexOf(FileOpening.WriteNames, token.ValueText) >= 0
                && FileOpening.At(token) is { } opening && opening.Node == created && SyntaxFactory.AreEquivalent(opening.Path, path))
            {
                return true;
            }
        }

        return false;
    }
}
