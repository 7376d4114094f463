using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using ShutdownKit.Analyzers.Signals;

namespace ShutdownKit.Analyzers.CodeFixes.Signals;

/// <summary>SHK1005: keeps the registration, in Main in a local variable, elsewhere in a static field.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp)]
public sealed class RegistrationNotKeptFix : EditingCodeFix
{
    /// <summary>Creates the fix.</summary>
    public RegistrationNotKeptFix()
        : base(RegistrationNotKeptAnalyzer.Id, "Keep the registration")
    {
    }

    private protected override Edit? Plan(SemanticModel model, SyntaxNode node, CancellationToken cancellationToken)
    {
        // In a loop there are several, for which one variable is not enough.
        if (node.FirstAncestorOrSelf<InvocationExpressionSyntax>() is not { } create
            || create.FirstAncestorOrSelf<StatementSyntax>() is not { Parent: BlockSyntax or GlobalStatementSyntax } statement
            || statement.Ancestors().TakeWhile(static it => it is not MemberDeclarationSyntax or GlobalStatementSyntax)
                .Any(static it => it is WhileStatementSyntax or ForStatementSyntax or DoStatementSyntax or CommonForEachStatementSyntax or AnonymousFunctionExpressionSyntax))
        {
            return null;
        }

        var signal = create.ArgumentList.Arguments[0].Expression is MemberAccessExpressionSyntax { Name.Identifier.ValueText: var known } ? known : "signal";
        if (SigtermRegistration.IsInMain(statement, model, cancellationToken))
            return PlanInMain(model, statement, create, signal.ToLowerInvariant());

        var field = char.ToUpperInvariant(signal[0]) + signal.Substring(1).ToLowerInvariant() + "Registration";
        if (SigtermRegistration.TypeForField(statement, field, model, cancellationToken) is not { } type)
            return null;

        return (editor, done) =>
        {
            // Of two that would get the same name the second is left for the next time.
            if (done.Any(it => it.ToString() == field))
                return;

            done.Add(SyntaxFactory.IdentifierName(field));
            editor.ReplaceNode(statement, StatementLike(statement, $"{field} = {create.WithoutTrivia()};").WithTriviaFrom(statement));
            SigtermRegistration.AddField(editor, type, field, model);
        };
    }

    private static Edit? PlanInMain(SemanticModel model, StatementSyntax statement, InvocationExpressionSyntax create, string local)
    {
        if (statement is LocalDeclarationStatementSyntax { UsingKeyword.RawKind: 0 } declared)
        {
            var modifier = SyntaxFactory.Token(SyntaxKind.UsingKeyword).WithTrailingTrivia(SyntaxFactory.Space).WithLeadingTrivia(declared.GetLeadingTrivia());
            return (editor, _) => editor.ReplaceNode(declared, declared.WithoutLeadingTrivia().WithUsingKeyword(modifier));
        }

        return statement is ExpressionStatementSyntax && model.LookupSymbols(statement.SpanStart, name: local).IsEmpty
            ? (editor, _) => editor.ReplaceNode(statement, StatementLike(statement, $"using var {local} = {create.WithoutTrivia()};").WithTriviaFrom(statement))
            : null;
    }
}
