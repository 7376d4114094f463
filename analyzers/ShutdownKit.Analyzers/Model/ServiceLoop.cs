using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace ShutdownKit.Analyzers.Model;

/// <summary>
/// Tells the loops that run for as long as the program from those that end with their data or with success: by syntax alone, so that
/// it may be asked before anything is bound.
/// </summary>
internal static class ServiceLoop
{
    /// <summary>Whether the node is a loop, or an endless wait, that ends only when the program is stopped.</summary>
    public static bool Is(SyntaxNode node) => node switch
    {
        WhileStatementSyntax loop => IsOpenEnded(loop.Condition, loop, loop.Statement),
        DoStatementSyntax loop => IsOpenEnded(loop.Condition, loop, loop.Statement),
        ForStatementSyntax loop => IsOpenEnded(loop.Condition, loop, loop.Statement),
        CommonForEachStatementSyntax loop => ReadsQueue(loop.Expression),
        InvocationExpressionSyntax call => IsEndlessWait(call),
        _ => false,
    };

    /// <summary>The first such loop or wait in the code; null where all of it ends by itself.</summary>
    public static SyntaxNode? FindIn(IReadOnlyList<SyntaxNode> code)
    {
        foreach (var part in code)
        {
            foreach (var node in part.DescendantNodes())
            {
                if (Is(node))
                    return node;
            }
        }

        return null;
    }

    private static bool IsOpenEnded(ExpressionSyntax? condition, StatementSyntax loop, StatementSyntax body)
    {
        if (LeavesAtOnce(body))
            return false;

        return condition is null || condition.IsKind(SyntaxKind.TrueLiteralExpression)
            ? !EndsWithSuccess(body)
            : AsksForStop(condition, loop);
    }

    private static bool AsksForStop(ExpressionSyntax condition, StatementSyntax loop)
    {
        switch (condition)
        {
            case ParenthesizedExpressionSyntax parenthesized:
                return AsksForStop(parenthesized.Expression, loop);

            case LiteralExpressionSyntax literal:
                return literal.IsKind(SyntaxKind.TrueLiteralExpression);

            case BinaryExpressionSyntax { RawKind: (int)SyntaxKind.LogicalAndExpression } both:
                return AsksForStop(both.Left, loop) && AsksForStop(both.Right, loop);

            case BinaryExpressionSyntax { RawKind: (int)SyntaxKind.EqualsExpression, Left: var left, Right: LiteralExpressionSyntax { RawKind: (int)SyntaxKind.FalseLiteralExpression } }:
                return IsStopQuestion(left, loop);

            case IsPatternExpressionSyntax { Expression: var asked, Pattern: ConstantPatternSyntax { Expression.RawKind: (int)SyntaxKind.FalseLiteralExpression } }:
                return IsStopQuestion(asked, loop);

            case PrefixUnaryExpressionSyntax { RawKind: (int)SyntaxKind.LogicalNotExpression, Operand: var operand }:
                return IsStopQuestion(operand, loop);

            case AwaitExpressionSyntax { Expression: InvocationExpressionSyntax call }:
                return IsTick(call);

            case IdentifierNameSyntax or MemberAccessExpressionSyntax { Expression: ThisExpressionSyntax }:
                return IsMember(condition, loop);

            default:
                return false;
        }
    }

    // token.IsCancellationRequested, _stopped, _stopSignal.WaitOne(period)
    private static bool IsStopQuestion(ExpressionSyntax expression, StatementSyntax loop) => expression switch
    {
        ParenthesizedExpressionSyntax parenthesized => IsStopQuestion(parenthesized.Expression, loop),
        IdentifierNameSyntax => IsMember(expression, loop),
        MemberAccessExpressionSyntax { Name.Identifier.ValueText: "IsCancellationRequested" } => true,
        MemberAccessExpressionSyntax { Expression: ThisExpressionSyntax } => IsMember(expression, loop),
        ConditionalAccessExpressionSyntax { WhenNotNull: MemberBindingExpressionSyntax { Name.Identifier.ValueText: "IsCancellationRequested" } } => true,
        InvocationExpressionSyntax call => SyntaxNames.OfInvoked(call) is "WaitOne" or "Wait",
        _ => false,
    };

    private static bool IsMember(ExpressionSyntax expression, StatementSyntax loop)
    {
        var scope = loop.FirstAncestorOrSelf<SyntaxNode>(static node => node is BaseMethodDeclarationSyntax or CompilationUnitSyntax);
        return SyntaxNames.Of(expression) is { } name && scope is not null && !BackgroundWork.IsLocal(name, scope);
    }

