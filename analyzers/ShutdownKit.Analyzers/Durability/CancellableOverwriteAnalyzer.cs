using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.Durability;

/// <summary>SHK5004: a file is overwritten in place by a call that a stop cancels in the middle.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class CancellableOverwriteAnalyzer : ShutdownAnalyzer
{
    internal const string Id = "SHK5004";

    /// <summary>The names without which there is nothing to find.</summary>
    internal static readonly string[] Names = ["WriteAllTextAsync", "WriteAllBytesAsync", "WriteAllLinesAsync"];

    private static readonly DiagnosticDescriptor Rule = RuleDescriptor.Create(
        Id,
        "A stop cuts a file off while it is written",
        "'{0}' is cancelled when the program is stopped: a '{1}' that has begun then leaves the file empty or cut off",
        RuleCategories.Durability,
        DiagnosticSeverity.Info,
        "The methods File.WriteAll...Async empty the file before they look at their token again. A stop in the middle of the write leaves the file empty or cut off. "
        + "Pass CancellationToken.None, or write to a temporary file and move it into place.");

    /// <summary>Creates the analyzer.</summary>
    public CancellableOverwriteAnalyzer()
        : base(Rule)
    {
    }

    private protected override void Register(Watch watch)
    {
        if (!watch.Facts.IsExemptAsTest && watch.Symbols.File is not null && watch.Symbols.CancellationToken is not null && !HarmlessFiles.IsTool(watch.Facts.Compilation.AssemblyName))
            watch.Names(Names, Look);
    }

    private static void Look(SourceFile file, SyntaxToken name)
    {
        if (SyntaxNames.InvocationOf(name) is not { ArgumentList.Arguments: { Count: > 2 } arguments } call
            || SyntaxNames.Of(arguments[arguments.Count - 1].Expression) is null or "None" or "UTF8"
            || FileOpening.At(name) is not { } opening
            || HarmlessFiles.IsHarmless(opening.Path)
            || InPlaceOverwriteAnalyzer.IsReported(file, opening)
            || MethodGraph.DeclarationOf(call) is not { } declaration
            || file.GraphOf(declaration) is not { } graph
            || file.Model.GetOperation(call, file.CancellationToken) is not IInvocationOperation write
            || !write.TargetMethod.ContainingType.Is(file.Symbols.File)
            || FileMoves.IsMovedAfterwards(opening, file)
            || InPlaceOverwriteAnalyzer.HasNothingToLose(opening, file))
        {
            return;
        }

        var map = TokenMap.Create(graph.Body, file.Symbols);
        var stopTokens = new StopTokens(file.Symbols, map, file.CancellationToken);
        foreach (var argument in write.Arguments)
        {
            if (!argument.IsImplicit && map.IsToken(argument.Value.Type) && map.Resolve(argument.Value) is { } token && stopTokens.IsStopToken(token))
            {
                if (!IsAfterCancellation(file, declaration, call))
                    file.Report(Diagnostic.Create(Rule, argument.Value.Syntax.GetLocation(), argument.Value.Syntax.ToString(), write.TargetMethod.Name));
                return;
            }
        }
    }

    // Where the token is cancelled already the file is not touched, and SHK5003 says so.
    private static bool IsAfterCancellation(SourceFile file, SyntaxNode declaration, InvocationExpressionSyntax call)
    {
        var isAfter = false;
        CancellationFlow.Visit(
            file.Model.GetDeclaredSymbol(declaration, file.CancellationToken), file.GraphOf(declaration)!, file.Symbols,
            (visited, flow) =>
            {
                if (visited.Syntax != call)
                    return;

                foreach (var argument in visited.Arguments)
                    isAfter |= flow.TokenOf(argument.Value) is { } token && flow.IsCancelledWhenStopping(token);
            },
            file.CancellationToken);
        return isAfter;
    }
}
