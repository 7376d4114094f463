using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Editing;
using Microsoft.CodeAnalysis.Formatting;
using ShutdownKit.Analyzers.Signals;
using static Microsoft.CodeAnalysis.CSharp.SyntaxFactory;

namespace ShutdownKit.Analyzers.CodeFixes.Signals;

/// <summary>SHK1004: sets Cancel first thing in the handler.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp)]
public sealed class HandlerLetsProcessDieFix : EditingCodeFix
{
    /// <summary>Creates the fix.</summary>
    public HandlerLetsProcessDieFix()
        : base(HandlerLetsProcessDieAnalyzer.Id, "Set Cancel, so that the process lives until the stop is done")
    {
    }

    private protected override Edit? Plan(SemanticModel model, SyntaxNode node, CancellationToken cancellationToken)
    {
        var handler = node is ArgumentSyntax argument ? argument.Expression : node;
        return handler switch
        {
            ParenthesizedLambdaExpressionSyntax { ParameterList.Parameters: { Count: > 0 } parameters } lambda =>
                PlanLambda(model, lambda, parameters[parameters.Count - 1]),
            SimpleLambdaExpressionSyntax lambda => PlanLambda(model, lambda, lambda.Parameter),
            AnonymousMethodExpressionSyntax { ParameterList.Parameters: { Count: > 0 } parameters } method =>
                PlanLambda(model, method, parameters[parameters.Count - 1]),
            ExpressionSyntax => PlanMethod(model, handler, cancellationToken),
            _ => null,
        };
    }

    private static Edit PlanLambda(SemanticModel model, AnonymousFunctionExpressionSyntax lambda, ParameterSyntax parameter)
    {
        var name = parameter.Identifier.ValueText != "_" ? parameter.Identifier.ValueText : FreeName(model, lambda);
        return (editor, _) => editor.ReplaceNode(lambda, (current, _) =>
        {
            var function = (AnonymousFunctionExpressionSyntax)current;
            var setCancel = SetCancel(name);
            var block = function.Block is { } existing
                ? existing.WithStatements(existing.Statements.Insert(0, setCancel))
                : Block(setCancel, ExpressionStatement(function.ExpressionBody!.WithoutTrivia()));
            return (function switch
            {
                SimpleLambdaExpressionSyntax simple => simple.WithParameter(Renamed(simple.Parameter, name)).WithExpressionBody(null).WithBlock(block),
                ParenthesizedLambdaExpressionSyntax list => list
                    .WithParameterList(list.ParameterList.WithParameters(WithLastRenamed(list.ParameterList.Parameters, name)))
                    .WithExpressionBody(null)
                    .WithBlock(block),
                AnonymousMethodExpressionSyntax method => (SyntaxNode)method.WithBlock(block),
                _ => function,
            }).WithAdditionalAnnotations(Formatter.Annotation);
        });
    }

    private static Edit? PlanMethod(SemanticModel model, SyntaxNode handler, CancellationToken cancellationToken)
    {
        if (model.GetSymbolInfo(handler, cancellationToken).Symbol is not IMethodSymbol { DeclaringSyntaxReferences.Length: 1, Parameters.IsEmpty: false } method
            || method.DeclaringSyntaxReferences[0].GetSyntax(cancellationToken) is not { } declaration
            || declaration.SyntaxTree != model.SyntaxTree)
        {
            return null;
        }

        // Of a method named as the handler of several signals all are fixed by one statement.
        var setCancel = SetCancel(method.Parameters[method.Parameters.Length - 1].Name);
        return (editor, done) =>
        {
            if (!done.Add(declaration))
                return;

            switch (SignalHandlers.BodyOf(declaration))
            {
                case BlockSyntax { Statements.Count: > 0 } block:
                    editor.InsertBefore(block.Statements[0], setCancel.WithAdditionalAnnotations(Formatter.Annotation));
                    break;
                case ArrowExpressionClauseSyntax arrow:
                    editor.ReplaceNode(declaration, WithBlock(declaration, Block(setCancel, ExpressionStatement(arrow.Expression.WithoutTrivia()))));
                    break;
            }
        };
    }

    private static SyntaxNode WithBlock(SyntaxNode declaration, BlockSyntax block) => (declaration switch
    {
        MethodDeclarationSyntax method => method.WithExpressionBody(null).WithSemicolonToken(default).WithBody(block),
        LocalFunctionStatementSyntax function => (SyntaxNode)function.WithExpressionBody(null).WithSemicolonToken(default).WithBody(block),
        _ => declaration,
    }).WithAdditionalAnnotations(Formatter.Annotation);

    private static StatementSyntax SetCancel(string name) => ParseStatement($"{name}.Cancel = true;").WithTrailingTrivia(ElasticMarker);

    private static string FreeName(SemanticModel model, SyntaxNode place)
    {
        string[] names = ["context", "signal", "signalContext"];
        return names.FirstOrDefault(name => model.LookupSymbols(place.SpanStart, name: name).IsEmpty) ?? "shutdownContext";
    }

    private static ParameterSyntax Renamed(ParameterSyntax parameter, string name) =>
        parameter.WithIdentifier(Identifier(name).WithTriviaFrom(parameter.Identifier));

    private static SeparatedSyntaxList<ParameterSyntax> WithLastRenamed(SeparatedSyntaxList<ParameterSyntax> parameters, string name)
    {
        var last = parameters[parameters.Count - 1];
        return parameters.Replace(last, Renamed(last, name));
    }
}
