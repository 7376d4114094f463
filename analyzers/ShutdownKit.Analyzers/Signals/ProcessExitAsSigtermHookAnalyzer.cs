using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.Signals;

/// <summary>SHK1002: ProcessExit or Unloading as the only hook for SIGTERM, which does not raise them since .NET 10.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class ProcessExitAsSigtermHookAnalyzer : ShutdownAnalyzer
{
    internal const string Id = "SHK1002";

    private static readonly DiagnosticDescriptor Rule = RuleDescriptor.Create(
        Id,
        "ProcessExit is not raised on SIGTERM",
        "Since .NET 10 SIGTERM does not raise {0}, and nothing else in this program handles SIGTERM: 'docker stop' never runs this handler and ends in SIGKILL when the program is PID 1",
        RuleCategories.Signals,
        DiagnosticSeverity.Warning,
        "The runtime of .NET 10 has no default handler of SIGTERM any more. A program that handles it with neither a host nor a PosixSignalRegistration is killed at once, or, as PID 1 of a container, does not react until SIGKILL.");

    /// <summary>Creates the analyzer.</summary>
    public ProcessExitAsSigtermHookAnalyzer()
        : base(Rule)
    {
    }

    private protected override void Register(CompilationStartAnalysisContext context, CompilationFacts facts)
    {
        if (facts.IsExemptAsTest || !facts.App.IsConsoleProgram || !facts.App.IsNet10OrLater || facts.App.IsForOtherPlatform)
            return;

        var symbols = facts.Symbols;
        context.RegisterOperationAction(
            operation =>
            {
                var assignment = (IEventAssignmentOperation)operation.Operation;
                if (!assignment.Adds || assignment.EventReference is not IEventReferenceOperation reference || !IsExitHook(reference, symbols))
                    return;

                var handler = SignalHandlers.Resolve(assignment.HandlerValue, operation.CancellationToken);
                if (handler is { } known && SignalHandlers.OnlyLogs(known.Body))
                    return;

                var routes = SignalRoutes.Of(CompilationFacts.Of(operation.Compilation, operation.Options), operation.CancellationToken);
                if (!routes.HasHost && !routes.HasSigtermHandler && !routes.HasLifetimeOwner)
                {
                    operation.ReportDiagnostic(Diagnostic.Create(
                        Rule, assignment.Syntax.GetLocation(), $"{reference.Event.ContainingType.Name}.{reference.Event.Name}"));
                }
            },
            OperationKind.EventAssignment);
    }

    private static bool IsExitHook(IEventReferenceOperation reference, ShutdownSymbols symbols) => reference.Event.Name switch
    {
        "ProcessExit" => reference.Event.ContainingType.Is(symbols.AppDomain),
        // Contexts of plug-ins are unloaded while the process lives.
        "Unloading" => reference.Event.ContainingType.Is(symbols.AssemblyLoadContext)
                       && reference.Instance is IPropertyReferenceOperation { Property.Name: "Default" } or IInvocationOperation { TargetMethod.Name: "GetLoadContext" },
        _ => false,
    };
}
