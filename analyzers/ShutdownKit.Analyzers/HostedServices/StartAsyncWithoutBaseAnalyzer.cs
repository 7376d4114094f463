using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.HostedServices;

/// <summary>SHK2005: an override of <c>BackgroundService.StartAsync</c> that never calls the base method.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class StartAsyncWithoutBaseAnalyzer : ShutdownAnalyzer
{
    internal const string Id = "SHK2005";

    /// <summary>The names without which there is nothing to find.</summary>
    internal static readonly string[] Names = ["StartAsync"];

    private static readonly DiagnosticDescriptor Rule = RuleDescriptor.Create(
        Id,
        "StartAsync does not call base.StartAsync",
        "'{0}.StartAsync' never calls base.StartAsync: ExecuteAsync is never run, and there is no error",
        RuleCategories.HostedServices,
        DiagnosticSeverity.Warning,
        "BackgroundService.StartAsync starts ExecuteAsync. An override that leaves this out gives a service that the host starts and stops, and "
        + "that does nothing in between.");

    /// <summary>Creates the analyzer.</summary>
    public StartAsyncWithoutBaseAnalyzer()
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
            || LoopSyntax.BodyOf(declaration) is not { } body
            || IsThrow(body)
            || file.Model.GetDeclaredSymbol(declaration, file.CancellationToken) is not { Parameters.Length: 1 } method
            || !method.Overrides(file.Symbols.BackgroundService, "StartAsync"))
        {
            return;
        }

        if (!IsRunInAnotherWay(method.ContainingType, file.CancellationToken))
            file.Report(Diagnostic.Create(Rule, declaration.Identifier.GetLocation(), method.ContainingType.Name));
    }

    private static bool IsRunInAnotherWay(INamedTypeSymbol type, CancellationToken cancellationToken)
    {
        foreach (var reference in type.DeclaringSyntaxReferences)
        {
            foreach (var node in reference.GetSyntax(cancellationToken).DescendantNodes())
            {
                switch (node)
                {
                    // In a helper, or on another path.
                    case InvocationExpressionSyntax call when SyntaxNames.IsBaseCall(call, "StartAsync"):
                    // It starts the work itself, or hands it to somebody who does.
                    case IdentifierNameSyntax { Identifier.ValueText: "ExecuteAsync" }:
                    case MethodDeclarationSyntax { Identifier.ValueText: "ExecuteAsync" } execute when HasNothingToDo(execute):
                        return true;
                }
            }
        }

        return false;
    }

    private static bool HasNothingToDo(MethodDeclarationSyntax execute) =>
        StopAsyncWithoutBaseAnalyzer.EndsAtOnce(execute) || LoopSyntax.BodyOf(execute) is not { } body || IsThrow(body);

    private static bool IsThrow(SyntaxNode body) => body switch
    {
        ArrowExpressionClauseSyntax arrow => arrow.Expression is ThrowExpressionSyntax,
        BlockSyntax block => block.Statements.Count == 1 && block.Statements[0] is ThrowStatementSyntax,
        _ => false,
    };
}
