using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using ShutdownKit.Analyzers.HostedServices;

namespace ShutdownKit.Analyzers.CodeFixes.HostedServices;

/// <summary>Lets the loop go on only while the token is not cancelled.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp)]
public sealed class UnobservedCancellationFix : ShutdownCodeFix
{
    /// <summary>Creates the fix.</summary>
    public UnobservedCancellationFix()
        : base(UnobservedCancellationAnalyzer.Id)
    {
    }

    /// <inheritdoc/>
    public override async Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        var root = await context.Document.GetSyntaxRootAsync(context.CancellationToken).ConfigureAwait(false);
        if (root is null
            || !context.Diagnostics[0].Properties.TryGetValue(UnobservedCancellationAnalyzer.TokenProperty, out var token) || token is null
            || LoopSyntax.ConditionOf(root.FindToken(context.Span.Start).Parent!) is not LiteralExpressionSyntax condition
            || !MayEnd(condition))
        {
            return;
        }

        var test = SyntaxFactory.ParseExpression($"!{token}.IsCancellationRequested").WithTriviaFrom(condition);
        context.RegisterCodeFix(
            CodeAction.Create(
                $"End the loop when '{token}' is cancelled",
                _ => Task.FromResult(context.Document.WithSyntaxRoot(root.ReplaceNode(condition, test))),
                equivalenceKey: UnobservedCancellationAnalyzer.Id),
            context.Diagnostics);
    }

    // A method that has to return something can do so only behind an endless loop.
    private static bool MayEnd(SyntaxNode condition) =>
        condition.FirstAncestorOrSelf<MethodDeclarationSyntax>() is { ReturnType: var type } method
        && (type is PredefinedTypeSyntax { Keyword.RawKind: (int)SyntaxKind.VoidKeyword }
            || (method.Modifiers.Any(SyntaxKind.AsyncKeyword) && type is IdentifierNameSyntax or QualifiedNameSyntax { Right: IdentifierNameSyntax }));
}
