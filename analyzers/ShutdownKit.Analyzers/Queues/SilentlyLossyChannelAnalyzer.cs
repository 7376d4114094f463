using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.Queues;

/// <summary>SHK6003: a bounded channel that drops items when it is full, without telling anybody.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class SilentlyLossyChannelAnalyzer : ShutdownAnalyzer
{
    internal const string Id = "SHK6003";

    /// <summary>The names without which there is nothing to find.</summary>
    internal static readonly string[] Names = ["DropOldest", "DropNewest", "DropWrite"];

    private static readonly DiagnosticDescriptor Rule = RuleDescriptor.Create(
        Id,
        "Full channel drops items silently",
        "With {0} a full channel drops items without a trace: TryWrite still returns true, and no itemDropped callback is given",
        RuleCategories.Queues,
        DiagnosticSeverity.Info,
        "In the modes DropOldest, DropNewest and DropWrite every write to a full channel succeeds, and an item is gone. Give CreateBounded an itemDropped "
        + "callback that counts or logs what is lost, or let writers wait.");

    /// <summary>Creates the analyzer.</summary>
    public SilentlyLossyChannelAnalyzer()
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
        if (name.Parent is not IdentifierNameSyntax { Parent: MemberAccessExpressionSyntax mode } || SyntaxNames.Of(mode.Expression) != "BoundedChannelFullMode"
            || mode.Parent is not AssignmentExpressionSyntax { RawKind: (int)SyntaxKind.SimpleAssignmentExpression } assignment
            || CreationWith(assignment) is not { ArgumentList.Arguments.Count: 1 } creation
            || IsOfSignals(creation)
            || file.Model.GetSymbolInfo(mode, file.CancellationToken).Symbol is not IFieldSymbol { ContainingType: { Name: "BoundedChannelFullMode", ContainingNamespace.Name: "Channels" } })
        {
            return;
        }

        file.Report(Diagnostic.Create(Rule, mode.GetLocation(), name.ValueText));
    }

    /// <summary>The one call of CreateBounded that uses the options; null where it is out of sight, or where there are several.</summary>
    private static InvocationExpressionSyntax? CreationWith(AssignmentExpressionSyntax assignment)
    {
        switch (assignment.Left)
        {
            // new BoundedChannelOptions(n) { FullMode = ... }
            case IdentifierNameSyntax { Identifier.ValueText: "FullMode" } when assignment.Parent is InitializerExpressionSyntax { Parent: BaseObjectCreationExpressionSyntax options }:
                if (HasCapacityOne(options))
                    return null;

                return options.Parent switch
                {
                    ArgumentSyntax { Parent.Parent: InvocationExpressionSyntax call } => IsCreation(call) ? call : null,
                    EqualsValueClauseSyntax { Parent: VariableDeclaratorSyntax { Identifier.ValueText: var holder } declarator } => CreationFrom(holder, declarator),
                    _ => null,
                };

            // options.FullMode = ...
            case MemberAccessExpressionSyntax { Name.Identifier.ValueText: "FullMode", Expression: IdentifierNameSyntax { Identifier.ValueText: var holder } }:
                return CreationFrom(holder, assignment);

            default:
                return null;
        }
    }

    private static InvocationExpressionSyntax? CreationFrom(string holder, SyntaxNode place)
    {
        SyntaxNode? scope = place.FirstAncestorOrSelf<TypeDeclarationSyntax>();
        foreach (var mention in NamesInFile.UsesOf(holder, scope ?? place.SyntaxTree.GetRoot()))
        {
            if (mention.Parent is ArgumentSyntax { Parent.Parent: InvocationExpressionSyntax call } && IsCreation(call))
                return IsOfOneItem(call, holder) ? null : call;
        }

        return null;
    }

    // var options = new BoundedChannelOptions(1); before the call, in the same block.
    private static bool IsOfOneItem(InvocationExpressionSyntax creation, string holder)
    {
        foreach (var ancestor in creation.Ancestors())
        {
            if (ancestor is not BlockSyntax block)
                continue;

            foreach (var statement in block.Statements)
            {
                if (statement is LocalDeclarationStatementSyntax { Declaration.Variables: { Count: 1 } variables }
                    && variables[0].Identifier.ValueText == holder && variables[0].Initializer?.Value is BaseObjectCreationExpressionSyntax options)
                {
                    return HasCapacityOne(options);
                }
            }
        }

        return false;
    }

    private static bool IsCreation(InvocationExpressionSyntax call) => SyntaxNames.OfInvoked(call) == "CreateBounded";

    // Room for one item is for "the newest value" or "there is something to do", where an older one is worth nothing.
    private static bool HasCapacityOne(BaseObjectCreationExpressionSyntax options) =>
        options.ArgumentList?.Arguments is { Count: 1 } arguments && arguments[0].Expression is LiteralExpressionSyntax { Token.ValueText: "1" };

    private static bool IsOfSignals(InvocationExpressionSyntax creation) =>
        creation.Expression is MemberAccessExpressionSyntax { Name: GenericNameSyntax { TypeArgumentList.Arguments: { Count: 1 } arguments } }
        && (arguments[0].ToString() is "bool" or "byte" or "Unit" or "ValueTuple");
}
