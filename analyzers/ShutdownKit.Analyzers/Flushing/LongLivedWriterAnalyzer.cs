using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.Flushing;

/// <summary>SHK4002: a writer with a buffer in a field, which nothing ever flushes or disposes of.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class LongLivedWriterAnalyzer : ShutdownAnalyzer
{
    internal const string Id = "SHK4002";

    /// <summary>The names without which there is nothing to find.</summary>
    internal static readonly string[] Names = WriterNeverFlushedAnalyzer.Names;

    private static readonly DiagnosticDescriptor Rule = RuleDescriptor.Create(
        Id,
        "A long-lived writer is never flushed",
        "'{0}' is written to, and {1}",
        RuleCategories.Flushing,
        DiagnosticSeverity.Warning,
        "What is in the buffer of a writer when the process ends is lost, also when it is stopped in an orderly way. A writer that lives as long as the program "
        + "must be disposed of when the program stops, or flushed after each record.");

    private static readonly HashSet<string> Settling = new(StringComparer.Ordinal)
    {
        "Close", "CloseAsync", "Complete", "CompleteAsync", "Dispose", "DisposeAsync", "Flush", "FlushAsync", "FlushFinalBlock", "FlushFinalBlockAsync",
    };

    /// <summary>Creates the analyzer.</summary>
    public LongLivedWriterAnalyzer()
        : base(Rule)
    {
    }

    private protected override void Register(Watch watch)
    {
        var writers = new Lazy<BufferedWriters>(() => new BufferedWriters(watch.Symbols));
        watch.Names(Names, (file, name) => Look(file, name, writers));
    }

    private static void Look(SourceFile file, SyntaxToken name, Lazy<BufferedWriters> writers)
    {
        if (BufferedWriters.CreatedAt(name) is not { } created
            || FieldOf(created) is not { } fieldName
            || created.FirstAncestorOrSelf<TypeDeclarationSyntax>() is not { } declaration
            || file.Model.GetDeclaredSymbol(declaration, file.CancellationToken) is not { } type
            || FieldDeclaration(type, fieldName) is not { } field
            || field.DeclaredAccessibility != Accessibility.Private)
        {
            return;
        }

        var stop = StopPath.Of(type, file.Facts, file.CancellationToken);
        var uses = UsesOf(stop, fieldName);
        if (uses != Uses.OnlyWritten || stop.Mentions(fieldName) || !IsFirstCreation(stop, fieldName, created))
            return;

        if (file.Model.GetOperation(created, file.CancellationToken) is not { } operation
            || writers.Value.NeedOf(operation) is not { } need
            || need != BufferedWriters.LikelyNeed(name))
        {
            return;
        }

        file.Report(Diagnostic.Create(
            Rule, field.Locations[0], field.Name,
            need == FlushNeed.End ? "no stop disposes of it: its end is never written, so what was written cannot be read"
            : "nothing flushes or disposes of it: what is still in its buffer when the program is stopped is lost"));
    }

    [Flags]
    private enum Uses
    {
        None = 0,
        OnlyWritten = 1,

        // Flushed, closed, or handed to somebody who may do it.
        Settled = 2,
    }

    private static string? FieldOf(ExpressionSyntax created)
    {
        ExpressionSyntax value = created;
        while (value.Parent is CastExpressionSyntax or ParenthesizedExpressionSyntax)
            value = (ExpressionSyntax)value.Parent;

        return value.Parent switch
        {
            AssignmentExpressionSyntax { Left: IdentifierNameSyntax target } assignment when assignment.Right == value && assignment.Parent is ExpressionStatementSyntax or ArrowExpressionClauseSyntax =>
                target.Identifier.ValueText,
            AssignmentExpressionSyntax { Left: MemberAccessExpressionSyntax { Expression: ThisExpressionSyntax, Name: var target } } assignment when assignment.Right == value => target.Identifier.ValueText,
            EqualsValueClauseSyntax { Parent: VariableDeclaratorSyntax { Parent.Parent: FieldDeclarationSyntax } declarator } => declarator.Identifier.ValueText,
            _ => null,
        };
    }

    private static IFieldSymbol? FieldDeclaration(INamedTypeSymbol type, string name)
    {
        foreach (var member in type.GetMembers(name))
        {
            if (member is IFieldSymbol field && field.Locations.Length > 0)
                return field;
        }

        return null;
    }

    private static Uses UsesOf(StopPath type, string field)
    {
        var uses = Uses.None;
        foreach (var declaration in type.Declarations)
        {
            foreach (var node in declaration.DescendantNodes())
            {
                if (node is IdentifierNameSyntax name && name.Identifier.ValueText == field)
                    uses |= UseOf(name);
                if ((uses & Uses.Settled) != 0)
                    return uses;
            }
        }

        return uses;
    }

    private static Uses UseOf(IdentifierNameSyntax name)
    {
        // The x of "other.x" or "x:" is something else.
        ExpressionSyntax value = name;
        if (name.Parent is MemberAccessExpressionSyntax own && own.Name == name)
        {
            if (own.Expression is not ThisExpressionSyntax)
                return own.Parent is InvocationExpressionSyntax ? Uses.None : Uses.Settled;

            value = own;
        }

        while (value.Parent is ParenthesizedExpressionSyntax || value.Parent is PostfixUnaryExpressionSyntax { RawKind: (int)SyntaxKind.SuppressNullableWarningExpression })
            value = (ExpressionSyntax)value.Parent;

        switch (value.Parent)
        {
            case MemberAccessExpressionSyntax { Parent: InvocationExpressionSyntax } access when access.Expression == value:
                return UseOfCall(access.Name.Identifier.ValueText);
            case MemberAccessExpressionSyntax access when access.Expression == value:
                return access.Name.Identifier.ValueText is "AutoFlush" or "BaseStream" ? Uses.Settled : Uses.None;
            case ConditionalAccessExpressionSyntax { WhenNotNull: InvocationExpressionSyntax { Expression: MemberBindingExpressionSyntax { Name.Identifier.ValueText: var called } } } conditional
                when conditional.Expression == value:
                return UseOfCall(called);
            case AssignmentExpressionSyntax assignment when assignment.Left == value:
            case BinaryExpressionSyntax { RawKind: (int)SyntaxKind.EqualsExpression or (int)SyntaxKind.NotEqualsExpression }:
            case IsPatternExpressionSyntax:
            case LockStatementSyntax:
            case NameColonSyntax:
                return Uses.None;
            case ArgumentSyntax { Parent.Parent: InvocationExpressionSyntax call } when SyntaxNames.OfInvoked(call) is "CopyTo" or "CopyToAsync":
                return Uses.OnlyWritten;
            default:
                return Uses.Settled;
        }
    }

    private static Uses UseOfCall(string method) =>
        Settling.Contains(method) ? Uses.Settled
        : method.StartsWith("Write", StringComparison.Ordinal) || method is "Append" or "NextRecord" or "CreateEntry" ? Uses.OnlyWritten
        : WriterUses.IsHarmless(method) ? Uses.None
        : Uses.Settled;

    // Where it is created in several places, the first one reports.
    private static bool IsFirstCreation(StopPath type, string field, ExpressionSyntax created)
    {
        foreach (var declaration in type.Declarations)
        {
            foreach (var node in declaration.DescendantNodes())
            {
                if (node is ExpressionSyntax expression && expression is BaseObjectCreationExpressionSyntax or InvocationExpressionSyntax && FieldOf(expression) == field)
                    return node == created;
            }
        }

        return true;
    }
}
