using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Formatting;
using ShutdownKit.Analyzers.HostedServices;

namespace ShutdownKit.Analyzers.CodeFixes.HostedServices;

/// <summary>
/// Awaits DisposeAsync in StopAsync, which waits for a callback that is running. Not offered for asynchronous callbacks, whose end it
/// does not wait for.
/// </summary>
[ExportCodeFixProvider(LanguageNames.CSharp)]
public sealed class TimerNotDrainedFix : EditingCodeFix
{
    /// <summary>Creates the fix.</summary>
    public TimerNotDrainedFix()
        : base(TimerNotDrainedAnalyzer.Id, "Wait for the callback with DisposeAsync")
    {
    }

    private protected override Edit? Plan(SemanticModel model, SyntaxNode node, CancellationToken cancellationToken)
    {
        if (node.FirstAncestorOrSelf<ExpressionStatementSyntax>() is not { Parent: BlockSyntax } statement
            || statement.FirstAncestorOrSelf<MethodDeclarationSyntax>() is not { Identifier.ValueText: "StopAsync", ReturnType: IdentifierNameSyntax { Identifier.ValueText: "Task" } } stop
            || statement.FirstAncestorOrSelf<AnonymousFunctionExpressionSyntax>() is not null
            || statement.FirstAncestorOrSelf<LockStatementSyntax>() is not null
            || TimerOf(statement, out var mayBeNull) is not { } timer
            || model.GetTypeInfo(timer, cancellationToken).Type is not { } type
            || type.WithNullableAnnotation(NullableAnnotation.None).ToDisplayString() != "System.Threading.Timer"
            || type.GetMembers("DisposeAsync").IsEmpty
            || HasAsyncCallback(timer, stop))
        {
            return null;
        }

        var dispose = $"await {timer.WithoutTrivia()}.DisposeAsync();";
        var code = mayBeNull ? $"if ({timer.WithoutTrivia()} != null)\n{dispose}" : dispose;
        return (editor, done) =>
        {
            editor.ReplaceNode(
                statement,
                SyntaxFactory.ParseStatement(code).WithTriviaFrom(statement).WithAdditionalAnnotations(Formatter.Annotation));
            if (done.Add(stop))
                editor.ReplaceNode(stop, (current, _) => MethodBody.AsAsync((MethodDeclarationSyntax)current));
        };
    }

    // timer.Change(...), timer?.Dispose()
    private static ExpressionSyntax? TimerOf(ExpressionStatementSyntax statement, out bool mayBeNull)
    {
        mayBeNull = false;
        switch (statement.Expression)
        {
            case InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax { Name.Identifier.ValueText: "Change" or "Dispose", Expression: var timer } }:
                return timer is PostfixUnaryExpressionSyntax { Operand: var operand } ? operand : timer;
            case ConditionalAccessExpressionSyntax
            {
                Expression: var timer,
                WhenNotNull: InvocationExpressionSyntax { Expression: MemberBindingExpressionSyntax { Name.Identifier.ValueText: "Change" or "Dispose" } },
            }:
                mayBeNull = true;
                return timer;
            default:
                return null;
        }
    }

    private static bool HasAsyncCallback(ExpressionSyntax timer, MethodDeclarationSyntax stop)
    {
        if (stop.Parent is not TypeDeclarationSyntax type)
            return true;

        foreach (var node in type.DescendantNodes())
        {
            if (node is not BaseObjectCreationExpressionSyntax { ArgumentList.Arguments: { Count: > 0 } arguments, Parent: var keeper }
                || Model.SyntaxNames.Of((keeper as AssignmentExpressionSyntax)?.Left) is var assigned
                && assigned != Model.SyntaxNames.Of(timer) && (keeper?.Parent as VariableDeclaratorSyntax)?.Identifier.ValueText != Model.SyntaxNames.Of(timer))
            {
                continue;
            }

            switch (arguments[0].Expression)
            {
                case AnonymousFunctionExpressionSyntax { AsyncKeyword.RawKind: not 0 }:
                    return true;
                case AnonymousFunctionExpressionSyntax:
                    break;
                case var method:
                    foreach (var member in type.Members)
                    {
                        if (member is MethodDeclarationSyntax callback && callback.Identifier.ValueText == Model.SyntaxNames.Of(method) && callback.Modifiers.Any(SyntaxKind.AsyncKeyword))
                            return true;
                    }

                    break;
            }
        }

        return false;
    }
}
