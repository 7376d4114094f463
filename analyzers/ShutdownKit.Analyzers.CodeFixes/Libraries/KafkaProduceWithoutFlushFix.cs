using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using ShutdownKit.Analyzers.Libraries;

namespace ShutdownKit.Analyzers.CodeFixes.Libraries;

/// <summary>SHK7004: flushes the producer, with a timeout, before it is disposed of or at the end of its scope.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp)]
public sealed class KafkaProduceWithoutFlushFix : EditingCodeFix
{
    /// <summary>Creates the fix.</summary>
    public KafkaProduceWithoutFlushFix()
        : base(KafkaProduceWithoutFlushAnalyzer.Id, "Flush the producer")
    {
    }

    private protected override Edit? Plan(SemanticModel model, SyntaxNode node, CancellationToken cancellationToken)
    {
        if (node.FirstAncestorOrSelf<MemberAccessExpressionSyntax>() is not { } target)
            return null;

        var symbol = model.GetSymbolInfo(target.Expression, cancellationToken).Symbol;
        StatementSyntax? neighbour;
        bool isBefore;
        switch (symbol)
        {
            case ILocalSymbol { DeclaringSyntaxReferences: { Length: 1 } references }:
                (neighbour, isBefore) = PlaceForLocal(symbol.Name, references[0].GetSyntax(cancellationToken));
                break;
            case IFieldSymbol or IPropertySymbol:
                neighbour = DisposalIn(target.FirstAncestorOrSelf<TypeDeclarationSyntax>(), symbol.Name);
                isBefore = true;
                break;
            default:
                return null;
        }

        if (neighbour is null)
            return null;

        var timeSpan = model.LookupNamespacesAndTypes(neighbour.SpanStart, name: "TimeSpan").IsEmpty ? "System.TimeSpan" : "TimeSpan";
        var access = neighbour is ExpressionStatementSyntax { Expression: ConditionalAccessExpressionSyntax } ? "?." : ".";
        return (editor, done) =>
        {
            if (!done.Add(neighbour))
                return;

            var flush = StatementLike(neighbour, $"{symbol.Name}{access}Flush({timeSpan}.FromSeconds(10));");
            SyntaxNode place = neighbour.Parent is GlobalStatementSyntax global ? global : neighbour;
            SyntaxNode added = place is GlobalStatementSyntax ? SyntaxFactory.GlobalStatement(flush) : flush;
            if (isBefore)
                editor.InsertBefore(place, added);
            else
                editor.InsertAfter(place, added);
        };
    }

    /// <summary>The statement beside which the flush goes, and whether before it; null where the end of the scope may never be reached.</summary>
    private static (StatementSyntax? Neighbour, bool IsBefore) PlaceForLocal(string name, SyntaxNode declarator)
    {
        IReadOnlyList<StatementSyntax> statements;
        switch (declarator.Parent?.Parent)
        {
            case UsingStatementSyntax { Statement: BlockSyntax block }:
                statements = block.Statements;
                break;
            case LocalDeclarationStatementSyntax { Parent: BlockSyntax block }:
                statements = block.Statements;
                break;
            case LocalDeclarationStatementSyntax { Parent: GlobalStatementSyntax { Parent: CompilationUnitSyntax unit } }:
                statements = unit.Members.OfType<GlobalStatementSyntax>().Select(static it => it.Statement).ToList();
                break;
            default:
                return default;
        }

        foreach (var statement in statements)
        {
            if (IsDisposal(statement, name))
                return (statement, true);
        }

        if (statements.Count == 0)
            return default;

        var last = statements[statements.Count - 1];
        return last switch
        {
            ReturnStatementSyntax => (last, true),
            ThrowStatementSyntax or WhileStatementSyntax or DoStatementSyntax or ForStatementSyntax { Condition: null } or TryStatementSyntax or LocalFunctionStatementSyntax => default,
            _ => (last, false),
        };
    }

    private static StatementSyntax? DisposalIn(TypeDeclarationSyntax? type, string name)
    {
        foreach (var node in type?.DescendantNodes() ?? [])
        {
            if (node is StatementSyntax statement && IsDisposal(statement, name) && statement.Parent is BlockSyntax)
                return statement;
        }

        return null;
    }

    private static bool IsDisposal(StatementSyntax statement, string name) =>
        statement is ExpressionStatementSyntax { Expression: var expression }
        && expression.ToString() is var text
        && (text == name + ".Dispose()" || text == name + "?.Dispose()" || text == "this." + name + ".Dispose()");
}
