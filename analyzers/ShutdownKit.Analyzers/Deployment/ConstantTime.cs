using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace ShutdownKit.Analyzers.Deployment;

/// <summary>Reads a TimeSpan that is written down as a constant: <c>TimeSpan.FromSeconds(30)</c>, <c>new TimeSpan(0, 0, 30)</c>, a readonly field that holds one.</summary>
internal static class ConstantTime
{
    private const double MaxMilliseconds = 1e12;

    /// <summary>The time; <see cref="TimeSpan.MaxValue"/> when it has no end, null when it is not constant.</summary>
    public static TimeSpan? Of(ExpressionSyntax expression, SemanticModel model, CancellationToken cancellationToken) =>
        Of(expression, model, mayFollow: true, cancellationToken);

    private static TimeSpan? Of(ExpressionSyntax expression, SemanticModel model, bool mayFollow, CancellationToken cancellationToken)
    {
        switch (expression)
        {
            case ParenthesizedExpressionSyntax parenthesized:
                return Of(parenthesized.Expression, model, mayFollow, cancellationToken);
            case InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax { Expression: var type, Name.Identifier.ValueText: var method }, ArgumentList.Arguments: { Count: 1 } arguments }
                when TypeName(type) == "TimeSpan" && Number(arguments[0], model, cancellationToken) is { } number:
                return method switch
                {
                    "FromMilliseconds" => Time(number),
                    "FromSeconds" => Time(number * 1000),
                    "FromMinutes" => Time(number * 60_000),
                    "FromHours" => Time(number * 3_600_000),
                    "FromDays" => Time(number * 86_400_000),
                    _ => null,
                };
            case BaseObjectCreationExpressionSyntax { ArgumentList.Arguments: { Count: 3 or 4 } parts } creation
                when creation is ImplicitObjectCreationExpressionSyntax || TypeName(((ObjectCreationExpressionSyntax)creation).Type) == "TimeSpan":
                var total = 0d;
                var units = parts.Count == 3 ? (double[])[3600, 60, 1] : [86_400, 3600, 60, 1];
                for (var index = 0; index < parts.Count; index++)
                {
                    if (parts[index].NameColon is not null || Number(parts[index], model, cancellationToken) is not { } part)
                        return null;
                    total += part * units[index];
                }

                return Time(total * 1000);
            case MemberAccessExpressionSyntax { Name.Identifier.ValueText: "InfiniteTimeSpan" or "MaxValue" } member when TypeName(member.Expression) is "Timeout" or "TimeSpan":
                return TimeSpan.MaxValue;
            case MemberAccessExpressionSyntax { Name.Identifier.ValueText: "Zero" } zero when TypeName(zero.Expression) == "TimeSpan":
                return TimeSpan.Zero;
            case IdentifierNameSyntax or MemberAccessExpressionSyntax when mayFollow
                    && model.GetSymbolInfo(expression, cancellationToken).Symbol is IFieldSymbol { IsReadOnly: true, DeclaringSyntaxReferences.Length: 1 } field
                    && field.DeclaringSyntaxReferences[0].SyntaxTree == model.SyntaxTree
                    && field.DeclaringSyntaxReferences[0].GetSyntax(cancellationToken) is VariableDeclaratorSyntax { Initializer.Value: var value }:
                return Of(value, model, mayFollow: false, cancellationToken);
            default:
                return null;
        }
    }

    private static string? TypeName(SyntaxNode type) => type switch
    {
        MemberAccessExpressionSyntax access => access.Name.Identifier.ValueText,
        QualifiedNameSyntax qualified => qualified.Right.Identifier.ValueText,
        IdentifierNameSyntax name => name.Identifier.ValueText,
        _ => null,
    };

    private static double? Number(ArgumentSyntax argument, SemanticModel model, CancellationToken cancellationToken)
    {
        var value = argument.Expression is LiteralExpressionSyntax literal ? literal.Token.Value : model.GetConstantValue(argument.Expression, cancellationToken).Value;
        return value is int or long or double or float or short or byte or uint ? Convert.ToDouble(value, CultureInfo.InvariantCulture) : null;
    }

    private static TimeSpan? Time(double milliseconds) =>
        milliseconds is < 0 or double.NaN ? null : milliseconds > MaxMilliseconds ? TimeSpan.MaxValue : TimeSpan.FromMilliseconds(milliseconds);
}
