using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.Queues;

/// <summary>SHK6002: a loop reads a private channel without a token, and nothing completes the channel, so that the loop never ends.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class ChannelNeverCompletedAnalyzer : ShutdownAnalyzer
{
    internal const string Id = "SHK6002";

    /// <summary>The names without which there is nothing to find.</summary>
    internal static readonly string[] Names = ["CreateUnbounded", "CreateBounded", "CreateUnboundedPrioritized"];

    private static readonly DiagnosticDescriptor Rule = RuleDescriptor.Create(
        Id,
        "Channel is never completed",
        "This loop never ends: it has no token, and nothing completes '{0}', so a stop either waits for it in vain or ends the process in the middle of an item",
        RuleCategories.Queues,
        DiagnosticSeverity.Warning,
        "A reader of a channel goes on until the writer is completed or its token is cancelled. Where neither happens nobody can wait for the last "
        + "item: the process ends while the loop is at work, and what is still queued is lost. Call Writer.Complete in the stop path and await the loop.");

    private static readonly string[] Completing = ["Complete", "TryComplete"];

    /// <summary>Creates the analyzer.</summary>
    public ChannelNeverCompletedAnalyzer()
        : base(Rule)
    {
    }

    private protected override void Register(Watch watch)
    {
        if (!watch.Facts.IsExemptAsTest)
            watch.Names(Names, Look);
    }

    private static void Look(SourceFile file, SyntaxToken name)
    {
        if (SyntaxNames.InvocationOf(name) is not { } creation || SyntaxNames.OfReceiver(creation) != "Channel")
            return;

        var fate = ObjectFate.Of(creation, file);
        if (fate.Holder != Holder.Field || fate.Escapes || fate.CallsAny(Completing))
            return;

        InvocationExpressionSyntax? endless = null;
        foreach (var use in fate.Uses)
        {
            // Whoever has the writer, or the whole channel by way of a tuple or an alias, may complete it.
            if (use.Members[use.Members.Count - 1] == "Writer")
                return;

            if (use.Members.Count > 0 && use.Members[0] == "Reader")
                endless ??= EndlessReadOf(use, file);
        }

        if (endless is not null && file.Model.GetSymbolInfo(creation, file.CancellationToken).Symbol?.ContainingNamespace.ToDisplayString() == "System.Threading.Channels")
            file.Report(Diagnostic.Create(Rule, Location.Create(endless.SyntaxTree, endless.Span), fate.Name));
    }

    private static InvocationExpressionSyntax? EndlessReadOf(ObjectFate.Use use, SourceFile file)
    {
        // Only a look at this file can be reported from here.
        if (use.Name.SyntaxTree != file.Tree)
            return null;

        // var reader = channel.Reader; the loop then reads that.
        if (use.End.Parent is EqualsValueClauseSyntax { Parent: VariableDeclaratorSyntax { Identifier.ValueText: var local } declarator }
            && declarator.Parent?.Parent is LocalDeclarationStatementSyntax { Parent: { } scope })
        {
            foreach (var node in scope.DescendantNodes())
            {
                if (node is InvocationExpressionSyntax call && SyntaxNames.OfReceiver(call) == local && IsEndlessRead(call))
                    return call;
            }

            return null;
        }

        foreach (var ancestor in use.Name.Ancestors())
        {
            switch (ancestor)
            {
                case InvocationExpressionSyntax call when IsEndlessRead(call):
                    return call;
                case StatementSyntax or ArrowExpressionClauseSyntax:
                    return null;
            }
        }

        return null;
    }

    private static bool IsEndlessRead(InvocationExpressionSyntax read)
    {
        if (HasToken(read))
            return false;

        SyntaxNode? loop = SyntaxNames.OfInvoked(read) switch
        {
            "ReadAllAsync" => read.FirstAncestorOrSelf<CommonForEachStatementSyntax>(each => IsSourceOf(each, read)),
            "WaitToReadAsync" => read.FirstAncestorOrSelf<WhileStatementSyntax>(each => each.Condition is AwaitExpressionSyntax && each.Condition.Span.Contains(read.Span)),
            "ReadAsync" => EndlessLoopAround(read),
            _ => null,
        };

        return loop is not null && !CanBeLeft(loop) && !HasTokenInScope(loop);
    }

    private static bool HasToken(InvocationExpressionSyntax read) =>
        read.ArgumentList.Arguments.Any(static argument => argument.Expression is not (LiteralExpressionSyntax { RawKind: (int)SyntaxKind.DefaultLiteralExpression } or DefaultExpressionSyntax)
                                                           && SyntaxNames.Of(argument.Expression) != "None");

    // With "WithCancellation" behind it the loop has a token.
    private static bool IsSourceOf(CommonForEachStatementSyntax each, InvocationExpressionSyntax read) =>
        each.AwaitKeyword.IsKind(SyntaxKind.AwaitKeyword)
        && (each.Expression == read
            || (each.Expression is InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax { Name.Identifier.ValueText: "ConfigureAwait" } configured } && configured.Expression == read));

    private static SyntaxNode? EndlessLoopAround(InvocationExpressionSyntax read)
    {
        for (SyntaxNode? ancestor = read.Parent; ancestor is not (null or MemberDeclarationSyntax or AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax); ancestor = ancestor.Parent)
        {
            switch (ancestor)
            {
                case WhileStatementSyntax { Condition.RawKind: (int)SyntaxKind.TrueLiteralExpression } or ForStatementSyntax { Condition: null }:
                    return ancestor;
                case WhileStatementSyntax or ForStatementSyntax or CommonForEachStatementSyntax or DoStatementSyntax:
                    return null;
            }
        }

        return null;
    }

    // A break, a return, a goto: an item may carry the order to end.
    private static bool CanBeLeft(SyntaxNode loop) =>
        loop.DescendantNodes(static node => node is not (AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax))
            .Any(static node => node is BreakStatementSyntax { Parent: not SwitchSectionSyntax } or ReturnStatementSyntax or GotoStatementSyntax or YieldStatementSyntax);

    // Where a token is at hand, other rules already ask why the loop does not use it.
    private static bool HasTokenInScope(SyntaxNode loop)
    {
        foreach (var ancestor in loop.Ancestors())
        {
            var parameters = ancestor switch
            {
                BaseMethodDeclarationSyntax method => method.ParameterList,
                LocalFunctionStatementSyntax function => function.ParameterList,
                ParenthesizedLambdaExpressionSyntax lambda => lambda.ParameterList,
                _ => null,
            };

            if (parameters?.Parameters.Any(static parameter => parameter.Type?.ToString().Contains("CancellationToken") == true) == true)
                return true;
        }

        return false;
    }
}
