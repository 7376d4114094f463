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

    /// <summary>The names without which there is nothing to find.</summary>
    internal static readonly string[] Names = ["catch", "CancellationToken", "CancellationTokenSource", "ApplicationStopping"];

    // A method with more of them is generated.
    private const int MaxTokens = 32;

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

    private protected override void Register(Watch watch)
    {
        if (watch.Symbols.HostedService is not null || watch.Symbols.HostApplicationLifetime is not null)
            watch.Files(["CancellationToken", "CancellationTokenSource", "ApplicationStopping"], Look);
    }

    private static void Look(SourceFile file)
    {
        SyntaxNode? seen = null;
        foreach (var keyword in file.Keywords("catch"))
        {
            if (keyword.Parent is not CatchClauseSyntax clause || !MayTakeCancellation(clause) || !IsInLoop(clause))
                continue;

            // The clauses of one method follow one another.
            var declaration = MethodGraph.DeclarationOf(clause);
            if (declaration is null || declaration == seen)
                continue;

            seen = declaration;
            Analyze(file, declaration);
        }
    }

    private static void Analyze(SourceFile file, SyntaxNode declaration)
    {
        // Null around top-level statements.
        var type = declaration.FirstAncestorOrSelf<TypeDeclarationSyntax>() is { } around ? file.Model.GetDeclaredSymbol(around, file.CancellationToken) : null;
        if (!CancellationScan.MentionsToken(declaration)
            || !MayEndTheService(declaration, type, file.Symbols)
            || file.GraphOf(declaration) is not { } method)
        {
            return;
        }

        var tokens = method.Tokens(file.Symbols);
        foreach (var graph in tokens.Graphs)
            Analyze(file, graph, tokens, type);
    }

    // Outside of a hosted service only the host's lifetime, a signal handler or a stop method cancels a token.
    private static bool MayEndTheService(SyntaxNode declaration, INamedTypeSymbol? type, ShutdownSymbols symbols)
    {
        if (type.IsOrInherits(symbols.HostedService))
            return true;

        foreach (var token in (declaration.FirstAncestorOrSelf<TypeDeclarationSyntax>() ?? declaration).DescendantTokens())
        {
            if (token.IsKind(SyntaxKind.IdentifierToken) && token.ValueText is "ApplicationStopping" or "ApplicationStopped" or "Cancel" or "CancelAsync" or "CancelAfter")
                return true;
        }

        return false;
    }

    private static void Analyze(SourceFile file, ControlFlowGraph graph, MethodTokens method, INamedTypeSymbol? type)
    {
        var tried = new HashSet<ISymbol>(SymbolEqualityComparer.Default);
        foreach (var token in TokensIn(graph, method.Map))
        {
            if (!tried.Add(token) || !EndsTheService(token, type, method.Stop, file.Symbols))
                continue;

            if (tried.Count > MaxTokens)
                return;

            var paths = new CancelledPaths(graph, method.Map, file.Symbols, token);
            foreach (var block in graph.Blocks)
            {
                if (!block.IsReachable
                    || paths.CancelledCallIn(block) is not { } call
                    || paths.HandlerOf(block, call) is not { } handler
                    || paths.CanEndFrom(handler.Handler))
                {
                    continue;
                }

                file.Report(Diagnostic.Create(
                    Rule,
                    (handler.Clause.Declaration is { } declaration ? (SyntaxNodeOrToken)declaration : handler.Clause.CatchKeyword).GetLocation(),
                    ImmutableDictionary<string, string?>.Empty.Add(TokenProperty, ExpressionOf(call, method.Map, token)),
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

    private static bool EndsTheService(ISymbol token, INamedTypeSymbol? type, StopTokens stopTokens, ShutdownSymbols symbols)
    {
        if (stopTokens.IsStopToken(token))
            return true;

        // A token parameter anywhere in a hosted service; those of StartAsync and StopAsync are deadlines.
        return token is IParameterSymbol { ContainingSymbol: IMethodSymbol method }
               && type.IsOrInherits(symbols.HostedService)
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

    private static bool MayTakeCancellation(CatchClauseSyntax clause) =>
        SyntaxNames.Of((clause.Declaration?.Type as QualifiedNameSyntax)?.Right ?? clause.Declaration?.Type) is null
            or "Exception" or "SystemException" or "OperationCanceledException" or "TaskCanceledException";

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
