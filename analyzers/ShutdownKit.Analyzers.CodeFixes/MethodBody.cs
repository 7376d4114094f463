using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Formatting;
using Microsoft.CodeAnalysis.Simplification;

namespace ShutdownKit.Analyzers.CodeFixes;

/// <summary>Changes to the body of a method as a whole.</summary>
internal static class MethodBody
{
    /// <summary>The method with one more statement at its beginning. An expression body becomes a block.</summary>
    public static MethodDeclarationSyntax Beginning(MethodDeclarationSyntax method, string statement)
    {
        if (method.ExpressionBody is { Expression: var result })
        {
            var isReturned = !method.Modifiers.Any(SyntaxKind.AsyncKeyword)
                             && method.ReturnType is not PredefinedTypeSyntax { Keyword.RawKind: (int)SyntaxKind.VoidKeyword };
            StatementSyntax rest = isReturned
                ? SyntaxFactory.ReturnStatement(SyntaxFactory.Token(SyntaxKind.ReturnKeyword).WithTrailingTrivia(SyntaxFactory.Space), result.WithoutTrivia(), SyntaxFactory.Token(SyntaxKind.SemicolonToken))
                : SyntaxFactory.ExpressionStatement(result.WithoutTrivia());
            method = WithBlock(method, rest);
        }

        var added = SyntaxFactory.ParseStatement(statement).WithTrailingTrivia(LineEnd(method)).WithAdditionalAnnotations(Simplifier.Annotation);
        return method
            .WithBody(method.Body!.WithStatements(method.Body.Statements.Insert(0, added)))
            .WithAdditionalAnnotations(Formatter.Annotation);
    }

    /// <summary>The method as an async one with a block: the tasks that it returned are awaited.</summary>
    public static MethodDeclarationSyntax AsAsync(MethodDeclarationSyntax method)
    {
        var isAsync = method.Modifiers.Any(SyntaxKind.AsyncKeyword);
        if (method.ExpressionBody is { Expression: var result })
        {
            StatementSyntax statement = isAsync ? SyntaxFactory.ExpressionStatement(result.WithoutTrivia()) : Awaiting(result);
            method = WithBlock(method, statement);
        }
        else if (!isAsync)
        {
            method = method.WithBody(WithAwaitsForReturns(method.Body!));
        }

        return isAsync ? method : method.AddModifiers(SyntaxFactory.Token(SyntaxKind.AsyncKeyword).WithTrailingTrivia(SyntaxFactory.Space));
    }

    /// <summary>The end of a line as the method has it.</summary>
    public static SyntaxTrivia LineEnd(SyntaxNode method)
    {
        var found = method.DescendantTrivia().FirstOrDefault(static trivia => trivia.IsKind(SyntaxKind.EndOfLineTrivia));
        return found == default ? SyntaxFactory.ElasticCarriageReturnLineFeed : found;
    }

    /// <summary>Whether the expression is <c>Task.CompletedTask</c>.</summary>
    public static bool IsCompletedTask(ExpressionSyntax expression) =>
        expression is MemberAccessExpressionSyntax { Name.Identifier.ValueText: "CompletedTask" };

    // What follows the semicolon of an expression body follows the brace of the block.
    private static MethodDeclarationSyntax WithBlock(MethodDeclarationSyntax method, StatementSyntax statement) =>
        method
            .WithExpressionBody(null)
            .WithSemicolonToken(default)
            .WithBody(SyntaxFactory.Block(statement)
                .WithCloseBraceToken(SyntaxFactory.Token(SyntaxKind.CloseBraceToken).WithTrailingTrivia(method.SemicolonToken.TrailingTrivia)));

    private static BlockSyntax WithAwaitsForReturns(BlockSyntax body)
    {
        var last = body.Statements.LastOrDefault() as ReturnStatementSyntax;
        var returns = body.DescendantNodes(static node => node is not (AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax))
            .OfType<ReturnStatementSyntax>()
            .Where(static statement => statement.Expression is not null)
            .ToList();

        body = body.TrackNodes(returns);
        foreach (var statement in returns)
        {
            var current = body.GetCurrentNode(statement)!;
            var isLast = statement == last;
            var isNothing = IsCompletedTask(statement.Expression!);
            StatementSyntax returning = SyntaxFactory.ReturnStatement().WithTriviaFrom(current);
            if (isLast && isNothing)
            {
                var hasMoreThanBlanks = current.GetLeadingTrivia().Concat(current.GetTrailingTrivia())
                    .Any(static trivia => !trivia.IsKind(SyntaxKind.WhitespaceTrivia) && !trivia.IsKind(SyntaxKind.EndOfLineTrivia));
                body = body.RemoveNode(
                    current, hasMoreThanBlanks ? SyntaxRemoveOptions.KeepExteriorTrivia : SyntaxRemoveOptions.KeepNoTrivia)!;
                continue;
            }

            StatementSyntax replacement = isNothing ? returning
                : isLast ? Awaiting(statement.Expression!).WithTriviaFrom(current)
                : SyntaxFactory.Block(Awaiting(statement.Expression!), SyntaxFactory.ReturnStatement()).WithTriviaFrom(current);
            body = body.ReplaceNode(current, replacement.WithAdditionalAnnotations(Formatter.Annotation));
        }

        return body;
    }

    private static ExpressionStatementSyntax Awaiting(ExpressionSyntax task) =>
        SyntaxFactory.ExpressionStatement(
            SyntaxFactory.AwaitExpression(SyntaxFactory.Token(SyntaxKind.AwaitKeyword).WithTrailingTrivia(SyntaxFactory.Space), Operand(task)));

    private static ExpressionSyntax Operand(ExpressionSyntax task) =>
        task is ConditionalExpressionSyntax or BinaryExpressionSyntax or AssignmentExpressionSyntax or SwitchExpressionSyntax
            ? SyntaxFactory.ParenthesizedExpression(task.WithoutTrivia())
            : task.WithoutTrivia();
}
