using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.Signals;

/// <summary>SHK1004: a signal handler that asks for a stop, and lets the default action kill the process before the stop happens.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class HandlerLetsProcessDieAnalyzer : ShutdownAnalyzer
{
    internal const string Id = "SHK1004";

    /// <summary>The names without which there is nothing to find.</summary>
    internal static readonly string[] Names = ["CancelKeyPress", "PosixSignalRegistration"];

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

    /// <summary>Whether the handler of a signal only asks for a stop, and does not keep the process from being killed.</summary>
    internal static bool LetsProcessDie(IOperation handler, INamedTypeSymbol? contextType, CancellationToken cancellationToken) =>
        SignalHandlers.Resolve(handler, cancellationToken) is { } resolved
        && !resolved.Method.IsAsync
        && AsksForStopAndDoesNothingElse(resolved.Body, contextType);

    private protected override void Register(Watch watch)
    {
        if (!watch.Facts.IsExemptAsTest && watch.Facts.App.IsConsoleProgram)
            watch.Names(Names, Look);
    }

    private static void Look(SourceFile file, SyntaxToken name)
    {
        var registration = EventHandlers.RegistrationOf(name);
        if (registration is null && EventHandlers.SubscriptionOf(name) is null)
            return;

        // The host's own handler of the same signal sets Cancel, which counts for all handlers.
        var routes = SignalRoutes.Of(file.Facts, file.CancellationToken);
        if (routes.HasHost || routes.HasLifetimeOwner)
            return;

        if (registration is not null)
            CheckRegistration(file, registration);
        else if (EventHandlers.CancelKeyPress(name, file.Model, file.Symbols, file.CancellationToken) is { } subscription)
            Check(file, subscription.HandlerValue, "CancelKeyPress", file.Symbols.ConsoleCancelEventArgs);
    }

    private static void CheckRegistration(SourceFile file, InvocationExpressionSyntax registration)
    {
        if (file.Model.GetOperation(registration, file.CancellationToken) is IInvocationOperation { Arguments.Length: 2 } create
            && create.TargetMethod.ContainingType.Is(file.Symbols.PosixSignalRegistration)
            && SignalOf(create.Arguments[0].Value) is { } signal)
        {
            Check(file, create.Arguments[1].Value, signal, file.Symbols.PosixSignalContext);
        }
    }

    private static string? SignalOf(IOperation value) =>
        value is IFieldReferenceOperation { Field: { Name: "SIGTERM" or "SIGINT" or "SIGQUIT" or "SIGHUP", ContainingType.Name: "PosixSignal" } field } ? field.Name : null;

    private static void Check(SourceFile file, IOperation handler, string signal, INamedTypeSymbol? contextType)
    {
        if (LetsProcessDie(handler, contextType, file.CancellationToken))
            file.Report(Diagnostic.Create(Rule, handler.Syntax.GetLocation(), signal));
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
