using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using ShutdownKit.Analyzers.Durability;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.Flushing;

/// <summary>SHK4004: a file is written and moved to its final name without being flushed to disk in between.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class RenameWithoutSyncAnalyzer : ShutdownAnalyzer
{
    internal const string Id = "SHK4004";

    /// <summary>The names without which there is nothing to find.</summary>
    internal static readonly string[] Names = ["Move", "Replace", "MoveTo"];

    /// <summary>More names that the rule asks for.</summary>
    internal static readonly string[] MoreNames = ["WriteThrough", "FlushToDisk", "flushToDisk"];

    private const string Option = "durability";

    private static readonly DiagnosticDescriptor Rule = RuleDescriptor.Create(
        Id,
        "A file is renamed before it is on disk",
        "'{0}' is moved to its name without a flush to disk: after a power cut the name may point to an empty file",
        RuleCategories.Flushing,
        DiagnosticSeverity.Warning,
        "A rename can reach the disk before the content of the file. It is safe against a kill of the process, but not against a power cut, unless FileStream.Flush(flushToDisk: true) "
        + "is called first. The rule is silent unless shutdownkit.durability is set to power.");

    /// <summary>Creates the analyzer.</summary>
    public RenameWithoutSyncAnalyzer()
        : base(Rule)
    {
    }

    private protected override void Register(Watch watch)
    {
        // A kill of the process loses nothing here: only who asks for more is told.
        if (!watch.Facts.IsExemptAsTest && RuleOptions.GlobalText(watch.Options, Option) is "power" or "power_loss")
            watch.Names(Names, Look);
    }

    private static void Look(SourceFile file, SyntaxToken name)
    {
        if (SyntaxNames.InvocationOf(name) is not { } move
            || SourceOf(move) is not { } source
            || move.FirstAncestorOrSelf<MemberDeclarationSyntax>(static node => node is not GlobalStatementSyntax) is not { } member
            || IsSynced(member)
            || !IsWrittenBefore(move, source, member is BaseTypeDeclarationSyntax ? file.Root : member)
            || file.Model.GetSymbolInfo(move, file.CancellationToken).Symbol?.ContainingType is not { } type
            || !(type.Is(file.Symbols.File) || type is { Name: "FileInfo", ContainingNamespace.Name: "IO" }))
        {
            return;
        }

        file.Report(Diagnostic.Create(Rule, move.GetLocation(), SyntaxNames.Of(source) ?? source.ToString()));
    }

    private static ExpressionSyntax? SourceOf(InvocationExpressionSyntax move) => SyntaxNames.OfInvoked(move) switch
    {
        "Move" or "Replace" when move.ArgumentList.Arguments.Count >= 2 && SyntaxNames.OfReceiver(move)?.EndsWith("File", StringComparison.Ordinal) == true =>
            move.ArgumentList.Arguments[0].Expression,
        "MoveTo" when move.Expression is MemberAccessExpressionSyntax access => access.Expression,
        _ => null,
    };

    private static bool IsSynced(SyntaxNode member)
    {
        foreach (var token in member.DescendantTokens())
        {
            if (token.IsKind(SyntaxKind.IdentifierToken)
                && (token.ValueText is "WriteThrough" or "FlushToDisk" or "flushToDisk"
                    || token.ValueText == "Flush" && SyntaxNames.InvocationOf(token) is { ArgumentList.Arguments.Count: > 0 }
                    || token.ValueText.IndexOf("fsync", StringComparison.OrdinalIgnoreCase) >= 0))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsWrittenBefore(InvocationExpressionSyntax move, ExpressionSyntax source, SyntaxNode scope)
    {
        foreach (var token in scope.DescendantTokens())
        {
            if (token.SpanStart >= move.SpanStart)
                return false;

            if (token.IsKind(SyntaxKind.IdentifierToken)
                && Array.IndexOf(FileOpening.WriteNames, token.ValueText) >= 0
                && FileOpening.At(token) is { Access: not Access.Read } opening
                && SyntaxFactory.AreEquivalent(opening.Path, source))
            {
                return true;
            }
        }

        return false;
    }
}
