using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.Suppressors;

/// <summary>
/// SHKS002: silences the rules that ask for a member to be disposed of where a hosted service does so when the host stops it, which
/// those rules do not know of.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class ReleasedOnStop : DiagnosticSuppressor
{
    /// <summary>The id of the suppression.</summary>
    public const string Id = "SHKS002";

    private const string Justification = "The service releases it when the host stops it: StopAsync is called before the service is disposed of";

    /// <inheritdoc/>
    public override ImmutableArray<SuppressionDescriptor> SupportedSuppressions { get; } = ImmutableArray.Create(
        Suppressing("CA2213"), Suppressing("CA1001"), Suppressing("CA2000"), Suppressing("IDISP002"), Suppressing("IDISP006"));

    /// <inheritdoc/>
    public override void ReportSuppressions(SuppressionAnalysisContext context)
    {
        var facts = CompilationFacts.Of(context.Compilation, context.Options);
        if (facts.Symbols.HostedService is null)
            return;

        foreach (var diagnostic in context.ReportedDiagnostics)
        {
            if (!IsReleasedOnStop(context, facts, diagnostic))
                continue;

            foreach (var descriptor in SupportedSuppressions)
            {
                if (descriptor.SuppressedDiagnosticId == diagnostic.Id)
                    context.ReportSuppression(Suppression.Create(descriptor, diagnostic));
            }
        }
    }

    private static SuppressionDescriptor Suppressing(string id) => new(Id, id, Justification);

    private static bool IsReleasedOnStop(SuppressionAnalysisContext context, CompilationFacts facts, Diagnostic diagnostic)
    {
        if (diagnostic.Location.SourceTree is not { } tree)
            return false;

        var node = tree.GetRoot(context.CancellationToken).FindNode(diagnostic.Location.SourceSpan, getInnermostNodeForTie: true);
        if (node.FirstAncestorOrSelf<TypeDeclarationSyntax>() is not { } declaration
            || context.GetSemanticModel(tree).GetDeclaredSymbol(declaration, context.CancellationToken) is not { } type)
        {
            return false;
        }

        var path = StopPath.Of(type, facts, context.CancellationToken);
        if (!path.IsHostedService)
            return false;

        return diagnostic.Id switch
        {
            "CA1001" => ReleasesAll(path, facts),
            "CA2000" => KeeperOf(node) is { } keeper && Releases(path, keeper),
            _ => MemberAt(node) is { } member && Releases(path, member),
        };
    }

    private static string? MemberAt(SyntaxNode node)
    {
        for (var scope = node; scope is not null; scope = scope.Parent)
        {
            switch (scope)
            {
                case VariableDeclaratorSyntax { Parent.Parent: FieldDeclarationSyntax } variable:
                    return variable.Identifier.ValueText;
                case FieldDeclarationSyntax { Declaration.Variables: { Count: 1 } variables }:
                    return variables[0].Identifier.ValueText;
                case PropertyDeclarationSyntax property:
                    return property.Identifier.ValueText;
                case BaseMethodDeclarationSyntax or TypeDeclarationSyntax:
                    return null;
            }
        }

        return null;
    }

    // The member that the new object is assigned to, at once or by way of a local.
    private static string? KeeperOf(SyntaxNode node)
    {
        if (node.FirstAncestorOrSelf<ExpressionSyntax>(static it => it is BaseObjectCreationExpressionSyntax or InvocationExpressionSyntax) is not { } creation)
            return null;

        SyntaxNode value = creation;
        while (value.Parent is CastExpressionSyntax or ParenthesizedExpressionSyntax or AwaitExpressionSyntax or ConditionalExpressionSyntax)
            value = value.Parent;

        switch (value.Parent)
        {
            case AssignmentExpressionSyntax assignment when assignment.Right == value:
                return OwnName(assignment.Left);

            case EqualsValueClauseSyntax { Parent: VariableDeclaratorSyntax { Identifier.ValueText: var local } variable }:
                if (variable.Parent?.Parent is FieldDeclarationSyntax)
                    return local;

                foreach (var inner in variable.FirstAncestorOrSelf<BaseMethodDeclarationSyntax>()?.DescendantNodes() ?? [])
                {
                    if (inner is AssignmentExpressionSyntax { Right: IdentifierNameSyntax { Identifier.ValueText: var assigned } } handover && assigned == local)
                        return OwnName(handover.Left);
                }

                return null;

            default:
                return null;
        }
    }

    private static string? OwnName(ExpressionSyntax expression) => expression switch
    {
        IdentifierNameSyntax name => name.Identifier.ValueText,
        MemberAccessExpressionSyntax { Expression: ThisExpressionSyntax, Name: var name } => name.Identifier.ValueText,
        _ => null,
    };

    private static bool ReleasesAll(StopPath path, CompilationFacts facts)
    {
        var created = Created(path);
        var any = false;
        foreach (var member in path.Type.GetMembers())
        {
            if (member is not IFieldSymbol { IsStatic: false } field || !created.Contains(field.Name) || !field.Type.IsOrInherits(facts.Symbols.Type("System.IDisposable")))
                continue;

            if (!Releases(path, field.Name))
                return false;

            any = true;
        }

        return any;
    }

    // What the type itself creates, it owns.
    private static HashSet<string> Created(StopPath path)
    {
        var created = new HashSet<string>(StringComparer.Ordinal);
        foreach (var declaration in path.Declarations)
        {
            foreach (var node in declaration.DescendantNodes())
            {
                switch (node)
                {
                    case VariableDeclaratorSyntax { Initializer: not null, Parent.Parent: FieldDeclarationSyntax } variable:
                        created.Add(variable.Identifier.ValueText);
                        break;
                    case AssignmentExpressionSyntax { RawKind: (int)SyntaxKind.SimpleAssignmentExpression or (int)SyntaxKind.CoalesceAssignmentExpression } assignment
                        when OwnName(assignment.Left) is { } name && !assignment.Right.IsKind(SyntaxKind.NullLiteralExpression):
                        created.Add(name);
                        break;
                }
            }
        }

        return created;
    }

    private static bool Releases(StopPath path, string member)
    {
        foreach (var name in path.MentionsOf(member))
        {
            ExpressionSyntax mention = name.Parent is MemberAccessExpressionSyntax { Expression: ThisExpressionSyntax } own ? own : name;
            if (BackgroundWork.CallOn(mention) is "Dispose" or "DisposeAsync" or "Close" or "CloseAsync")
                return true;

            switch (mention.Parent)
            {
                // Interlocked.Exchange(ref member, null)?.Dispose()
                case ArgumentSyntax { RefOrOutKeyword.RawKind: (int)SyntaxKind.RefKeyword, Parent.Parent: InvocationExpressionSyntax exchange }
                    when BackgroundWork.CallOn(exchange) is "Dispose" or "DisposeAsync" or "Close" or "CloseAsync":
                case UsingStatementSyntax use when use.Expression == mention:
                case EqualsValueClauseSyntax { Parent.Parent.Parent: LocalDeclarationStatementSyntax { UsingKeyword.RawKind: not 0 } }:
                case EqualsValueClauseSyntax { Parent.Parent.Parent: UsingStatementSyntax }:
                    return true;
            }
        }

        return false;
    }
}
