using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.HostedServices;

/// <summary>SHK2014: the host is told to go on when a background service has failed.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class IgnoredWorkerFailureAnalyzer : ShutdownAnalyzer
{
    internal const string Id = "SHK2014";

    /// <summary>The names without which there is nothing to find.</summary>
    internal static readonly string[] Names = ["BackgroundServiceExceptionBehavior"];

    private static readonly DiagnosticDescriptor Rule = RuleDescriptor.Create(
        Id,
        "The failure of a background service is ignored",
        "A background service that fails is not started again and the program goes on without it: no container restart, no exit code tells of it",
        RuleCategories.HostedServices,
        DiagnosticSeverity.Info,
        "With BackgroundServiceExceptionBehavior.Ignore an exception that leaves ExecuteAsync is logged, and the worker is gone for good while the "
        + "program looks healthy. Let the host stop (the default), set an exit code, and let the orchestrator start it again.");

    /// <summary>Creates the analyzer.</summary>
    public IgnoredWorkerFailureAnalyzer()
        : base(Rule)
    {
    }

    private protected override void Register(Watch watch)
    {
        if (watch.Symbols.BackgroundService is not null && !watch.Facts.IsExemptAsTest)
            watch.Names(Names, Look);
    }

    private static void Look(SourceFile file, SyntaxToken name)
    {
        // BackgroundServiceExceptionBehavior.Ignore, with or without a namespace before it.
        if (name.Parent is not IdentifierNameSyntax type)
            return;

        ExpressionSyntax owner = type.Parent is MemberAccessExpressionSyntax qualified && qualified.Name == type ? qualified : type;
        if (owner.Parent is MemberAccessExpressionSyntax { Name.Identifier.ValueText: "Ignore" } ignore
            && ignore.Expression == owner
            && ignore.Parent is AssignmentExpressionSyntax assignment
            && assignment.Right == ignore
            && file.Model.GetSymbolInfo(ignore, file.CancellationToken).Symbol is IFieldSymbol { ContainingType: var behavior }
            && behavior.Is(file.Symbols.Type("Microsoft.Extensions.Hosting.BackgroundServiceExceptionBehavior")))
        {
            file.Report(Diagnostic.Create(Rule, ignore.GetLocation()));
        }
    }
}
