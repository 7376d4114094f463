using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.HostedServices;

/// <summary>SHK2003: a loop in which a catch clause swallows the cancellation that should end it.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class SwallowedCancellationAnalyzer : ShutdownAnalyzer
{
    internal const string Id = "SHK2003";

    /// <summary>The property of the diagnostic that holds the token as the code writes it.</summary>
    internal const string TokenProperty = "Token";

    private static readonly DiagnosticDescriptor Rule = RuleDescriptor.Create(
        Id,
        "The loop swallows the cancellation that should end it",
        "This catch swallows the cancellation of '{0}' and the loop goes on for ever: after a stop it spins until the host gives up or SIGKILL arrives",
        RuleCategories.HostedServices,
        DiagnosticSeverity.Warning,
        "A cancelled token makes the awaited call throw OperationCanceledException. Where a general catch inside the loop takes it and nothing else "
        + "looks at the token, the loop never ends: each turn throws at once, which takes a whole processor core until the process is killed.");

    /// <summary>Creates the analyzer.</summary>
    public SwallowedCancellationAnalyzer()
        : base(Rule)
    {
    }

    private protected override void Register(CompilationStartAnalysisContext context, CompilationFacts facts)
    {
        if (facts.Symbols.HostedService is not null || facts.Symbols.HostApplicationLifetime is not null)
            context.RegisterCodeBlockAction(block => Analyze(block, facts.Symbols));
    }

    private static void Analyze(CodeBlockAnalysisContext context, ShutdownSymbols symbols)
    {
        if (!HasCatchInLoop(context.CodeBlock)
            || !CancellationScan.MentionsToken(context.CodeBlock)
            || MethodGraph.Create(context.CodeBlock, context.SemanticModel, context.CancellationToken) is not { } method)
        {
            return;
        }

        var map = TokenMap.Create(method.Body, symbols);
        var stopTokens = new StopTokens(symbols, map, context.CancellationToken);
        foreach (var graph in method.AllGraphs(context.CancellationToken))
        {
            map.AddCaptures(graph);
            Analyze(context, graph, map, stopTokens, symbols);
        }
    }

    private static void Analyze(
        CodeBlockAnalysisContext context, ControlFlowGraph graph, TokenMap map, StopTokens stopTokens, ShutdownSymbols symbols)
    {
        var tried = new HashSet<ISymbol>(SymbolEqualityComparer.Default);
        foreach (var token in TokensIn(graph, map))
        {
            if (!tried.Add(token) || !EndsTheService(token, context.OwningSymbol, stopTokens, symbols))
                continue;

            var paths = new CancelledPaths(graph, map, symbols, token);
            foreach (var block in graph.Blocks)
            {
                if (!block.IsReachable
                    || paths.CancelledCallIn(block) is not { } call
                    || paths.HandlerOf(block, call) is not { } handler
                    || paths.CanEndFrom(handler.Handler))
                {
                    continue;
                }

                context.ReportDiagnostic(Diagnostic.Create(
                    Rule,
                    (handler.Clause.Declaration is { } declaration ? (SyntaxNodeOrToken)declaration : handler.Clause.CatchKeyword).GetLocation(),
                    ImmutableDictionary<string, string?>.Empty.Add(TokenProperty, ExpressionOf(call, map, token)),
                    token.Name));

                // The others go away with this one, or come up when it is mended.
                return;
            }
        }
    }

    private static string? ExpressionOf(IOperation call, TokenMap map, ISymbol token)
    {
        if (token is IParameterSymbol or ILocalSymbol { Type.Name: "CancellationToken" })
            return token.Name;

        var arguments = call switch
        {
            IInvocationOperation invocation => invocation.Arguments,
            IObjectCreationOperation creation => creation.Arguments,
            _ => ImmutableArray<IArgumentOperation>.Empty,
        };
        foreach (var argument in arguments)
        {
            if (SymbolEqualityComparer.Default.Equals(map.Resolve(argument.Value), token))
                return argument.Value.Syntax.ToString();
        }

        return null;
    }

    private static bool EndsTheService(ISymbol token, ISymbol owner, StopTokens stopTokens, ShutdownSymbols symbols)
    {
        if (stopTokens.IsStopToken(token))
            return true;

        // A token parameter anywhere in a hosted service; those of StartAsync and StopAsync are deadlines.
        return token is IParameterSymbol { ContainingSymbol: IMethodSymbol method }
               && owner.ContainingType.IsOrInherits(symbols.HostedService)
               && method.Name is not ("StartAsync" or "StopAsync" or "StartingAsync" or "StartedAsync" or "StoppingAsync" or "StoppedAsync");
    }

    private static IEnumerable<ISymbol> TokensIn(ControlFlowGraph graph, TokenMap map)
    {
        foreach (var block in graph.Blocks)
        {
            foreach (var operation in block.Operations)
            {
                foreach (var part in operation.DescendantsAndSelf())
                {
                    if (map.IsToken(part.Type) && map.Resolve(part) is { } token)
                        yield return token;
                }
            }
        }
    }

    private static bool HasCatchInLoop(SyntaxNode code)
    {
        foreach (var node in code.DescendantNodes(static node => node is not (TypeDeclarationSyntax or AttributeListSyntax)))
        {
            if (node is CatchClauseSyntax clause
                && SyntaxNames.Of((clause.Declaration?.Type as QualifiedNameSyntax)?.Right ?? clause.Declaration?.Type) is null
                    or "Exception" or "SystemException" or "OperationCanceledException" or "TaskCanceledException"
                && IsInLoop(clause))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsInLoop(SyntaxNode node)
    {
        for (var ancestor = node.Parent; ancestor is not (null or MemberDeclarationSyntax); ancestor = ancestor.Parent)
        {
            if (ancestor is WhileStatementSyntax or ForStatementSyntax or DoStatementSyntax)
                return true;
        }

        return false;
    }
}
