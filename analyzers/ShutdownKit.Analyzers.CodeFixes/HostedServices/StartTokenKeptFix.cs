using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Formatting;
using Microsoft.CodeAnalysis.Simplification;
using ShutdownKit.Analyzers.HostedServices;

namespace ShutdownKit.Analyzers.CodeFixes.HostedServices;

/// <summary>
/// Hands the token of a source to the background work that StopAsync cancels: of one that the class has already, else of a new one.
/// </summary>
[ExportCodeFixProvider(LanguageNames.CSharp)]
public sealed class StartTokenKeptFix : EditingCodeFix
{
    /// <summary>Creates the fix.</summary>
    public StartTokenKeptFix()
        : base(StartTokenKeptAnalyzer.Id, "Use a token that StopAsync cancels")
    {
    }

    private protected override Edit? Plan(SemanticModel model, SyntaxNode node, CancellationToken cancellationToken)
    {
        if (node.FirstAncestorOrSelf<IdentifierNameSyntax>() is not { } token
            || token.FirstAncestorOrSelf<TypeDeclarationSyntax>() is not { } type
            || token.FirstAncestorOrSelf<MethodDeclarationSyntax>() is not { } start
            || model.GetSymbolInfo(token, cancellationToken).Symbol is not IParameterSymbol
            || model.GetDeclaredSymbol(type, cancellationToken) is not { } symbol
            || StopTokenSource.StopOf(type) is not { } stop
            || StopTokenSource.StopOf(type) == start)
        {
            return null;
        }

        if (token.Parent is ArgumentSyntax { Parent.Parent: InvocationExpressionSyntax { Parent: AssignmentExpressionSyntax { Left: IdentifierNameSyntax kept } } link }
            && link.Expression is MemberAccessExpressionSyntax { Name.Identifier.ValueText: "CreateLinkedTokenSource" })
        {
            // The source is right, only nobody cancels it.
            var name = kept.Identifier.ValueText;
            return (editor, _) => editor.ReplaceNode(
                stop, (current, _) => MethodBody.Beginning((MethodDeclarationSyntax)current, StopTokenSource.Cancelling(name, mayBeNull: true)));
        }

        if (token.FirstAncestorOrSelf<InvocationExpressionSyntax>() is { Expression: MemberAccessExpressionSyntax { Name.Identifier.ValueText: "CreateLinkedTokenSource" } })
            return null;

        var known = StopTokenSource.CancelledIn(stop, type);
        var source = known ?? StopTokenSource.NewName(symbol);
        return (editor, done) =>
        {
            foreach (var mention in Mentions(token))
            {
                if (done.Add(mention))
                    editor.ReplaceNode(mention, SyntaxFactory.ParseExpression($"{source}.Token").WithTriviaFrom(mention));
            }

            if (known is not null || !done.Add(type))
                return;

            editor.ReplaceNode(
                stop, (current, _) => MethodBody.Beginning((MethodDeclarationSyntax)current, StopTokenSource.Cancelling(source, mayBeNull: false)));
            editor.InsertBefore(type.Members[0], NewField(source, type));
        };
    }

    // All that the same piece of work observes; the token beside a delegate may stay.
    private static IEnumerable<IdentifierNameSyntax> Mentions(IdentifierNameSyntax token)
    {
        if (token.FirstAncestorOrSelf<LambdaExpressionSyntax>() is not { } lambda)
            return [token];

        return lambda.DescendantNodes().OfType<IdentifierNameSyntax>()
            .Where(name => name.Identifier.ValueText == token.Identifier.ValueText
                           && name.Parent is not (NameColonSyntax or MemberBindingExpressionSyntax)
                           && !(name.Parent is MemberAccessExpressionSyntax access && access.Name == name));
    }

    private static MemberDeclarationSyntax NewField(string name, TypeDeclarationSyntax type) =>
        SyntaxFactory.ParseMemberDeclaration(
            $"private readonly global::System.Threading.CancellationTokenSource {name} = new global::System.Threading.CancellationTokenSource();")!
            .WithTrailingTrivia(MethodBody.LineEnd(type))
            .WithAdditionalAnnotations(Formatter.Annotation, Simplifier.Annotation);
}
