using Microsoft.CodeAnalysis;
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

        double? factor = unit switch
        {
            "FromMilliseconds" => 1,
            "FromSeconds" => 1_000,
            "FromMinutes" => 60_000,
            "FromHours" => 3_600_000,
            "FromDays" => 86_400_000,
            _ => null,
        };

        // .NET 9 added overloads with optional smaller units; only the first is read.
        return factor * Number(arguments.First(static argument => argument.Parameter?.Ordinal == 0).Value);
    }

    private static double? Number(IOperation value)
    {
        while (value is IConversionOperation { ConstantValue.HasValue: false } conversion)
            value = conversion.Operand;

        return value.ConstantValue is { HasValue: true, Value: var constant }
            ? constant switch { int i => i, long l => l, double d => d, uint u => u, _ => null }
            : null;
    }
}
