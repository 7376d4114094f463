using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Editing;
using Microsoft.CodeAnalysis.Formatting;
using Microsoft.CodeAnalysis.Simplification;
using ShutdownKit.Analyzers.Signals;
using static Microsoft.CodeAnalysis.CSharp.SyntaxFactory;

namespace ShutdownKit.Analyzers.CodeFixes.Signals;

/// <summary>SHK1001: registers a handler of SIGTERM and makes the wait or the loop end by it.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp)]
public sealed class NoSigtermRouteFix : EditingCodeFix
{
    private const string Interop = "global::System.Runtime.InteropServices.";
    private const string Threading = "global::System.Threading.";

    private static readonly string[] NewNames = ["stopped", "stopping", "sigterm"];

    // Calls that may block for ever: a loop with one of them would not see that it is to end.
    private static readonly string[] BlockingPrefixes = ["Accept", "Receive", "Consume", "GetContext", "Take", "Wait", "Read", "Dequeue", "Join"];

    /// <summary>Creates the fix.</summary>
    public NoSigtermRouteFix()
        : base(NoSigtermRouteAnalyzer.Id, "Stop on SIGTERM")
    {
    }

    private protected override (string Namespace, string Type)? Import => ("System.Runtime.InteropServices", "PosixSignalRegistration");

    private protected override Edit? Plan(SemanticModel model, SyntaxNode node, CancellationToken cancellationToken)
    {
        var statement = node.FirstAncestorOrSelf<StatementSyntax>();
        if (statement is not { Parent: BlockSyntax or GlobalStatementSyntax }
            || NewNames.Any(name => !model.LookupSymbols(statement.SpanStart, name: name).IsEmpty)
            || model.Compilation.GetTypeByMetadataName("System.Runtime.InteropServices.PosixSignalRegistration") is null
            || model.SyntaxTree.GetText(cancellationToken).ToString().Contains("SIGTERM"))
        {
            return null;
        }

        return statement switch
        {
            WhileStatementSyntax or ForStatementSyntax => PlanLoop(model, statement, cancellationToken),
            ExpressionStatementSyntax wait => PlanWait(wait),
            _ => null,
        };
    }

    private static Edit PlanWait(ExpressionStatementSyntax wait)
    {
        return wait.Expression is AwaitExpressionSyntax
            ? (editor, _) => Replace(editor, wait,
            [
                $"var stopped = new {Threading}Tasks.TaskCompletionSource({Threading}Tasks.TaskCreationOptions.RunContinuationsAsynchronously);",
                Register("stopped.TrySetResult()"),
                "await stopped.Task;",
            ])
            : (editor, _) => Replace(editor, wait,
            [
                $"using var stopped = new {Threading}ManualResetEventSlim();",
                Register("stopped.Set()"),
                "stopped.Wait();",
            ]);
    }

    private static Edit? PlanLoop(SemanticModel model, StatementSyntax loop, CancellationToken cancellationToken)
    {
        var pauses = new List<ExpressionStatementSyntax>();
        foreach (var call in loop.DescendantNodes(it => it is not AnonymousFunctionExpressionSyntax).OfType<InvocationExpressionSyntax>())
        {
            var statement = call.Parent as ExpressionStatementSyntax ?? call.Parent?.Parent as ExpressionStatementSyntax;
            switch (model.GetSymbolInfo(call, cancellationToken).Symbol)
            {
                case IMethodSymbol { Name: "Sleep", ContainingType.Name: "Thread" } when statement is not null:
                case IMethodSymbol { Name: "Delay", ContainingType.Name: "Task", Parameters.Length: 1 }
                    when statement is { Expression: AwaitExpressionSyntax } && model.Compilation.GetTypeByMetadataName("System.Threading.Tasks.ConfigureAwaitOptions") is not null:
                    pauses.Add(statement!);
                    break;
                case IMethodSymbol method when !BlockingPrefixes.Any(prefix => method.Name.StartsWith(prefix, StringComparison.Ordinal)) && call.Parent is not AwaitExpressionSyntax:
                    break;
                default:
                    return null;
            }
        }

        if (pauses.Count == 0)
            return null;

        return (editor, _) =>
        {
            foreach (var pause in pauses)
                editor.ReplaceNode(pause, Cancellable(pause).WithTriviaFrom(pause).WithAdditionalAnnotations(Formatter.Annotation, Simplifier.Annotation));

            var condition = ParseExpression("!stopping.IsCancellationRequested");
            var indentation = StatementLike(loop, ";").GetLeadingTrivia();
            editor.ReplaceNode(loop, (current, _) => current switch
            {
                WhileStatementSyntax endless => endless.WithCondition(condition).WithLeadingTrivia(indentation),
                ForStatementSyntax endless => endless.WithCondition(condition.WithLeadingTrivia(Space)).WithLeadingTrivia(indentation),
                _ => current,
            });
            InsertBefore(editor, loop, [$"using var stopping = new {Threading}CancellationTokenSource();", Register("stopping.Cancel()")]);
        };
    }

    private static StatementSyntax Cancellable(ExpressionStatementSyntax pause)
    {
        var call = (InvocationExpressionSyntax)(pause.Expression is AwaitExpressionSyntax awaited ? awaited.Expression : pause.Expression);
        var duration = call.ArgumentList.Arguments[0].ToString();
        var qualifier = call.Expression.ToString().Replace("Task.Delay", "");
        return pause.Expression is AwaitExpressionSyntax
            ? ParseStatement($"await {call.Expression}({duration}, stopping.Token).ConfigureAwait({qualifier}ConfigureAwaitOptions.SuppressThrowing);")
            : ParseStatement($"stopping.Token.WaitHandle.WaitOne({duration});");
    }

    private static string Register(string action) =>
        $"using var sigterm = {Interop}PosixSignalRegistration.Create({Interop}PosixSignal.SIGTERM, context => {{ context.Cancel = true; {action}; }});";

    private static void Replace(SyntaxEditor editor, StatementSyntax statement, string[] replacement)
    {
        InsertBefore(editor, statement, [.. replacement.Take(replacement.Length - 1)]);
        var last = StatementLike(statement, replacement[replacement.Length - 1]);
        editor.ReplaceNode(statement, last.WithTrailingTrivia(statement.GetTrailingTrivia()));
    }

    private static void InsertBefore(SyntaxEditor editor, StatementSyntax statement, string[] inserted)
    {
        // Comments stay above the whole.
        var statements = inserted.Select(code => StatementLike(statement, code)).ToList();
        statements[0] = statements[0].WithLeadingTrivia(statement.GetLeadingTrivia());
        editor.ReplaceNode(statement, (current, _) => current.WithLeadingTrivia(StatementLike(statement, ";").GetLeadingTrivia()));
        if (statement.Parent is GlobalStatementSyntax global)
            editor.InsertBefore(global, statements.Select(GlobalStatement));
        else
            editor.InsertBefore(statement, statements);
    }
}
