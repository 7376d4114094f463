using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Formatting;
using static Microsoft.CodeAnalysis.CSharp.SyntaxFactory;

namespace ShutdownKit.Analyzers.CodeFixes;

/// <summary>
/// Declares a local with using, or with await using where that can be awaited. A local that lives as long as the program is changed in
/// the entry point alone: the end of any other method would be too early.
/// </summary>
public abstract class UsingDeclarationFix : EditingCodeFix
{
    private readonly bool _onlyInEntryPoint;

    private protected UsingDeclarationFix(string ruleId, string title, bool onlyInEntryPoint)
        : base(ruleId, title) => _onlyInEntryPoint = onlyInEntryPoint;

    /// <inheritdoc/>
    private protected override Edit? Plan(SemanticModel model, SyntaxNode node, CancellationToken cancellationToken)
    {
        // A using declaration is not allowed directly in a switch section.
        if (node.FirstAncestorOrSelf<LocalDeclarationStatementSyntax>() is not { Parent: BlockSyntax or GlobalStatementSyntax } declaration
            || declaration.Declaration.Variables is not { Count: 1 } variables
            || node.FirstAncestorOrSelf<AnonymousFunctionExpressionSyntax>() is { } lambda && declaration.Span.Contains(lambda.Span)
            || variables[0].Initializer is not { Value: not (LiteralExpressionSyntax or ConditionalExpressionSyntax) }
            || model.GetTypeInfo(declaration.Declaration.Type, cancellationToken).Type is not { } type
            || model.GetEnclosingSymbol(declaration.SpanStart, cancellationToken) is not IMethodSymbol method
            || (_onlyInEntryPoint && !SymbolEqualityComparer.Default.Equals(method, model.Compilation.GetEntryPoint(cancellationToken))))
        {
            return null;
        }

        var isDisposable = Implements(type, "IDisposable");
        var isAwaited = method.IsAsync && Implements(type, "IAsyncDisposable");
        if (!isDisposable && !isAwaited)
            return null;

        return (editor, done) =>
        {
            if (!done.Add(declaration))
                return;

            var changed = declaration.WithoutLeadingTrivia().WithUsingKeyword(Token(SyntaxKind.UsingKeyword).WithTrailingTrivia(Space));
            if (isAwaited)
                changed = changed.WithAwaitKeyword(Token(SyntaxKind.AwaitKeyword).WithTrailingTrivia(Space));
            editor.ReplaceNode(declaration, changed.WithLeadingTrivia(declaration.GetLeadingTrivia()).WithAdditionalAnnotations(Formatter.Annotation));
        };
    }

    private static bool Implements(ITypeSymbol type, string contract) =>
        IsSystem(type, contract) || type.AllInterfaces.Any(it => IsSystem(it, contract));

    private static bool IsSystem(ITypeSymbol type, string name) =>
        type.Name == name && type.ContainingNamespace is { Name: "System", ContainingNamespace.IsGlobalNamespace: true };
}
