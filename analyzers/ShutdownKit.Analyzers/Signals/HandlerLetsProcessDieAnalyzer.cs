using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.Signals;

/// <summary>SHK1004: a signal handler that asks for a stop, and lets the default action kill the process before the stop happens.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class HandlerLetsProcessDieAnalyzer : ShutdownAnalyzer
{
    internal const string Id = "SHK1004";

    private static readonly DiagnosticDescriptor Rule = RuleDescriptor.Create(
        Id,
        "Signal handler lets the default action kill the process",
        "The {0} handler asks for a stop but does not set Cancel: when it returns the process is killed, before the code it has told to stop can finish",
        RuleCategories.Signals,
        DiagnosticSeverity.Warning,
        "Unless a handler sets Cancel to true, the default action of the signal follows as soon as it returns, and that ends the process without running a finally block.");

    /// <summary>Creates the analyzer.</summary>
    public HandlerLetsProcessDieAnalyzer()
        : base(Rule)
    {
    }

    private protected override void Register(CompilationStartAnalysisContext context, CompilationFacts facts)
    {
        if (facts.IsExemptAsTest || !facts.App.IsConsoleProgram)
            return;

        var symbols = facts.Symbols;
        if (symbols.PosixSignalRegistration is not null)
        {
            context.RegisterOperationAction(
                operation =>
                {
                    var invocation = (IInvocationOperation)operation.Operation;
                    if (invocation.TargetMethod is { Name: "Create", Parameters.Length: 2 }
                        && invocation.TargetMethod.ContainingType.Is(symbols.PosixSignalRegistration)
                        && invocation.Arguments.Length == 2
                        && SignalOf(invocation.Arguments[0].Value) is { } signal)
                    {
                        Check(operation, invocation.Arguments[1].Value, signal, symbols.PosixSignalContext);
                    }
                },
                OperationKind.Invocation);
        }

        context.RegisterOperationAction(
            operation =>
            {
                var assignment = (IEventAssignmentOperation)operation.Operation;
                if (assignment.Adds
                    && assignment.EventReference is IEventReferenceOperation { Event.Name: "CancelKeyPress" } reference
                    && reference.Event.ContainingType.Is(symbols.Console))
                {
                    Check(operation, assignment.HandlerValue, "CancelKeyPress", symbols.ConsoleCancelEventArgs);
                }
            },
            OperationKind.EventAssignment);
    }

    private static string? SignalOf(IOperation value) =>
        value is IFieldReferenceOperation { Field: { Name: "SIGTERM" or "SIGINT" or "SIGQUIT" or "SIGHUP", ContainingType.Name: "PosixSignal" } field } ? field.Name : null;

    private static void Check(OperationAnalysisContext context, IOperation handler, string signal, INamedTypeSymbol? contextType)
    {
        if (SignalHandlers.Resolve(handler, context.CancellationToken) is not { } resolved
            || resolved.Method.IsAsync
            || !AsksForStopAndDoesNothingElse(resolved.Body, contextType))
        {
            return;
        }

        // The host's own handler of the same signal sets Cancel, which counts for all handlers.
        var routes = SignalRoutes.Of(CompilationFacts.Of(context.Compilation, context.Options), context.CancellationToken);
        if (!routes.HasHost && !routes.HasLifetimeOwner)
            context.ReportDiagnostic(Diagnostic.Create(Rule, handler.Syntax.GetLocation(), signal));
    }

    private static bool AsksForStopAndDoesNothingElse(IOperation body, INamedTypeSymbol? contextType)
    {
        var asks = false;
        foreach (var operation in body.DescendantsAndSelf())
        {
            switch (operation)
            {
                // Cancel is set, or the context is handed to code that may set it.
                case ISimpleAssignmentOperation { Target: IPropertyReferenceOperation { Property.Name: "Cancel" } target } when target.Property.ContainingType.Is(contextType):
                case IParameterReferenceOperation { Parent: IArgumentOperation or IAssignmentOperation } parameter when parameter.Type.Is(contextType):
                    return false;

                case IInvocationOperation or IAssignmentOperation when SignalHandlers.OnlySignals(operation):
                    asks = true;
                    break;

                // Anything else may be the clean-up itself, done before the handler returns.
                case IInvocationOperation invocation when !SignalHandlers.IsLogging(invocation) && !SignalHandlers.IsFormatting(invocation):
                case ICompoundAssignmentOperation or IDynamicInvocationOperation or IUsingOperation or ILoopOperation or IThrowOperation or IAwaitOperation:
                    return false;
            }
        }

        return asks;
    }
}
