using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using ShutdownKit.Analyzers.Signals;

namespace ShutdownKit.Analyzers.CodeFixes.Signals;

/// <summary>SHK1007: waits for the shutdown of the host instead.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp)]
public sealed class ShutdownNotAwaitedFix : EditingCodeFix
{
    /// <summary>Creates the fix.</summary>
    public ShutdownNotAwaitedFix()
        : base(ShutdownNotAwaitedAnalyzer.Id, "Wait for the shutdown of the host")
    {
    }

    private protected override (string Namespace, string Type)? Import => ("Microsoft.Extensions.Hosting", "HostingAbstractionsHostExtensions");

    private protected override Edit? Plan(SemanticModel model, SyntaxNode node, CancellationToken cancellationToken)
    {
        if (node.FirstAncestorOrSelf<StatementSyntax>() is not ExpressionStatementSyntax { Parent: BlockSyntax or GlobalStatementSyntax } statement
            || HostBefore(statement, model) is not { } host)
        {
            return null;
        }

        var isAsync = DisposedWithoutStopFix.IsInAsyncCode(statement);
        return (editor, _) => editor.ReplaceNode(
            statement,
            StatementLike(statement, isAsync ? $"await {host}.WaitForShutdownAsync();" : $"{host}.WaitForShutdown();").WithTriviaFrom(statement));
    }

    // The old web host has its extension methods elsewhere.
    private static string? HostBefore(StatementSyntax statement, SemanticModel model)
    {
        var symbols = Analyzers.Model.ShutdownSymbols.GetOrCreate(model.Compilation);
        string? found = null;
        foreach (var symbol in model.LookupSymbols(statement.SpanStart))
        {
            if (symbol is not ILocalSymbol local || local.Locations[0].SourceSpan.End > statement.SpanStart || !Analyzers.Model.SymbolExtensions.IsOrInherits(local.Type, symbols.Host))
                continue;
            if (found is not null)
                return null;
            found = local.Name;
        }

        return found;
    }
}
