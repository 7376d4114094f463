using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.Flushing;

/// <summary>SHK4006: a writer is registered as a ready-made instance, which the container never disposes of.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class SingletonWriterAnalyzer : ShutdownAnalyzer
{
    internal const string Id = "SHK4006";

    /// <summary>The names without which there is nothing to find.</summary>
    internal static readonly string[] Names = ["AddSingleton", "TryAddSingleton"];

    private static readonly DiagnosticDescriptor Rule = RuleDescriptor.Create(
        Id,
        "A writer is registered as an instance that the container does not dispose of",
        "The container does not dispose of a '{0}' that it has not made itself: what is in its buffer when the host stops is lost",
        RuleCategories.Flushing,
        DiagnosticSeverity.Info,
        "A service provider disposes of what it creates, not of instances that it is given. Register a factory instead, so that the writer is flushed when the host is disposed of.");

    /// <summary>Creates the analyzer.</summary>
    public SingletonWriterAnalyzer()
        : base(Rule)
    {
    }

    private protected override void Register(Watch watch)
    {
        if (watch.Symbols.Type("Microsoft.Extensions.DependencyInjection.IServiceCollection") is null)
            return;

        var writers = new Lazy<BufferedWriters>(() => new BufferedWriters(watch.Symbols));
        watch.Names(Names, (file, name) => Look(file, name, writers));
    }

    private static void Look(SourceFile file, SyntaxToken name, Lazy<BufferedWriters> writers)
    {
        if (SyntaxNames.InvocationOf(name) is not { ArgumentList.Arguments: { Count: 1 } arguments } call
            || CreationOf(arguments[0].Expression) is not { } created
            || !MayBeWriter(created)
            || file.Model.GetSymbolInfo(call, file.CancellationToken).Symbol is not IMethodSymbol { ContainingNamespace: { } space }
            || !space.ToDisplayString().StartsWith("Microsoft.Extensions.DependencyInjection", StringComparison.Ordinal)
            || file.Model.GetOperation(created, file.CancellationToken) is not { } operation
            || writers.Value.NeedOf(operation) is null)
        {
            return;
        }

        file.Report(Diagnostic.Create(Rule, arguments[0].GetLocation(), operation.Type!.Name));
    }

    /// <summary>What creates the instance: the argument itself, or the initializer of a local that is used for nothing that could flush it.</summary>
    private static ExpressionSyntax? CreationOf(ExpressionSyntax argument)
    {
        if (argument is not IdentifierNameSyntax { Identifier.ValueText: var local })
            return argument is BaseObjectCreationExpressionSyntax or InvocationExpressionSyntax ? argument : null;

        var member = argument.FirstAncestorOrSelf<MemberDeclarationSyntax>(static node => node is not GlobalStatementSyntax);
        var scope = member is null or BaseTypeDeclarationSyntax or BaseNamespaceDeclarationSyntax ? argument.SyntaxTree.GetRoot() : member;
        ExpressionSyntax? created = null;
        foreach (var node in scope.DescendantNodes())
        {
            switch (node)
            {
                case VariableDeclaratorSyntax { Initializer.Value: var value } declarator when declarator.Identifier.ValueText == local:
                    if (declarator.Parent?.Parent is not LocalDeclarationStatementSyntax { UsingKeyword.RawKind: 0 })
                        return null;

                    created = value;
                    break;
                case IdentifierNameSyntax name when name.Identifier.ValueText == local && name != argument:
                    return null;
            }
        }

        return created;
    }

    private static bool MayBeWriter(ExpressionSyntax created)
    {
        foreach (var token in created.DescendantTokens())
        {
            if (token.IsKind(SyntaxKind.IdentifierToken) && BufferedWriters.CreatedAt(token) == created)
                return true;
        }

        return false;
    }
}
