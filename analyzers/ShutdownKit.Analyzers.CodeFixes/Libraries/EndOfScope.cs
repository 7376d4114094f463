using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace ShutdownKit.Analyzers.CodeFixes.Libraries;

/// <summary>
/// The place where the last thing can be done with a local variable, in the block that declares it. There is none where the code may
/// leave the block before.
/// </summary>
internal sealed class EndOfScope
{
    private readonly StatementSyntax _last;

    private EndOfScope(StatementSyntax last, bool isAsync)
    {
        _last = last;
        IsAsync = isAsync;
    }

    /// <summary>Whether the code may await.</summary>
    public bool IsAsync { get; }

    /// <summary>The statement that uses a local last, in the block that declares it; null where there is none that is certain.</summary>
    public static EndOfScope? LastUse(SyntaxNode node, string local) =>
        Of(node, local, block => block.Statements.LastOrDefault(statement =>
            statement.DescendantTokens().Any(token => token.IsKind(SyntaxKind.IdentifierToken) && token.ValueText == local)));

    /// <summary>The end of the block that declares a local; null where there is none that is certain.</summary>
    public static EndOfScope? OfBlock(SyntaxNode node, string local) => Of(node, local, static block => block.Statements.LastOrDefault());

    private static EndOfScope? Of(SyntaxNode node, string local, Func<BlockSyntax, StatementSyntax?> lastOf)
    {
        if (BlockThatDeclares(node, local) is not { } block || lastOf(block) is not { } last)
            return null;

        // A way out in between would be one without the call.
        foreach (var statement in block.Statements)
        {
            if (statement.SpanStart >= node.SpanStart && LeavesBlock(statement))
                return null;
            if (statement == last)
                break;
        }

        return new EndOfScope(last, MayAwait(block));
    }

    /// <summary>Puts a statement at the end.</summary>
    public Edit Insertion(string statement) => (editor, done) =>
    {
        if (done.Add(_last))
            editor.InsertAfter(_last, EditingCodeFix.StatementLike(_last, statement));
    };

    private static BlockSyntax? BlockThatDeclares(SyntaxNode node, string local)
    {
        for (var ancestor = node; ancestor is not null and not MemberDeclarationSyntax; ancestor = ancestor.Parent)
        {
            switch (ancestor)
            {
                case UsingStatementSyntax { Declaration: { } declaration } statement when declaration.Variables.Any(variable => variable.Identifier.ValueText == local):
                    return statement.Statement as BlockSyntax;
                case BlockSyntax block when block.Statements.Any(statement => Declares(statement, local)):
                    return block;
            }
        }

        return null;
    }

    private static bool Declares(StatementSyntax statement, string local) =>
        statement is LocalDeclarationStatementSyntax { Declaration.Variables: var variables } && variables.Any(variable => variable.Identifier.ValueText == local);

    private static bool LeavesBlock(StatementSyntax statement) =>
        statement.DescendantNodesAndSelf(static node => node is not (AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax))
            .Any(static node => node is ReturnStatementSyntax or GotoStatementSyntax or YieldStatementSyntax);

    private static bool MayAwait(SyntaxNode node) =>
        node.FirstAncestorOrSelf<SyntaxNode>(static it => it is MethodDeclarationSyntax or LocalFunctionStatementSyntax or AnonymousFunctionExpressionSyntax or BaseMethodDeclarationSyntax or AccessorDeclarationSyntax) switch
        {
            MethodDeclarationSyntax method => method.Modifiers.Any(SyntaxKind.AsyncKeyword),
            LocalFunctionStatementSyntax function => function.Modifiers.Any(SyntaxKind.AsyncKeyword),
            AnonymousFunctionExpressionSyntax function => !function.AsyncKeyword.IsKind(SyntaxKind.None),
            _ => false,
        };
}
