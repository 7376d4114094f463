using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.Libraries;

/// <summary>SHK7007: a telemetry provider or client that is made by hand, and neither disposed of nor flushed.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class TelemetryNotFlushedAnalyzer : ShutdownAnalyzer
{
    internal const string Id = "SHK7007";

    private static readonly string[] Builders = ["CreateTracerProviderBuilder", "CreateMeterProviderBuilder", "CreateLoggerProviderBuilder"];

    /// <summary>The names without which there is nothing to find.</summary>
    internal static readonly string[] Names = [.. Builders, "OpenTelemetrySdk", "TelemetryClient"];

    private static readonly string[] ProviderReleases = ["Dispose", "DisposeAsync", "ForceFlush", "Shutdown"];
    private static readonly string[] ClientReleases = ["Flush", "FlushAsync"];

    private static readonly DiagnosticDescriptor Rule = RuleDescriptor.Create(
        Id,
        "Telemetry is not flushed at the end",
        "{0}",
        RuleCategories.Libraries,
        DiagnosticSeverity.Warning,
        "Telemetry is sent in batches. What has not been sent when the process ends is lost, and with it what happened last. Dispose of the provider, or flush the client, at the end of Main.");

    /// <summary>Creates the analyzer.</summary>
    public TelemetryNotFlushedAnalyzer()
        : base(Rule)
    {
    }

    private protected override void Register(Watch watch)
    {
        if (watch.Facts.IsExemptAsTest)
            return;

        watch.Names(Builders, LookAtBuilder);
        watch.Names(["OpenTelemetrySdk"], LookAtSdk);
        watch.Names(["TelemetryClient"], LookAtClient);
    }

    private static void LookAtBuilder(SourceFile file, SyntaxToken name)
    {
        if (SyntaxNames.InvocationOf(name) is { } builder && SyntaxNames.OfReceiver(builder) == "Sdk" && FluentCalls.EndOf(builder, "Build") is { } creation)
            LookAtProvider(file, creation, builder);
    }

    private static void LookAtSdk(SourceFile file, SyntaxToken name)
    {
        if (name.Parent is IdentifierNameSyntax { Parent: MemberAccessExpressionSyntax { Name.Identifier.ValueText: "Create", Parent: InvocationExpressionSyntax creation } })
            LookAtProvider(file, creation, creation);
    }

    private static void LookAtProvider(SourceFile file, InvocationExpressionSyntax creation, InvocationExpressionSyntax start)
    {
        var fate = ObjectFate.Of(creation, file);
        var isForgotten = fate.Holder == Holder.Nothing
            || (fate is { Holder: Holder.Local or Holder.Field, Escapes: false, IsInUsing: false } && !fate.CallsAny(ProviderReleases));
        if (isForgotten && IsIn(file, start, "OpenTelemetry"))
        {
            file.Report(Diagnostic.Create(
                Rule, start.Expression.GetLocation(), "Nothing disposes of this provider: spans, metrics and logs of the last seconds, which it has not exported yet when the process ends, are lost"));
        }
    }

    private static void LookAtClient(SourceFile file, SyntaxToken name)
    {
        if (Creations.Of(name) is not { } creation)
            return;

        var fate = ObjectFate.Of(creation, file);
        if (fate is { Holder: Holder.Local or Holder.Field, Escapes: false } && Tracks(fate) && !fate.CallsAny(ClientReleases)
            && file.Model.GetTypeInfo(creation, file.CancellationToken).Type.Is(file.Symbols.Type("Microsoft.ApplicationInsights.TelemetryClient")))
        {
            file.Report(Diagnostic.Create(Rule, creation.GetLocation(), $"Nothing flushes '{fate.Name}': telemetry that it has not sent yet when the process ends is lost"));
        }
    }

    private static bool Tracks(ObjectFate fate)
    {
        foreach (var use in fate.Uses)
        {
            if (use.Members[0].StartsWith("Track", StringComparison.Ordinal))
                return true;
        }

        return false;
    }

    private static bool IsIn(SourceFile file, ExpressionSyntax call, string space) =>
        file.Model.GetSymbolInfo(call, file.CancellationToken).Symbol?.ContainingNamespace.ToDisplayString() == space;
}
