using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
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
        if (method.ExpressionBody is { Expression: var result } && !method.Modifiers.Any(SyntaxKind.AsyncKeyword) && MethodBody.IsCompletedTask(result))
            return method.ReplaceNode(result, SyntaxFactory.ParseExpression(baseCall).WithTriviaFrom(result));

        return MethodBody.Beginning(MethodBody.AsAsync(method), $"await {baseCall};");
    }
}
