using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using ShutdownKit.Analyzers.Libraries;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.CodeFixes.Libraries;

/// <summary>SHK7005: closes the consumer before it is disposed of, on every way out.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp)]
public sealed class KafkaConsumerNotClosedFix : EditingCodeFix
{
    /// <summary>Creates the fix.</summary>
    public KafkaConsumerNotClosedFix()
        : base(KafkaConsumerNotClosedAnalyzer.Id, "Close the consumer")
    {
    }

    private protected override Edit? Plan(SemanticModel model, SyntaxNode node, CancellationToken cancellationToken)
    {
        var value = node.FirstAncestorOrSelf<ExpressionSyntax>();
        while (value?.Parent is ExpressionSyntax and not AssignmentExpressionSyntax)
            value = (ExpressionSyntax)value.Parent;

        switch (value?.Parent)
        {
            case EqualsValueClauseSyntax { Parent: VariableDeclaratorSyntax { Identifier.ValueText: var name, Parent.Parent: UsingStatementSyntax { Statement: BlockSyntax block } } }:
                return Guard(block.Statements, name);

            case EqualsValueClauseSyntax { Parent: VariableDeclaratorSyntax { Identifier.ValueText: var name, Parent.Parent: LocalDeclarationStatementSyntax { Parent: BlockSyntax block } local } }
                when !local.UsingKeyword.IsKind(Microsoft.CodeAnalysis.CSharp.SyntaxKind.None):
                return Guard(block.Statements.SkipWhile(it => it != local).Skip(1).ToList(), name);

            case EqualsValueClauseSyntax { Parent: VariableDeclaratorSyntax { Identifier.ValueText: var name } declarator }:
                return BeforeDisposal(declarator.FirstAncestorOrSelf<TypeDeclarationSyntax>(), name);

            case AssignmentExpressionSyntax assignment:
                return SyntaxNames.Of(assignment.Left) is { } held ? BeforeDisposal(assignment.FirstAncestorOrSelf<TypeDeclarationSyntax>(), held) : null;

            default:
                return null;
        }
    }

    private static Edit? Guard(IReadOnlyList<StatementSyntax> statements, string name) => FinallyBlock.Around(statements, name + ".Close();");

    private static Edit? BeforeDisposal(TypeDeclarationSyntax? type, string name)
    {
        foreach (var node in type?.DescendantNodes() ?? [])
        {
            if (node is not ExpressionStatementSyntax { Parent: BlockSyntax } statement)
                continue;

            var text = statement.Expression.ToString();
            if (text == name + ".Dispose()" || text == name + "?.Dispose()" || text == "this." + name + ".Dispose()")
            {
                return (editor, done) =>
                {
                    if (done.Add(statement))
                        editor.InsertBefore(statement, StatementLike(statement, text.Replace("Dispose()", "Close();")));
                };
            }
        }

        return null;
    }
}
