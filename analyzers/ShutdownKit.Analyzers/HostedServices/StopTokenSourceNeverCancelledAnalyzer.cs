using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.HostedServices;

/// <summary>SHK2017: a loop runs until a token is cancelled whose source nobody ever cancels.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class StopTokenSourceNeverCancelledAnalyzer : ShutdownAnalyzer
{
    internal const string Id = "SHK2017";

    /// <summary>The names without which there is nothing to find.</summary>
    internal static readonly string[] Names = ["CancellationTokenSource"];

    private static readonly DiagnosticDescriptor Rule = RuleDescriptor.Create(
        Id,
        "Stop token source is never cancelled",
        "Nothing ever cancels '{0}', whose token the loop waits for: the loop does not end before the process does",
        RuleCategories.HostedServices,
        DiagnosticSeverity.Info,
        "A loop that asks a token whether it shall end, while no code cancels the source of the token, is a loop without an end. Cancel the source "
        + "where the service is stopped, or take a token that the host cancels.");

    /// <summary>Creates the analyzer.</summary>
    public StopTokenSourceNeverCancelledAnalyzer()
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
        switch (TypeOf(name))
        {
            // new CancellationTokenSource(), kept in a field or local
            case { Parent: ObjectCreationExpressionSyntax creation } when TokenSourceUse.IsCreation(creation):
                switch (creation.Parent)
                {
                    case EqualsValueClauseSyntax { Parent: VariableDeclaratorSyntax variable }:
                        LookAtVariable(file, variable, creation);
                        break;
                    case AssignmentExpressionSyntax { Left: var left } assignment when assignment.Right == creation && SyntaxNames.Of(left) is { } field:
                        LookAtField(file, creation.FirstAncestorOrSelf<TypeDeclarationSyntax>(), field, creation);
                        break;
                }

                break;

            // CancellationTokenSource source = new()
            case { Parent: VariableDeclarationSyntax { Variables: { Count: 1 } variables } }
                when variables[0].Initializer is { Value: ImplicitObjectCreationExpressionSyntax creation } && TokenSourceUse.IsCreation(creation):
                LookAtVariable(file, variables[0], creation);
                break;
        }
    }

    private static TypeSyntax? TypeOf(SyntaxToken name) => name.Parent switch
    {
        IdentifierNameSyntax { Parent: QualifiedNameSyntax qualified } simple when qualified.Right == simple => qualified,
        IdentifierNameSyntax simple => simple,
        _ => null,
    };

    private static void LookAtVariable(SourceFile file, VariableDeclaratorSyntax variable, ExpressionSyntax creation)
    {
        if (variable.Parent?.Parent is FieldDeclarationSyntax)
        {
            LookAtField(file, variable.FirstAncestorOrSelf<TypeDeclarationSyntax>(), variable.Identifier.ValueText, creation);
        }
        else if (((SyntaxNode?)variable.FirstAncestorOrSelf<BlockSyntax>() ?? variable.FirstAncestorOrSelf<CompilationUnitSyntax>()) is { } scope)
        {
            var use = TokenSourceUse.Of(variable.Identifier.ValueText, [scope], creation);
            if (!use.MayBeCancelled && use.Tokens.Count > 0 && EnclosingType(file, variable) is { } type)
                Judge(file, use, StopPath.Of(type, file.Facts, file.CancellationToken), variable.Identifier.ValueText, creation);
        }
    }

    private static void LookAtField(SourceFile file, TypeDeclarationSyntax? declaration, string field, ExpressionSyntax creation)
    {
        if (declaration is null || file.Model.GetDeclaredSymbol(declaration, file.CancellationToken) is not { } type)
            return;

        var path = StopPath.Of(type, file.Facts, file.CancellationToken);
        if (path.MemberNamed(field) is not IFieldSymbol { DeclaredAccessibility: Accessibility.Private })
            return;

        var use = TokenSourceUse.Of(field, path.Declarations, creation);
        if (!use.MayBeCancelled && use.Tokens.Count > 0)
            Judge(file, use, path, field, creation);
    }

    private static void Judge(SourceFile file, TokenSourceUse use, StopPath path, string name, ExpressionSyntax creation)
    {
        if (use.DrivesServiceLoop(new BackgroundWork(path)))
            file.Report(Diagnostic.Create(Rule, creation.GetLocation(), name));
    }

    private static INamedTypeSymbol? EnclosingType(SourceFile file, SyntaxNode node) =>
        node.FirstAncestorOrSelf<TypeDeclarationSyntax>() is { } declaration
            ? file.Model.GetDeclaredSymbol(declaration, file.CancellationToken)
            : (file.Model.GetDeclaredSymbol(file.Root, file.CancellationToken) as IMethodSymbol)?.ContainingType;
}
