using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using ShutdownKit.Analyzers.HostedServices;

namespace ShutdownKit.Analyzers.CodeFixes.HostedServices;

/// <summary>
/// Cancels the source at the beginning of StopAsync. Not offered in Dispose, which may be called twice and where the source may be
/// disposed of already.
/// </summary>
[ExportCodeFixProvider(LanguageNames.CSharp)]
public sealed class StopTokenSourceNeverCancelledFix : EditingCodeFix
{
    /// <summary>Creates the fix.</summary>
    public StopTokenSourceNeverCancelledFix()
        : base(StopTokenSourceNeverCancelledAnalyzer.Id, "Cancel it in StopAsync")
    {
    }

    private protected override Edit? Plan(SemanticModel model, SyntaxNode node, CancellationToken cancellationToken)
    {
        if (node.FirstAncestorOrSelf<TypeDeclarationSyntax>() is not { } type
            || FieldAt(node, type) is not { } name
            || StopTokenSource.FieldNamed(name, type) is not { } field
            || StopTokenSource.StopOf(type) is not { } stop)
        {
            return null;
        }

        var isNullable = field.Declaration.Type is NullableTypeSyntax || field.Declaration.Variables[0].Initializer is null;
        return (editor, _) => editor.ReplaceNode(
            stop, (current, _) => MethodBody.Beginning((MethodDeclarationSyntax)current, StopTokenSource.Cancelling(name, isNullable)));
    }

    private static string? FieldAt(SyntaxNode node, TypeDeclarationSyntax type)
    {
        switch (node.FirstAncestorOrSelf<BaseObjectCreationExpressionSyntax>()?.Parent)
        {
            case EqualsValueClauseSyntax { Parent: VariableDeclaratorSyntax { Parent.Parent: FieldDeclarationSyntax } variable }:
                return variable.Identifier.ValueText;
            case AssignmentExpressionSyntax { Left: IdentifierNameSyntax name }:
                return name.Identifier.ValueText;
            case AssignmentExpressionSyntax { Left: MemberAccessExpressionSyntax { Expression: ThisExpressionSyntax, Name: var name } } when type is not null:
                return name.Identifier.ValueText;
            default:
                return null;
        }
    }
}
