using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Formatting;
using Microsoft.CodeAnalysis.Simplification;
using ShutdownKit.Analyzers.HostedServices;

namespace ShutdownKit.Analyzers.CodeFixes.HostedServices;

/// <summary>Lets the host go on before the work blocks, as .NET 10 does by itself.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp)]
public sealed class BlockingStartFix : ShutdownCodeFix
{
    /// <summary>Creates the fix.</summary>
    public BlockingStartFix()
        : base(BlockingStartAnalyzer.Id)
    {
    }

    /// <inheritdoc/>
    public override async Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        var root = await context.Document.GetSyntaxRootAsync(context.CancellationToken).ConfigureAwait(false);
        var method = root?.FindNode(context.Span).FirstAncestorOrSelf<MethodDeclarationSyntax>();
        if (root is null || method is not { Body: { } body } || !method.Modifiers.Any(SyntaxKind.AsyncKeyword))
            return;

        var newLine = method.DescendantTrivia().FirstOrDefault(static trivia => trivia.IsKind(SyntaxKind.EndOfLineTrivia));
        var yield = SyntaxFactory.ParseStatement("await global::System.Threading.Tasks.Task.Yield();")
            .WithTrailingTrivia(newLine == default ? SyntaxFactory.ElasticCarriageReturnLineFeed : newLine)
            .WithAdditionalAnnotations(Formatter.Annotation, Simplifier.Annotation);
        context.RegisterCodeFix(
            CodeAction.Create(
                "Await Task.Yield() first",
                _ => Task.FromResult(context.Document.WithSyntaxRoot(root.ReplaceNode(body, body.WithStatements(body.Statements.Insert(0, yield))))),
                equivalenceKey: BlockingStartAnalyzer.Id),
            context.Diagnostics);
    }
}
