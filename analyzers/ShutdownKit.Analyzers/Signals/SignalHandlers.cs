using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.Signals;

/// <summary>The body of a handler, and what is in it.</summary>
internal static class SignalHandlers
{
    /// <summary>
    /// The body of a lambda, or of a method of the same file that is named as the handler; null when it cannot be seen from here.
    /// </summary>
    public static (IOperation Body, IMethodSymbol Method)? Resolve(IOperation handler, CancellationToken cancellationToken)
    {
        while (handler is IConversionOperation conversion)
            handler = conversion.Operand;
        if (handler is IDelegateCreationOperation creation)
            handler = creation.Target;

        switch (handler)
        {
            case IAnonymousFunctionOperation function:
                return (function.Body, function.Symbol);
            case IMethodReferenceOperation { Method: { DeclaringSyntaxReferences.Length: 1 } method, SemanticModel: { } model }:
                var declaration = method.DeclaringSyntaxReferences[0].GetSyntax(cancellationToken);
                var body = BodyOf(declaration);
                return body is not null && body.SyntaxTree == model.SyntaxTree && model.GetOperation(body, cancellationToken) is { } operation
                    ? (operation, method)
                    : null;
            default:
                return null;
        }
    }

    /// <summary>The block or expression that is the body of a method or local function.</summary>
    public static SyntaxNode? BodyOf(SyntaxNode declaration) => declaration switch
    {
        BaseMethodDeclarationSyntax method => (SyntaxNode?)method.Body ?? method.ExpressionBody,
        LocalFunctionStatementSyntax function => (SyntaxNode?)function.Body ?? function.ExpressionBody,
        _ => null,
    };

    /// <summary>Whether the call only writes a line to the console or a log.</summary>
    public static bool IsLogging(IInvocationOperation invocation)
    {
        var method = invocation.TargetMethod;
        return method.ContainingType.Name switch
        {
            "Console" or "Debug" or "Trace" => method.Name.StartsWith("Write", StringComparison.Ordinal) || method.Name.StartsWith("Trace", StringComparison.Ordinal),
            "TextWriter" => invocation.Instance is IPropertyReferenceOperation { Property: { Name: "Out" or "Error", ContainingType.Name: "Console" } }
                            && method.Name.StartsWith("Write", StringComparison.Ordinal),
            "Log" or "ILogger" or "Logger" or "LoggerExtensions" =>
                method.Name is "Verbose" or "Debug" or "Trace" or "Info" or "Information" or "Warn" or "Warning" or "Error" or "Fatal" or "Write"
                || method.Name.StartsWith("Log", StringComparison.Ordinal),
            _ => false,
        };
    }

    /// <summary>Whether the method belongs to the console or a log, whatever it does.</summary>
    public static bool IsConsoleOrLog(IMethodSymbol method) =>
        method.ContainingType.Name is "Console" or "TextWriter" or "Debug" or "Trace" or "Log" or "ILogger" or "Logger" or "LoggerExtensions";

    /// <summary>Whether the body does nothing but write lines to the console or a log.</summary>
    public static bool OnlyLogs(IOperation body)
    {
        foreach (var operation in body.DescendantsAndSelf())
        {
            switch (operation)
            {
                case IInvocationOperation invocation when !IsLogging(invocation) && !IsFormatting(invocation):
                case IAwaitOperation or IAssignmentOperation or IIncrementOrDecrementOperation or IDynamicInvocationOperation or IUsingOperation:
                    return false;
            }
        }

        return true;
    }

    /// <summary>Whether the call is a part of a log line: ToString, string.Format and the like.</summary>
    public static bool IsFormatting(IInvocationOperation invocation) =>
        invocation.TargetMethod.Name == "ToString" || invocation.TargetMethod.ContainingType.SpecialType == SpecialType.System_String;

    /// <summary>Whether the call or assignment only tells other code to stop, and itself cleans nothing up.</summary>
    public static bool OnlySignals(IOperation operation) => operation switch
    {
        IInvocationOperation { TargetMethod: { Name: "Cancel" or "CancelAsync" or "CancelAfter", ContainingType.Name: "CancellationTokenSource" } } => true,
        IInvocationOperation { TargetMethod: { Name: "Set", ContainingType.Name: "EventWaitHandle" or "ManualResetEvent" or "AutoResetEvent" or "ManualResetEventSlim" } } => true,
        IInvocationOperation { TargetMethod: { ContainingType.Name: "TaskCompletionSource" } method } =>
            method.Name.StartsWith("Set", StringComparison.Ordinal) || method.Name.StartsWith("TrySet", StringComparison.Ordinal),
        IInvocationOperation { TargetMethod: { Name: "Release", ContainingType.Name: "SemaphoreSlim" or "Semaphore" } } => true,
        IInvocationOperation { TargetMethod: { Name: "Signal" or "TryAddCount", ContainingType.Name: "CountdownEvent" } } => true,
        ISimpleAssignmentOperation { Target: IFieldReferenceOperation or ILocalReferenceOperation or IPropertyReferenceOperation, Value: ILiteralOperation { Type.SpecialType: SpecialType.System_Boolean } } => true,
        _ => false,
    };
}
