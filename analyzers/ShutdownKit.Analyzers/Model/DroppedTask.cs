using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace ShutdownKit.Analyzers.Model;

/// <summary>Tells from syntax alone where the task of a call is dropped, so that nobody can wait for it.</summary>
internal static class DroppedTask
{
    /// <summary>
    /// Whether what the call returns is dropped: the call is a statement of its own, is assigned to a discard, or ends in a helper that
    /// says so in its name. A continuation hangs on the task without keeping it.
    /// </summary>
    public static bool IsDropped(ExpressionSyntax call)
    {
        var value = call;
        while (true)
        {
            switch (value.Parent)
            {
                case ParenthesizedExpressionSyntax parenthesized:
                    value = parenthesized;
                    continue;
                case ConditionalAccessExpressionSyntax conditional when conditional.WhenNotNull == value:
                    value = conditional;
                    continue;
                case MemberAccessExpressionSyntax { Parent: InvocationExpressionSyntax outer } access when access.Expression == value:
                    switch (access.Name.Identifier.ValueText)
                    {
                        case "Forget" or "FireAndForget" or "SafeFireAndForget" or "FireAndForgetSafeAsync":
                            return outer.Parent is ExpressionStatementSyntax;
                        case "ContinueWith" or "ConfigureAwait" or "AsTask" or "Unwrap":
                            value = outer;
                            continue;
                        default:
                            return false;
                    }

                case ExpressionStatementSyntax:
                    return true;
                case AssignmentExpressionSyntax { Left: IdentifierNameSyntax { Identifier.ValueText: "_" }, Parent: ExpressionStatementSyntax or LambdaExpressionSyntax }:
                    return true;
                case ArrowExpressionClauseSyntax { Parent: MethodDeclarationSyntax { ReturnType: PredefinedTypeSyntax { Keyword.RawKind: (int)SyntaxKind.VoidKeyword } } }:
                case ArrowExpressionClauseSyntax { Parent: LocalFunctionStatementSyntax { ReturnType: PredefinedTypeSyntax { Keyword.RawKind: (int)SyntaxKind.VoidKeyword } } }:
                    return true;
                default:
                    return false;
            }
        }
    }

    /// <summary>
    /// The call that runs the lambda on its own, out of everybody's sight: <c>Task.Run</c>, <c>Task.Factory.StartNew</c>,
    /// <c>ContinueWith</c>, <c>ThreadPool.QueueUserWorkItem</c>; null for any other lambda.
    /// </summary>
    public static InvocationExpressionSyntax? LauncherOf(SyntaxNode lambdaOrMethodGroup)
    {
        if (lambdaOrMethodGroup.Parent is not ArgumentSyntax { Parent: ArgumentListSyntax { Parent: InvocationExpressionSyntax call } })
            return null;

        var receiver = SyntaxNames.OfReceiver(call);
        return SyntaxNames.OfInvoked(call) switch
        {
            "Run" => receiver == "Task",
            "StartNew" => receiver is "Factory" or "TaskFactory",
            "ContinueWith" => true,
            "QueueUserWorkItem" or "UnsafeQueueUserWorkItem" => receiver == "ThreadPool",
            _ => false,
        }
            ? call
            : null;
    }
}
