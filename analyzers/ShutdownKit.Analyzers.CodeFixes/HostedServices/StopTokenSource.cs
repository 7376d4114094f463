using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace ShutdownKit.Analyzers.CodeFixes.HostedServices;

/// <summary>Finds where a hosted service is stopped, and the source with which it tells its loops so.</summary>
internal static class StopTokenSource
{
    /// <summary>The StopAsync of the class in this document; null where it has none with a body.</summary>
    public static MethodDeclarationSyntax? StopOf(TypeDeclarationSyntax type)
    {
        foreach (var member in type.Members)
        {
            if (member is MethodDeclarationSyntax { Identifier.ValueText: "StopAsync", ParameterList.Parameters.Count: 1 } method
                && (method.Body is not null || method.ExpressionBody is not null))
            {
                return method;
            }
        }

        return null;
    }

    /// <summary>The field of the class that its StopAsync cancels; null where there is none.</summary>
    public static string? CancelledIn(MethodDeclarationSyntax stop, TypeDeclarationSyntax type)
    {
        foreach (var node in stop.DescendantNodes())
        {
            if (node is IdentifierNameSyntax { Identifier.ValueText: var name } identifier
                && Model.BackgroundWork.CallOn(identifier) is "Cancel" or "CancelAsync"
                && FieldNamed(name, type) is { } field
                && field.Declaration.Type is not NullableTypeSyntax
                && field.Declaration.Variables[0].Initializer is not null)
            {
                return name;
            }
        }

        return null;
    }

    /// <summary>The field of that name; null where the class has none, or declares it together with others.</summary>
    public static FieldDeclarationSyntax? FieldNamed(string name, TypeDeclarationSyntax type)
    {
        foreach (var member in type.Members)
        {
            if (member is FieldDeclarationSyntax { Declaration.Variables: { Count: 1 } variables } field && variables[0].Identifier.ValueText == name)
                return field;
        }

        return null;
    }

    /// <summary>A name for a new source, in the style of the other fields.</summary>
    public static string NewName(INamedTypeSymbol type)
    {
        var hasPlainFields = false;
        foreach (var member in type.GetMembers())
        {
            if (member is IFieldSymbol { IsStatic: false, IsImplicitlyDeclared: false, DeclaredAccessibility: Accessibility.Private } field)
                hasPlainFields |= field.Name[0] != '_';
        }

        var name = hasPlainFields ? "stopping" : "_stopping";
        while (!type.GetMembers(name).IsEmpty)
            name += "Source";

        return name;
    }

    /// <summary>The statement that cancels the source.</summary>
    public static string Cancelling(string source, bool mayBeNull) => mayBeNull ? $"{source}?.Cancel();" : $"{source}.Cancel();";
}
