using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Editing;
using ShutdownKit.Analyzers.Signals;
using static Microsoft.CodeAnalysis.CSharp.SyntaxFactory;

namespace ShutdownKit.Analyzers.CodeFixes.Signals;

/// <summary>SHK1008: stops the host at the end of the block in which it lives.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp)]
public sealed class DisposedWithoutStopFix : EditingCodeFix
{
    /// <summary>Creates the fix.</summary>
    public DisposedWithoutStopFix()
        : base(DisposedWithoutStopAnalyzer.Id, "Stop the host before it is disposed of")
    {
    }

    /// <summary>Whether an await may stand there.</summary>
    internal static bool IsInAsyncCode(SyntaxNode node)
    {
        foreach (var ancestor in node.Ancestors())
        {
            switch (ancestor)
            {
                case AnonymousFunctionExpressionSyntax function:
                    return function.AsyncKeyword.RawKind != 0;
                case LocalFunctionStatementSyntax function:
                    return function.Modifiers.Any(static it => it.ValueText == "async");
                case BaseMethodDeclarationSyntax method:
                    return method.Modifiers.Any(static it => it.ValueText == "async");
                case GlobalStatementSyntax:
                    return true;
            }
        }

        return false;
    }

    private protected override Edit? Plan(SemanticModel model, SyntaxNode node, CancellationToken cancellationToken)
    {
        if (node.FirstAncestorOrSelf<InvocationExpressionSyntax>() is not { Expression: MemberAccessExpressionSyntax { Expression: IdentifierNameSyntax { Identifier.ValueText: var host } } } start
            || start.FirstAncestorOrSelf<StatementSyntax>() is not { } statement)
        {
            return null;
        }

        // At the very end and nowhere else: a path that leaves earlier would still not stop it.
        var siblings = statement.Parent switch
        {
            BlockSyntax block => block.Statements.ToList(),
            GlobalStatementSyntax { Parent: CompilationUnitSyntax unit } => unit.Members.OfType<GlobalStatementSyntax>().Select(static it => it.Statement)
                .Where(static it => it is not LocalFunctionStatementSyntax).ToList(),
            _ => null,
        };
        if (siblings is null || siblings.Skip(siblings.IndexOf(statement)).Any(static it => Leaves(it)))
            return null;

        var last = siblings[siblings.Count - 1];
        var stop = StatementLike(last, IsInAsyncCode(statement) ? $"await {host}.StopAsync();" : $"{host}.StopAsync().GetAwaiter().GetResult();");
        if (Disposal(siblings, host) is { } disposal)
            return (editor, _) => InsertBefore(editor, disposal, stop);
        if (last is ReturnStatementSyntax)
            return (editor, _) => InsertBefore(editor, last, stop);

        return (editor, _) => SigtermRegistration.InsertAfter(editor, last, stop);
    }

    // Anything but a simple result at the end may still use the host.
    private static bool Leaves(StatementSyntax statement) =>
        statement is not ReturnStatementSyntax { Expression: null or LiteralExpressionSyntax or IdentifierNameSyntax }
        && statement.DescendantNodesAndSelf(static it => it is not (AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax)).Any(static it => it is ReturnStatementSyntax);

    private static StatementSyntax? Disposal(List<StatementSyntax> statements, string host) =>
        statements.FirstOrDefault(it => it.ToString().Contains(host + ".Dispose"));

    private static void InsertBefore(SyntaxEditor editor, StatementSyntax statement, StatementSyntax inserted)
    {
        if (statement.Parent is GlobalStatementSyntax global)
            editor.InsertBefore(global, GlobalStatement(inserted));
        else
            editor.InsertBefore(statement, inserted);
    }
}
