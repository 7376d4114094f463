using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.HostedServices;

/// <summary>SHK2004: an override of <c>BackgroundService.StopAsync</c> that never calls the base method.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class StopAsyncWithoutBaseAnalyzer : ShutdownAnalyzer
{
    internal const string Id = "SHK2004";

    /// <summary>The names without which there is nothing to find.</summary>
    internal static readonly string[] Names = ["StopAsync"];

    private static readonly DiagnosticDescriptor Rule = RuleDescriptor.Create(
        Id,
        "StopAsync does not call base.StopAsync",
        "'{0}.StopAsync' never calls base.StopAsync: the token of ExecuteAsync is not cancelled and nobody waits for it, so the program ends while it is still at work",
        RuleCategories.HostedServices,
        DiagnosticSeverity.Warning,
        "BackgroundService.StopAsync cancels the token of ExecuteAsync and waits until it has ended. An override that leaves this out lets the "
        + "host go on and end the process while ExecuteAsync is in the middle of its work.");

    /// <summary>Creates the analyzer.</summary>
    public StopAsyncWithoutBaseAnalyzer()
        : base(Rule)
    {
    }

    private protected override void Register(Watch watch)
    {
        if (watch.Symbols.BackgroundService is not null)
            watch.Names(Names, Look);
    }

    private static void Look(SourceFile file, SyntaxToken name)
    {
        if (name.Parent is not MethodDeclarationSyntax declaration
            || !declaration.Modifiers.Any(SyntaxKind.OverrideKeyword)
            || (declaration.Body is null && declaration.ExpressionBody is null)
            || file.Model.GetDeclaredSymbol(declaration, file.CancellationToken) is not { Parameters.Length: 1 } method
            || !method.Overrides(file.Symbols.BackgroundService, "StopAsync"))
        {
            return;
        }

        if (IsOnlyThrow(declaration) || StopsInItsOwnWay(method.ContainingType, declaration, file.CancellationToken))
            return;

        file.Report(Diagnostic.Create(Rule, declaration.Identifier.GetLocation(), method.ContainingType.Name));
    }

    private static bool StopsInItsOwnWay(INamedTypeSymbol type, MethodDeclarationSyntax stop, CancellationToken cancellationToken)
    {
        // It waits for ExecuteAsync by itself.
        if (stop.DescendantNodes().OfType<SimpleNameSyntax>().Any(static name => name.Identifier.ValueText == "ExecuteTask"))
            return true;

        foreach (var reference in type.DeclaringSyntaxReferences)
        {
            foreach (var node in reference.GetSyntax(cancellationToken).DescendantNodes())
            {
                // The base call may sit in a helper.
                if (SyntaxNames.IsBaseCall(node, "StopAsync"))
                    return true;

                if (node is MethodDeclarationSyntax { Identifier.ValueText: "ExecuteAsync" } execute && EndsAtOnce(execute))
                    return true;

                // ExecuteAsync is never started, so that there is nothing to stop.
                if (node is MethodDeclarationSyntax { Identifier.ValueText: "StartAsync" } start
                    && start.Modifiers.Any(SyntaxKind.OverrideKeyword)
                    && !start.DescendantNodes().Any(static inner => SyntaxNames.IsBaseCall(inner, "StartAsync")))
                {
                    return true;
                }
            }
        }

        return false;
    }

    // Task.CompletedTask at its end, and nothing in it that could take time.
    internal static bool EndsAtOnce(MethodDeclarationSyntax execute)
    {
        var result = execute.ExpressionBody?.Expression
                     ?? (execute.Body?.Statements.LastOrDefault() as ReturnStatementSyntax)?.Expression;
        return SyntaxNames.Of(result) == "CompletedTask"
               && !execute.DescendantNodes().Any(static node => node is AwaitExpressionSyntax or WhileStatementSyntax or DoStatementSyntax or ForStatementSyntax);
    }

    private static bool IsOnlyThrow(MethodDeclarationSyntax declaration) =>
        declaration.ExpressionBody?.Expression is ThrowExpressionSyntax
        || declaration.Body is { Statements: { Count: 1 } statements } && statements[0] is ThrowStatementSyntax;
}
