using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Formatting;
using Microsoft.CodeAnalysis.Simplification;
using ShutdownKit.Analyzers.HostedServices;

namespace ShutdownKit.Analyzers.CodeFixes.HostedServices;

/// <summary>Leaves the loop by a catch clause of its own for the cancellation.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp)]
public sealed class SwallowedCancellationFix : ShutdownCodeFix
{
    /// <summary>Creates the fix.</summary>
    public SwallowedCancellationFix()
        : base(SwallowedCancellationAnalyzer.Id)
    {
    }

    /// <inheritdoc/>
    public override async Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        var root = await context.Document.GetSyntaxRootAsync(context.CancellationToken).ConfigureAwait(false);
        var clause = root?.FindNode(context.Span).FirstAncestorOrSelf<CatchClauseSyntax>();
        if (root is null || clause?.Parent is not TryStatementSyntax statement
            || !context.Diagnostics[0].Properties.TryGetValue(SwallowedCancellationAnalyzer.TokenProperty, out var token) || token is null)
        {
            return;
        }

        context.RegisterCodeFix(
            CodeAction.Create(
                "End the loop on cancellation",
                _ => Task.FromResult(context.Document.WithSyntaxRoot(root.ReplaceNode(statement, WithExit(statement, clause, token)))),
                equivalenceKey: SwallowedCancellationAnalyzer.Id),
            context.Diagnostics);
    }

    private static TryStatementSyntax WithExit(TryStatementSyntax statement, CatchClauseSyntax clause, string token)
    {
        StatementSyntax exit = BreakLeavesTheMethodsOnlyLoop(statement) ? SyntaxFactory.BreakStatement() : SyntaxFactory.ThrowStatement();
        var exception = SyntaxFactory.ParseTypeName("global::System.OperationCanceledException").WithAdditionalAnnotations(Simplifier.Annotation);
        var leaving = SyntaxFactory.CatchClause()
            .WithDeclaration(SyntaxFactory.CatchDeclaration(exception))
            .WithFilter(SyntaxFactory.CatchFilterClause(SyntaxFactory.ParseExpression(token + ".IsCancellationRequested")))
            .WithBlock(SyntaxFactory.Block(exit))
            .WithLeadingTrivia(clause.GetLeadingTrivia())
            .WithAdditionalAnnotations(Formatter.Annotation);
        return statement.WithCatches(statement.Catches.Insert(statement.Catches.IndexOf(clause), leaving));
    }

    private static bool BreakLeavesTheMethodsOnlyLoop(TryStatementSyntax statement)
    {
        SyntaxNode? loop = null;
        for (var ancestor = statement.Parent; ancestor is not (null or MemberDeclarationSyntax or AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax); ancestor = ancestor.Parent)
        {
            if (ancestor is not (WhileStatementSyntax or DoStatementSyntax or ForStatementSyntax or CommonForEachStatementSyntax or SwitchStatementSyntax))
                continue;

            if (loop is not null || ancestor is SwitchStatementSyntax)
                return false;

            loop = ancestor;
        }

        return loop is not null;
    }
}
