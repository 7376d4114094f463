using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using ShutdownKit.Analyzers.Libraries;

namespace ShutdownKit.Analyzers.CodeFixes.Libraries;

/// <summary>SHK7006: flushes Serilog in a finally block around the rest of Main, or disposes of the logger factory at its end.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp)]
public sealed class LoggerNotFlushedFix : UsingDeclarationFix
{
    /// <summary>Creates the fix.</summary>
    public LoggerNotFlushedFix()
        : base(LoggerNotFlushedAnalyzer.Id, "Flush the logger at the end of Main", onlyInEntryPoint: true)
    {
    }

    private protected override Edit? Plan(SemanticModel model, SyntaxNode node, CancellationToken cancellationToken)
    {
        if (node.FirstAncestorOrSelf<AssignmentExpressionSyntax>(it => it.Left.Span == node.Span) is not { Left: MemberAccessExpressionSyntax target, Parent: ExpressionStatementSyntax statement })
            return node.FirstAncestorOrSelf<InvocationExpressionSyntax>() is null ? null : base.Plan(model, node, cancellationToken);

        if (model.GetEnclosingSymbol(statement.SpanStart, cancellationToken) is not IMethodSymbol method
            || !SymbolEqualityComparer.Default.Equals(method, model.Compilation.GetEntryPoint(cancellationToken)))
        {
            return null;
        }

        var log = target.Expression.ToString();
        var code = method.IsAsync ? $"await {log}.CloseAndFlushAsync();" : $"{log}.CloseAndFlush();";
        var rest = statement.Parent switch
        {
            BlockSyntax { Parent: TryStatementSyntax attempt } => new List<StatementSyntax> { attempt },
            BlockSyntax { Parent: BaseMethodDeclarationSyntax } block => block.Statements.SkipWhile(it => it != statement).Skip(1).ToList(),
            GlobalStatementSyntax { Parent: CompilationUnitSyntax unit } =>
                unit.Members.OfType<GlobalStatementSyntax>().Select(static it => it.Statement).SkipWhile(it => it != statement).Skip(1).ToList(),
            _ => [],
        };
        return FinallyBlock.Around(rest, code);
    }
}
