using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.HostedServices;

/// <summary>SHK2006: a <c>StartAsync</c> that does the work of the service instead of starting it.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class ServiceBodyInStartAnalyzer : ShutdownAnalyzer
{
    internal const string Id = "SHK2006";

    /// <summary>The names without which there is nothing to find.</summary>
    internal static readonly string[] Names = ["StartAsync", "StartingAsync", "StartedAsync"];

    private static readonly DiagnosticDescriptor Rule = RuleDescriptor.Create(
        Id,
        "StartAsync does the work of the service",
        "'{0}.{1}' does not return while the service works: the host never gets up, later services are not started, and StopAsync is not called for what runs here",
        RuleCategories.HostedServices,
        DiagnosticSeverity.Warning,
        "The host waits for StartAsync of each service, one after the other. A loop without an end in it keeps the host from starting; its token is "
        + "cancelled only when the start is aborted. Start the work, keep its task and return, or derive from BackgroundService.");

    /// <summary>Creates the analyzer.</summary>
    public ServiceBodyInStartAnalyzer()
        : base(Rule)
    {
    }

    private protected override void Register(Watch watch)
    {
        if (watch.Symbols.HostedService is not null)
            watch.Names(Names, Look);
    }

    private static void Look(SourceFile file, SyntaxToken name)
    {
        if (name.Parent is not MethodDeclarationSyntax { ParameterList.Parameters.Count: 1 } declaration
            || LoopSyntax.BodyOf(declaration) is not { } body
            || file.Model.GetDeclaredSymbol(declaration, file.CancellationToken) is not { } method
            || !method.ContainingType.IsOrInherits(file.Symbols.HostedService)
            || !method.Parameters[0].Type.Is(file.Symbols.CancellationToken))
        {
            return;
        }

        if (EndlessIn(body) is { } own)
            Report(own);
        else if (EndlessBelow(body, StopPath.Of(method.ContainingType, file.Facts, file.CancellationToken)) is { } call)
            Report(call.Expression);

        void Report(SyntaxNodeOrToken where) =>
            file.Report(Diagnostic.Create(Rule, where.GetLocation(), method.ContainingType.Name, method.Name));
    }

    /// <summary>The first word of a loop without an end, or a wait without one.</summary>
    private static SyntaxNodeOrToken? EndlessIn(SyntaxNode body)
    {
        foreach (var node in LoopSyntax.NodesOf(body))
        {
            if ((LoopSyntax.HasNoCondition(node) || LoopSyntax.GoesOnUntilCancelled(node) || LoopSyntax.WaitsForTheNext(node)) && !LoopSyntax.HasExit(node) && IsOfUse(node))
                return LoopSyntax.KeywordOf(node);

            if (node is AwaitExpressionSyntax or ReturnStatementSyntax or ArrowExpressionClauseSyntax && IsEndlessDelay(node))
                return node is AwaitExpressionSyntax ? node : ((node as ReturnStatementSyntax)?.Expression ?? ((ArrowExpressionClauseSyntax)node).Expression);
        }

        return null;
    }

    // Only what waits in it takes time; anything else is over at once, or is some other mistake.
    private static bool IsOfUse(SyntaxNode loop) =>
        LoopSyntax.NodesOf(loop).Any(static node => node is AwaitExpressionSyntax or CommonForEachStatementSyntax { AwaitKeyword.RawKind: not 0 })
        || loop is CommonForEachStatementSyntax
        || LoopSyntax.Mentions(loop, "Sleep") || LoopSyntax.Mentions(loop, "Consume") || LoopSyntax.Mentions(loop, "WaitOne");

    private static bool IsEndlessDelay(SyntaxNode node)
    {
        var expression = node switch
        {
            AwaitExpressionSyntax await => await.Expression,
            ReturnStatementSyntax statement => statement.Expression,
            ArrowExpressionClauseSyntax arrow => arrow.Expression,
            _ => null,
        };
        if (expression is InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax { Name.Identifier.ValueText: "ConfigureAwait", Expression: var configured } })
            expression = configured;

        return expression is InvocationExpressionSyntax { ArgumentList.Arguments: { Count: > 0 } arguments } call
               && SyntaxNames.OfInvoked(call) == "Delay"
               && SyntaxNames.OfReceiver(call) == "Task"
               && double.IsInfinity(Waits.Milliseconds(arguments[0].Expression) ?? 0);
    }

    // await RunAsync(token); return RunAsync(token); => RunAsync(token)
    private static InvocationExpressionSyntax? EndlessBelow(SyntaxNode body, StopPath type)
    {
        foreach (var node in LoopSyntax.NodesOf(body))
        {
            if (node is not InvocationExpressionSyntax { Expression: IdentifierNameSyntax or MemberAccessExpressionSyntax { Expression: ThisExpressionSyntax } } call || !IsAwaitedOrReturned(call))
                continue;

            foreach (var member in type.MembersNamed(SyntaxNames.OfInvoked(call)!))
            {
                if (member is MethodDeclarationSyntax callee
                    && callee.ParameterList.Parameters.Count >= call.ArgumentList.Arguments.Count
                    && LoopSyntax.BodyOf(callee) is { } inner
                    && EndlessIn(inner) is not null)
                {
                    return call;
                }
            }
        }

        return null;
    }

    private static bool IsAwaitedOrReturned(InvocationExpressionSyntax call)
    {
        SyntaxNode node = call;
        while (node.Parent is MemberAccessExpressionSyntax { Name.Identifier.ValueText: "ConfigureAwait" } configure && configure.Parent is { } configured)
            node = configured;

        return node.Parent is AwaitExpressionSyntax or ReturnStatementSyntax or ArrowExpressionClauseSyntax;
    }
}
