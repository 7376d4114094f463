using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.HostedServices;

/// <summary>SHK2009: a hosted service starts a loop in the background, and its stop does not wait until the loop has ended.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class BackgroundTaskNotAwaitedAnalyzer : ShutdownAnalyzer
{
    internal const string Id = "SHK2009";

    /// <summary>The names without which there is nothing to find.</summary>
    internal static readonly string[] Names = ["StartAsync", "ExecuteAsync", "StopAsync", "DisposeAsync"];

    private static readonly DiagnosticDescriptor Rule = RuleDescriptor.Create(
        Id,
        "Background task is not awaited on stop",
        "'{0}' starts a task in the background and does not wait for it when it is stopped: the host goes on, and the process ends in the middle of the task's work",
        RuleCategories.HostedServices,
        DiagnosticSeverity.Warning,
        "The host takes a service for stopped as soon as StopAsync has returned, disposes of what the task still uses and ends the process. Keep the "
        + "task, cancel its token and await it in StopAsync.");

    /// <summary>Creates the analyzer.</summary>
    public BackgroundTaskNotAwaitedAnalyzer()
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
        var service = name.ValueText is "StopAsync" or "DisposeAsync" ? HostedServiceStart.OfOther(file, name) : HostedServiceStart.At(file, name);
        if (service is null || (name.ValueText == "ExecuteAsync" && service.StartAsync is not null))
            return;

        var (path, background) = (service.Path, service.Background);
        var seen = new HashSet<SyntaxNode>();
        var isKeptReported = false;
        foreach (var entry in service.Entries())
        {
            foreach (var code in service.IsHosted ? background.With(entry) : [entry])
            {
                // Another part of the class is looked at in its own file.
                if (code.SyntaxTree != file.Tree)
                    continue;

                foreach (var task in background.TasksIn(code))
                {
                    if (!seen.Add(task.Call) || (task.Keeper is null && !service.IsHosted) || IsOfAnotherRule(service, task))
                        continue;

                    var work = background.With(task.Work);
                    if ((ServiceLoop.FindIn(work) is null && !BackgroundWork.CallsEndlessly(task.Work)) || IsJoined(path, task, work))
                        continue;

                    if (task.Keeper is null)
                    {
                        Report(task.Call.Expression.GetLocation());
                    }
                    else if (!isKeptReported)
                    {
                        isKeptReported = true;
                        Report(StopIn(path, file)?.Identifier.GetLocation() ?? task.Call.Expression.GetLocation(), task.Call.Expression.GetLocation());
                    }
                }
            }
        }

        void Report(Location where, params Location[] start) => file.Report(Diagnostic.Create(Rule, where, start, path.Type.Name));
    }

    // Where the task is at hand, the place to mend is the stop.
    private static MethodDeclarationSyntax? StopIn(StopPath path, SourceFile file)
    {
        MethodDeclarationSyntax? found = null;
        foreach (var declaration in path.Declarations)
        {
            if (declaration.SyntaxTree != file.Tree)
                continue;

            foreach (var member in declaration.Members)
            {
                if (member is MethodDeclarationSyntax { Identifier.ValueText: "StopAsync" or "DisposeAsync" } stop && found is not { Identifier.ValueText: "StopAsync" })
                    found = stop;
            }
        }

        return found;
    }

    // SHK2016: the loop does not even learn of the stop.
    private static bool IsOfAnotherRule(HostedServiceStart service, BackgroundTask task) =>
        service.StartToken is { } token
        && service.StartAsync!.Span.Contains(task.Call.Span)
        && (StartTokenKeptAnalyzer.IsDrivenBy(task, token, service) || (task.Work is InvocationExpressionSyntax && StartTokenKeptAnalyzer.HasArgument(task.Call, token)));

    private static bool IsJoined(StopPath path, BackgroundTask task, List<SyntaxNode> work)
    {
        if (task.Keeper is { } keeper)
        {
            // Whoever reaches the task may wait for it.
            if (path.MemberNamed(keeper) is not { DeclaredAccessibility: Accessibility.Private })
                return true;

            foreach (var declaration in path.Declarations)
            {
                foreach (var name in StopPath.OwnNames(declaration))
                {
                    if (name.Identifier.ValueText == keeper && IsAwaited(name, path.Contains(name)) && !IsWhereItStarts(name, task))
                        return true;
                }
            }
        }

        return StopWaitsFor(path, work);
    }

    // StartAsync may look at the task that it has just started.
    private static bool IsWhereItStarts(SyntaxNode name, BackgroundTask task) =>
        name.FirstAncestorOrSelf<MemberDeclarationSyntax>() == task.Call.FirstAncestorOrSelf<MemberDeclarationSyntax>()
        && name.FirstAncestorOrSelf<MethodDeclarationSyntax>() is not { Identifier.ValueText: "ExecuteAsync" };

    private static bool IsAwaited(SimpleNameSyntax name, bool isOnStopPath)
    {
        SyntaxNode task = name.Parent is MemberAccessExpressionSyntax { Expression: ThisExpressionSyntax } own ? own : name;
        while (task.Parent is ParenthesizedExpressionSyntax or PostfixUnaryExpressionSyntax)
            task = task.Parent;

        switch (task.Parent)
        {
            case AssignmentExpressionSyntax assignment when assignment.Left == task:
            case BinaryExpressionSyntax { RawKind: (int)SyntaxKind.EqualsExpression or (int)SyntaxKind.NotEqualsExpression }:
            case IsPatternExpressionSyntax { Pattern: ConstantPatternSyntax or UnaryPatternSyntax { Pattern: ConstantPatternSyntax } }:
                return false;

            case MemberAccessExpressionSyntax access when access.Expression == task:
                return IsWaitCall(access.Name.Identifier.ValueText, isOnStopPath);

            case ConditionalAccessExpressionSyntax conditional when conditional.Expression == task:
                return conditional.WhenNotNull is not InvocationExpressionSyntax { Expression: MemberBindingExpressionSyntax { Name.Identifier.ValueText: var called } }
                       || IsWaitCall(called, isOnStopPath);

            default:
                return true;
        }
    }

    private static bool IsWaitCall(string member, bool isOnStopPath) => member switch
    {
        "ContinueWith" => isOnStopPath,
        "IsCompleted" or "IsFaulted" or "IsCanceled" or "IsCompletedSuccessfully" or "Status" or "Exception" or "Id" or "Dispose" or "SafeDispose"
            or "Add" or "Clear" or "Count" or "Length" or "Start" => false,
        _ => true,
    };

    // The stop waits for something else that the task uses: a signal at its end, the completion of a queue, the stop of a client.
    private static bool StopWaitsFor(StopPath path, List<SyntaxNode> work)
    {
        var used = new HashSet<string>(StringComparer.Ordinal);
        foreach (var part in work)
        {
            foreach (var name in StopPath.OwnNames(part))
                used.Add(name.Identifier.ValueText);
        }

        foreach (var stop in path.Code)
        {
            foreach (var name in StopPath.OwnNames(stop))
            {
                if (used.Contains(name.Identifier.ValueText)
                    && IsData(path, name.Identifier.ValueText)
                    && BackgroundWork.CallOn(name) is not ("Cancel" or "CancelAsync" or "Token")
                    && (IsInAwait(name) || BackgroundWork.CallOn(name) is "Wait" or "WaitOne" or "WaitAsync" or "Join" or "GetResult"))
                {
                    return true;
                }
            }
        }

        return false;
    }

    private static bool IsData(StopPath path, string name) => path.MemberNamed(name) switch
    {
        IMethodSymbol => false,
        null => IsPrimaryParameter(path, name),
        _ => true,
    };

    private static bool IsPrimaryParameter(StopPath path, string name)
    {
        foreach (var declaration in path.Declarations)
        {
            if (declaration.ParameterList is { } parameters && parameters.Parameters.Any(parameter => parameter.Identifier.ValueText == name))
                return true;
        }

        return false;
    }

    private static bool IsInAwait(SyntaxNode node)
    {
        for (var scope = node.Parent; scope is ExpressionSyntax or ArgumentSyntax or ArgumentListSyntax; scope = scope.Parent)
        {
            if (scope is AwaitExpressionSyntax)
                return true;
        }

        return false;
    }
}
