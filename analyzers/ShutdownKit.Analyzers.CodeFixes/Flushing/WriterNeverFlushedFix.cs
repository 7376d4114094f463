using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Formatting;
using ShutdownKit.Analyzers.Flushing;
using static Microsoft.CodeAnalysis.CSharp.SyntaxFactory;

namespace ShutdownKit.Analyzers.CodeFixes.Flushing;

/// <summary>SHK4001: declares the writer with using, or with await using where that can be awaited.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp)]
public sealed class WriterNeverFlushedFix : EditingCodeFix
{
    /// <summary>Creates the fix.</summary>
    public WriterNeverFlushedFix()
        : base(WriterNeverFlushedAnalyzer.Id, "Dispose the writer at the end of its scope")
    {
    }

    private protected override Edit? Plan(SemanticModel model, SyntaxNode node, CancellationToken cancellationToken)
    {
        // A using declaration is not allowed directly in a switch section.
        if (node.FirstAncestorOrSelf<LocalDeclarationStatementSyntax>() is not { Parent: BlockSyntax or GlobalStatementSyntax } declaration
            || declaration.Declaration.Variables.Count != 1
            || model.GetTypeInfo(declaration.Declaration.Type, cancellationToken).Type is not { } type)
        {
            return null;
        }

        // Disposing the writer disposes what it writes to as well: what came from elsewhere stays open.
        var created = declaration.Declaration.Variables[0].Initializer?.Value;
        ArgumentListSyntax? openArguments = null;
        if (created is BaseObjectCreationExpressionSyntax { ArgumentList: { Arguments: { Count: > 0 } given } arguments }
            && model.GetSymbolInfo(created, cancellationToken).Symbol is IMethodSymbol constructor
            && IsOfOthers(model.GetSymbolInfo(given[0].Expression, cancellationToken).Symbol)
            && !given.Any(static argument => argument.NameColon?.Name.Identifier.ValueText == "leaveOpen")
            && constructor.Parameters.Length > 0 && constructor.Parameters[0].Type.SpecialType != SpecialType.System_String
            && !KeepsOpen(constructor.ContainingType))
        {
            if (!CanLeaveOpen(constructor.ContainingType, constructor, given.Count))
                return null;

            openArguments = arguments.AddArguments(Argument(NameColon("leaveOpen"), default, LiteralExpression(SyntaxKind.TrueLiteralExpression)));
        }

        var isAwaited = IsInAsyncCode(declaration, model, cancellationToken)
                        && type.AllInterfaces.Any(it => it is { Name: "IAsyncDisposable", ContainingNamespace.Name: "System" });
        return (editor, _) => editor.ReplaceNode(declaration, (current, _) =>
        {
            var local = (LocalDeclarationStatementSyntax)current;
            if (openArguments is not null)
                local = local.ReplaceNode(((BaseObjectCreationExpressionSyntax)local.Declaration.Variables[0].Initializer!.Value).ArgumentList!, openArguments);
            var leading = local.GetLeadingTrivia();
            var changed = local.WithoutLeadingTrivia().WithUsingKeyword(Token(SyntaxKind.UsingKeyword).WithTrailingTrivia(Space));
            if (isAwaited)
                changed = changed.WithAwaitKeyword(Token(SyntaxKind.AwaitKeyword).WithTrailingTrivia(Space));
            return changed.WithLeadingTrivia(leading).WithAdditionalAnnotations(Formatter.Annotation);
        });
    }

    private static bool IsOfOthers(ISymbol? target) => target is IParameterSymbol or IFieldSymbol or IPropertySymbol;

    // These leave their target open by themselves.
    private static bool KeepsOpen(INamedTypeSymbol type) => type.Name is "Utf8JsonWriter" or "XmlWriter";

    private static bool CanLeaveOpen(INamedTypeSymbol type, IMethodSymbol used, int given) =>
        (used.Parameters.Length == given || used.Parameters.Any(static parameter => parameter.Name == "leaveOpen"))
        && type.InstanceConstructors.Any(constructor =>
        {
            if (constructor.Parameters.Length <= given)
                return false;

            for (var i = 0; i < given; i++)
            {
                if (!SymbolEqualityComparer.Default.Equals(constructor.Parameters[i].Type, used.Parameters[i].Type))
                    return false;
            }

            var rest = constructor.Parameters.Skip(given);
            return rest.Any(static parameter => parameter.Name == "leaveOpen") && rest.All(static parameter => parameter.Name == "leaveOpen" || parameter.IsOptional);
        });

    private static bool IsInAsyncCode(SyntaxNode statement, SemanticModel model, CancellationToken cancellationToken)
    {
        // In top-level statements an await changes Main itself: only where it is asynchronous already.
        return model.GetEnclosingSymbol(statement.SpanStart, cancellationToken) is IMethodSymbol { IsAsync: true };
    }
}
