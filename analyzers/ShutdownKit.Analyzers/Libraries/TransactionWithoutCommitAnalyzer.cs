using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.Libraries;

/// <summary>SHK7002: a transaction in which something is written, and which nothing commits.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class TransactionWithoutCommitAnalyzer : ShutdownAnalyzer
{
    internal const string Id = "SHK7002";

    private static readonly string[] Begins = ["BeginTransaction", "BeginTransactionAsync"];

    /// <summary>The names without which there is nothing to find.</summary>
    internal static readonly string[] Names = [.. Begins, "TransactionScope"];

    private static readonly DiagnosticDescriptor Rule = RuleDescriptor.Create(
        Id,
        "Transaction is never committed",
        "Nothing {0} '{1}': when it is disposed of, the database takes back all that was written in it",
        RuleCategories.Libraries,
        DiagnosticSeverity.Warning,
        "A transaction that is disposed of, or left to the end of its connection, without Commit or Complete is rolled back. The statements in it have reported success, and nothing of them remains.");

    private static readonly string[] Types =
    [
        "System.Data.IDbTransaction", "System.Transactions.TransactionScope", "Microsoft.EntityFrameworkCore.Storage.IDbContextTransaction",
        "NHibernate.ITransaction",
    ];

    private static readonly HashSet<string> Ends = new(StringComparer.Ordinal) { "Commit", "CommitAsync", "Complete", "CommitTransaction", "CommitTransactionAsync" };

    /// <summary>Creates the analyzer.</summary>
    public TransactionWithoutCommitAnalyzer()
        : base(Rule)
    {
    }

    private protected override void Register(Watch watch)
    {
        if (watch.Facts.IsExemptAsTest)
            return;

        watch.Names(Begins, static (file, name) =>
        {
            if (SyntaxNames.InvocationOf(name) is { } begin)
                Look(file, begin, name);
        });
        watch.Names(["TransactionScope"], static (file, name) =>
        {
            if (Creations.Of(name) is BaseObjectCreationExpressionSyntax creation && !IsSuppressing(creation))
                Look(file, creation, creation.GetFirstToken());
        });
    }

    private static void Look(SourceFile file, ExpressionSyntax begin, SyntaxToken place)
    {
        var fate = ObjectFate.Of(begin, file);
        if (fate is not { Holder: Holder.Local, Name: { } name }
            || !OnlyTakesPart(fate)
            || MethodGraph.DeclarationOf(begin) is not { } method
            || !WritesAndNeverEnds(method, name)
            || file.Model.GetTypeInfo(begin, file.CancellationToken).Type is not { } type)
        {
            return;
        }

        foreach (var known in Types)
        {
            if (Transaction(type).IsOrInherits(file.Symbols.Type(known)))
            {
                file.Report(Diagnostic.Create(Rule, place.GetLocation(), known == "System.Transactions.TransactionScope" ? "completes" : "commits", name));
                return;
            }
        }
    }

    private static ITypeSymbol Transaction(ITypeSymbol type) => type is INamedTypeSymbol { Name: "Task" or "ValueTask", TypeArguments: { Length: 1 } result } ? result[0] : type;

    // Nested in another transaction, or outside of any: there is nothing to complete.
    private static bool IsSuppressing(BaseObjectCreationExpressionSyntax creation)
    {
        foreach (var argument in creation.ArgumentList?.Arguments ?? default)
        {
            if (SyntaxNames.Of(argument.Expression) is "Suppress")
                return true;
        }

        return false;
    }

    // The transaction is given to commands that run in it, and to nobody who could commit it.
    private static bool OnlyTakesPart(ObjectFate fate)
    {
        foreach (var place in fate.EscapePlaces)
        {
            switch (place.Parent)
            {
                case AssignmentExpressionSyntax { Left: var target } assignment when assignment.Right == place && SyntaxNames.Of(target) == "Transaction":
                case ArgumentSyntax { Parent.Parent: ObjectCreationExpressionSyntax { Type: var type } } when type.ToString().EndsWith("Command", StringComparison.Ordinal):
                case ArgumentSyntax { Parent.Parent: InvocationExpressionSyntax call } when TakesPart(SyntaxNames.OfInvoked(call)):
                    continue;
                default:
                    return false;
            }
        }

        return true;
    }

    // Of Dapper and EF Core.
    private static bool TakesPart(string? method) =>
        method is "Execute" or "ExecuteAsync" or "ExecuteScalar" or "ExecuteScalarAsync" or "UseTransaction" or "UseTransactionAsync"
        || method?.StartsWith("Query", StringComparison.Ordinal) == true;

    private static bool WritesAndNeverEnds(SyntaxNode method, string transaction)
    {
        var writes = false;
        foreach (var node in method.DescendantNodes())
        {
            if (node is not SimpleNameSyntax { Identifier.ValueText: var name } simple)
                continue;

            if (Ends.Contains(name))
                return false;

            // A dry run takes everything back on purpose; a rollback where something has failed is no such thing.
            if (name.StartsWith("Rollback", StringComparison.Ordinal) && simple.FirstAncestorOrSelf<SyntaxNode>(static it => it is CatchClauseSyntax or FinallyClauseSyntax) is null)
                return false;

            // The variable is used again, for another transaction or for none.
            if (name == transaction && simple.Parent is AssignmentExpressionSyntax assignment && assignment.Left == simple)
                return false;

            writes |= IsWrite(name) && simple.FirstAncestorOrSelf<InvocationExpressionSyntax>() is not null;
        }

        return writes;
    }

    private static bool IsWrite(string name) =>
        name is "Execute" or "ExecuteAsync"
        || name.StartsWith("ExecuteNonQuery", StringComparison.Ordinal) || name.StartsWith("ExecuteSql", StringComparison.Ordinal)
        || name.StartsWith("ExecuteUpdate", StringComparison.Ordinal) || name.StartsWith("ExecuteDelete", StringComparison.Ordinal)
        || name.StartsWith("SaveChanges", StringComparison.Ordinal);
}
