using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Editing;
using Microsoft.CodeAnalysis.Formatting;
using Microsoft.CodeAnalysis.Simplification;
using ShutdownKit.Analyzers.Exits;
using ShutdownKit.Analyzers.Model;
using static Microsoft.CodeAnalysis.CSharp.SyntaxFactory;

namespace ShutdownKit.Analyzers.CodeFixes.Exits;

/// <summary>SHK3001: sets Environment.ExitCode and asks the host to stop, which it does as on SIGTERM.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp)]
public sealed class EnvironmentExitUnderHostFix : EditingCodeFix
{
    private const string LifetimeType = "global::Microsoft.Extensions.Hosting.IHostApplicationLifetime";

    /// <summary>Creates the fix.</summary>
    public EnvironmentExitUnderHostFix()
        : base(EnvironmentExitUnderHostAnalyzer.Id, "Stop the host with this exit code")
    {
    }

    private protected override Edit? Plan(SemanticModel model, SyntaxNode node, CancellationToken cancellationToken)
    {
        // Environment.Exit does not return, StopApplication does: where the code would run on, it must be able to leave.
        if (node.FirstAncestorOrSelf<InvocationExpressionSyntax>() is not
            {
                ArgumentList.Arguments: { Count: 1 } arguments, Expression: MemberAccessExpressionSyntax exit, Parent: ExpressionStatementSyntax statement,
            }
            || FunctionOf(statement) is not { } function
            || !IsLast(statement, function) && !CanReturn(function, model, cancellationToken))
        {
            return null;
        }

        var symbols = ShutdownSymbols.GetOrCreate(model.Compilation);
        var lifetime = LifetimeInScope(model, statement, symbols);
        var type = statement.FirstAncestorOrSelf<TypeDeclarationSyntax>();
        if (lifetime is null && (type is null || !CanInject(type, statement, model, symbols)))
            return null;

        var receiver = lifetime ?? (Constructors(type!).Count == 0 ? "lifetime" : "_lifetime");
        return (editor, done) =>
        {
            var statements = new List<StatementSyntax>
            {
                ExpressionStatement(AssignmentExpression(
                    SyntaxKind.SimpleAssignmentExpression,
                    exit.WithName(IdentifierName("ExitCode")).WithoutTrivia(),
                    arguments[0].Expression.WithoutTrivia())),
                ParseStatement(receiver + ".StopApplication();"),
            };
            if (!IsLast(statement, function))
                statements.Add(ReturnStatement());

            Replace(editor, statement, statements);
            if (lifetime is null && done.Add(type!))
                Inject(editor, type!);
        };
    }

    private static void Replace(SyntaxEditor editor, StatementSyntax statement, List<StatementSyntax> statements)
    {
        if (statement.Parent is BlockSyntax or SwitchSectionSyntax)
        {
            statements[0] = statements[0].WithLeadingTrivia(statement.GetLeadingTrivia());
            statements[statements.Count - 1] = statements[statements.Count - 1].WithTrailingTrivia(statement.GetTrailingTrivia());
            editor.InsertBefore(statement, statements.Select(it => it.WithAdditionalAnnotations(Formatter.Annotation)));
            editor.RemoveNode(statement, SyntaxRemoveOptions.KeepNoTrivia);
        }
        else
        {
            editor.ReplaceNode(statement, Block(statements).WithTriviaFrom(statement).WithAdditionalAnnotations(Formatter.Annotation));
        }
    }

    private static SyntaxNode? FunctionOf(SyntaxNode statement) =>
        statement.Ancestors().FirstOrDefault(it => it is AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax or BaseMethodDeclarationSyntax);

    private static bool IsLast(StatementSyntax statement, SyntaxNode function) =>
        statement.Parent is BlockSyntax block && block.Parent == function && block.Statements.Last() == statement;

    private static bool CanReturn(SyntaxNode function, SemanticModel model, CancellationToken cancellationToken)
    {
        var method = function is AnonymousFunctionExpressionSyntax
            ? model.GetSymbolInfo(function, cancellationToken).Symbol as IMethodSymbol
            : model.GetDeclaredSymbol(function, cancellationToken) as IMethodSymbol;
        return method is not null
               && (method.ReturnsVoid || method.IsAsync && method.ReturnType is INamedTypeSymbol { IsGenericType: false })
               && method.MethodKind != MethodKind.Constructor;
    }

