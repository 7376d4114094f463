using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Editing;
using ShutdownKit.Analyzers.Durability;
using static Microsoft.CodeAnalysis.CSharp.SyntaxFactory;

namespace ShutdownKit.Analyzers.CodeFixes.Durability;

/// <summary>
/// SHK5006: writes to a name beside the final one and moves the file when it is complete. Offered where the end of the transfer is
/// the end of a statement: a using statement, or a call that does it all.
/// </summary>
[ExportCodeFixProvider(LanguageNames.CSharp)]
public sealed class StreamedToFinalNameFix : EditingCodeFix
{
    /// <summary>Creates the fix.</summary>
    public StreamedToFinalNameFix()
        : base(StreamedToFinalNameAnalyzer.Id, "Write to a temporary name and move the file when it is complete")
    {
    }

    private protected override Edit? Plan(SemanticModel model, SyntaxNode node, CancellationToken cancellationToken)
    {
        var opened = node.FirstAncestorOrSelf<ExpressionSyntax>();
        if (opened is null || PathArgument(opened) is not { Expression: IdentifierNameSyntax or MemberAccessExpressionSyntax } path || !CanOverwrite(model))
            return null;

        StatementSyntax? transfer = opened is InvocationExpressionSyntax && opened.FirstAncestorOrSelf<StatementSyntax>() is ExpressionStatementSyntax whole ? whole
            : opened.FirstAncestorOrSelf<UsingStatementSyntax>() is { Declaration: { } declaration } statement && declaration.Span.Contains(opened.Span) ? statement
            : null;
        if (transfer?.Parent is not BlockSyntax || Mentions(transfer, path.Expression) > 1)
            return null;

        var code = path.Expression.ToString();
        var isImported = model.LookupNamespacesAndTypes(transfer.SpanStart, name: "File") is { Length: 1 } found && found[0].ContainingNamespace.Name == "IO";
        var file = isImported ? "File" : "System.IO.File";
        return (editor, _) =>
        {
            editor.InsertAfter(transfer, StatementLike(transfer, $"{file}.Move({code} + \".tmp\", {code}, overwrite: true);"));
            editor.ReplaceNode(path, path.WithExpression(ParseExpression(code + " + \".tmp\"").WithTriviaFrom(path.Expression)));
        };
    }

    private static ArgumentSyntax? PathArgument(ExpressionSyntax opened)
    {
        var arguments = opened switch
        {
            InvocationExpressionSyntax call => call.ArgumentList.Arguments,
            BaseObjectCreationExpressionSyntax { ArgumentList: { } list } => list.Arguments,
            _ => default,
        };
        if (arguments.Count == 0)
            return null;

        return opened is InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax { Name.Identifier.ValueText: "DownloadFile" or "DownloadFileTaskAsync" } }
            ? arguments.Count > 1 ? arguments[1] : null
            : arguments[0];
    }

    private static int Mentions(SyntaxNode transfer, ExpressionSyntax path)
    {
        var count = 0;
        foreach (var node in transfer.DescendantNodes())
        {
            if (SyntaxFactory.AreEquivalent(node, path))
                count++;
        }

        return count;
    }

    private static bool CanOverwrite(SemanticModel model) =>
        model.Compilation.GetTypeByMetadataName("System.IO.File")?.GetMembers("Move").OfType<IMethodSymbol>().Any(static move => move.Parameters.Length == 3) == true;
}
