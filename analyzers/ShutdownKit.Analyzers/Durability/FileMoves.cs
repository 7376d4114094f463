using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.Durability;

/// <summary>What else a method does with a file that it opens.</summary>
internal static class FileMoves
{
    /// <summary>Whether the method moves the file to its name in the end, or copies it there.</summary>
    public static bool IsMovedAfterwards(FileOpening opening, SourceFile file) =>
        IsGivenTo(opening, file, static (call, receiver) => SyntaxNames.OfInvoked(call) switch
        {
            "Move" or "Replace" or "MoveAsync" or "MoveFile" or "Rename" or "RenameFile" or "MoveFileAsync" or "Copy" => Argument(call, 0),
            "MoveTo" or "CopyTo" => receiver,
            _ => null,
        }, before: false);

    /// <summary>Whether the method deletes the file before it opens it.</summary>
    public static bool IsDeletedBefore(FileOpening opening, SourceFile file) =>
        IsGivenTo(opening, file, static (call, receiver) => SyntaxNames.OfInvoked(call) == "Delete" ? Argument(call, 0) ?? receiver : null, before: true);

    private static bool IsGivenTo(
        FileOpening opening, SourceFile file, Func<InvocationExpressionSyntax, ExpressionSyntax?, ExpressionSyntax?> pathOf, bool before)
    {
        SyntaxNode scope = opening.Node.FirstAncestorOrSelf<MemberDeclarationSyntax>(static node => node is not GlobalStatementSyntax) is { } member and not BaseTypeDeclarationSyntax
            ? member
            : file.Root;
        FilePath? path = null;
        foreach (var node in scope.DescendantNodes())
        {
            if (node is not InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax access } call
                || (call.SpanStart < opening.Node.SpanStart) != before
                || pathOf(call, access.Expression) is not { } moved)
            {
                continue;
            }

            if (SyntaxNames.Of(moved) is { } name && name == SyntaxNames.Of(opening.Path))
                return true;

            path ??= FilePath.Of(opening.Path, file.Model, file.CancellationToken);
            if (path is not null && FilePath.Of(moved, file.Model, file.CancellationToken)?.Key == path.Key)
                return true;
        }

        return false;
    }

    private static ExpressionSyntax? Argument(InvocationExpressionSyntax call, int index) =>
        call.ArgumentList.Arguments.Count > index ? call.ArgumentList.Arguments[index].Expression : null;
}
