using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.Durability;

/// <summary>SHK5001: a file that the program reads back is overwritten in place, so that a kill in between leaves half of it.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class InPlaceOverwriteAnalyzer : ShutdownAnalyzer
{
    internal const string Id = "SHK5001";

    private const string Title = "A state file is overwritten in place";
    private const string Message = "'{0}' first empties the file and then writes it: a kill in between leaves half of it or nothing, and the program reads it back";
    private const string Description =
        "Overwriting a file truncates it before the new content is written. When the process is killed in between, the old content is gone and the "
        + "new one incomplete. Write to a temporary file in the same directory, flush it to disk, and move it over the old one.";

    private const string PatternsOption = "state_file_patterns";

    private static readonly DiagnosticDescriptor Rule = RuleDescriptor.Create(
        Id, Title, Message, RuleCategories.Durability, DiagnosticSeverity.Warning, Description);

    // The same rule where the file is read back in another type, which is known only when the whole compilation has been seen.
    private static readonly DiagnosticDescriptor RuleAcrossTypes = new(
        Id, Title, Message, RuleCategories.Durability, DiagnosticSeverity.Warning, isEnabledByDefault: true, Description,
        RuleDescriptor.HelpLink(Id), WellKnownDiagnosticTags.CompilationEnd);

    // Files whose loss costs nothing, or that somebody else reads.
    private static readonly ImmutableHashSet<string> Harmless = ImmutableHashSet.Create(
        StringComparer.Ordinal,
        "tmp", "temp", "temporary", "bak", "backup", "pid", "lock", "marker", "sentinel", "flag", "cookie", "cache", "cached", "caches", "log", "logs",
        "output", "out", "report", "export", "dump", "test", "tests", "generated", "obj", "bin", "artifacts");

    private static readonly ImmutableHashSet<string> HarmlessTypes = ImmutableHashSet.Create(
        StringComparer.Ordinal, "cache", "generator", "exporter", "report", "test", "tests", "benchmark");

    /// <summary>Creates the analyzer.</summary>
    public InPlaceOverwriteAnalyzer()
        : base(ImmutableArray.Create(Rule, RuleAcrossTypes))
    {
    }

    private protected override void Register(CompilationStartAnalysisContext context, CompilationFacts facts)
    {
        // What a build tool writes can be built again.
        if (facts.IsExemptAsTest || facts.Symbols.File is null || facts.Symbols.Type("Microsoft.Build.Framework.ITask") is not null)
            return;

        var everywhere = new Accesses();
        context.RegisterSymbolStartAction(
            type =>
            {
                var here = new Accesses();
                type.RegisterSyntaxNodeAction(
                    node => Collect(node, facts, here, everywhere),
                    SyntaxKind.InvocationExpression, SyntaxKind.ObjectCreationExpression, SyntaxKind.ImplicitObjectCreationExpression);
                type.RegisterSymbolEndAction(end => Report(here, here.Reads, Rule, end.ReportDiagnostic, everywhere.Reported));
            },
            SymbolKind.NamedType);
        context.RegisterCompilationEndAction(end => Report(everywhere, everywhere.Reads, RuleAcrossTypes, end.ReportDiagnostic, everywhere.Reported));
    }

    private static void Collect(SyntaxNodeAnalysisContext context, CompilationFacts facts, Accesses here, Accesses everywhere)
    {
        if (!MayOpenFile(context.Node)
            || context.SemanticModel.GetOperation(context.Node, context.CancellationToken) is not { } operation
            || AccessOf(operation, facts.Symbols) is not var (pathValue, overwrites)
            || FilePath.Of(pathValue, context.SemanticModel, context.CancellationToken) is not { } path)
        {
            return;
        }

        if (!overwrites)
        {
            here.Reads.TryAdd(path.Key, 0);
            everywhere.Reads.TryAdd(path.Key, 0);
            return;
        }

        if (Harmless.Overlaps(path.Words) || IsIn(HarmlessTypes, context.ContainingSymbol?.ContainingType) || HasNothingToLose(operation, context.Node)
            || IsMovedAfterwards(context, path, facts.Symbols))
        {
            return;
        }

        var isNamed = MatchesPattern(path, context);
        var write = new Write(path.Key, context.Node.GetLocation(), NameOf(operation), isNamed);
        here.Writes.Add(write);
        everywhere.Writes.Add(write);
    }

    private static void Report(
        Accesses accesses, ConcurrentDictionary<string, byte> reads, DiagnosticDescriptor rule, Action<Diagnostic> report, ConcurrentDictionary<Location, byte> reported)
    {
        foreach (var write in accesses.Writes)
        {
            var isReadBack = reads.ContainsKey(write.Key);
            if (!isReadBack && (!write.IsNamedByUser || rule != RuleAcrossTypes))
                continue;

            if (reported.TryAdd(write.Location, 0))
            {
                report(Diagnostic.Create(
                    rule, write.Location, isReadBack ? rule.DefaultSeverity : DiagnosticSeverity.Info, additionalLocations: null, properties: null, write.Method));
            }
        }
    }

    private static bool MayOpenFile(SyntaxNode node) => node switch
    {
        InvocationExpressionSyntax { ArgumentList.Arguments.Count: > 0 } call => SyntaxNames.OfInvoked(call) switch
        {
            "Load" => SyntaxNames.OfReceiver(call) is "XDocument" or "XElement",
            "AddJsonFile" or "AddXmlFile" => true,
            // Also by an alias, such as IOFile.
            _ => SyntaxNames.OfReceiver(call)?.EndsWith("File", StringComparison.Ordinal) == true,
        },
        ObjectCreationExpressionSyntax creation => TypeName(creation.Type) is "FileStream" or "StreamWriter" or "StreamReader",
        ImplicitObjectCreationExpressionSyntax { ArgumentList.Arguments: { Count: > 0 } arguments } creation =>
            creation.Parent?.Parent?.Parent is VariableDeclarationSyntax { Type: var declared } && TypeName(declared) is "FileStream" or "StreamWriter" or "StreamReader"
            || arguments.Any(static argument => argument.Expression is MemberAccessExpressionSyntax access && SyntaxNames.Of(access.Expression) == "FileMode"),
        _ => false,
    };

    private static string? TypeName(TypeSyntax type) => SyntaxNames.Of((type as QualifiedNameSyntax)?.Right ?? type);

    /// <summary>The path that the operation opens, and whether it replaces what is there; null when it does neither read nor replace.</summary>
    private static (IOperation Path, bool Overwrites)? AccessOf(IOperation operation, ShutdownSymbols symbols)
    {
        switch (operation)
        {
            case IInvocationOperation { TargetMethod: var method } call when method.ContainingType.Is(symbols.File):
                var path = ArgumentFor(call.Arguments, 0);
                if (path is null)
                    return null;

                if (method.Name.StartsWith("WriteAll", StringComparison.Ordinal) || method.Name is "Create" or "CreateText")
                    return (path, true);

                if (method.Name.StartsWith("Read", StringComparison.Ordinal) || method.Name is "OpenRead" or "OpenText")
                    return (path, false);

                return method.Name == "Open" ? ByMode(path, call.Arguments) : null;

            case IInvocationOperation { TargetMethod: { Name: "Load", IsStatic: true, ContainingType.Name: "XDocument" or "XElement" } } load:
                return ArgumentFor(load.Arguments, 0) is { Type.SpecialType: SpecialType.System_String } xml ? (xml, false) : null;

            case IInvocationOperation { TargetMethod.Name: "AddJsonFile" or "AddXmlFile" } configuration:
                return configuration.Arguments.FirstOrDefault(static it => it.Parameter is { Name: "path", Type.SpecialType: SpecialType.System_String })?.Value is { } file
                    ? (file, false)
                    : null;

            case IObjectCreationOperation { Type: { } type } creation when ArgumentFor(creation.Arguments, 0) is { Type.SpecialType: SpecialType.System_String } opened:
                if (type.Is(symbols.FileStream))
                    return ByMode(opened, creation.Arguments);

                if (type.Is(symbols.Type("System.IO.StreamReader")))
                    return (opened, false);

                return type.Is(symbols.StreamWriter) && ReplacesContent(creation) ? (opened, true) : null;

            default:
                return null;
        }
    }

    private static (IOperation Path, bool Overwrites)? ByMode(IOperation path, ImmutableArray<IArgumentOperation> arguments)
    {
        foreach (var argument in arguments)
        {
            if (argument.Value is IFieldReferenceOperation { Field: { ContainingType.Name: "FileMode", Name: var mode } })
            {
                return mode switch
                {
                    "Create" or "Truncate" => (path, true),
                    "Open" or "OpenOrCreate" => (path, false),
                    _ => null,
                };
            }
        }

        return null;
    }

    private static bool ReplacesContent(IObjectCreationOperation writer)
    {
        foreach (var argument in writer.Arguments)
        {
            switch (argument.Parameter?.Name)
            {
                case "append":
                    return argument.Value.ConstantValue is { HasValue: true, Value: false };
                case "options":
                    return false;
            }
        }

        return true;
    }

    private static IOperation? ArgumentFor(ImmutableArray<IArgumentOperation> arguments, int ordinal)
    {
        foreach (var argument in arguments)
        {
            if (argument.Parameter?.Ordinal == ordinal)
                return argument.Value;
        }

        return null;
    }

    /// <summary>The content is a constant, or the file is only written where there is none yet.</summary>
    private static bool HasNothingToLose(IOperation write, SyntaxNode node)
    {
        if (write is IInvocationOperation { TargetMethod.Name: var name } call
            && name.StartsWith("WriteAll", StringComparison.Ordinal)
            && ArgumentFor(call.Arguments, 1) is { } content
            && (content.ConstantValue.HasValue || content is IFieldReferenceOperation { Field: { Name: "Empty", ContainingType.SpecialType: SpecialType.System_String } }))
        {
            return true;
        }

        for (var current = node; current is not (null or MemberDeclarationSyntax); current = current.Parent)
        {
            if (current.Parent is IfStatementSyntax guard && guard.Statement == current && TestsExistence(guard.Condition, negated: true))
                return true;

            if (current is StatementSyntax && current.Parent is BlockSyntax block
                && block.Statements.TakeWhile(it => it != current).Any(static it =>
                    it is IfStatementSyntax { Statement: var leave } check && TestsExistence(check.Condition, negated: false) && Leaves(leave)))
            {
                return true;
            }
        }

        return false;
    }

    private static bool TestsExistence(ExpressionSyntax condition, bool negated)
    {
        if (condition is PrefixUnaryExpressionSyntax { RawKind: (int)SyntaxKind.LogicalNotExpression } not)
            return negated && TestsExistence(not.Operand, negated: false);

        return !negated && condition is InvocationExpressionSyntax call && SyntaxNames.OfInvoked(call) == "Exists" && SyntaxNames.OfReceiver(call) == "File";
    }

    private static bool Leaves(StatementSyntax statement) =>
        (statement is BlockSyntax { Statements: { Count: > 0 } statements } ? statements.Last() : statement)
        is ReturnStatementSyntax or ThrowStatementSyntax or ContinueStatementSyntax;

    private static bool IsMovedAfterwards(SyntaxNodeAnalysisContext context, FilePath path, ShutdownSymbols symbols)
    {
        if (context.Node.FirstAncestorOrSelf<MemberDeclarationSyntax>() is not { } member)
            return false;

        foreach (var node in member.DescendantNodes())
        {
            if (node is InvocationExpressionSyntax call
                && SyntaxNames.OfInvoked(call) is "Move" or "Replace" && SyntaxNames.OfReceiver(call) == "File"
                && context.SemanticModel.GetOperation(call, context.CancellationToken) is IInvocationOperation move
                && move.TargetMethod.ContainingType.Is(symbols.File)
                && ArgumentFor(move.Arguments, 0) is { } source
                && FilePath.Of(source, context.SemanticModel, context.CancellationToken)?.Key == path.Key)
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsIn(ImmutableHashSet<string> words, INamedTypeSymbol? type)
    {
        if (type is null)
            return false;

        var own = new HashSet<string>(StringComparer.Ordinal);
        FilePath.SplitWords(type.Name, own);
        return words.Overlaps(own);
    }

    private static bool MatchesPattern(FilePath path, SyntaxNodeAnalysisContext context)
    {
        if (path.ConstantEnd is not { } end)
            return false;

        var name = end.Substring(end.LastIndexOfAny(['/', '\\']) + 1);
        return RuleOptions.List(context.Options, context.Node.SyntaxTree, PatternsOption).Any(pattern => MatchesGlob(pattern, 0, name, 0));
    }

    private static bool MatchesGlob(string pattern, int at, string name, int from)
    {
        for (; at < pattern.Length; at++, from++)
        {
            if (pattern[at] == '*')
            {
                for (var rest = from; rest <= name.Length; rest++)
                {
                    if (MatchesGlob(pattern, at + 1, name, rest))
                        return true;
                }

                return false;
            }

            if (from >= name.Length || (pattern[at] != '?' && char.ToUpperInvariant(pattern[at]) != char.ToUpperInvariant(name[from])))
                return false;
        }

        return from == name.Length;
    }

    private static string NameOf(IOperation operation) => operation switch
    {
        IInvocationOperation call => "File." + call.TargetMethod.Name,
        IObjectCreationOperation { Type.Name: var type } => "new " + type,
        _ => "",
    };

    private sealed class Accesses
    {
        public ConcurrentDictionary<string, byte> Reads { get; } = new(StringComparer.Ordinal);

        public ConcurrentBag<Write> Writes { get; } = [];

        public ConcurrentDictionary<Location, byte> Reported { get; } = new();
    }

    private sealed class Write(string key, Location location, string method, bool isNamedByUser)
    {
        public string Key { get; } = key;

        public Location Location { get; } = location;

        public string Method { get; } = method;

        public bool IsNamedByUser { get; } = isNamedByUser;
    }
}
