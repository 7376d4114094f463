using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using ShutdownKit.Analyzers.Libraries;

namespace ShutdownKit.Analyzers.CodeFixes.Libraries;

/// <summary>SHK7001: saves behind the last change.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp)]
public sealed class ChangesNeverSavedFix : EditingCodeFix
{
    /// <summary>Creates the fix.</summary>
    public ChangesNeverSavedFix()
        : base(ChangesNeverSavedAnalyzer.Id, "Save the changes")
    {
    }

    private protected override Edit? Plan(SemanticModel model, SyntaxNode node, CancellationToken cancellationToken)
    {
        var change = node.FirstAncestorOrSelf<InvocationExpressionSyntax>();
        if (change is null || RootOf(change) is not { } context || EndOfScope.LastUse(change, context.Identifier.ValueText) is not { } scope)
            return null;

        var name = context.Identifier.ValueText;
        var save = scope.IsAsync ? $"await {name}.SaveChangesAsync();" : $"{name}.SaveChanges();";
        return scope.Insertion(save);
    }

    private static IdentifierNameSyntax? RootOf(ExpressionSyntax value)
    {
        while (true)
        {
            switch (value)
            {
                case InvocationExpressionSyntax call:
                    value = call.Expression;
                    continue;
                case MemberAccessExpressionSyntax access:
                    value = access.Expression;
                    continue;
                default:
                    return value as IdentifierNameSyntax;
            }
        }
    }
}
