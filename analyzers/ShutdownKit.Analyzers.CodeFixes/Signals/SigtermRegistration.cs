using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Editing;
using Microsoft.CodeAnalysis.Formatting;
using Microsoft.CodeAnalysis.Simplification;
using static Microsoft.CodeAnalysis.CSharp.SyntaxFactory;

namespace ShutdownKit.Analyzers.CodeFixes.Signals;

/// <summary>Places a registration of a signal handler where it lives as long as the program.</summary>
internal static class SigtermRegistration
{
    /// <summary>The namespace of the types, written in full; it is shortened where it is imported.</summary>
    public const string Interop = "global::System.Runtime.InteropServices.";

    /// <summary>Whether the statement stands directly in Main, where a local variable lives long enough.</summary>
    public static bool IsInMain(StatementSyntax statement, SemanticModel model, CancellationToken cancellationToken)
    {
        var entryPoint = model.Compilation.GetEntryPoint(cancellationToken);
        var enclosing = model.GetEnclosingSymbol(statement.SpanStart, cancellationToken);
        return entryPoint is not null && SymbolEqualityComparer.Default.Equals(enclosing, entryPoint)
               && (statement.Parent is GlobalStatementSyntax || statement.Parent?.Parent is MethodDeclarationSyntax);
    }

    /// <summary>Whether the type knows PosixSignalRegistration, which came with .NET 6.</summary>
    public static bool IsKnown(SemanticModel model) =>
        model.Compilation.GetTypeByMetadataName("System.Runtime.InteropServices.PosixSignalRegistration") is not null;

    /// <summary>The type around the statement, where a static field of that name can be added to it; else null.</summary>
    public static TypeDeclarationSyntax? TypeForField(StatementSyntax statement, string field, SemanticModel model, CancellationToken cancellationToken) =>
        statement.FirstAncestorOrSelf<TypeDeclarationSyntax>() is ClassDeclarationSyntax or StructDeclarationSyntax
        && statement.FirstAncestorOrSelf<TypeDeclarationSyntax>() is { Members.Count: > 0 } type
        && model.GetDeclaredSymbol(type, cancellationToken) is { TypeParameters.IsEmpty: true } symbol
        && symbol.GetMembers(field).IsEmpty
            ? type
            : null;

    /// <summary>Adds a static field for a registration as the first member of the type.</summary>
    public static void AddField(SyntaxEditor editor, TypeDeclarationSyntax type, string field, SemanticModel model)
    {
        var nullable = (model.GetNullableContext(type.SpanStart) & NullableContext.AnnotationsEnabled) != 0 ? "?" : "";
        var member = ParseMemberDeclaration($"private static {Interop}PosixSignalRegistration{nullable} {field};\n")!
            .WithAdditionalAnnotations(Formatter.Annotation, Simplifier.Annotation);

        // Behind those that are there already.
        var next = type.Members.FirstOrDefault(static it => it is not FieldDeclarationSyntax { Declaration.Type: var declared } || !declared.ToString().Contains("PosixSignalRegistration"));
        if (next is not null)
            editor.InsertBefore(next, member);
        else
            editor.InsertAfter(type.Members[type.Members.Count - 1], member);
    }

    /// <summary>Inserts a statement behind another one, also among top-level statements.</summary>
    public static void InsertAfter(SyntaxEditor editor, StatementSyntax statement, StatementSyntax inserted)
    {
        if (statement.Parent is GlobalStatementSyntax global)
            editor.InsertAfter(global, GlobalStatement(inserted));
        else
            editor.InsertAfter(statement, inserted);
    }
}
