using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Editing;
using ShutdownKit.Analyzers.Flushing;
using static Microsoft.CodeAnalysis.CSharp.SyntaxFactory;

namespace ShutdownKit.Analyzers.CodeFixes.Flushing;

/// <summary>SHK4006: registers a factory in place of the instance that it makes.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp)]
public sealed class SingletonWriterFix : EditingCodeFix
{
    /// <summary>Creates the fix.</summary>
    public SingletonWriterFix()
        : base(SingletonWriterAnalyzer.Id, "Let the container make the writer, and dispose of it")
    {
    }

    // Where the instance is made elsewhere the order of things would change.
    private protected override Edit? Plan(SemanticModel model, SyntaxNode node, CancellationToken cancellationToken)
    {
        var argument = node.FirstAncestorOrSelf<ArgumentSyntax>();
        if (argument?.Expression is not ObjectCreationExpressionSyntax and not InvocationExpressionSyntax)
            return null;

        return (editor, _) => editor.ReplaceNode(
            argument.Expression,
            SimpleLambdaExpression(Parameter(Identifier("_").WithTrailingTrivia(Space)), argument.Expression.WithoutTrivia().WithLeadingTrivia(Space)).WithTriviaFrom(argument.Expression));
    }
}
