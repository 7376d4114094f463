using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.Flushing;

/// <summary>SHK4001: a writer with a buffer that is written to, and neither flushed nor disposed.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class WriterNeverFlushedAnalyzer : ShutdownAnalyzer
{
    internal const string Id = "SHK4001";

    private static readonly DiagnosticDescriptor Rule = RuleDescriptor.Create(
        Id,
        "Buffered writer is never flushed",
        "'{0}' is written to and never {1}",
        RuleCategories.Flushing,
        DiagnosticSeverity.Warning,
        "What is still in the buffer of a writer is lost when the process ends, even when it ends normally: no finalizer runs then, and a StreamWriter has none. Compressed and encrypted data also lack their end.");

    private static readonly HashSet<string> FlushMethods = new(StringComparer.Ordinal)
    {
        "Close", "CloseAsync", "Complete", "CompleteAsync", "Dispose", "DisposeAsync", "Flush", "FlushAsync", "FlushFinalBlock", "FlushFinalBlockAsync", "Clear",
    };

    /// <summary>Creates the analyzer.</summary>
    public WriterNeverFlushedAnalyzer()
        : base(Rule)
    {
    }

    private enum Use
    {
        Harmless,
        Write,

        /// <summary>Flushed, disposed, or out of sight: somebody else may do it.</summary>
        Settled,
    }

    private protected override void Register(CompilationStartAnalysisContext context, CompilationFacts facts)
    {
        var writers = new BufferedWriters(facts.Symbols);
        context.RegisterOperationAction(
            operation =>
            {
                var declarator = (IVariableDeclaratorOperation)operation.Operation;
                if (declarator.GetVariableInitializer()?.Value is not { } created
                    || writers.NeedOf(created) is not { } need
                    || declarator.Parent?.Parent?.Parent is IUsingDeclarationOperation or IUsingOperation
                    || declarator.Parent?.Parent is IUsingOperation
                    || !IsWrittenAndForgotten(declarator, need))
                {
                    return;
                }

                operation.ReportDiagnostic(Diagnostic.Create(
                    Rule,
                    declarator.Syntax.GetLocation(),
                    declarator.Symbol.Name,
                    need == FlushNeed.End
                        ? "disposed: its end is never written, so what was written cannot be read"
                        : "flushed or disposed: what is still in its buffer is lost when the process ends"));
            },
            OperationKind.VariableDeclarator);
    }

    private static bool IsWrittenAndForgotten(IVariableDeclaratorOperation declarator, FlushNeed need)
    {
        IOperation root = declarator;
        while (root.Parent is not null)
            root = root.Parent;

        var isWritten = false;
        var home = FunctionOf(declarator);
        foreach (var operation in root.Descendants())
        {
            if (operation is not ILocalReferenceOperation reference || !SymbolEqualityComparer.Default.Equals(reference.Local, declarator.Symbol))
                continue;

            var use = FunctionOf(reference) == home ? UseOf(reference, need) : Use.Settled;
            if (use == Use.Settled)
                return false;

            isWritten |= use == Use.Write;
        }

        return isWritten;
    }

    private static IOperation? FunctionOf(IOperation operation)
    {
        var current = operation.Parent;
        while (current is not null and not (IAnonymousFunctionOperation or ILocalFunctionOperation))
            current = current.Parent;
        return current;
    }

    private static Use UseOf(ILocalReferenceOperation reference, FlushNeed need)
    {
        IOperation value = reference;
        while (value.Parent is IConversionOperation or IParenthesizedOperation)
            value = value.Parent;

        return value.Parent switch
        {
            IInvocationOperation call when call.Instance == value => UseOfCall(call.TargetMethod.Name, need),
            IArgumentOperation { Parent: IInvocationOperation call } when OnlyWritesToArgument(call.TargetMethod) => Use.Write,
            IPropertyReferenceOperation { Property.Name: "Length" or "Position" or "Name" or "CanWrite" or "CanSeek" or "Encoding" or "NewLine" or "BytesPending" or "Entries" } =>
                Use.Harmless,
            IBinaryOperation or IIsPatternOperation or INameOfOperation => Use.Harmless,
            _ => Use.Settled,
        };
    }

    private static Use UseOfCall(string method, FlushNeed need)
    {
        if (FlushMethods.Contains(method))
        {
            // Compressed data is not whole by a flush alone.
            return need == FlushNeed.End && method is "Flush" or "FlushAsync" ? Use.Harmless : Use.Settled;
        }

        return method.StartsWith("Write", StringComparison.Ordinal) || method is "Append" or "NextRecord" or "CreateEntry" or "Advance" or "BeginWrite"
            ? Use.Write
            : Use.Harmless;
    }

    // Methods that are known to write to what they are given, and to leave the flushing to the caller.
    private static bool OnlyWritesToArgument(IMethodSymbol method) => method.Name switch
    {
        "CopyTo" or "CopyToAsync" => method.ContainingType.Name == "Stream",
        "WriteTo" => method.ContainingType.Name is "JsonDocument" or "JsonElement" or "JsonNode" or "JsonProperty",
        _ => false,
    };
}
