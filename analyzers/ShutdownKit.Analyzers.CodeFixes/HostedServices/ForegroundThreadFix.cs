using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Formatting;
using ShutdownKit.Analyzers.HostedServices;

namespace ShutdownKit.Analyzers.CodeFixes.HostedServices;

/// <summary>Makes the thread one that does not keep the process alive.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp)]
public sealed class ForegroundThreadFix : EditingCodeFix
{
    /// <summary>Creates the fix.</summary>
    public ForegroundThreadFix()
        : base(ForegroundThreadAnalyzer.Id, "Let it run in the background")
    {
    }

    private protected override Edit? Plan(SemanticModel model, SyntaxNode node, CancellationToken cancellationToken)
    {
        if (node.FirstAncestorOrSelf<BaseObjectCreationExpressionSyntax>() is not { } creation
            || creation.Initializer is { Expressions: var assigned } && assigned.Any(static it => it is AssignmentExpressionSyntax { Left: IdentifierNameSyntax { Identifier.ValueText: "IsBackground" } }))
        {
            return null;
        }

        return (editor, _) => editor.ReplaceNode(creation, InBackground(creation));
    }

    private static ExpressionSyntax InBackground(BaseObjectCreationExpressionSyntax creation)
    {
        if (creation.Initializer is { } initializer)
        {
            var added = SyntaxFactory.ParseExpression("IsBackground = true");
            return creation.WithInitializer(initializer.WithExpressions(initializer.Expressions.Insert(0, added))).WithAdditionalAnnotations(Formatter.Annotation);
        }

        return SyntaxFactory.ParseExpression($"{creation.WithoutTrivia()} {{ IsBackground = true }}").WithTriviaFrom(creation);
    }
}
