using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace ShutdownKit.Analyzers.Model;

/// <summary>The look at syntax alone that decides whether a method's flow is worth analysing.</summary>
internal static class CancellationScan
{
    /// <summary>Whether anything in the code could establish that a token is cancelled.</summary>
    public static bool MayLearnOfCancellation(SyntaxNode code)
    {
        var mayBe = false;
        foreach (var node in code.DescendantNodes(static node => node is not (TypeDeclarationSyntax or AttributeListSyntax)))
        {
            switch (node)
            {
                case SimpleNameSyntax { Identifier.ValueText: "IsCancellationRequested" or "CancelAsync" or "ApplicationStopping" or "ApplicationStopped" }:
                case CatchClauseSyntax { Declaration.Type: var caught } when IsCancellation(caught):
                    return true;

                // These have other meanings, too: they count only where tokens are about.
                case SimpleNameSyntax { Identifier.ValueText: "Cancel" or "WaitHandle" or "Register" or "UnsafeRegister" or "Infinite" or "InfiniteTimeSpan" }:
                case FinallyClauseSyntax:
                case BaseExpressionSyntax { Parent: MemberAccessExpressionSyntax { Name.Identifier.ValueText: "StopAsync" } }:
                    mayBe = true;
                    break;
            }
        }

        return mayBe && MentionsToken(code);
    }

    /// <summary>Whether the code, or a field, property or constructor parameter around it, is about cancellation tokens.</summary>
    public static bool MentionsToken(SyntaxNode code)
    {
        foreach (var node in code.DescendantNodes(static node => node is not (TypeDeclarationSyntax or AttributeListSyntax)))
        {
            if (node is SimpleNameSyntax { Identifier.ValueText: "CancellationToken" or "CancellationTokenSource" or "Token" or "ApplicationStopping" or "ApplicationStopped" })
                return true;
        }

        if (code.FirstAncestorOrSelf<TypeDeclarationSyntax>() is not { } type)
            return false;

        // The field may be declared in another part.
        if (type.Modifiers.Any(SyntaxKind.PartialKeyword))
            return true;

        return type.Members.Any(static member => member switch
        {
            BaseFieldDeclarationSyntax field => IsTokenType(field.Declaration.Type),
            PropertyDeclarationSyntax property => IsTokenType(property.Type),
            _ => false,
        }) || type.ParameterList?.Parameters.Any(static parameter => IsTokenType(parameter.Type)) == true;
    }

    private static bool IsTokenType(TypeSyntax? type) => type?.ToString().Contains("CancellationToken") == true;

    private static bool IsCancellation(TypeSyntax exception) =>
        exception.ToString() is var name
        && (name.EndsWith("OperationCanceledException", StringComparison.Ordinal) || name.EndsWith("TaskCanceledException", StringComparison.Ordinal));
}
