using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Editing;
using ShutdownKit.Analyzers.Flushing;

namespace ShutdownKit.Analyzers.CodeFixes.Flushing;

/// <summary>SHK4002: disposes of the writer where its owner is disposed of or stopped already.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp)]
public sealed class LongLivedWriterFix : EditingCodeFix
{
    /// <summary>Creates the fix.</summary>
    public LongLivedWriterFix()
        : base(LongLivedWriterAnalyzer.Id, "Dispose the writer with its owner")
    {
    }

    private protected override Edit? Plan(SemanticModel model, SyntaxNode node, CancellationToken cancellationToken)
    {
        if (node.FirstAncestorOrSelf<VariableDeclaratorSyntax>() is not { } field
            || node.FirstAncestorOrSelf<TypeDeclarationSyntax>() is not { } type
            || model.GetDeclaredSymbol(field, cancellationToken) is not IFieldSymbol { IsStatic: false } symbol)
        {
            return null;
        }

        var dispose = type.Members.OfType<MethodDeclarationSyntax>().FirstOrDefault(static method =>
            method is { Identifier.ValueText: "Dispose", ParameterList.Parameters.Count: 0, Body.Statements.Count: > 0 });
        if (dispose?.Body is not { } body || body.DescendantNodes().Any(static inner => inner is ReturnStatementSyntax))
            return null;

        var mayBeNull = !symbol.IsReadOnly || symbol.NullableAnnotation == NullableAnnotation.Annotated;
        var last = body.Statements[body.Statements.Count - 1];
        return (editor, _) => editor.InsertAfter(last, StatementLike(last, $"{symbol.Name}{(mayBeNull ? "?" : "")}.Dispose();"));
    }
}