    private static bool IsTick(InvocationExpressionSyntax call)
    {
        if (SyntaxNames.OfInvoked(call) == "ConfigureAwait" && call.Expression is MemberAccessExpressionSyntax { Expression: InvocationExpressionSyntax inner })
            call = inner;

        return SyntaxNames.OfInvoked(call) is "WaitForNextTickAsync" or "WaitToReadAsync" or "OutputAvailableAsync";
    }

    private static bool ReadsQueue(ExpressionSyntax collection)
    {
        while (collection is InvocationExpressionSyntax call)
        {
            switch (SyntaxNames.OfInvoked(call))
            {
                case "ReadAllAsync" or "GetConsumingEnumerable":
                    return true;
                case "ConfigureAwait" or "WithCancellation" when call.Expression is MemberAccessExpressionSyntax access:
                    collection = access.Expression;
                    break;
                default:
                    return false;
            }
        }

        return false;
    }

    // Task.Delay(Timeout.Infinite, token), Thread.Sleep(-1)
    private static bool IsEndlessWait(InvocationExpressionSyntax call) =>
        SyntaxNames.OfInvoked(call) is "Delay" or "Sleep"
        && call.ArgumentList.Arguments is { Count: > 0 } arguments
        && (SyntaxNames.Of(arguments[0].Expression) is "Infinite" or "InfiniteTimeSpan"
            || arguments[0].Expression is PrefixUnaryExpressionSyntax { RawKind: (int)SyntaxKind.UnaryMinusExpression, Operand: LiteralExpressionSyntax { Token.ValueText: "1" } })
        && call.FirstAncestorOrSelf<InvocationExpressionSyntax>(static outer => SyntaxNames.OfInvoked(outer) == "WhenAny") is null;

    // A try that returns or breaks when it is through: it is repeated only after a failure.
    private static bool LeavesAtOnce(StatementSyntax body) => body switch
    {
        BreakStatementSyntax or ReturnStatementSyntax => true,
        BlockSyntax block => Any(block.Statements),
        TryStatementSyntax attempt => Any(attempt.Block.Statements),
        UsingStatementSyntax use => LeavesAtOnce(use.Statement),
        LockStatementSyntax locked => LeavesAtOnce(locked.Statement),
        _ => false,
    };

    private static bool Any(SyntaxList<StatementSyntax> statements)
    {
        foreach (var statement in statements)
        {
            if (LeavesAtOnce(statement))
                return true;
        }

        return false;
    }

    // while (true) with a way out that has nothing to do with a stop: it waits for something, or tries until it succeeds.
    private static bool EndsWithSuccess(StatementSyntax body)
    {
        foreach (var node in body.DescendantNodes(static node => node is not (AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax)))
        {
            if (node is not (BreakStatementSyntax or ReturnStatementSyntax or GotoStatementSyntax) || (node is BreakStatementSyntax && LeavesInner(node, body)))
                continue;

            if (!IsForStop(node, body))
                return true;
        }

        return false;
    }

    private static bool LeavesInner(SyntaxNode leave, StatementSyntax body)
    {
        for (var scope = leave.Parent; scope is not null && scope != body; scope = scope.Parent)
        {
            if (scope is WhileStatementSyntax or DoStatementSyntax or ForStatementSyntax or CommonForEachStatementSyntax or SwitchStatementSyntax)
                return true;
        }

        return false;
    }

    private static bool IsForStop(SyntaxNode leave, StatementSyntax body)
    {
        for (var scope = leave.Parent; scope is not null && scope != body; scope = scope.Parent)
        {
            if (scope is CatchClauseSyntax)
                return true;

            if (scope is not IfStatementSyntax { Condition: var condition })
                continue;

            foreach (var node in condition.DescendantNodesAndSelf())
            {
                if (node is SimpleNameSyntax { Identifier.ValueText: var name }
                    && (name is "IsCancellationRequested" or "WaitForNextTickAsync" or "WaitToReadAsync"
                        || name.IndexOf("stop", StringComparison.OrdinalIgnoreCase) >= 0
                        || name.IndexOf("dispos", StringComparison.OrdinalIgnoreCase) >= 0
                        || name.IndexOf("shut", StringComparison.OrdinalIgnoreCase) >= 0))
                {
                    return true;
                }
            }
        }

        return false;
    }
}
