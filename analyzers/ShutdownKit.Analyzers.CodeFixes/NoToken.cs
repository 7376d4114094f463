using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Simplification;

namespace ShutdownKit.Analyzers.CodeFixes;

/// <summary>Writes <c>CancellationToken.None</c>.</summary>
internal static class NoToken
{
    /// <summary>The expression, in the place of another one; it is shortened where the namespace is imported.</summary>
    public static ExpressionSyntax Replacing(ExpressionSyntax token) =>
        SyntaxFactory.ParseExpression("global::System.Threading.CancellationToken.None")
            .WithTriviaFrom(token)
            .WithAdditionalAnnotations(Simplifier.Annotation);
}
