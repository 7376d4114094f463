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

    /// <summary>The names without which there is nothing to find.</summary>
    internal static readonly string[] Names = ["ExecuteAsync"];

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

    private protected override void Register(Watch watch)
    {
        if (watch.Symbols.BackgroundService is not null)
            watch.Names(Names, Look);
    }

    private static void Look(SourceFile file, SyntaxToken name)
    {
        if (name.Parent is not MethodDeclarationSyntax declaration
            || declaration.ParameterList.Parameters.Count != 1
            || !declaration.Modifiers.Any(SyntaxKind.OverrideKeyword)
            || ((SyntaxNode?)declaration.Body ?? declaration.ExpressionBody) is not { } body)
        {
            return;
        }

        var parameter = declaration.ParameterList.Parameters[0].Identifier;
        if (Mentions(body, parameter.ValueText)
            || file.Model.GetDeclaredSymbol(declaration, file.CancellationToken) is not { } method
            || !StopTokens.IsExecuteAsync(method, file.Symbols))
        {
            return;
        }

        var endless = new EndlessWork(file.Model, method, file.Symbols, file.CancellationToken);
        if (!endless.IsIn(body, out var hasFlag))
            return;

        // A service that stops in a way of its own may well end, only not as soon as it could.
        var severity = hasFlag || OverridesStop(method.ContainingType) ? DiagnosticSeverity.Info : Rule.DefaultSeverity;
        file.Report(Diagnostic.Create(
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
