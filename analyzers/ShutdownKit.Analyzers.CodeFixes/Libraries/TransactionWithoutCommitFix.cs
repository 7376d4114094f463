using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using ShutdownKit.Analyzers.Libraries;

namespace ShutdownKit.Analyzers.CodeFixes.Libraries;

/// <summary>SHK7002: commits at the end of the transaction's scope.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp)]
public sealed class TransactionWithoutCommitFix : EditingCodeFix
{
    /// <summary>Creates the fix.</summary>
    public TransactionWithoutCommitFix()
        : base(TransactionWithoutCommitAnalyzer.Id, "Commit at the end")
    {
    }

    private protected override Edit? Plan(SemanticModel model, SyntaxNode node, CancellationToken cancellationToken)
    {
        if (node.FirstAncestorOrSelf<VariableDeclaratorSyntax>() is not { Initializer.Value: { } begin } declarator)
            return null;

        var name = declarator.Identifier.ValueText;
        if (EndOfScope.OfBlock(declarator, name) is not { } scope)
            return null;

        var commit = begin is BaseObjectCreationExpressionSyntax ? $"{name}.Complete();"
            : scope.IsAsync && begin is AwaitExpressionSyntax ? $"await {name}.CommitAsync();"
            : $"{name}.Commit();";
        return scope.Insertion(commit);
    }
}
