using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.Durability;

/// <summary>SHK5001: a file that the program reads back is overwritten in place, so that a kill in between leaves half of it.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class InPlaceOverwriteAnalyzer : ShutdownAnalyzer
{
    internal const string Id = "SHK5001";

    /// <summary>The names without which there is nothing to find.</summary>
    internal static readonly string[] Names = FileOpening.WriteNames;

    /// <summary>More names that the rule asks for.</summary>
    internal static readonly string[] MoreNames = [.. FileOpening.ReadNames, .. FileOpening.XmlNames, "Move", "Replace", "MoveTo"];

    private const string PatternsOption = "state_file_patterns";

    private static readonly DiagnosticDescriptor Rule = RuleDescriptor.Create(
        Id,
        "A state file is overwritten in place",
        "'{0}' {1}: a kill in between leaves half of it or nothing, and the program reads it back",
        RuleCategories.Durability,
        DiagnosticSeverity.Warning,
        "Overwriting a file truncates it before the new content is written. When the process is killed in between, the old content is gone and the "
        + "new one incomplete. Write to a temporary file in the same directory, flush it to disk, and move it over the old one.");

    /// <summary>Creates the analyzer.</summary>
    public InPlaceOverwriteAnalyzer()
        : base(Rule)
    {
    }

    private protected override void Register(Watch watch)
    {
        // What a build tool writes can be built again.
        if (!watch.Facts.IsExemptAsTest && watch.Symbols.File is not null && !HarmlessFiles.IsTool(watch.Facts.Compilation.AssemblyName))
            watch.Names(Names, Look);
    }

    private static void Look(SourceFile file, SyntaxToken name)
    {
        if (FileOpening.At(name) is { Access: not Access.Read } opening && SeverityOf(file, opening) is { } severity)
        {
            file.Report(Diagnostic.Create(
                Rule, opening.Node.GetLocation(), severity, additionalLocations: null, properties: null,
                opening.Description,
                opening.Access == Access.WriteOver ? "writes over the file as it is" : "first empties the file and then writes it"));
        }
    }

    /// <summary>Whether the rule reports the place where a file is opened.</summary>
    internal static bool IsReported(SourceFile file, FileOpening opening) => SeverityOf(file, opening) is not null;

    private static DiagnosticSeverity? SeverityOf(SourceFile file, FileOpening opening)
    {
        var tails = PathTails.Of(opening.Path);
        if (tails.Count == 0 || HarmlessFiles.IsHarmless(tails) || HarmlessFiles.IsWrittenByHarmlessCode(opening.Node))
            return null;

        var isNamedByUser = MatchesPattern(tails, file);
        var reads = FileReads.Of(file.Facts, file.CancellationToken).EndingIn(tails);
        if (!isNamedByUser && !reads.GetEnumerator().MoveNext())
            return null;

        if (opening.IsKept
            || !opening.IsConfirmed(file.Model, file.Symbols, file.CancellationToken)
            || IsNothingLost(file, opening)
            || IsInBuildTask(file, opening))
        {
            return null;
        }

        return CertaintyOf(file, opening, reads) ?? (isNamedByUser ? DiagnosticSeverity.Info : null);
    }

    /// <summary>Warning where the same path is read; Info where only its last part is the same; null where another file is read.</summary>
    private static DiagnosticSeverity? CertaintyOf(SourceFile file, FileOpening opening, IEnumerable<FileReads.Place> reads)
    {
        DiagnosticSeverity? certainty = null;
        var isWrapper = file.Model.GetSymbolInfo(opening.Node, file.CancellationToken).Symbol is IMethodSymbol method && FileOpening.IsWrapper(method, file.Symbols);
        var paths = FileReads.PathsOf(opening.Path, file.Model, file.CancellationToken);
        foreach (var path in paths)
        {
            if (HarmlessFiles.IsHarmless(path.Words))
                return null;
        }

        foreach (var path in paths)
        {
            foreach (var read in reads)
            {
                foreach (var readBack in read.Paths(file.Facts, file.CancellationToken))
                {
                    if (path.IsNamedByProgram && path.Key == readBack.Key)
                    {
                        // A file that is named by what the caller hands in and filled from a stream is stored once, as a rule.
                        if (path.DependsOnParameter && opening.IsFilledFromStream)
                            continue;

                        if (!isWrapper)
                            return DiagnosticSeverity.Warning;

                        certainty = DiagnosticSeverity.Info;
                    }
                    else if (path.EndKey is { } end && end == readBack.EndKey && path.EndsInFileName
                             && (IsInSameType(opening.Node, read.Opening.Node) || end[0] == '"' && HarmlessFiles.IsState(end))
                        || !path.IsNamedByProgram && path.Key == readBack.Key && IsStoreOfObjects(opening.Node, read.Opening.Node))
                    {
                        certainty = DiagnosticSeverity.Info;
                    }
                }
            }
        }

        return certainty;
    }

    private static bool IsInBuildTask(SourceFile file, FileOpening opening) =>
        file.Symbols.Type("Microsoft.Build.Framework.ITask") is { } task
        && opening.Node.FirstAncestorOrSelf<TypeDeclarationSyntax>() is { BaseList: not null } declaration
        && file.Model.GetDeclaredSymbol(declaration, file.CancellationToken).Implements(task);

    private static bool IsInSameType(SyntaxNode one, SyntaxNode other) =>
        one.SyntaxTree == other.SyntaxTree && one.FirstAncestorOrSelf<TypeDeclarationSyntax>() is { } type && type == other.FirstAncestorOrSelf<TypeDeclarationSyntax>();

    /// <summary>
    /// A type that writes objects to a path that it is given, and reads them from such a path in another method, is how the program
    /// stores them, whatever the path.
    /// </summary>
    private static bool IsStoreOfObjects(SyntaxNode write, SyntaxNode read) =>
        IsInSameType(write, read)
        && write.FirstAncestorOrSelf<MethodDeclarationSyntax>() is { } save
        && read.FirstAncestorOrSelf<MethodDeclarationSyntax>() is { } load
        && (save != load || read.SpanStart < write.SpanStart)
        && Calls(save, "Serialize", "ToJson", "Encode", "Json") && Calls(load, "Deserialize", "FromJson", "Decode", "Json");

    private static bool Calls(MethodDeclarationSyntax method, string verb, string one, string other, string receiver)
    {
        foreach (var node in method.DescendantNodes())
        {
            if (node is InvocationExpressionSyntax call && SyntaxNames.OfInvoked(call) is { } name
                && (name.StartsWith(verb, StringComparison.OrdinalIgnoreCase) || Contains(name, one) || Contains(name, other) || Contains(SyntaxNames.OfReceiver(call), receiver)))
            {
                return true;
            }
        }

        return false;
    }

    private static bool Contains(string? name, string part) => name?.IndexOf(part, StringComparison.OrdinalIgnoreCase) >= 0;

    private static bool IsNothingLost(SourceFile file, FileOpening opening)
    {
        if (HasNothingToLose(opening, file))
            return true;

        if (opening.Access == Access.CreateNew && !FileMoves.IsDeletedBefore(opening, file))
            return true;

        return FileMoves.IsMovedAfterwards(opening, file) || IsAtomicWrapper(opening, file);
    }

    /// <summary>A method of the program that is called like one of File's and does the right thing inside.</summary>
    private static bool IsAtomicWrapper(FileOpening opening, SourceFile file)
    {
        if (file.Model.GetSymbolInfo(opening.Node, file.CancellationToken).Symbol is not IMethodSymbol method || !FileOpening.IsWrapper(method, file.Symbols))
            return false;

        var type = method.ContainingType.Name;
        if (type.IndexOf("Atomic", StringComparison.OrdinalIgnoreCase) >= 0 || type.IndexOf("Safe", StringComparison.OrdinalIgnoreCase) >= 0)
            return true;

        // An interface is implemented by what is called the same.
        foreach (var token in file.Facts.TokensOf(method.Name, file.CancellationToken))
        {
            if (token.Parent is not MethodDeclarationSyntax declaration)
                continue;

            foreach (var node in declaration.DescendantNodes())
            {
                if (node is InvocationExpressionSyntax call && SyntaxNames.OfInvoked(call) is "Move" or "Replace" or "MoveTo")
                    return true;
            }
        }

        return false;
    }

    /// <summary>The content is a constant, or the file is only written where there is none yet.</summary>
    internal static bool HasNothingToLose(FileOpening opening, SourceFile file)
    {
        if (opening.Node is InvocationExpressionSyntax { ArgumentList.Arguments: { Count: > 1 } arguments } call
            && SyntaxNames.OfInvoked(call) is { } name
            && name.StartsWith("WriteAll", StringComparison.Ordinal)
            && arguments[1].Expression is var content
            && (SyntaxNames.Of(content) == "Empty" || file.Model.GetConstantValue(content, file.CancellationToken).HasValue))
        {
            return true;
        }

        for (SyntaxNode? current = opening.Node; current is not (null or MemberDeclarationSyntax); current = current.Parent)
        {
            // What could not be read is made anew.
            if (current is CatchClauseSyntax { Parent: TryStatementSyntax { Block: var attempt } } && Reads(attempt))
                return true;

            if (current.Parent is IfStatementSyntax guard && guard.Statement == current && TestsExistence(guard.Condition, negated: true))
                return true;

            if (current is StatementSyntax && current.Parent is BlockSyntax block)
            {
                foreach (var before in block.Statements)
                {
                    if (before == current)
                        break;

                    if (before is IfStatementSyntax { Statement: var leave } check && TestsExistence(check.Condition, negated: false) && Leaves(leave))
                        return true;
                }
            }
        }

        return false;
    }

    private static bool Reads(BlockSyntax block)
    {
        foreach (var token in block.DescendantTokens())
        {
            if (token.IsKind(SyntaxKind.IdentifierToken) && Array.IndexOf(FileOpening.ReadNames, token.ValueText) >= 0 && FileOpening.At(token) is { Access: Access.Read })
                return true;
        }

        return false;
    }

    private static bool TestsExistence(ExpressionSyntax condition, bool negated) => condition switch
    {
        ParenthesizedExpressionSyntax parenthesized => TestsExistence(parenthesized.Expression, negated),
        PrefixUnaryExpressionSyntax { RawKind: (int)SyntaxKind.LogicalNotExpression } not => negated && TestsExistence(not.Operand, negated: false),
        BinaryExpressionSyntax { RawKind: (int)SyntaxKind.LogicalAndExpression or (int)SyntaxKind.LogicalOrExpression } both =>
            TestsExistence(both.Left, negated) || TestsExistence(both.Right, negated),
        InvocationExpressionSyntax call => !negated && SyntaxNames.OfInvoked(call) is "Exists" or "FileExists",
        MemberAccessExpressionSyntax access => !negated && access.Name.Identifier.ValueText == "Exists",
        BinaryExpressionSyntax { RawKind: (int)SyntaxKind.EqualsExpression, Right: LiteralExpressionSyntax { RawKind: (int)SyntaxKind.FalseLiteralExpression }, Left: var left } =>
            negated && TestsExistence(left, negated: false),
        _ => false,
    };

    private static bool Leaves(StatementSyntax statement) =>
        (statement is BlockSyntax { Statements: { Count: > 0 } statements } ? statements[statements.Count - 1] : statement)
        is ReturnStatementSyntax or ThrowStatementSyntax or ContinueStatementSyntax;

    private static bool MatchesPattern(List<string> tails, SourceFile file)
    {
        string[]? patterns = null;
        foreach (var tail in tails)
        {
            if (tail[0] != '"')
                continue;

            patterns ??= RuleOptions.List(file.Options, file.Tree, PatternsOption);
            foreach (var pattern in patterns)
            {
                if (MatchesGlob(pattern, 0, tail, 1))
                    return true;
            }
        }

        return false;
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
}
