using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.Durability;

/// <summary>SHK5002: a file is deleted and another one moved to its name, so that there is none in between.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class DeleteThenMoveAnalyzer : ShutdownAnalyzer
{
    internal const string Id = "SHK5002";

    /// <summary>The names without which there is nothing to find.</summary>
    internal static readonly string[] Names = ["Move", "MoveTo"];

    /// <summary>More names that the rule asks for.</summary>
    internal static readonly string[] MoreNames = ["Delete"];

    private static readonly DiagnosticDescriptor Rule = RuleDescriptor.Create(
        Id,
        "A file is deleted before its successor is moved to its name",
        "'{0}' is deleted and only then replaced: a kill in between leaves no file at all",
        RuleCategories.Durability,
        DiagnosticSeverity.Warning,
        "Between deleting a file and moving another one to its name there is none. File.Move with overwrite: true, or File.Replace, puts the new file "
        + "in the place of the old one in a single step.");

    /// <summary>Creates the analyzer.</summary>
    public DeleteThenMoveAnalyzer()
        : base(Rule)
    {
    }

    private protected override void Register(Watch watch)
    {
        if (!watch.Facts.IsExemptAsTest && !HarmlessFiles.IsTool(watch.Facts.Compilation.AssemblyName))
            watch.Names(Names, Look);
    }

    private static void Look(SourceFile file, SyntaxToken name)
    {
        if (!file.MayMention("Delete")
            || SyntaxNames.InvocationOf(name) is not { } move
            || DestinationOf(move) is not { } destination
            || HarmlessFiles.IsHarmless(destination)
            || DeletionBefore(move, destination) is not { } deletion
            || !IsOfFile(file, move) || !IsOfFile(file, deletion))
        {
            return;
        }

        file.Report(Diagnostic.Create(Rule, move.GetLocation(), SyntaxNames.Of(destination) ?? destination.ToString()));
    }

    /// <summary>The path that a call moves a file to, unless it overwrites; null where it does something else.</summary>
    internal static ExpressionSyntax? DestinationOf(InvocationExpressionSyntax move)
    {
        var arguments = move.ArgumentList.Arguments;
        return SyntaxNames.OfInvoked(move) switch
        {
            "Move" when arguments.Count == 2 && SyntaxNames.OfReceiver(move)?.EndsWith("File", StringComparison.Ordinal) == true => arguments[1].Expression,
            "MoveTo" when arguments.Count == 1 && move.Expression is MemberAccessExpressionSyntax => arguments[0].Expression,
            _ => null,
        };
    }

    /// <summary>The call on the way to the move that deletes what is at its destination; null where there is none.</summary>
    internal static InvocationExpressionSyntax? DeletionBefore(InvocationExpressionSyntax move, ExpressionSyntax destination)
    {
        for (SyntaxNode? current = move; current is not (null or MemberDeclarationSyntax or AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax); current = current.Parent)
        {
            if (current is not StatementSyntax statement)
                continue;

            var siblings = StatementsAround(statement);
            for (var i = siblings.Count - 1; i >= 0; i--)
            {
                if (siblings[i].SpanStart >= statement.SpanStart)
                    continue;

                // The path means another file from here on.
                if (Assigns(siblings[i], destination))
                    return null;

                if (DeletionIn(siblings[i], destination) is { } deletion)
                    return deletion;
            }
        }

        return null;
    }

    private static IReadOnlyList<StatementSyntax> StatementsAround(StatementSyntax statement) => statement.Parent switch
    {
        BlockSyntax block => block.Statements,
        SwitchSectionSyntax section => section.Statements,
        GlobalStatementSyntax { Parent: CompilationUnitSyntax unit } => unit.Members.OfType<GlobalStatementSyntax>().Select(static it => it.Statement).ToList(),
        _ => [],
    };

    // Delete(x), if (Exists(x)) Delete(x), and the same in a try block whose failure is ignored.
    private static InvocationExpressionSyntax? DeletionIn(StatementSyntax statement, ExpressionSyntax destination) => statement switch
    {
        ExpressionStatementSyntax { Expression: InvocationExpressionSyntax call } => IsDeletionOf(call, destination) ? call : null,
        IfStatementSyntax { Else: null, Condition: var condition, Statement: var guarded } when condition.ToString().Contains("Exists") && !condition.IsKind(SyntaxKind.LogicalNotExpression) =>
            DeletionIn(guarded, destination),
        BlockSyntax { Statements: { Count: > 0 } statements } => DeletionIn(statements[statements.Count - 1], destination),
        _ => null,
    };

    private static bool IsDeletionOf(InvocationExpressionSyntax call, ExpressionSyntax path)
    {
        if (SyntaxNames.OfInvoked(call) != "Delete" || call.Expression is not MemberAccessExpressionSyntax access)
            return false;

        if (call.ArgumentList.Arguments.Count == 1 && SyntaxNames.Of(access.Expression)?.EndsWith("File", StringComparison.Ordinal) == true)
            return SyntaxFactory.AreEquivalent(call.ArgumentList.Arguments[0].Expression, path);

        // target.Delete(); source.MoveTo(target.FullName)
        return call.ArgumentList.Arguments.Count == 0
               && path is MemberAccessExpressionSyntax { Name.Identifier.ValueText: "FullName", Expression: var info }
               && SyntaxFactory.AreEquivalent(access.Expression, info);
    }

    private static bool Assigns(StatementSyntax statement, ExpressionSyntax path) =>
        statement is ExpressionStatementSyntax { Expression: AssignmentExpressionSyntax assignment } && SyntaxFactory.AreEquivalent(assignment.Left, path);

    private static bool IsOfFile(SourceFile file, InvocationExpressionSyntax call) =>
        file.Model.GetSymbolInfo(call, file.CancellationToken).Symbol is IMethodSymbol { ContainingType: var type }
        && (type.Is(file.Symbols.File) || type is { Name: "FileInfo" or "FileSystemInfo", ContainingNamespace.Name: "IO" });
}
