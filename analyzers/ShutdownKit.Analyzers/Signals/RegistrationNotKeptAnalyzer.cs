using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.Signals;

/// <summary>SHK1005: a registration of a signal handler that nothing keeps, so that the garbage collector ends it.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class RegistrationNotKeptAnalyzer : ShutdownAnalyzer
{
    internal const string Id = "SHK1005";

    /// <summary>The names without which there is nothing to find.</summary>
    internal static readonly string[] Names = ["PosixSignalRegistration"];

    private static readonly DiagnosticDescriptor Rule = RuleDescriptor.Create(
        Id,
        "Signal registration is not kept",
        "{0}",
        RuleCategories.Signals,
        DiagnosticSeverity.Warning,
        "A PosixSignalRegistration has a finalizer that takes the handler off. Keep it in a field, or in a using declaration of the method in which the program waits.");

    /// <summary>Creates the analyzer.</summary>
    public RegistrationNotKeptAnalyzer()
        : base(Rule)
    {
    }

    private protected override void Register(Watch watch)
    {
        if (watch.Symbols.PosixSignalRegistration is not null && !watch.Facts.IsExemptAsTest)
            watch.Names(Names, Look);
    }

    private static void Look(SourceFile file, SyntaxToken name)
    {
        if (EventHandlers.RegistrationOf(name) is not { } call || Fate(call) is not { } fate)
            return;

        if (file.Model.GetSymbolInfo(call, file.CancellationToken).Symbol?.ContainingType.Is(file.Symbols.PosixSignalRegistration) == true)
            file.Report(Diagnostic.Create(Rule, call.GetLocation(), fate));
    }

    // What becomes of the registration, in words; null where something keeps it.
    private static string? Fate(InvocationExpressionSyntax call)
    {
        const string Collected = "Nothing keeps this registration: after a garbage collection the handler is gone, and the signal kills the process or, as PID 1 on .NET 10, does nothing";
        switch (call.Parent)
        {
            case ExpressionStatementSyntax:
            case AssignmentExpressionSyntax { Left: IdentifierNameSyntax { Identifier.ValueText: "_" }, Parent: ExpressionStatementSyntax }:
                return Collected;
            case ArrowExpressionClauseSyntax { Parent: MethodDeclarationSyntax { ReturnType: PredefinedTypeSyntax } or LocalFunctionStatementSyntax { ReturnType: PredefinedTypeSyntax } }:
                return Collected;
            case EqualsValueClauseSyntax { Parent: VariableDeclaratorSyntax { Parent.Parent: LocalDeclarationStatementSyntax declaration } variable }:
                if (declaration.UsingKeyword.RawKind == 0)
                    return IsMentioned(variable.Identifier.ValueText, declaration) ? null : Collected;
                return EndsAtOnce(declaration) ? "The method ends right here and disposes of this registration with it: the handler never runs" : null;
            default:
                return null;
        }
    }

    private static bool IsMentioned(string local, SyntaxNode declaration)
    {
        var scope = declaration.Parent is GlobalStatementSyntax ? declaration.Parent.Parent : declaration.Parent;
        if (scope is null)
            return true;

        foreach (var node in scope.DescendantNodes())
        {
            if (node is IdentifierNameSyntax { Identifier.ValueText: var name } && name == local)
                return true;
        }

        return false;
    }

    // Nothing follows that could take time: only further registrations, subscriptions and assignments.
    private static bool EndsAtOnce(LocalDeclarationStatementSyntax declaration)
    {
        if (declaration.Parent is not BlockSyntax { Parent: MethodDeclarationSyntax or LocalFunctionStatementSyntax or ConstructorDeclarationSyntax } block)
            return false;

        var isBehind = false;
        foreach (var statement in block.Statements)
        {
            if (statement == declaration)
            {
                isBehind = true;
                continue;
            }

            if (isBehind && !TakesNoTime(statement))
                return false;
        }

        return true;
    }

    private static bool TakesNoTime(StatementSyntax statement) => statement switch
    {
        LocalFunctionStatementSyntax or ReturnStatementSyntax { Expression: null or LiteralExpressionSyntax } => true,
        ReturnStatementSyntax { Expression: MemberAccessExpressionSyntax { Name.Identifier.ValueText: "CompletedTask" } } => true,
        LocalDeclarationStatementSyntax { Declaration.Variables: { Count: 1 } variables } =>
            variables[0].Initializer?.Value is InvocationExpressionSyntax call && SyntaxNames.OfReceiver(call) == "PosixSignalRegistration",
        ExpressionStatementSyntax { Expression: InvocationExpressionSyntax call } =>
            SyntaxNames.OfReceiver(call) is "PosixSignalRegistration" or "Console" or "Log" or "logger" or "_logger",
        ExpressionStatementSyntax { Expression: AssignmentExpressionSyntax { Right: var value } } =>
            value is AnonymousFunctionExpressionSyntax or IdentifierNameSyntax or LiteralExpressionSyntax,
        _ => false,
    };
}
