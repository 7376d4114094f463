using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.Signals;

/// <summary>Finds where the program subscribes to an event or registers a handler of a signal.</summary>
internal static class EventHandlers
{
    /// <summary>The <c>x.Event += handler</c> in which the identifier names the event; null where it is anything else.</summary>
    public static AssignmentExpressionSyntax? SubscriptionOf(SyntaxToken name)
    {
        if (name.Parent is not IdentifierNameSyntax identifier)
            return null;

        ExpressionSyntax reference = identifier.Parent is MemberAccessExpressionSyntax access && access.Name == identifier ? access : identifier;
        return reference.Parent is AssignmentExpressionSyntax { RawKind: (int)SyntaxKind.AddAssignmentExpression } assignment && assignment.Left == reference
            ? assignment
            : null;
    }

    /// <summary>The subscription to Console.CancelKeyPress in which the identifier stands.</summary>
    public static IEventAssignmentOperation? CancelKeyPress(SyntaxToken name, SemanticModel model, ShutdownSymbols symbols, CancellationToken cancellationToken) =>
        SubscriptionOf(name) is { } assignment
        && model.GetOperation(assignment, cancellationToken) is IEventAssignmentOperation { Adds: true, EventReference: IEventReferenceOperation reference } subscription
        && reference.Event.ContainingType.Is(symbols.Console)
            ? subscription
            : null;

    /// <summary>The subscription to AppDomain.ProcessExit, or to AssemblyLoadContext.Unloading of the program itself, in which the identifier stands.</summary>
    public static IEventAssignmentOperation? ExitHook(SyntaxToken name, SemanticModel model, ShutdownSymbols symbols, CancellationToken cancellationToken) =>
        SubscriptionOf(name) is { } assignment
        && model.GetOperation(assignment, cancellationToken) is IEventAssignmentOperation { Adds: true, EventReference: IEventReferenceOperation reference } subscription
        && IsExitHook(reference, symbols)
            ? subscription
            : null;

    /// <summary>The call of PosixSignalRegistration.Create in which the identifier names the type.</summary>
    public static InvocationExpressionSyntax? RegistrationOf(SyntaxToken name) =>
        name.Parent is IdentifierNameSyntax identifier
        && (identifier.Parent is MemberAccessExpressionSyntax qualified && qualified.Name == identifier ? qualified : (ExpressionSyntax)identifier) is var type
        && type.Parent is MemberAccessExpressionSyntax { Name.Identifier.ValueText: "Create", Parent: InvocationExpressionSyntax { ArgumentList.Arguments.Count: 2 } call } access
        && access.Expression == type
            ? call
            : null;

    private static bool IsExitHook(IEventReferenceOperation reference, ShutdownSymbols symbols) => reference.Event.Name switch
    {
        "ProcessExit" => reference.Event.ContainingType.Is(symbols.AppDomain),
        // Contexts of plug-ins are unloaded while the process lives.
        "Unloading" => reference.Event.ContainingType.Is(symbols.AssemblyLoadContext)
                       && Source(reference.Instance) is IPropertyReferenceOperation { Property.Name: "Default" } or IInvocationOperation { TargetMethod.Name: "GetLoadContext" },
        _ => false,
    };

    // A local that holds the context stands for what it was made of.
    private static IOperation? Source(IOperation? instance)
    {
        if (instance is not ILocalReferenceOperation { Local: { DeclaringSyntaxReferences.Length: 1 } local, SemanticModel: { } model })
            return instance;

        if (local.DeclaringSyntaxReferences[0].GetSyntax() is not VariableDeclaratorSyntax { Initializer.Value: { } value })
            return null;

        return model.GetOperation(value is PostfixUnaryExpressionSyntax suppressed ? suppressed.Operand : value);
    }
}
