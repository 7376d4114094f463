using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.Signals;

/// <summary>
/// What a program's main thread runs, as far as it can be seen: Main, and the methods that it calls directly. It is looked at once per
/// compilation, the first time that a rule asks.
/// </summary>
internal sealed class ProgramCode
{
    private const int MostBodies = 40;

    private static readonly ConditionalWeakTable<CompilationFacts, ProgramCode> Cache = new();

    private readonly CompilationFacts _facts;
    private readonly CancellationToken _cancellationToken;
    private readonly List<SyntaxNode> _bodies = [];

    private ProgramCode(CompilationFacts facts, CancellationToken cancellationToken)
    {
        _facts = facts;
        _cancellationToken = cancellationToken;
        if (facts.App.EntryPoint(cancellationToken) is not { DeclaringSyntaxReferences: { IsEmpty: false } references })
            return;

        var declaration = references[0].GetSyntax(cancellationToken);
        if (SignalHandlers.BodyOf(declaration) is { } main)
            Collect(main, depth: 0);
        else if (declaration is CompilationUnitSyntax)
            Collect(declaration, depth: 0);

        foreach (var body in _bodies)
        {
            var model = facts.ModelOf(body.SyntaxTree);
            if (FirstWait is null && EndlessWaits.FirstIn(body, model, facts.Symbols, cancellationToken) is { } wait)
            {
                FirstWait = wait;
                WaitingBody = body;
            }

            RunsUntilCancelled |= EndlessWaits.RunsUntilCancelled(body);
            IsInteractive |= EndlessWaits.IsInteractive(body);
        }
    }

    /// <summary>What keeps the program alive for ever; null when nothing does that is beyond doubt.</summary>
    public EndlessWait? FirstWait { get; }

    /// <summary>The body in which the program waits.</summary>
    public SyntaxNode? WaitingBody { get; }

    /// <summary>Whether a loop or wait ends only by a token.</summary>
    public bool RunsUntilCancelled { get; }

    /// <summary>Whether what is read from a terminal is used.</summary>
    public bool IsInteractive { get; }

    /// <summary>The bodies that the main thread runs.</summary>
    public IReadOnlyList<SyntaxNode> Bodies => _bodies;

    public static ProgramCode Of(CompilationFacts facts, CancellationToken cancellationToken)
    {
        if (Cache.TryGetValue(facts, out var known))
            return known;

        // Not by a callback of the table, so that a cancelled look leaves nothing behind.
        var code = new ProgramCode(facts, cancellationToken);
        return Cache.GetValue(facts, _ => code);
    }

    private void Collect(SyntaxNode body, int depth)
    {
        if (_bodies.Count >= MostBodies || _bodies.Contains(body))
            return;

        _bodies.Add(body);

        // A method that does nothing but call another one is no step of its own.
        var next = IsOneCall(body) ? depth : depth + 1;
        if (next > 1)
            return;

        var model = _facts.ModelOf(body.SyntaxTree);
        foreach (var node in EndlessWaits.OwnCodeOf(body))
        {
            switch (node)
            {
                case InvocationExpressionSyntax call:
                    if (CalleeOf(call, call, model) is { } callee)
                        Collect(callee, next);
                    if (RunsItsArgument(call))
                        CollectArguments(call.ArgumentList, model, next);
                    break;
                case ObjectCreationExpressionSyntax { Type: var type, ArgumentList: { } arguments } when SyntaxNames.Of(type) == "Thread" && !body.ToString().Contains("IsBackground"):
                    CollectArguments(arguments, model, next);
                    break;
            }
        }
    }

    private void CollectArguments(ArgumentListSyntax arguments, SemanticModel model, int depth)
    {
        foreach (var argument in arguments.Arguments)
        {
            // new ThreadStart(Loop) is Loop.
            var started = argument.Expression is ObjectCreationExpressionSyntax { ArgumentList.Arguments: { Count: 1 } wrapped } ? wrapped[0].Expression : argument.Expression;
            switch (started)
            {
                case AnonymousFunctionExpressionSyntax { Body: var body }:
                    Collect(body, depth);
                    break;
                case IdentifierNameSyntax or MemberAccessExpressionSyntax when CalleeOf(started, call: null, model) is { } callee:
                    Collect(callee, depth);
                    break;
            }
        }
    }

    // Task.Run that is waited for, and the parser of the command line that calls back.
    private static bool RunsItsArgument(InvocationExpressionSyntax call) => SyntaxNames.OfInvoked(call) switch
    {
        "Run" => SyntaxNames.OfReceiver(call) is "Task" or "AsyncContext" && (SyntaxNames.OfReceiver(call) == "AsyncContext" || EndlessWaits.IsAwaited(call)),
        "WithParsed" or "WithParsedAsync" or "MapResult" => true,
        _ => false,
    };

    private SyntaxNode? CalleeOf(ExpressionSyntax named, InvocationExpressionSyntax? call, SemanticModel model)
    {
        if (model.GetSymbolInfo(named, _cancellationToken).Symbol is not IMethodSymbol { DeclaringSyntaxReferences.Length: 1 } method
            || method.IsVirtual || method.IsAbstract || method.IsOverride
            || call is not null && (method is { IsAsync: true, ReturnsVoid: true } || ReturnsTask(method) && !EndlessWaits.IsAwaited(call)))
        {
            return null;
        }

        // Symbols of a referenced project have source, which is none of this compilation.
        var reference = method.DeclaringSyntaxReferences[0];
        return _facts.Compilation.ContainsSyntaxTree(reference.SyntaxTree) ? SignalHandlers.BodyOf(reference.GetSyntax(_cancellationToken)) : null;
    }

    private static bool ReturnsTask(IMethodSymbol method) => method.ReturnType.Name is "Task" or "ValueTask";

    private static bool IsOneCall(SyntaxNode body) => body switch
    {
        ArrowExpressionClauseSyntax => true,
        BlockSyntax block => block.Statements.Count == 1,
        CompilationUnitSyntax unit => unit.Members.Count(static member => member is GlobalStatementSyntax { Statement: not LocalFunctionStatementSyntax }) == 1,
        _ => false,
    };
}
