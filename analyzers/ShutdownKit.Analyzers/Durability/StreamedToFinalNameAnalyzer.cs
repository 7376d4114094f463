using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.Durability;

/// <summary>SHK5006: a stream is copied to a file under the name whose mere presence is taken for a complete file.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class StreamedToFinalNameAnalyzer : ShutdownAnalyzer
{
    internal const string Id = "SHK5006";

    /// <summary>The names without which there is nothing to find.</summary>
    internal static readonly string[] Names =
        ["CopyTo", "CopyToAsync", "DownloadFile", "DownloadFileTaskAsync", "DownloadToAsync", "DownloadTo", "WriteAllBytes", "WriteAllBytesAsync"];

    /// <summary>More names that the rule asks for.</summary>
    internal static readonly string[] MoreNames = ["Exists", "GetByteArrayAsync", "ReadAsByteArrayAsync", "DownloadData", "DownloadDataTaskAsync"];

    private static readonly DiagnosticDescriptor Rule = RuleDescriptor.Create(
        Id,
        "A file is streamed straight to its final name",
        "'{0}' is written bit by bit under the name at which File.Exists takes it for complete: a kill in between leaves a part of it that is never fetched again",
        RuleCategories.Durability,
        DiagnosticSeverity.Info,
        "Whoever finds the file takes it for complete, also when a stop or a kill has cut the transfer off. Write to a temporary name in the same directory, and move the file to its name "
        + "when it is complete.");

    /// <summary>Creates the analyzer.</summary>
    public StreamedToFinalNameAnalyzer()
        : base(Rule)
    {
    }

    private protected override void Register(Watch watch)
    {
        if (!watch.Facts.IsExemptAsTest && watch.Symbols.File is not null && !HarmlessFiles.IsTool(watch.Facts.Compilation.AssemblyName))
            watch.Names(Names, Look);
    }

    private static void Look(SourceFile file, SyntaxToken name)
    {
        if (!file.MayMention("Exists")
            || SyntaxNames.InvocationOf(name) is not { } copy
            || TargetOf(copy, file) is not var (place, path)
            || copy.FirstAncestorOrSelf<MemberDeclarationSyntax>() is not { } member
            || IsTemporary(path)
            || PresenceTest(path, copy, member, file) is null
            || IsMoved(path, place, member)
            || !IsFile(place, file))
        {
            return;
        }

        file.Report(Diagnostic.Create(Rule, place.GetLocation(), SyntaxNames.Of(path) ?? path.ToString()));
    }

    /// <summary>Where the file is opened that the call copies to, and its path.</summary>
    private static (ExpressionSyntax Place, ExpressionSyntax Path)? TargetOf(InvocationExpressionSyntax copy, SourceFile file)
    {
        var arguments = copy.ArgumentList.Arguments;
        if (arguments.Count == 0)
            return null;

        switch (SyntaxNames.OfInvoked(copy))
        {
            case "DownloadFile" or "DownloadFileTaskAsync":
                return arguments.Count > 1 ? (copy, arguments[1].Expression) : null;
            case "DownloadTo" or "DownloadToAsync":
                return (copy, arguments[0].Expression);
            case "WriteAllBytes" or "WriteAllBytesAsync":
                return arguments.Count > 1 && IsDownloaded(arguments[1].Expression, file) ? (copy, arguments[0].Expression) : null;
        }

        // stream.CopyToAsync(file), where the file is a local
        if (arguments[0].Expression is not IdentifierNameSyntax { Identifier.ValueText: var local } || copy.FirstAncestorOrSelf<MemberDeclarationSyntax>() is not { } member)
            return null;

        foreach (var node in member.DescendantNodes())
        {
            if (node is VariableDeclaratorSyntax { Initializer.Value: var value } declarator && declarator.Identifier.ValueText == local && declarator.SpanStart < copy.SpanStart)
            {
                while (value is AwaitExpressionSyntax or ParenthesizedExpressionSyntax)
                    value = value is AwaitExpressionSyntax awaited ? awaited.Expression : ((ParenthesizedExpressionSyntax)value).Expression;

                foreach (var token in value.DescendantTokens())
                {
                    if (token.IsKind(SyntaxKind.IdentifierToken) && token.ValueText is "FileMode" or "Create" or "OpenWrite"
                        && FileOpening.At(token) is { Access: Access.Replace or Access.WriteOver or Access.CreateNew } opening && opening.Node == value)
                    {
                        return (opening.Node, opening.Path);
                    }
                }
            }
        }

        return null;
    }

    private static bool IsDownloaded(ExpressionSyntax content, SourceFile file)
    {
        if (content is AwaitExpressionSyntax { Expression: var awaited })
            content = awaited;

        if (content is IdentifierNameSyntax { Identifier.ValueText: var local } && content.FirstAncestorOrSelf<BlockSyntax>() is { } block)
        {
            foreach (var statement in block.Statements)
            {
                if (statement is LocalDeclarationStatementSyntax { Declaration.Variables: { Count: 1 } variables } && variables[0].Identifier.ValueText == local)
                    content = variables[0].Initializer?.Value is AwaitExpressionSyntax { Expression: var fetched } ? fetched : variables[0].Initializer?.Value ?? content;
            }
        }

        return content is InvocationExpressionSyntax call
               && SyntaxNames.OfInvoked(call) is "GetByteArrayAsync" or "ReadAsByteArrayAsync" or "DownloadData" or "DownloadDataTaskAsync"
               && file.Model.GetTypeInfo(content, file.CancellationToken).Type is not null;
    }

    /// <summary>
    /// The test that lets the same member, or a caller in the same type, take the file for complete because it is there: it leaves the
    /// transfer out when the file exists.
    /// </summary>
    private static ExpressionSyntax? PresenceTest(ExpressionSyntax path, SyntaxNode copy, MemberDeclarationSyntax member, SourceFile file)
    {
        foreach (var node in member.DescendantNodes())
        {
            if (node is not IfStatementSyntax { Condition: var condition } test || test.SpanStart > copy.SpanStart)
                continue;

            var isNegated = condition is PrefixUnaryExpressionSyntax { RawKind: (int)SyntaxKind.LogicalNotExpression };
            if (isNegated)
                condition = ((PrefixUnaryExpressionSyntax)condition).Operand;

            if (condition is not InvocationExpressionSyntax call
                || SyntaxNames.OfInvoked(call) != "Exists" || SyntaxNames.OfReceiver(call)?.EndsWith("File", StringComparison.Ordinal) != true
                || call.ArgumentList.Arguments.Count != 1
                || !IsSame(call.ArgumentList.Arguments[0].Expression, path))
            {
                continue;
            }

            // if (!Exists) { transfer } or if (Exists) return;
            if (isNegated ? test.Statement.Span.Contains(copy.Span) : !test.Statement.Span.Contains(copy.Span) && Leaves(test.Statement))
                return condition;
        }

        return null;
    }

    private static bool IsSame(ExpressionSyntax one, ExpressionSyntax other) => SyntaxFactory.AreEquivalent(one, other);

    private static bool Leaves(StatementSyntax statement) =>
        (statement is BlockSyntax { Statements: { Count: > 0 } statements } ? statements[statements.Count - 1] : statement) is ReturnStatementSyntax or ContinueStatementSyntax;

    private static bool IsMoved(ExpressionSyntax path, SyntaxNode place, MemberDeclarationSyntax member)
    {
        foreach (var node in member.DescendantNodes())
        {
            if (node is InvocationExpressionSyntax { ArgumentList.Arguments: { Count: > 0 } arguments } call
                && call.SpanStart > place.SpanStart
                && SyntaxNames.OfInvoked(call) is "Move" or "MoveTo" or "Replace"
                && (IsSame(arguments[0].Expression, path) || SyntaxNames.OfReceiver(call) == SyntaxNames.Of(path)))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsTemporary(ExpressionSyntax path)
    {
        foreach (var tail in PathTails.Of(path))
        {
            var words = new HashSet<string>(StringComparer.Ordinal);
            FilePath.SplitWords(tail, words);
            if (words.Contains("tmp") || words.Contains("temp") || words.Contains("temporary") || words.Contains("part") || words.Contains("partial"))
                return true;
        }

        return false;
    }

    private static bool IsFile(ExpressionSyntax place, SourceFile file) =>
        file.Model.GetSymbolInfo(place, file.CancellationToken).Symbol is IMethodSymbol { ContainingType: var type }
        && (type.Is(file.Symbols.File) || type.Name is "FileStream" or "WebClient" or "BlobBaseClient" or "BlobClient" or "FileInfo");
}
