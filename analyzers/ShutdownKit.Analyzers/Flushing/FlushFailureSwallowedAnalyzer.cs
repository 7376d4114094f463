using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.Flushing;

/// <summary>SHK4005: the last flush, save or commit fails in silence.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class FlushFailureSwallowedAnalyzer : ShutdownAnalyzer
{
    internal const string Id = "SHK4005";

    /// <summary>The names without which there is nothing to find.</summary>
    internal static readonly string[] Names = ["Flush", "FlushAsync", "SaveChanges", "SaveChangesAsync", "Commit", "CommitAsync"];

    private static readonly DiagnosticDescriptor Rule = RuleDescriptor.Create(
        Id,
        "The failure of the last flush is swallowed",
        "When '{0}' fails while the program is stopped, nobody learns that the last data was lost",
        RuleCategories.Flushing,
        DiagnosticSeverity.Info,
        "The last flush, save or commit is where a full disk or a lost connection shows. An empty catch around it makes the loss look like an orderly stop. Log the exception.");

    /// <summary>Creates the analyzer.</summary>
    public FlushFailureSwallowedAnalyzer()
        : base(Rule)
    {
    }

    private protected override void Register(Watch watch)
    {
        if (watch.Facts.IsExemptAsTest)
            return;

        var writers = new Lazy<BufferedWriters>(() => new BufferedWriters(watch.Symbols));
        watch.Names(Names, (file, name) => Look(file, name, writers));
    }

    private static void Look(SourceFile file, SyntaxToken name, Lazy<BufferedWriters> writers)
    {
        if (SyntaxNames.InvocationOf(name) is not { } call
            || EnclosingTry(call) is not { Finally: null, Catches: { Count: 1 } catches }
            || !IsEmpty(catches[0])
            || call.FirstAncestorOrSelf<MethodDeclarationSyntax>() is not { } method
            || !StopPath.IsEntry(method.Identifier.ValueText))
        {
            return;
        }

        if (name.ValueText is "Flush" or "FlushAsync" or "Commit" or "CommitAsync")
        {
            if (call.Expression is not MemberAccessExpressionSyntax { Expression: var receiver }
                || file.Model.GetTypeInfo(receiver, file.CancellationToken).Type is not INamedTypeSymbol type
                || !(writers.Value.Knows(type) || name.ValueText.StartsWith("Commit", StringComparison.Ordinal) && type.Name.EndsWith("Transaction", StringComparison.Ordinal)))
            {
                return;
            }
        }

        file.Report(Diagnostic.Create(Rule, catches[0].CatchKeyword.GetLocation(), name.ValueText));
    }

    private static TryStatementSyntax? EnclosingTry(SyntaxNode node)
    {
        for (var child = node; child is not (null or MemberDeclarationSyntax or AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax); child = child.Parent)
        {
            if (child.Parent is TryStatementSyntax statement && statement.Block == child)
                return statement;
        }

        return null;
    }

    // A comment in it says that somebody has thought about it.
    private static bool IsEmpty(CatchClauseSyntax clause) =>
        clause is { Block.Statements.Count: 0, Filter: null }
        && (clause.Declaration is null || SyntaxNames.Of((clause.Declaration.Type as QualifiedNameSyntax)?.Right ?? clause.Declaration.Type) is "Exception" or "IOException")
        && !HasComment(clause);

    private static bool HasComment(SyntaxNode node)
    {
        foreach (var trivia in node.DescendantTrivia())
        {
            if (trivia.IsKind(SyntaxKind.SingleLineCommentTrivia) || trivia.IsKind(SyntaxKind.MultiLineCommentTrivia))
                return true;
        }

        return false;
    }
}
