using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace ShutdownKit.Analyzers.Model;

/// <summary>Finds where an object of a named type is created.</summary>
internal static class Creations
{
    /// <summary>
    /// The creation at which the name of the type stands: <c>new Name(...)</c>, or <c>new(...)</c> for a variable that is declared with
    /// that type; null where the name stands for anything else.
    /// </summary>
    public static ExpressionSyntax? Of(SyntaxToken typeName)
    {
        if (typeName.Parent is not SimpleNameSyntax simple)
            return null;

        SyntaxNode name = simple;
        while (name.Parent is QualifiedNameSyntax or AliasQualifiedNameSyntax)
            name = name.Parent;

        if (name.Parent is NullableTypeSyntax)
            name = name.Parent;

        return name.Parent switch
        {
            ObjectCreationExpressionSyntax creation when creation.Type == name => creation,
            VariableDeclarationSyntax { Variables: { Count: 1 } variables } => variables[0].Initializer?.Value as ImplicitObjectCreationExpressionSyntax,
            PropertyDeclarationSyntax property => property.Initializer?.Value as ImplicitObjectCreationExpressionSyntax,
            _ => null,
        };
    }
}
