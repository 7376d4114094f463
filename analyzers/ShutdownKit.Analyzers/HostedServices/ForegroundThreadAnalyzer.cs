using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.HostedServices;

/// <summary>SHK2010: a hosted service starts a foreground thread that no stop ends, so that the process outlives its Main.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class ForegroundThreadAnalyzer : ShutdownAnalyzer
{
    internal const string Id = "SHK2010";

    /// <summary>The names without which there is nothing to find.</summary>
    internal static readonly string[] Names = ["Thread"];

    private static readonly DiagnosticDescriptor Rule = RuleDescriptor.Create(
        Id,
        "Foreground thread in a service",
        "Nothing ends this foreground thread when '{0}' is stopped: after Main has returned it keeps the process alive until SIGKILL",
        RuleCategories.HostedServices,
        DiagnosticSeverity.Warning,
        "A process lives until its last foreground thread has ended. A thread that a service starts and no stop ends keeps it alive after the host has "
        + "stopped and Main has returned. Set IsBackground, or end the thread and Join it in StopAsync.");

    /// <summary>Creates the analyzer.</summary>
    public ForegroundThreadAnalyzer()
        : base(Rule)
    {
    }

    private protected override void Register(Watch watch)
    {
        if (watch.Symbols.HostedService is not null && !watch.Facts.IsExemptAsTest)
            watch.Names(Names, Look);
    }

    private static void Look(SourceFile file, SyntaxToken name)
    {
        if (CreationAt(name) is not { ArgumentList.Arguments: { Count: > 0 } arguments } creation
            || creation.FirstAncestorOrSelf<TypeDeclarationSyntax>() is not { } declaration
            || file.Model.GetDeclaredSymbol(declaration, file.CancellationToken) is not { } type)
        {
            return;
        }

        var path = StopPath.Of(type, file.Facts, file.CancellationToken);
        if (!path.IsHostedService || IsSetUp(creation, path))
            return;

        var background = new BackgroundWork(path);
        var start = background.CodeOf(arguments[0].Expression);
        var work = background.With(start);
        if (!GoesOn(start, work) || background.IsEndedOnStop(work) || !IsThread(file, creation))
            return;

        file.Report(Diagnostic.Create(Rule, creation.GetLocation(), type.Name));
    }

    // new Thread(...), or Thread thread = new(...)
    private static BaseObjectCreationExpressionSyntax? CreationAt(SyntaxToken name)
    {
        TypeSyntax? type = name.Parent switch
        {
            IdentifierNameSyntax { Parent: QualifiedNameSyntax qualified } simple when qualified.Right == simple => qualified,
            IdentifierNameSyntax { Parent: NullableTypeSyntax nullable } => nullable,
            IdentifierNameSyntax simple => simple,
            _ => null,
        };
        return type?.Parent switch
        {
            ObjectCreationExpressionSyntax creation => creation,
            VariableDeclarationSyntax { Variables: { Count: 1 } variables } => variables[0].Initializer?.Value as ImplicitObjectCreationExpressionSyntax,
            _ => null,
        };
    }

    // The class says of some thread that it runs in the background, or waits for its end.
    private static bool IsSetUp(BaseObjectCreationExpressionSyntax creation, StopPath path)
    {
        foreach (var declaration in path.Declarations.Concat(path.Inherited))
        {
            foreach (var node in declaration.DescendantNodes())
            {
                if (node is InvocationExpressionSyntax call && SyntaxNames.OfInvoked(call) == "Join" && SyntaxNames.OfReceiver(call) is not "string" and not "String")
                    return true;

                if (node is AssignmentExpressionSyntax { Left: var left, Right: var right }
                    && SyntaxNames.Of(left) == "IsBackground"
                    && !right.IsKind(SyntaxKind.FalseLiteralExpression)
                    && (left is not IdentifierNameSyntax || creation.Span.Contains(left.Span)))
                {
                    return true;
                }
            }
        }

        return false;
    }

    private static bool GoesOn(SyntaxNode start, List<SyntaxNode> work)
    {
        if (ServiceLoop.FindIn(work) is not null)
            return true;

        // new Thread(server.Run)
        return start is MemberAccessExpressionSyntax { Name.Identifier.ValueText: var name } && BackgroundWork.SoundsEndless(name);
    }

    private static bool IsThread(SourceFile file, ExpressionSyntax creation) =>
        file.Model.GetTypeInfo(creation, file.CancellationToken).Type.Is(file.Symbols.Thread);
}