    private static string? LifetimeInScope(SemanticModel model, StatementSyntax statement, ShutdownSymbols symbols)
    {
        foreach (var symbol in model.LookupSymbols(statement.SpanStart))
        {
            var type = symbol switch
            {
                ILocalSymbol local when local.Locations[0].SourceSpan.End <= statement.SpanStart => local.Type,
                IParameterSymbol parameter => parameter.Type,
                IFieldSymbol { CanBeReferencedByName: true } field => field.Type,
                IPropertySymbol { GetMethod: not null } property => property.Type,
                _ => null,
            };
            if (type is null || InStaticCodeOnly(symbol, model, statement))
                continue;
            if (type.IsOrInherits(symbols.HostApplicationLifetime))
                return symbol.Name;
            if (type.Is(symbols.WebApplication))
                return symbol.Name + ".Lifetime";
        }

        return null;
    }

    private static bool InStaticCodeOnly(ISymbol symbol, SemanticModel model, StatementSyntax statement) =>
        symbol is IFieldSymbol { IsStatic: false } or IPropertySymbol { IsStatic: false }
        && model.GetEnclosingSymbol(statement.SpanStart) is { IsStatic: true };

    // Dependency injection creates hosted services and request types, so a parameter of the constructor is enough. A second
    // constructor, or one that others call, would have to be changed with its callers: not offered.
    private static bool CanInject(TypeDeclarationSyntax type, StatementSyntax statement, SemanticModel model, ShutdownSymbols symbols) =>
        type is ClassDeclarationSyntax
        && symbols.HostApplicationLifetime is not null
        && !type.Modifiers.Any(SyntaxKind.PartialKeyword)
        && !type.Modifiers.Any(SyntaxKind.AbstractKeyword)
        && model.GetEnclosingSymbol(statement.SpanStart) is not { IsStatic: true }
        && model.LookupSymbols(statement.SpanStart, name: "lifetime").IsEmpty
        && Constructors(type) is var constructors
        && (constructors.Count == 0
            || constructors.Count == 1 && type.ParameterList is null && constructors[0] is { Body.Statements.Count: > 0, Initializer: null }
               && !type.Members.OfType<FieldDeclarationSyntax>().Any(field => field.Declaration.Variables.Any(it => it.Identifier.Text == "_lifetime")));

    private static List<ConstructorDeclarationSyntax> Constructors(TypeDeclarationSyntax type) =>
        type.Members.OfType<ConstructorDeclarationSyntax>().Where(it => !it.Modifiers.Any(SyntaxKind.StaticKeyword)).ToList();

    private static void Inject(SyntaxEditor editor, TypeDeclarationSyntax type)
    {
        var parameter = Parameter(Identifier("lifetime"))
            .WithType(ParseTypeName(LifetimeType).WithAdditionalAnnotations(Simplifier.Annotation).WithTrailingTrivia(Space));
        if (Constructors(type).FirstOrDefault() is { } constructor)
        {
            editor.InsertBefore(
                type.Members[0],
                ParseMemberDeclaration($"private readonly {LifetimeType} _lifetime;\n")!.WithAdditionalAnnotations(Formatter.Annotation, Simplifier.Annotation));
            editor.AddParameter(constructor, parameter);
            editor.InsertBefore(constructor.Body!.Statements[0], ParseStatement("_lifetime = lifetime;\n").WithAdditionalAnnotations(Formatter.Annotation));
            return;
        }

        editor.ReplaceNode(type, (current, _) =>
        {
            var declaration = (TypeDeclarationSyntax)current;
            if (declaration.ParameterList is { } list)
            {
                return declaration.WithParameterList(list.AddParameters(list.Parameters.Count > 0 ? parameter.WithLeadingTrivia(Space) : parameter));
            }

            var name = declaration.Identifier;
            return declaration
                .WithIdentifier(name.WithTrailingTrivia())
                .WithParameterList(ParameterList(SingletonSeparatedList(parameter)).WithTrailingTrivia(name.TrailingTrivia));
        });
    }
}
