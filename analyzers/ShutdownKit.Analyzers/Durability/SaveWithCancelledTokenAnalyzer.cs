using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.Durability;

/// <summary>SHK5003: the last save is given the token whose cancellation led to it, so it does not happen.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class SaveWithCancelledTokenAnalyzer : ShutdownAnalyzer
{
    internal const string Id = "SHK5003";

    /// <summary>The names without which there is nothing to find.</summary>
    internal static readonly string[] Names = [.. CallsAfterCancellation.Names, .. CallsAfterCancellation.TokenNames];

    private static readonly DiagnosticDescriptor Rule = RuleDescriptor.Create(
        Id,
        "The last save uses a token that is already cancelled",
        "'{0}' is already cancelled when the program is stopped and gets here, so '{1}' throws OperationCanceledException and saves nothing",
        RuleCategories.Durability,
        DiagnosticSeverity.Warning,
        "Code that runs because a token was cancelled must not pass that token on: every call that honours it throws at once, and what "
        + "should have been saved is lost at each stop. Pass CancellationToken.None, or a token with a time-out of its own.");

    /// <summary>Creates the analyzer.</summary>
    public SaveWithCancelledTokenAnalyzer()
        : base(Rule)
    {
    }

    private protected override void Register(Watch watch)
    {
        if (watch.Facts.IsExemptAsTest || watch.Symbols.CancellationToken is null)
            return;

        var sinks = new Lazy<PersistSinks>(() => PersistSinks.Of(watch.Symbols, watch.Options, CancellationToken.None));
        watch.Files(CallsAfterCancellation.Names, file => Look(file, sinks));
    }

    private static void Look(SourceFile file, Lazy<PersistSinks> sinks)
    {
        foreach (var declaration in CallsAfterCancellation.In(file, sinks))
        {
            if (file.GraphOf(declaration) is not { } graph)
                continue;

            var method = file.Model.GetDeclaredSymbol(declaration, file.CancellationToken);
            CancellationFlow.Visit(method, graph, file.Symbols, (call, flow) => LookAtCall(file, sinks.Value, call, flow), file.CancellationToken);
        }
    }

    private static void LookAtCall(SourceFile file, PersistSinks sinks, IInvocationOperation call, CancelledCall flow)
    {
        foreach (var argument in call.Arguments)
        {
            if (argument is { IsImplicit: false, Parameter: { } parameter }
                && flow.TokenOf(argument.Value) is { } token
                && flow.IsCancelledWhenStopping(token)
                && (sinks.IsSink(call.TargetMethod, call.Instance?.Type) || sinks.HandsToSink(call.TargetMethod, parameter, file.CancellationToken)))
            {
                file.Report(Diagnostic.Create(Rule, argument.Value.Syntax.GetLocation(), argument.Value.Syntax.ToString(), call.TargetMethod.Name));
                return;
            }
        }
    }
}
