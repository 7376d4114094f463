using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.Signals;

/// <summary>SHK1006: asynchronous clean-up in a callback that returns nothing, so that nobody can wait for it.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class AsyncCallbackAnalyzer : ShutdownAnalyzer
{
    internal const string Id = "SHK1006";

    /// <summary>The names without which there is nothing to find.</summary>
    internal static readonly string[] Names = ["ApplicationStopping", "ApplicationStopped", "CancelKeyPress", "ProcessExit", "Unloading", "PosixSignalRegistration"];

    private const string HostGoesOn = "the host goes on to stop and the process ends";
    private const string ProcessEnds = "the process ends";

    private static readonly DiagnosticDescriptor Rule = RuleDescriptor.Create(
        Id,
        "Nobody awaits an asynchronous callback",
        "The {0} callback is asynchronous, and nobody waits for it: it runs to its first await, then {1}, and what it had still to do is lost",
        RuleCategories.Signals,
        DiagnosticSeverity.Warning,
        "Callbacks of tokens, events and signals return nothing: an async lambda becomes async void there, and a task that it returns is dropped. "
        + "Do the work in IHostedService.StopAsync or IHostedLifecycleService.StoppingAsync, which the host awaits, or wait for it in the callback.");

    /// <summary>Creates the analyzer.</summary>
    public AsyncCallbackAnalyzer()
        : base(Rule)
    {
    }

    private protected override void Register(Watch watch)
    {
        if (!watch.Facts.IsExemptAsTest)
            watch.Names(Names, Look);
    }

    private static void Look(SourceFile file, SyntaxToken name)
    {
        switch (name.ValueText)
        {
            case "ApplicationStopping" or "ApplicationStopped":
                if (RegisterOn(name) is { ArgumentList.Arguments: { Count: > 0 } arguments } call && MayBeAsync(arguments[0].Expression)
                    && file.Model.GetOperation(call, file.CancellationToken) is IInvocationOperation { Arguments.Length: > 0 } register
                    && register.TargetMethod.ContainingType.Is(file.Symbols.CancellationToken))
                {
                    Check(file, register.Arguments[0].Value, name.ValueText, HostGoesOn, contextType: null);
                }

                break;
            case "ProcessExit" or "Unloading":
                if (EventHandlers.SubscriptionOf(name) is { } hooked && MayBeAsync(hooked.Right)
                    && EventHandlers.ExitHook(name, file.Model, file.Symbols, file.CancellationToken) is { } hook)
                {
                    Check(file, hook.HandlerValue, name.ValueText, ProcessEnds, contextType: null);
                }

                break;
            case "CancelKeyPress":
                if (EventHandlers.SubscriptionOf(name) is { } subscribed && MayBeAsync(subscribed.Right) && !IsHostInCharge(file)
                    && EventHandlers.CancelKeyPress(name, file.Model, file.Symbols, file.CancellationToken) is { } subscription)
                {
                    Check(file, subscription.HandlerValue, name.ValueText, ProcessEnds, file.Symbols.ConsoleCancelEventArgs);
                }

                break;
            default:
                if (EventHandlers.RegistrationOf(name) is { } registration && MayBeAsync(registration.ArgumentList.Arguments[1].Expression) && !IsHostInCharge(file)
                    && file.Model.GetOperation(registration, file.CancellationToken) is IInvocationOperation { Arguments.Length: 2 } create
                    && create.TargetMethod.ContainingType.Is(file.Symbols.PosixSignalRegistration))
                {
                    Check(file, create.Arguments[1].Value, "signal", ProcessEnds, file.Symbols.PosixSignalContext);
                }

                break;
        }
    }

    // The host's handler of the same signal sets Cancel, and Main goes on until the host has stopped.
    private static bool IsHostInCharge(SourceFile file)
    {
        var routes = SignalRoutes.Of(file.Facts, file.CancellationToken);
        return routes.HasHost || routes.HasLifetimeOwner;
    }

    private static InvocationExpressionSyntax? RegisterOn(SyntaxToken token)
    {
        if (token.Parent is not IdentifierNameSyntax identifier)
            return null;

        ExpressionSyntax property = identifier.Parent switch
        {
            MemberAccessExpressionSyntax access when access.Name == identifier => access,
            MemberBindingExpressionSyntax binding => binding,
            _ => identifier,
        };
        return property.Parent is MemberAccessExpressionSyntax { Name.Identifier.ValueText: "Register" or "UnsafeRegister", Parent: InvocationExpressionSyntax call } ? call : null;
    }

    // Cheap: an async lambda, one that returns what it calls, or a method that is named.
    private static bool MayBeAsync(ExpressionSyntax handler) => handler switch
    {
        AnonymousFunctionExpressionSyntax function =>
            function.AsyncKeyword.RawKind != 0 || function.ExpressionBody is InvocationExpressionSyntax or ConditionalAccessExpressionSyntax,
        _ => true,
    };

    private static void Check(SourceFile file, IOperation handler, string what, string then, INamedTypeSymbol? contextType)
    {
        if (SignalHandlers.Resolve(handler, file.CancellationToken) is not { } resolved)
            return;

        var isAsyncVoid = resolved.Method.IsAsync && FirstAwait(resolved.Body) is { } first && !(contextType is not null && SetsCancelBefore(resolved.Body, first, contextType));
        if (isAsyncVoid || !resolved.Method.IsAsync && contextType is null && DropsTask(resolved.Body))
            file.Report(Diagnostic.Create(Rule, handler.Syntax.GetLocation(), what, then));
    }

    private static IOperation? FirstAwait(IOperation body)
    {
        foreach (var operation in body.DescendantsAndSelf())
        {
            if (operation is IAwaitOperation or IForEachLoopOperation { IsAsynchronous: true } or IUsingOperation { IsAsynchronous: true } && !IsInNestedFunction(operation, body))
                return operation;
        }

        return null;
    }

    private static bool IsInNestedFunction(IOperation operation, IOperation root)
    {
        for (var current = operation.Parent; current is not null && current != root; current = current.Parent)
        {
            if (current is IAnonymousFunctionOperation or ILocalFunctionOperation)
                return true;
        }

        return false;
    }

    // With Cancel set in time the process lives on, and Main can wait for the end of the handler.
    private static bool SetsCancelBefore(IOperation body, IOperation first, INamedTypeSymbol contextType)
    {
        foreach (var operation in body.DescendantsAndSelf())
        {
            if (operation is ISimpleAssignmentOperation { Target: IPropertyReferenceOperation { Property.Name: "Cancel" } target }
                && target.Property.ContainingType.Is(contextType)
                && operation.Syntax.SpanStart < first.Syntax.SpanStart)
            {
                return true;
            }
        }

        return false;
    }

    // The body is one call, whose task the delegate has no use for.
    private static bool DropsTask(IOperation body)
    {
        if (body is not IBlockOperation { Operations: { Length: > 0 } statements } || statements[0] is not IExpressionStatementOperation { Operation: var done, Syntax: ExpressionSyntax })
            return false;

        while (done is IConditionalAccessOperation access)
            done = access.WhenNotNull;
        return done is IInvocationOperation { TargetMethod: { Name: not "CancelAsync", ReturnType: { Name: "Task" or "ValueTask" } type } method }
               && type.ContainingNamespace?.Name == "Tasks"
               && !SignalHandlers.IsConsoleOrLog(method);
    }
}
