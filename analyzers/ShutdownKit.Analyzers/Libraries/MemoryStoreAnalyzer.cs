using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.Libraries;

/// <summary>SHK7011: the only store of something that should last is the process's memory.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class MemoryStoreAnalyzer : ShutdownAnalyzer
{
    internal const string Id = "SHK7011";

    private static readonly Store[] Stores =
    [
        new("UseInMemoryDatabase", "the whole database", ["UseSqlServer", "UseNpgsql", "UseSqlite", "UseMySql", "UseMySQL", "UseOracle", "UseCosmos", "UseFirebird", "UseMongoDB"]),
        new("UseMemoryStorage", "all jobs that wait or run", ["UseSqlServerStorage", "UsePostgreSqlStorage", "UseRedisStorage", "UseMongoStorage", "UseSQLiteStorage", "UseStorage"]),
        new("UseInMemoryStorage", "all jobs that wait or run", ["UseSqlServerStorage", "UsePostgreSqlStorage", "UseRedisStorage", "UseMongoStorage", "UseSQLiteStorage", "UseStorage"]),
        new("UsingInMemory", "all messages that are on their way", ["UsingRabbitMq", "UsingAzureServiceBus", "UsingAmazonSqs", "UsingActiveMq", "UsingKafka", "UsingPostgres", "UsingSqlServer"]),
    ];

    /// <summary>The names without which there is nothing to find.</summary>
    internal static readonly string[] Names =
        [.. Stores.Select(static store => store.Name), .. Stores.SelectMany(static store => store.Lasting), "AddSession", "AddDistributedMemoryCache", "IDistributedCache"];

    private static readonly DiagnosticDescriptor Rule = RuleDescriptor.Create(
        Id,
        "The only store is the process's memory",
        "'{0}' keeps {1} in the memory of the process: each stop loses it, however graceful",
        RuleCategories.Libraries,
        DiagnosticSeverity.Info,
        "A store in memory is gone with the process. What has been acknowledged to a client and is nowhere else is lost at each stop, restart and deployment.");

    /// <summary>Creates the analyzer.</summary>
    public MemoryStoreAnalyzer()
        : base(Rule)
    {
    }

    private protected override void Register(Watch watch)
    {
        if (watch.Facts.IsExemptAsTest || !watch.Facts.App.IsConsoleProgram)
            return;

        foreach (var store in Stores)
            watch.Names([store.Name], (file, name) => Look(file, name, store));

        watch.Names(["AddSession"], LookAtSession);
    }

    private static void Look(SourceFile file, SyntaxToken name, Store store)
    {
        if (SyntaxNames.InvocationOf(name) is { } call
            && !IsOneOfSeveral(call)
            && !file.Facts.MentionsAny(store.Lasting, file.CancellationToken)
            && IsOfLibrary(file, call))
        {
            file.Report(Diagnostic.Create(Rule, name.GetLocation(), store.Name, store.What));
        }
    }

    // Sessions are kept in the distributed cache, which AddSession itself does not bring.
    private static void LookAtSession(SourceFile file, SyntaxToken name)
    {
        if (SyntaxNames.InvocationOf(name) is not { } call || IsOneOfSeveral(call))
            return;

        foreach (var cache in file.Tokens("AddDistributedMemoryCache"))
        {
            if (SyntaxNames.InvocationOf(cache) is { } registration && !IsOneOfSeveral(registration) && IsOfLibrary(file, registration))
            {
                file.Report(Diagnostic.Create(Rule, cache.GetLocation(), "AddDistributedMemoryCache", "the sessions of all users"));
                return;
            }
        }
    }

    // Chosen by a condition, such as the environment or a setting: elsewhere another one is chosen.
    private static bool IsOneOfSeveral(SyntaxNode node)
    {
        for (var ancestor = node.Parent; ancestor is not null and not MemberDeclarationSyntax; ancestor = ancestor.Parent)
        {
            if (ancestor is IfStatementSyntax or ElseClauseSyntax or ConditionalExpressionSyntax or SwitchSectionSyntax or SwitchExpressionSyntax or CatchClauseSyntax)
                return true;
        }

        // In code that is compiled for debugging only, or in a method that says so.
        return node.FirstAncestorOrSelf<MethodDeclarationSyntax>()?.Identifier.ValueText is { } method
               && (method.IndexOf("Test", StringComparison.OrdinalIgnoreCase) >= 0 || method.IndexOf("Development", StringComparison.OrdinalIgnoreCase) >= 0
                   || method.IndexOf("Memory", StringComparison.OrdinalIgnoreCase) >= 0)
               || node.SyntaxTree.GetRoot().ContainsDirectives && IsBelowDirective(node);
    }

    private static bool IsBelowDirective(SyntaxNode node)
    {
        foreach (var trivia in node.FirstAncestorOrSelf<StatementSyntax>()?.GetLeadingTrivia() ?? default)
        {
            if (trivia.IsKind(SyntaxKind.IfDirectiveTrivia) || trivia.IsKind(SyntaxKind.ElseDirectiveTrivia))
                return true;
        }

        return false;
    }

    private static bool IsOfLibrary(SourceFile file, InvocationExpressionSyntax call) =>
        file.Model.GetSymbolInfo(call, file.CancellationToken).Symbol is { } method
        && !SymbolEqualityComparer.Default.Equals(method.ContainingAssembly, file.Facts.Compilation.Assembly);

    private sealed class Store(string name, string what, string[] lasting)
    {
        public string Name { get; } = name;

        /// <summary>What is lost, in words.</summary>
        public string What { get; } = what;

        /// <summary>What registers a store that lasts: where one of these is found, memory is one choice among others.</summary>
        public string[] Lasting { get; } = lasting;
    }
}
