using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Formatting;
using ShutdownKit.Analyzers.HostedServices;

namespace ShutdownKit.Analyzers.CodeFixes.HostedServices;

/// <summary>
/// Calls <c>base.StopAsync</c> before anything else, so that what the override cleans up or saves is no longer in use by the loop.
/// </summary>
[ExportCodeFixProvider(LanguageNames.CSharp)]
public sealed class StopAsyncWithoutBaseFix : ShutdownCodeFix
{
    /// <summary>Creates the fix.</summary>
    public StopAsyncWithoutBaseFix()
        : base(StopAsyncWithoutBaseAnalyzer.Id)
    {
    }

    /// <inheritdoc/>
    public override async Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        var root = await context.Document.GetSyntaxRootAsync(context.CancellationToken).ConfigureAwait(false);
        var method = root?.FindNode(context.Span).FirstAncestorOrSelf<MethodDeclarationSyntax>();
        if (root is null || method is not { ParameterList.Parameters.Count: 1 })
            return;

        context.RegisterCodeFix(
            CodeAction.Create(
                "Call base.StopAsync first",
                _ => Task.FromResult(context.Document.WithSyntaxRoot(root.ReplaceNode(method, CallingBase(method)))),
                equivalenceKey: StopAsyncWithoutBaseAnalyzer.Id),
            context.Diagnostics);
    }

    private static MethodDeclarationSyntax CallingBase(MethodDeclarationSyntax method)
    {
        var baseCall = $"base.StopAsync({method.ParameterList.Parameters[0].Identifier.Text})";
        var isAsync = method.Modifiers.Any(SyntaxKind.AsyncKeyword);
        if (method.ExpressionBody is { Expression: var result })
        {
            if (!isAsync && IsCompletedTask(result))
                return method.ReplaceNode(result, SyntaxFactory.ParseExpression(baseCall).WithTriviaFrom(result));

            var awaited = isAsync ? SyntaxFactory.ExpressionStatement(result.WithoutTrivia()) : Awaiting(result);
            method = method
                .WithExpressionBody(null)
                .WithSemicolonToken(default)
                .WithBody(SyntaxFactory.Block(awaited));
        }
        else if (!isAsync)
        {
            method = method.WithBody(WithAwaitsForReturns(method.Body!));
        }

        if (!isAsync)
            method = method.AddModifiers(SyntaxFactory.Token(SyntaxKind.AsyncKeyword).WithTrailingTrivia(SyntaxFactory.Space));

        var newLine = method.DescendantTrivia().FirstOrDefault(static trivia => trivia.IsKind(SyntaxKind.EndOfLineTrivia));
        var call = SyntaxFactory.ParseStatement($"await {baseCall};")
            .WithTrailingTrivia(newLine == default ? SyntaxFactory.ElasticCarriageReturnLineFeed : newLine);
        return method
            .WithBody(method.Body!.WithStatements(method.Body.Statements.Insert(0, call)))
            .WithAdditionalAnnotations(Formatter.Annotation);
    }

    /// <summary>Turns the returned tasks of a method that becomes async into awaited ones.</summary>
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

    private static bool IsCompletedTask(ExpressionSyntax expression) =>
        expression is MemberAccessExpressionSyntax { Name.Identifier.ValueText: "CompletedTask" };
}
