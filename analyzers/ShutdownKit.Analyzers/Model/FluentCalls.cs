using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace ShutdownKit.Analyzers.Model;

/// <summary>Reads chains of calls such as <c>new Builder().SetA().SetB().Build()</c>.</summary>
internal static class FluentCalls
{
    /// <summary>The last call of a chain that starts with the expression, where it has that name; else null.</summary>
    public static InvocationExpressionSyntax? EndOf(ExpressionSyntax start, string name)
    {
        var value = start;
        while (value.Parent is MemberAccessExpressionSyntax { Parent: InvocationExpressionSyntax call } access && access.Expression == value)
        {
            if (access.Name.Identifier.ValueText == name)
                return call;

            value = call;
        }

        return null;
    }

    /// <summary>The names of the members in the chain that ends with the call, from its end to its start.</summary>
    public static IEnumerable<(string Name, InvocationExpressionSyntax? Call)> MembersOf(InvocationExpressionSyntax end)
    {
        ExpressionSyntax? value = end;
        InvocationExpressionSyntax? call = null;
        while (value is not null)
        {
            switch (value)
            {
                case InvocationExpressionSyntax invocation:
                    call = invocation;
                    value = invocation.Expression;
                    continue;
                case MemberAccessExpressionSyntax access:
                    yield return (access.Name.Identifier.ValueText, call);
                    call = null;
                    value = access.Expression;
                    continue;
                default:
                    yield break;
            }
        }
    }
}
