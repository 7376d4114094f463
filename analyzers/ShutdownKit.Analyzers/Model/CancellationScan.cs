using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace ShutdownKit.Analyzers.Model;

/// <summary>The look at syntax alone that decides whether a method's flow is worth analysing.</summary>
internal static class CancellationScan
{
    /// <summary>Whether anything in the code could establish that a token is cancelled.</summary>
    public static bool MayLearnOfCancellation(SyntaxNode code)
    {
        foreach (var node in code.DescendantNodes(static node => node is not (TypeDeclarationSyntax or AttributeListSyntax)))
        {
            switch (node)
            {
                case SimpleNameSyntax { Identifier.ValueText: "IsCancellationRequested" or "WaitHandle" or "Cancel" or "CancelAsync" }:
                case SimpleNameSyntax { Identifier.ValueText: "Register" or "UnsafeRegister" or "Infinite" or "InfiniteTimeSpan" }:
                case SimpleNameSyntax { Identifier.ValueText: "ApplicationStopping" or "ApplicationStopped" }:
                case FinallyClauseSyntax:
                case CatchClauseSyntax { Declaration.Type: var caught } when IsCancellation(caught):
                case BaseExpressionSyntax { Parent: MemberAccessExpressionSyntax { Name.Identifier.ValueText: "StopAsync" } }:
                    return true;
            }
        }

        return false;
    }

    private static bool IsCancellation(TypeSyntax exception) =>
        exception.ToString() is var name
        && (name.EndsWith("OperationCanceledException", StringComparison.Ordinal) || name.EndsWith("TaskCanceledException", StringComparison.Ordinal));
}
