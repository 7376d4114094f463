using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace ShutdownKit.Analyzers.Model;

/// <summary>How long a wait lasts, as far as the code says it.</summary>
internal static class Waits
{
    /// <summary>Whether the time is without end: -1, Timeout.Infinite, Timeout.InfiniteTimeSpan.</summary>
    public static bool IsInfinite(IOperation time) =>
        time.ConstantValue is { HasValue: true, Value: -1 }
        || time is IFieldReferenceOperation { Field: { Name: "InfiniteTimeSpan", ContainingType.Name: "Timeout" } }
        || time is IInvocationOperation { TargetMethod.Name: "FromMilliseconds" } && Milliseconds(time) == -1;

    /// <summary>The time in milliseconds, from a constant or from TimeSpan's factory methods on constants; null when it is not known.</summary>
    public static double? Milliseconds(IOperation time)
    {
        while (time is IConversionOperation or IArgumentOperation)
            time = time is IConversionOperation conversion ? conversion.Operand : ((IArgumentOperation)time).Value;

        if (Number(time) is { } milliseconds)
            return milliseconds;

        if (time is not IInvocationOperation { TargetMethod: { ContainingType.Name: "TimeSpan", Name: var unit }, Arguments: { Length: > 0 } arguments })
            return null;

        // .NET 9 added overloads with optional smaller units; only the first is read.
        return FactorOf(unit) * Number(arguments.First(static argument => argument.Parameter?.Ordinal == 0).Value);
    }

    /// <summary>
    /// The time in milliseconds that an expression yields, as far as its text says it: numbers, TimeSpan's factory methods and
    /// constructors, and products of numbers; null when it is not known.
    /// </summary>
    public static double? Milliseconds(ExpressionSyntax? time)
    {
        switch (time)
        {
            case ParenthesizedExpressionSyntax parenthesized:
                return Milliseconds(parenthesized.Expression);
            case CastExpressionSyntax cast:
                return Milliseconds(cast.Expression);
            case MemberAccessExpressionSyntax { Name.Identifier.ValueText: "TotalMilliseconds", Expression: var span }:
                return Milliseconds(span);
            case MemberAccessExpressionSyntax { Name.Identifier.ValueText: "InfiniteTimeSpan" or "Infinite", Expression: var owner } when SyntaxNames.Of(owner) == "Timeout":
                return double.PositiveInfinity;
            case InvocationExpressionSyntax { ArgumentList.Arguments: { Count: > 0 } arguments } call when SyntaxNames.OfReceiver(call) == "TimeSpan":
                return Number(arguments[0].Expression) is { } number ? FactorOf(SyntaxNames.OfInvoked(call)) * number : null;
            case InvocationExpressionSyntax { ArgumentList.Arguments.Count: 0, Expression: MemberAccessExpressionSyntax { Expression: LiteralExpressionSyntax amount, Name.Identifier.ValueText: var unit } }:
                // 5.Seconds(), as several libraries offer it.
                return FactorOf("From" + unit) * Number(amount);
            case ObjectCreationExpressionSyntax { ArgumentList.Arguments: var parts } creation when SyntaxNames.OfType(creation.Type) == "TimeSpan":
                return FromParts(parts);
            default:
                return Number(time) is { } plain ? plain < 0 ? double.PositiveInfinity : plain : null;
        }
    }

    private static double? FromParts(SeparatedSyntaxList<ArgumentSyntax> parts)
    {
        // (ticks), (hours, minutes, seconds), (days, hours, minutes, seconds[, milliseconds])
        double[] factors = parts.Count switch
        {
            1 => [0.0001],
            3 => [3_600_000, 60_000, 1_000],
            4 => [86_400_000, 3_600_000, 60_000, 1_000],
            5 => [86_400_000, 3_600_000, 60_000, 1_000, 1],
            _ => [],
        };
        var sum = 0.0;
        for (var i = 0; i < factors.Length; i++)
        {
            if (Number(parts[i].Expression) is not { } number)
                return null;

            sum += factors[i] * number;
        }

        return factors.Length > 0 ? sum : null;
    }

    private static double? FactorOf(string? unit) => unit switch
    {
        "FromMilliseconds" => 1,
        "FromSeconds" => 1_000,
        "FromMinutes" => 60_000,
        "FromHours" => 3_600_000,
        "FromDays" => 86_400_000,
        "FromTicks" => 0.0001,
        _ => null,
    };

    private static double? Number(ExpressionSyntax? value) => value switch
    {
        LiteralExpressionSyntax { Token.Value: var literal } => literal switch { int i => i, long l => l, double d => d, uint u => u, _ => null },
        PrefixUnaryExpressionSyntax { RawKind: (int)SyntaxKind.UnaryMinusExpression } minus => -Number(minus.Operand),
        ParenthesizedExpressionSyntax parenthesized => Number(parenthesized.Expression),
        BinaryExpressionSyntax { RawKind: (int)SyntaxKind.MultiplyExpression } product => Number(product.Left) * Number(product.Right),
        _ => null,
    };

    private static double? Number(IOperation value)
    {
        while (value is IConversionOperation { ConstantValue.HasValue: false } conversion)
            value = conversion.Operand;

        return value.ConstantValue is { HasValue: true, Value: var constant }
            ? constant switch { int i => i, long l => l, double d => d, uint u => u, _ => null }
            : null;
    }
}
