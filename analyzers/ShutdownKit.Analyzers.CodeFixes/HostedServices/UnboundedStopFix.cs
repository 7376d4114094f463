using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using ShutdownKit.Analyzers.HostedServices;

namespace ShutdownKit.Analyzers.CodeFixes.HostedServices;

/// <summary>Awaits the task no longer than the host's time for the stop lasts.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp)]
public sealed class UnboundedStopFix : ShutdownCodeFix
{
    /// <summary>Creates the fix.</summary>
    public UnboundedStopFix()
        : base(UnboundedStopAnalyzer.Id)
    {
    }

    /// <inheritdoc/>
    public override async Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        var model = await context.Document.GetSemanticModelAsync(context.CancellationToken).ConfigureAwait(false);
        if (model is null || !context.Diagnostics[0].Properties.TryGetValue(UnboundedStopAnalyzer.TokenProperty, out var token) || token is null)
            return;

        var root = await model.SyntaxTree.GetRootAsync(context.CancellationToken).ConfigureAwait(false);
        if (root.FindNode(context.Span, getInnermostNodeForTie: true) is not AwaitExpressionSyntax { Expression: var awaited }
            || UnboundedStopAnalyzer.TaskOf(awaited) is not { } task
            || !CanBeBounded(model.GetTypeInfo(task, context.CancellationToken).Type))
        {
            return;
        }

        var bounded = SyntaxFactory.InvocationExpression(
            SyntaxFactory.MemberAccessExpression(SyntaxKind.SimpleMemberAccessExpression, task.WithoutTrailingTrivia(), SyntaxFactory.IdentifierName("WaitAsync")),
            SyntaxFactory.ArgumentList(SyntaxFactory.SingletonSeparatedList(SyntaxFactory.Argument(SyntaxFactory.IdentifierName(token)))))
            .WithTrailingTrivia(task.GetTrailingTrivia());
        context.RegisterCodeFix(
            CodeAction.Create(
                $"Wait until '{token}' is cancelled at the longest",
                _ => Task.FromResult(context.Document.WithSyntaxRoot(root.ReplaceNode(task, bounded))),
                equivalenceKey: UnboundedStopAnalyzer.Id),
            context.Diagnostics);
    }

    // Task.WaitAsync came with .NET 6.
    private static bool CanBeBounded(ITypeSymbol? type)
    {
        for (; type is not null; type = type.BaseType)
        {
            if (type.Name == "Task" && !type.GetMembers("WaitAsync").IsEmpty)
                return true;
        }

        return false;
    }
}
