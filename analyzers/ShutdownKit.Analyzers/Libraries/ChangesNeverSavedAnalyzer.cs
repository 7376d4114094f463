using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.Libraries;

/// <summary>SHK7001: a DbContext of one's own that takes changes and never saves them.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class ChangesNeverSavedAnalyzer : ShutdownAnalyzer
{
    internal const string Id = "SHK7001";

    private static readonly string[] Factories = ["CreateDbContext", "CreateDbContextAsync"];

    /// <summary>The names without which there is nothing to find.</summary>
    internal static readonly string[] Names = [.. Factories, "EntityFrameworkCore"];

    private static readonly DiagnosticDescriptor Rule = RuleDescriptor.Create(
        Id,
        "Changes are never saved",
        "'{0}' is disposed of or forgotten without SaveChanges: what '{1}' has put into it never reaches the database",
        RuleCategories.Libraries,
        DiagnosticSeverity.Warning,
        "A DbContext only notes what is added, updated and removed. The database learns of it by SaveChanges or SaveChangesAsync; without that call everything is lost when the context goes.");

    private static readonly HashSet<string> Changes = new(StringComparer.Ordinal)
    {
        "Add", "AddAsync", "AddRange", "AddRangeAsync", "Update", "UpdateRange", "Remove", "RemoveRange",
    };

    // What is known to save nothing. Another method of the context may save: then nothing is said.
    private static readonly HashSet<string> SavesNothing = new(StringComparer.Ordinal)
    {
        "Add", "AddAsync", "AddRange", "AddRangeAsync", "Update", "UpdateRange", "Remove", "RemoveRange", "Attach", "AttachRange", "Set", "Entry", "Find",
        "FindAsync", "Dispose", "DisposeAsync", "Equals", "GetHashCode", "ToString",
    };

    /// <summary>Creates the analyzer.</summary>
    public ChangesNeverSavedAnalyzer()
        : base(Rule)
    {
    }

    private protected override void Register(Watch watch)
    {
        if (watch.Facts.IsExemptAsTest || watch.Symbols.Type("Microsoft.EntityFrameworkCore.DbContext") is not { } context)
            return;

        watch.Names(Factories, (file, name) =>
        {
            if (SyntaxNames.InvocationOf(name) is { } creation)
                Look(file, creation, context);
        });
        watch.Names(["EntityFrameworkCore"], (file, name) =>
        {
            // Once for each file that says that it uses the library.
            if (file.Tokens("EntityFrameworkCore").First() != name)
                return;

            foreach (var node in file.Root.DescendantNodes())
            {
                if (node is BaseObjectCreationExpressionSyntax creation)
                    Look(file, creation, context);
            }
        });
    }

    private static void Look(SourceFile file, ExpressionSyntax creation, INamedTypeSymbol context)
    {
        // Only what a local holds is certain to go unsaved.
        if (creation.FirstAncestorOrSelf<VariableDeclarationSyntax>() is null)
            return;

        var fate = ObjectFate.Of(creation, file);
        if (fate is not { Holder: Holder.Local, Escapes: false, Name: { } name } || FirstChange(fate) is not { } change || MaySave(fate))
            return;

        if (file.Model.GetTypeInfo(creation, file.CancellationToken).Type is { } type && Context(type).IsOrInherits(context))
            file.Report(Diagnostic.Create(Rule, change.End.GetLocation(), name, change.Members[change.Members.Count - 1]));
    }

    // The task of CreateDbContextAsync stands for its result.
    private static ITypeSymbol Context(ITypeSymbol type) => type is INamedTypeSymbol { Name: "Task" or "ValueTask", TypeArguments: { Length: 1 } result } ? result[0] : type;

    private static ObjectFate.Use? FirstChange(ObjectFate fate)
    {
        foreach (var use in fate.Uses)
        {
            // context.Add(x), context.Orders.Add(x), context.Set<Order>().Add(x)
            if (use.Members.Count <= 2 && use.End is InvocationExpressionSyntax && Changes.Contains(use.Members[use.Members.Count - 1]))
                return use;
        }

        return null;
    }

    private static bool MaySave(ObjectFate fate)
    {
        foreach (var use in fate.Uses)
        {
            var isCall = use.Name.Parent is MemberAccessExpressionSyntax { Parent: InvocationExpressionSyntax };
            if (isCall && !SavesNothing.Contains(use.Members[0]))
                return true;

            foreach (var member in use.Members)
            {
                if (member is "Database" or "ChangeTracker" || member.StartsWith("Save", StringComparison.Ordinal) || member.StartsWith("Bulk", StringComparison.Ordinal))
                    return true;
            }
        }

        return false;
    }
}
