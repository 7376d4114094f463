using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Editing;
using Microsoft.CodeAnalysis.Formatting;
using ShutdownKit.Analyzers.Flushing;
using ShutdownKit.Analyzers.Model;
using static Microsoft.CodeAnalysis.CSharp.SyntaxFactory;

namespace ShutdownKit.Analyzers.CodeFixes.Flushing;

/// <summary>SHK4003: ends the writer's scope before the memory stream is read.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp)]
public sealed class ReadBeforeFlushFix : EditingCodeFix
{
    /// <summary>Creates the fix.</summary>
    public ReadBeforeFlushFix()
        : base(ReadBeforeFlushAnalyzer.Id, "Dispose the writer before the stream is read")
    {
    }

    private protected override Edit? Plan(SemanticModel model, SyntaxNode node, CancellationToken cancellationToken)
    {
        // The writer is a local of the same block, declared with or without using; the statements up to the read become its scope.
        if (node.FirstAncestorOrSelf<StatementSyntax>() is not { Parent: BlockSyntax block } read
            || WriterReadAt(block, node) is not { } declaration)
        {
            return null;
        }

        var mustStayOpen = MustStayOpen(node, declaration, model, cancellationToken);
        if (mustStayOpen && !CanLeaveOpen(model, declaration, cancellationToken))
            return null;

        var from = block.Statements.IndexOf(declaration);
        var to = block.Statements.IndexOf(read);
        if (from < 0 || to <= from + 1)
            return null;

        var moved = block.Statements.Skip(from + 1).Take(to - from - 1).ToList();
        if (DeclaresForLater(moved, declaration, block, to))
            return null;

        return (editor, done) =>
        {
            if (!done.Add(block))
                return;

            var body = Block(moved).WithAdditionalAnnotations(Formatter.Annotation);
            var variables = declaration.Declaration.WithoutTrivia();
            if (mustStayOpen)
            {
                var creation = (BaseObjectCreationExpressionSyntax)variables.Variables[0].Initializer!.Value;
                variables = variables.ReplaceNode(
                    creation.ArgumentList!,
                    creation.ArgumentList!.AddArguments(Argument(NameColon("leaveOpen"), default, LiteralExpression(SyntaxKind.TrueLiteralExpression))));
            }

            var scope = UsingStatement(variables, null, body)
                .WithAwaitKeyword(declaration.AwaitKeyword)
                .WithLeadingTrivia(declaration.GetLeadingTrivia())
                .WithTrailingTrivia(ElasticMarker)
                .WithAdditionalAnnotations(Formatter.Annotation);
            var statements = block.Statements.Take(from).Append(scope).Concat(block.Statements.Skip(to));
            editor.ReplaceNode(block, block.WithStatements(List(statements)).WithAdditionalAnnotations(Formatter.Annotation));
        };
    }

    private static LocalDeclarationStatementSyntax? WriterReadAt(BlockSyntax block, SyntaxNode read)
    {
        foreach (var statement in block.Statements)
        {
            if (statement is not LocalDeclarationStatementSyntax { Declaration: { Variables: { Count: 1 } variables } } declaration)
                continue;

            foreach (var token in variables[0].Parent!.DescendantTokens())
            {
                if (token.IsKind(SyntaxKind.IdentifierToken)
                    && Array.IndexOf(ReadBeforeFlushAnalyzer.Names, token.ValueText) >= 0
                    && ReadBeforeFlushAnalyzer.OpenWriter.At(token) is { } writer && writer.Declarator == variables[0]
                    && writer.EarlyRead() is { } early && early.Span.Contains(read.Span))
                {
                    return declaration;
                }
            }
        }

        return null;
    }

    // The array can be taken from a closed memory stream; anything else needs it open.
    private static bool MustStayOpen(SyntaxNode read, LocalDeclarationStatementSyntax declaration, SemanticModel model, CancellationToken cancellationToken)
    {
        var call = read.FirstAncestorOrSelf<InvocationExpressionSyntax>();
        var isArray = call is not null && SyntaxNames.OfInvoked(call) is "ToArray" or "GetBuffer" or "TryGetBuffer";
        return !isArray && declaration.Declaration.Variables[0].Initializer?.Value is BaseObjectCreationExpressionSyntax { ArgumentList: { } arguments } creation
               && !arguments.Arguments.Any(static argument => argument.NameColon?.Name.Identifier.ValueText == "leaveOpen")
               && !(model.GetSymbolInfo(creation, cancellationToken).Symbol is IMethodSymbol { Parameters: { Length: > 0 } parameters }
                    && parameters.Length == arguments.Arguments.Count && parameters[parameters.Length - 1].Name == "leaveOpen");
    }

    private static bool CanLeaveOpen(SemanticModel model, LocalDeclarationStatementSyntax declaration, CancellationToken cancellationToken) =>
        declaration.Declaration.Variables[0].Initializer?.Value is BaseObjectCreationExpressionSyntax { ArgumentList.Arguments.Count: var given } creation
        && model.GetSymbolInfo(creation, cancellationToken).Symbol is IMethodSymbol { ContainingType: var type }
        && type.InstanceConstructors.Any(constructor => constructor.Parameters.Length > given
                                                        && constructor.Parameters.Skip(given).All(static parameter => parameter.Name == "leaveOpen" || parameter.IsOptional)
                                                        && constructor.Parameters.Skip(given).Any(static parameter => parameter.Name == "leaveOpen"));

    // What is declared among the statements, or the writer itself, must not be used after them.
    private static bool DeclaresForLater(List<StatementSyntax> moved, LocalDeclarationStatementSyntax declaration, BlockSyntax block, int to)
    {
        var names = new HashSet<string>(StringComparer.Ordinal) { declaration.Declaration.Variables[0].Identifier.ValueText };
        foreach (var statement in moved)
        {
            if (statement is LocalFunctionStatementSyntax or LabeledStatementSyntax)
                return true;

            foreach (var node in statement.DescendantNodesAndSelf())
            {
                if (node is VariableDeclaratorSyntax variable)
                    names.Add(variable.Identifier.ValueText);
                else if (node is SingleVariableDesignationSyntax designation)
                    names.Add(designation.Identifier.ValueText);
            }
        }

        return block.Statements.Skip(to).SelectMany(static statement => statement.DescendantNodes())
            .Any(node => node is IdentifierNameSyntax name && names.Contains(name.Identifier.ValueText));
    }
}
