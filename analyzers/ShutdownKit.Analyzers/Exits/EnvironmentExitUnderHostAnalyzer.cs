using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.Exits;

/// <summary>SHK3001: Environment.Exit in code that runs while a host is running.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class EnvironmentExitUnderHostAnalyzer : ShutdownAnalyzer
{
    internal const string Id = "SHK3001";

    /// <summary>The names without which there is nothing to find.</summary>
    internal static readonly string[] Names = ["Exit"];

    private static readonly DiagnosticDescriptor Rule = RuleDescriptor.Create(
        Id,
        "Environment.Exit under a running host",
        "Environment.Exit in {0} ends the process while the host runs: no StopAsync is called, nothing is disposed, and what other requests and workers have not saved is lost",
        RuleCategories.Exits,
        DiagnosticSeverity.Warning,
        "Environment.Exit runs no StopAsync, no finally block and no Dispose. Set Environment.ExitCode and call IHostApplicationLifetime.StopApplication instead: the host then stops as on SIGTERM, and the process ends with that exit code.");

    /// <summary>Creates the analyzer.</summary>
    public EnvironmentExitUnderHostAnalyzer()
        : base(Rule)
    {
    }

    private protected override void Register(Watch watch)
    {
        if (watch.Facts.IsExemptAsTest || watch.Facts.App.IsForOtherPlatform || watch.Symbols.HostedService is null)
            return;

        var places = new HostedPlaces(watch.Symbols);
        watch.Names(Names, (file, name) => Look(file, name, places));
    }

    /// <summary>Where in a running host the call of Environment.Exit stands, in words; null where it is none or that is not certain.</summary>
    internal static string? PlaceOf(InvocationExpressionSyntax call, SourceFile file, HostedPlaces places) =>
        SyntaxNames.OfReceiver(call) is null or "Environment"
        && file.Model.GetOperation(call, file.CancellationToken) is IInvocationOperation invocation
        && invocation.TargetMethod.ContainingType.Is(file.Symbols.Environment)
        && places.Describe(invocation, file.Model.GetEnclosingSymbol(call.SpanStart, file.CancellationToken)) is { } place
        && !SignalRoutes.Of(file.Facts, file.CancellationToken).IsWindowsService
            ? place
            : null;

    private static void Look(SourceFile file, SyntaxToken name, HostedPlaces places)
    {
        if (SyntaxNames.InvocationOf(name) is { } call && PlaceOf(call, file, places) is { } place)
            file.Report(Diagnostic.Create(Rule, call.GetLocation(), place));
    }
}
