using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace ShutdownKit.Analyzers.Model;

/// <summary>The names in expressions, for the cheap look that comes before any semantic one.</summary>
internal static class SyntaxNames
{
    /// <summary>The last name of <c>x</c>, <c>this.x</c>, <c>y.x</c>, <c>y?.x</c> or <c>x&lt;T&gt;</c>; null for anything else.</summary>
    public static string? Of(ExpressionSyntax? expression) => expression switch
    {
        SimpleNameSyntax name => name.Identifier.ValueText,
        MemberAccessExpressionSyntax access => access.Name.Identifier.ValueText,
        MemberBindingExpressionSyntax binding => binding.Name.Identifier.ValueText,
        ParenthesizedExpressionSyntax parenthesized => Of(parenthesized.Expression),
        PostfixUnaryExpressionSyntax { RawKind: (int)SyntaxKind.SuppressNullableWarningExpression } suppressed => Of(suppressed.Operand),
        _ => null,
    };

    /// <summary>The last name of a type as the code writes it, without what makes it nullable; null for what has no name.</summary>
    public static string? OfType(TypeSyntax? type) => type switch
    {
        NullableTypeSyntax nullable => OfType(nullable.ElementType),
        QualifiedNameSyntax qualified => qualified.Right.Identifier.ValueText,
        AliasQualifiedNameSyntax alias => alias.Name.Identifier.ValueText,
        SimpleNameSyntax name => name.Identifier.ValueText,
        _ => null,
    };

    /// <summary>
    /// The call of the method that the identifier names, as in <c>Name()</c>, <c>x.Name()</c>, <c>x?.Name()</c> and
    /// <c>x.Name&lt;T&gt;()</c>; null where the identifier is anything else.
    /// </summary>
    public static InvocationExpressionSyntax? InvocationOf(SyntaxToken name)
    {
        if (name.Parent is not SimpleNameSyntax simple)
            return null;

        ExpressionSyntax callee = simple.Parent switch
        {
            MemberAccessExpressionSyntax access when access.Name == simple => access,
            MemberBindingExpressionSyntax binding => binding,
            _ => simple,
        };
        return callee.Parent is InvocationExpressionSyntax call && call.Expression == callee ? call : null;
    }

    /// <summary>The name of the method that is invoked.</summary>
    public static string? OfInvoked(InvocationExpressionSyntax call) => Of(call.Expression);

    /// <summary>The last name of what a method is invoked on, as in <c>x.Call()</c> and <c>x?.Call()</c>; null when there is none.</summary>
    public static string? OfReceiver(InvocationExpressionSyntax call) => call.Expression switch
    {
        MemberAccessExpressionSyntax access => Of(access.Expression),
        MemberBindingExpressionSyntax => Of(call.FirstAncestorOrSelf<ConditionalAccessExpressionSyntax>()?.Expression),
        _ => null,
    };

    /// <summary>Whether the node is <c>base.name(...)</c>.</summary>
    public static bool IsBaseCall(SyntaxNode node, string name) =>
        node is InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax { Expression: BaseExpressionSyntax, Name.Identifier.ValueText: var called } }
        && called == name;
}
