using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.Deployment;

/// <summary>SHK8009: a path that the code writes to lies in no volume of the container that the code runs in.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class PathOutsideVolumesAnalyzer : ShutdownAnalyzer
{
    internal const string Id = "SHK8009";

    private static readonly DiagnosticDescriptor Rule = RuleDescriptor.Create(
        Id,
        "Written path is in no volume",
        "{0}",
        RuleCategories.Deployment,
        DiagnosticSeverity.Warning,
        "What a program writes outside of volumes lies in the container's own layer: it survives stop and kill, and is gone with 'docker rm', with every new version of the image and every rescheduled pod.");

    private static readonly string[] FileMethods =
    [
        "WriteAllText", "WriteAllTextAsync", "WriteAllBytes", "WriteAllBytesAsync", "WriteAllLines", "WriteAllLinesAsync",
        "AppendAllText", "AppendAllTextAsync", "AppendAllLines", "AppendAllLinesAsync",
    ];

    private static readonly string[] Databases = ["UseSqlite", "SqliteConnection", "SQLiteConnection", "LiteDatabase", "AddSqlite"];

    private static readonly string[] SourceKeywords = ["data source", "datasource", "filename", "fullpath"];

    // Words in a name that say that nobody will miss the file.
    private static readonly string[] DisposableWords =
    [
        "log", "logs", "tmp", "temp", "cache", "crash", "crashes", "dump", "dumps", "debug", "trace", "test", "tests", "sample", "samples", "report", "reports", "output", "out", "generated",
        "swagger", "openapi", "pid", "lock", "error", "errors", "benchmark", "export", "bin", "obj",
    ];

    /// <summary>Creates the analyzer.</summary>
    public PathOutsideVolumesAnalyzer()
        : base(Rule)
    {
    }

    internal static string[] Names { get; } = [.. FileMethods, .. Databases];

    private protected override void Register(Watch watch)
    {
        if (watch.Facts.IsExemptAsTest || watch.Options.AdditionalFiles.IsEmpty)
            return;

        watch.Names(FileMethods, AnalyzeFile);
        watch.Names(Databases, AnalyzeDatabase);
    }

    private static void AnalyzeFile(SourceFile file, SyntaxToken token)
    {
        // Of a Dockerfile alone it is not known what is mounted when it is run; files are told apart from rubbish only by their names.
        if (SyntaxNames.InvocationOf(token) is { ArgumentList.Arguments.Count: > 0 } call
            && SyntaxNames.OfReceiver(call) == "File"
            && ContainerStorage.Of(file.Facts, file.CancellationToken) is { Deployment: { } deployment } storage
            && call.ArgumentList.Arguments[0].Expression is var path && Constant(path, file) is { } text && !IsDisposable(text) && storage.LostPath(text) is { } lost && !IsForDevelopment(call)
            && file.Model.GetSymbolInfo(call, file.CancellationToken).Symbol is IMethodSymbol { ContainingType: var type } && SymbolEqualityComparer.Default.Equals(type, file.Symbols.File))
        {
            Report(file, path, DiagnosticSeverity.Info, $"'{lost}' is in no volume of {deployment}: it is lost when the container is removed");
        }
    }

    private static void AnalyzeDatabase(SourceFile file, SyntaxToken token)
    {
        var arguments = token.Parent switch
        {
            IdentifierNameSyntax { Parent: ObjectCreationExpressionSyntax creation } type when creation.Type == type => creation.ArgumentList,
            IdentifierNameSyntax { Parent: QualifiedNameSyntax { Parent: ObjectCreationExpressionSyntax creation } type } when creation.Type == type => creation.ArgumentList,
            _ => SyntaxNames.InvocationOf(token)?.ArgumentList,
        };
        if (arguments is null || ContainerStorage.Of(file.Facts, file.CancellationToken) is not { } storage)
            return;

        foreach (var argument in arguments.Arguments)
        {
            if (Constant(argument.Expression, file) is not { } text || SourceOf(text, isPath: token.ValueText == "LiteDatabase") is not { } path
                || storage.LostPath(path) is not { } lost || IsForDevelopment(arguments))
            {
                continue;
            }

            if (storage.Deployment is { } deployment)
                Report(file, argument.Expression, DiagnosticSeverity.Warning, $"The database '{lost}' is in no volume of {deployment}: it is lost when the container is removed");
            else
                Report(file, argument.Expression, DiagnosticSeverity.Info, $"The database '{lost}' is in no volume of the image: unless one is mounted there, it is lost when the container is removed");
            return;
        }
    }

    private static void Report(SourceFile file, ExpressionSyntax path, DiagnosticSeverity severity, string message) =>
        file.Report(Diagnostic.Create(Rule, path.GetLocation(), severity, additionalLocations: null, properties: null, message));

    private static string? Constant(ExpressionSyntax expression, SourceFile file)
    {
        if (expression is LiteralExpressionSyntax literal)
            return literal.IsKind(SyntaxKind.StringLiteralExpression) ? literal.Token.ValueText : null;
        if (expression is not (IdentifierNameSyntax or MemberAccessExpressionSyntax or BinaryExpressionSyntax or InterpolatedStringExpressionSyntax))
            return null;
        if (file.Model.GetConstantValue(expression, file.CancellationToken) is { HasValue: true, Value: string constant })
            return constant;

        // A readonly field that holds a literal.
        return file.Model.GetSymbolInfo(expression, file.CancellationToken).Symbol is IFieldSymbol { IsReadOnly: true, IsStatic: true, DeclaringSyntaxReferences.Length: 1 } field
               && field.DeclaringSyntaxReferences[0].GetSyntax(file.CancellationToken) is VariableDeclaratorSyntax { Initializer.Value: LiteralExpressionSyntax value } && value.IsKind(SyntaxKind.StringLiteralExpression)
            ? value.Token.ValueText
            : null;
    }

    /// <summary>The file that a connection string names; null for a database in memory, and for what is no connection string.</summary>
    private static string? SourceOf(string text, bool isPath)
    {
        string? source = null;
        foreach (var part in text.Split(';'))
        {
            var equals = part.IndexOf('=');
            var keyword = equals < 0 ? "" : part.Substring(0, equals).Trim().ToLowerInvariant();
            if (SourceKeywords.Contains(keyword))
                source = part.Substring(equals + 1).Trim().Trim('"', '\'');
            else if (keyword == "mode" && part.IndexOf("memory", StringComparison.OrdinalIgnoreCase) >= 0)
                return null;
        }

        source ??= isPath && text.IndexOf('=') < 0 ? text : null;
        return string.IsNullOrEmpty(source) || source![0] == ':' || source.StartsWith("file:", StringComparison.OrdinalIgnoreCase) ? null : source;
    }

    private static bool IsDisposable(string path)
    {
        foreach (var word in path.ToLowerInvariant().Split('/', '\\', '.', '-', '_', ' '))
        {
            if (DisposableWords.Contains(word))
                return true;
        }

        return false;
    }

    // Design-time factories, fallbacks for tools and code for the developer's machine do not run in the container.
    private static bool IsForDevelopment(SyntaxNode node)
    {
        foreach (var ancestor in node.Ancestors())
        {
            switch (ancestor)
            {
                case IfStatementSyntax choice when Mentions(choice.Condition, "Development") || Mentions(choice.Condition, "IsConfigured") || Mentions(choice.Condition, "Debug"):
                case ConditionalExpressionSyntax conditional when Mentions(conditional.Condition, "Development"):
                case TypeDeclarationSyntax { BaseList: { } bases } when Mentions(bases, "IDesignTimeDbContextFactory"):
                    return true;
                case BaseMethodDeclarationSyntax { Body: { } body } when ancestor is MethodDeclarationSyntax { Identifier.ValueText: "OnConfiguring" } && Mentions(body, "IsConfigured"):
                    return true;
            }
        }

        return false;
    }

    private static bool Mentions(SyntaxNode node, string word) => node.ToString().Contains(word);
}
