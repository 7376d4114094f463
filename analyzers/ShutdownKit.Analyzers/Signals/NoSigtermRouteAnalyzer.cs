using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.Signals;

/// <summary>SHK1001: a program that runs until it is told to stop, and has no way to be told by SIGTERM.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class NoSigtermRouteAnalyzer : ShutdownAnalyzer
{
    internal const string Id = "SHK1001";

    /// <summary>The property of a diagnostic that holds the <see cref="WaitKind"/>.</summary>
    internal const string Kind = "Kind";

    private static readonly DiagnosticDescriptor Rule = RuleDescriptor.Create(
        Id,
        "Nothing in the program handles SIGTERM",
        "{0}",
        RuleCategories.Signals,
        DiagnosticSeverity.Warning,
        "A program that runs until it is stopped must handle SIGTERM: run a host, or register a handler with PosixSignalRegistration. Since .NET 10 the runtime has no default handler, and as PID 1 of a container a program without one ignores SIGTERM.");

    /// <summary>Creates the analyzer.</summary>
    public NoSigtermRouteAnalyzer()
        : base(Rule)
    {
    }

    private protected override void Register(CompilationStartAnalysisContext context, CompilationFacts facts)
    {
        if (facts.IsExemptAsTest || !facts.App.IsConsoleProgram || facts.App.IsForOtherPlatform || facts.App.NetMajorVersion is null
            || facts.App.EntryPoint(context.CancellationToken) is not { } entryPoint)
        {
            return;
        }

        context.RegisterOperationBlockAction(block =>
        {
            if (SymbolEqualityComparer.Default.Equals(block.OwningSymbol, entryPoint))
                Analyze(block, facts);
        });
    }

    private static void Analyze(OperationBlockAnalysisContext context, CompilationFacts facts)
    {
        var waits = new EndlessWaits(facts.Symbols);
        if (Find(context, waits) is not { } wait)
            return;

        // Before .NET 10 SIGTERM ends the program at once: that is a defect only where there is something left to do.
        if (!facts.App.IsNet10OrLater && (wait.Kind == WaitKind.Terminal || !SkipsCleanUp(wait.Operation)))
            return;

        var routes = SignalRoutes.Of(CompilationFacts.Of(context.Compilation, context.Options), context.CancellationToken);
        if (routes.HasHost || routes.HasSigtermHandler || routes.HasLifetimeOwner || routes.HasProcessExitHook && !facts.App.IsNet10OrLater)
            return;

        var what = wait.Kind == WaitKind.Loop ? "This loop" : "This wait";
        var message = wait.Kind == WaitKind.Terminal
            ? "Without a terminal, as in a container, this returns or throws at once and the server ends; with one, nothing handles SIGTERM and 'docker stop' ends in SIGKILL"
            : facts.App.IsNet10OrLater
                ? $"{what} runs until the program is stopped, and nothing handles SIGTERM: as PID 1 of a container the program ignores 'docker stop' until SIGKILL"
                : $"{what} runs until the program is stopped, and nothing handles SIGTERM: 'docker stop' ends the program at once, without its finally blocks, usings and what follows";
        context.ReportDiagnostic(Diagnostic.Create(
            Rule, wait.Location, additionalLocations: null, ImmutableDictionary<string, string?>.Empty.Add(Kind, wait.Kind.ToString()), message));
    }

    private static EndlessWait? Find(OperationBlockAnalysisContext context, EndlessWaits waits)
    {
        foreach (var block in context.OperationBlocks)
        {
            if (waits.FirstIn(block) is { } own)
                return own;
        }

        foreach (var block in context.OperationBlocks)
        {
            foreach (var operation in block.Descendants())
            {
                if (operation is IInvocationOperation call && !EndlessWaits.IsInNestedFunction(call, block)
                    && BodyOfCallee(call, context) is { } body && waits.FirstIn(body) is { } behind)
                {
                    return behind;
                }
            }
        }

        return null;
    }

    [SuppressMessage("MicrosoftCodeAnalysisCorrectness", "RS1030", Justification = "Only for what Main itself calls in another file, and only once per compilation.")]
    private static IOperation? BodyOfCallee(IInvocationOperation call, OperationBlockAnalysisContext context)
    {
        var method = call.TargetMethod;
        if (method.IsVirtual || method.IsAbstract || method.IsOverride || method.DeclaringSyntaxReferences.Length != 1
            || method is { IsAsync: true, ReturnsVoid: true }
            || ReturnsTask(method) && !EndlessWaits.IsAwaited(call))
        {
            return null;
        }

        if (SignalHandlers.BodyOf(method.DeclaringSyntaxReferences[0].GetSyntax(context.CancellationToken)) is not { } body)
            return null;

        var model = call.SemanticModel is { } own && own.SyntaxTree == body.SyntaxTree ? own : context.Compilation.GetSemanticModel(body.SyntaxTree);
        return model.GetOperation(body, context.CancellationToken);
    }

    private static bool ReturnsTask(IMethodSymbol method) => method.ReturnType.Name is "Task" or "ValueTask";

    private static bool SkipsCleanUp(IOperation wait)
    {
        for (var current = wait; current is not null; current = current.Parent)
        {
            if (current.Parent is ITryOperation { Finally: not null } or IUsingOperation)
                return true;
            if (current.Parent is not IBlockOperation block)
                continue;

            // A using declaration before it, or statements after it.
            var index = block.Operations.IndexOf(current);
            for (var other = 0; other < block.Operations.Length; other++)
            {
                var isBefore = other < index && block.Operations[other] is IUsingDeclarationOperation;
                var isAfter = other > index && block.Operations[other] is IExpressionStatementOperation && wait is not ILoopOperation;
                if (isBefore || isAfter)
                    return true;
            }
        }

        return false;
    }
}
