using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace ShutdownKit.Analyzers.Model;

/// <summary>A method's operation tree and control flow graph, which are asked for only when a cheap look has found a reason.</summary>
internal sealed class MethodGraph
{
    // Far above what anybody writes, and far below what a stack of one megabyte can take.
    private const int MaximumNesting = 200;
    private const int MaximumNodes = 2_000;

    private readonly Func<ControlFlowGraph> _makeGraph;
    private ControlFlowGraph? _graph;
    private MethodTokens? _tokens;

    private MethodGraph(IOperation body, Func<ControlFlowGraph> makeGraph)
    {
        Body = body;
        _makeGraph = makeGraph;
    }

    public IOperation Body { get; }

    /// <summary>The control flow graph, made when somebody asks; one for all, because blocks and regions are compared by reference.</summary>
    public ControlFlowGraph Graph => _graph ?? Interlocked.CompareExchange(ref _graph, _makeGraph(), null) ?? _graph;

    /// <summary>What the method does with cancellation tokens, found out once for all rules.</summary>
    public MethodTokens Tokens(ShutdownSymbols symbols) =>
        _tokens ?? Interlocked.CompareExchange(ref _tokens, new MethodTokens(this, symbols), null) ?? _tokens;

    /// <summary>
    /// The declaration whose body the node is part of: a method, a constructor, an accessor, an operator, an expression-bodied property,
    /// or the file for top-level statements. Null for field initializers and whatever else has no graph of its own.
    /// </summary>
    public static SyntaxNode? DeclarationOf(SyntaxNode node)
    {
        for (var ancestor = node; ancestor is not null; ancestor = ancestor.Parent)
        {
            switch (ancestor)
            {
                case BaseMethodDeclarationSyntax or AccessorDeclarationSyntax or CompilationUnitSyntax:
                case ArrowExpressionClauseSyntax { Parent: BasePropertyDeclarationSyntax }:
                    return ancestor;
                case BaseTypeDeclarationSyntax or BaseFieldDeclarationSyntax:
                    return null;
            }
        }

        return null;
    }

    /// <summary>
    /// The graph of a method-like declaration, or of a file's top-level statements; null where there is no executable body, and where
    /// it is nested so deep that the compiler's graph builder, which calls itself for each level, could run out of stack.
    /// </summary>
    public static MethodGraph? Create(SyntaxNode declaration, SemanticModel model, CancellationToken cancellationToken) =>
        IsTooDeep(declaration) ? null : model.GetOperation(declaration, cancellationToken) switch
        {
            IMethodBodyOperation { Parent: null } body => new MethodGraph(body, () => ControlFlowGraph.Create(body)),
            IConstructorBodyOperation { Parent: null } body => new MethodGraph(body, () => ControlFlowGraph.Create(body)),
            IBlockOperation { Parent: null } body => new MethodGraph(body, () => ControlFlowGraph.Create(body)),
            _ => null,
        };

    private static bool IsTooDeep(SyntaxNode declaration)
    {
        var work = new Stack<(SyntaxNode Node, int Statements, int Nodes)>();
        work.Push((declaration, 0, 0));
        while (work.Count > 0)
        {
            var (node, statements, nodes) = work.Pop();
            if (statements > MaximumNesting || nodes > MaximumNodes)
                return true;

            foreach (var child in node.ChildNodes())
            {
                // What follows a using declaration lies inside of it.
                if (child is LocalDeclarationStatementSyntax { UsingKeyword.RawKind: not 0 })
                    statements++;

                work.Push((child, child is StatementSyntax or AnonymousFunctionExpressionSyntax ? statements + 1 : statements, nodes + 1));
            }
        }

        return false;
    }

    /// <summary>The graph and those of the lambdas and local functions in it, at any depth.</summary>
    public IEnumerable<ControlFlowGraph> AllGraphs(CancellationToken cancellationToken)
    {
        var work = new Stack<ControlFlowGraph>();
        work.Push(Graph);
        while (work.Count > 0)
        {
            var graph = work.Pop();
            yield return graph;

            foreach (var function in graph.LocalFunctions)
                work.Push(graph.GetLocalFunctionControlFlowGraph(function, cancellationToken));

            foreach (var block in graph.Blocks)
            {
                foreach (var operation in block.BranchValue is { } value ? block.Operations.Append(value) : block.Operations)
                {
                    foreach (var part in operation.DescendantsAndSelf())
                    {
                        if (part is IFlowAnonymousFunctionOperation lambda)
                            work.Push(graph.GetAnonymousFunctionControlFlowGraph(lambda, cancellationToken));
                    }
                }
            }
        }
    }
}
