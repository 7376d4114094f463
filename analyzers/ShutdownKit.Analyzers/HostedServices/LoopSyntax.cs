using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.HostedServices;

/// <summary>Loops, as their syntax shows them.</summary>
internal static class LoopSyntax
{
    /// <summary>The nodes of a function's body; the lambdas and local functions in it are left out, since they run at some other time.</summary>
    public static IEnumerable<SyntaxNode> NodesOf(SyntaxNode body) => body.DescendantNodes(static node => !IsFunction(node));

    /// <summary>Whether the node is a lambda or a local function.</summary>
    public static bool IsFunction(SyntaxNode node) => node is AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax;

    /// <summary>Whether the node is a loop.</summary>
    public static bool IsLoop(SyntaxNode node) => node is WhileStatementSyntax or DoStatementSyntax or ForStatementSyntax or CommonForEachStatementSyntax;

    /// <summary>The condition of a loop; null where it has none.</summary>
    public static ExpressionSyntax? ConditionOf(SyntaxNode loop) => loop switch
    {
        WhileStatementSyntax loopWhile => loopWhile.Condition,
        DoStatementSyntax loopDo => loopDo.Condition,
        ForStatementSyntax loopFor => loopFor.Condition,
        _ => null,
    };

    /// <summary>What a loop repeats.</summary>
    public static StatementSyntax? BodyOf(SyntaxNode loop) => loop switch
    {
        WhileStatementSyntax loopWhile => loopWhile.Statement,
        DoStatementSyntax loopDo => loopDo.Statement,
        ForStatementSyntax loopFor => loopFor.Statement,
        CommonForEachStatementSyntax each => each.Statement,
        _ => null,
    };

    /// <summary>The loop's first word.</summary>
    public static SyntaxToken KeywordOf(SyntaxNode loop) => loop.GetFirstToken();

    /// <summary><c>while (true)</c>, <c>for (;;)</c>, <c>do … while (true)</c>.</summary>
    public static bool HasNoCondition(SyntaxNode loop) =>
        loop is WhileStatementSyntax or DoStatementSyntax or ForStatementSyntax
        && ConditionOf(loop) is null or LiteralExpressionSyntax { RawKind: (int)SyntaxKind.TrueLiteralExpression };

    /// <summary><c>while (!token.IsCancellationRequested)</c>, and nothing else in the condition.</summary>
    public static bool GoesOnUntilCancelled(SyntaxNode loop) => ConditionOf(loop) switch
    {
        PrefixUnaryExpressionSyntax { RawKind: (int)SyntaxKind.LogicalNotExpression, Operand: var operand } => SyntaxNames.Of(operand) == "IsCancellationRequested",
        BinaryExpressionSyntax { RawKind: (int)SyntaxKind.EqualsExpression, Right.RawKind: (int)SyntaxKind.FalseLiteralExpression } comparison =>
            SyntaxNames.Of(comparison.Left is ConditionalAccessExpressionSyntax access ? access.WhenNotNull : comparison.Left) == "IsCancellationRequested",
        IsPatternExpressionSyntax { Pattern: ConstantPatternSyntax { Expression.RawKind: (int)SyntaxKind.FalseLiteralExpression } } test =>
            SyntaxNames.Of(test.Expression) == "IsCancellationRequested",
        _ => false,
    };

    /// <summary><c>while (await timer.WaitForNextTickAsync(…))</c>, <c>await foreach (… in reader.ReadAllAsync(…))</c>: data or ticks without an end.</summary>
    public static bool WaitsForTheNext(SyntaxNode loop)
    {
        if (loop is CommonForEachStatementSyntax { AwaitKeyword.RawKind: not 0, Expression: var items })
            return Mentions(items, "ReadAllAsync");

        return ConditionOf(loop) is AwaitExpressionSyntax { Expression: var waited } && (Mentions(waited, "WaitForNextTickAsync") || Mentions(waited, "WaitToReadAsync"));
    }

    /// <summary>Whether the loop may end from inside: by a break of its own, a return, a throw, a goto, or the end of the process.</summary>
    public static bool HasExit(SyntaxNode loop)
    {
        if (BodyOf(loop) is not { } body)
            return false;

        foreach (var node in body.DescendantNodesAndSelf(static node => !IsFunction(node)))
        {
            switch (node)
            {
                case ReturnStatementSyntax or ThrowStatementSyntax or ThrowExpressionSyntax or GotoStatementSyntax { CaseOrDefaultKeyword.RawKind: 0 }:
                case YieldStatementSyntax { RawKind: (int)SyntaxKind.YieldBreakStatement }:
                case BreakStatementSyntax leave when TargetOf(leave) == loop:
                case InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax { Name.Identifier.ValueText: "Exit" or "FailFast" } }:
                    return true;
            }
        }

        return false;
    }

    /// <summary>Whether the name stands anywhere in the node.</summary>
    public static bool Mentions(SyntaxNode node, string name)
    {
        foreach (var token in node.DescendantTokens())
        {
            if (token.IsKind(SyntaxKind.IdentifierToken) && token.ValueText == name)
                return true;
        }

        return false;
    }

    /// <summary>The method's block or expression body; null where it has none.</summary>
    public static SyntaxNode? BodyOf(BaseMethodDeclarationSyntax method) => (SyntaxNode?)method.Body ?? method.ExpressionBody;

    private static SyntaxNode? TargetOf(BreakStatementSyntax leave)
    {
        for (var node = leave.Parent; node is not null; node = node.Parent)
        {
            if (IsLoop(node) || node is SwitchStatementSyntax)
                return node;
        }

        return null;
    }
}
