using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using ShutdownKit.Analyzers.HostedServices;

namespace ShutdownKit.Analyzers.CodeFixes.HostedServices;

/// <summary>Gives the wait the token, or lets the thread wait for the token instead of sleeping.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp)]
public sealed class UncancellableWaitFix : ShutdownCodeFix
{
    /// <summary>Creates the fix.</summary>
    public UncancellableWaitFix()
        : base(UncancellableWaitAnalyzer.Id)
    {
    }

    /// <inheritdoc/>
    public override async Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        var model = await context.Document.GetSemanticModelAsync(context.CancellationToken).ConfigureAwait(false);
        if (model is null || !context.Diagnostics[0].Properties.TryGetValue(UncancellableWaitAnalyzer.TokenProperty, out var text) || text is null)
            return;

        var root = await model.SyntaxTree.GetRootAsync(context.CancellationToken).ConfigureAwait(false);
        if (root.FindNode(context.Span, getInnermostNodeForTie: true).FirstAncestorOrSelf<InvocationExpressionSyntax>() is not { } call
            || TokenFrom(text, call, model) is not { } token
            || Replacement(call, token) is not { } replacement)
        {
            return;
        }

        context.RegisterCodeFix(
            CodeAction.Create(
                $"End the wait by '{token}'",
                _ => Task.FromResult(context.Document.WithSyntaxRoot(root.ReplaceNode(call, replacement.WithTriviaFrom(call)))),
                equivalenceKey: UncancellableWaitAnalyzer.Id),
            context.Diagnostics);
    }

    /// <summary>The expression for the token; null where there is none, or where its source may be null.</summary>
    private static string? TokenFrom(string text, SyntaxNode place, SemanticModel model)
    {
        var expression = SyntaxFactory.ParseExpression(text);
        var info = model.GetSpeculativeSymbolInfo(place.SpanStart, expression, SpeculativeBindingOption.BindAsExpression);
        var (type, mayBeNull) = info.Symbol switch
        {
            IFieldSymbol field => (field.Type, field.NullableAnnotation == NullableAnnotation.Annotated),
            IPropertySymbol property => (property.Type, property.NullableAnnotation == NullableAnnotation.Annotated),
            ILocalSymbol local => (local.Type, local.NullableAnnotation == NullableAnnotation.Annotated),
            IParameterSymbol parameter => (parameter.Type, parameter.NullableAnnotation == NullableAnnotation.Annotated),
            _ => (null, true),
        };
        if (mayBeNull || text.Contains('?'))
            return null;

        return type?.Name switch
        {
            "CancellationToken" => text,
            "CancellationTokenSource" => text + ".Token",
            _ => null,
        };
    }

    private static ExpressionSyntax? Replacement(InvocationExpressionSyntax call, string token)
    {
        if (call.Expression is not MemberAccessExpressionSyntax { Name.Identifier.ValueText: var method })
            return null;

        switch (method)
        {
            case "Sleep":
                return call.Parent is ExpressionStatementSyntax
                    ? call.WithExpression(SyntaxFactory.ParseExpression(token + ".WaitHandle.WaitOne"))
                    : null;
            case "Delay" or "Take" or "GetConsumingEnumerable" or "WaitForNextTickAsync" or "Consume" or "Wait" or "WaitAsync":
                if (SkipsCode(call))
                    return null;

                var argument = SyntaxFactory.Argument(SyntaxFactory.ParseExpression(token));
                if (call.ArgumentList.Arguments.Count > 0)
                    argument = argument.WithLeadingTrivia(SyntaxFactory.Space);
                return call.WithArgumentList(call.ArgumentList.AddArguments(argument));
            default:
                return null;
        }
    }

    /// <summary>
    /// Whether the exception that the wait would throw then skips code that is run on a stop today, or is taken for an error by a catch.
    /// </summary>
    private static bool SkipsCode(SyntaxNode wait)
    {
        SyntaxNode? loop = null;
        for (var node = wait; node.Parent is { } parent; node = parent)
        {
            if (parent is TryStatementSyntax { Catches.Count: > 0 } attempt && attempt.Block == node)
                return true;

            if (LoopSyntax.IsLoop(node))
                loop = node;

            if (parent is BaseMethodDeclarationSyntax || LoopSyntax.IsFunction(parent))
                break;
        }

        for (var node = loop; node?.Parent is { } parent && !LoopSyntax.IsFunction(parent) && parent is not BaseMethodDeclarationSyntax; node = parent)
        {
            if (parent is BlockSyntax block && node is StatementSyntax statement && block.Statements.Last() != statement)
                return true;
        }

        return false;
    }
}
