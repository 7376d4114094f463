using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.HostedServices;

/// <summary>SHK2001: an <c>ExecuteAsync</c> that goes on for ever and never looks at its token.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class IgnoredStoppingTokenAnalyzer : ShutdownAnalyzer
{
    internal const string Id = "SHK2001";

    private static readonly DiagnosticDescriptor Rule = RuleDescriptor.Create(
        Id,
        "ExecuteAsync never looks at its stopping token",
        "'{0}.ExecuteAsync' never looks at '{1}': a stop waits for it until the host gives up after 30 s, but docker stop sends SIGKILL after 10 s",
        RuleCategories.HostedServices,
        DiagnosticSeverity.Warning,
        "The host cancels the token that it gave to ExecuteAsync and waits for its end. Code that never looks at the token does not notice: the "
        + "host waits for its whole ShutdownTimeout, and a container is killed when its grace period is over, which is shorter by default.");

    /// <summary>Creates the analyzer.</summary>
    public IgnoredStoppingTokenAnalyzer()
        : base(Rule)
    {
    }

    private protected override void Register(CompilationStartAnalysisContext context, CompilationFacts facts)
    {
        if (facts.Symbols.BackgroundService is not null)
            context.RegisterSyntaxNodeAction(node => Analyze(node, facts), SyntaxKind.MethodDeclaration);
    }

    private static void Analyze(SyntaxNodeAnalysisContext context, CompilationFacts facts)
    {
        var declaration = (MethodDeclarationSyntax)context.Node;
        if (declaration.Identifier.ValueText != "ExecuteAsync"
            || declaration.ParameterList.Parameters.Count != 1
            || !declaration.Modifiers.Any(SyntaxKind.OverrideKeyword)
            || ((SyntaxNode?)declaration.Body ?? declaration.ExpressionBody) is not { } body)
        {
            return;
        }

        var parameter = declaration.ParameterList.Parameters[0].Identifier;
        if (Mentions(body, parameter.ValueText)
            || context.SemanticModel.GetDeclaredSymbol(declaration, context.CancellationToken) is not { } method
            || !StopTokens.IsExecuteAsync(method, facts.Symbols))
        {
            return;
        }

        var endless = new EndlessWork(context.SemanticModel, method, facts.Symbols, context.CancellationToken);
        if (!endless.IsIn(body, out var hasFlag))
            return;

        // A service that stops in a way of its own may well end, only not as soon as it could.
        var severity = hasFlag || OverridesStop(method.ContainingType) ? DiagnosticSeverity.Info : Rule.DefaultSeverity;
        context.ReportDiagnostic(Diagnostic.Create(
            Rule, parameter.GetLocation(), severity, additionalLocations: null, properties: null, method.ContainingType.Name, parameter.Text));
    }

    private static bool Mentions(SyntaxNode body, string name)
    {
        foreach (var node in body.DescendantNodes())
        {
            if (node is IdentifierNameSyntax identifier && identifier.Identifier.ValueText == name)
                return true;
        }

        return false;
    }

    private static bool OverridesStop(INamedTypeSymbol type) =>
        type.GetMembers("StopAsync").Any(static member => member.IsOverride) || type.GetMembers("StoppingAsync").Length > 0;
}
