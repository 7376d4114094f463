using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.HostedServices;

/// <summary>SHK2007: a <c>StopAsync</c> that waits for something without a limit and does not look at its token.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class UnboundedStopAnalyzer : ShutdownAnalyzer
{
    internal const string Id = "SHK2007";

    /// <summary>The names without which there is nothing to find.</summary>
    internal static readonly string[] Names = ["StopAsync", "StoppingAsync", "StoppedAsync"];

    /// <summary>The property of the diagnostic that holds the name of the token.</summary>
    internal const string TokenProperty = "Token";

    private static readonly DiagnosticDescriptor Rule = RuleDescriptor.Create(
        Id,
        "The stop is not bounded by its token",
        "'{0}.{1}' waits here without a limit and without '{2}': ShutdownTimeout does not end it, and docker stop sends SIGKILL after 10 s",
        RuleCategories.HostedServices,
        DiagnosticSeverity.Warning,
        "The token that StopAsync receives is cancelled when the host's ShutdownTimeout is over. Nothing else ends a stop: an override that ignores "
        + "the token holds up all services that are to be stopped after it, until the container is killed.");

    /// <summary>Creates the analyzer.</summary>
    public UnboundedStopAnalyzer()
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
        if (name.Parent is not MethodDeclarationSyntax { ParameterList.Parameters: { Count: 1 } parameters } declaration
            || LoopSyntax.BodyOf(declaration) is not { } body
            || UsesToken(body, parameters[0].Identifier.ValueText)
            || FirstWait(body) is not { } wait
            || file.Model.GetDeclaredSymbol(declaration, file.CancellationToken) is not { } method
            || !method.ContainingType.IsOrInherits(file.Symbols.HostedService)
            || !method.Parameters[0].Type.Is(file.Symbols.CancellationToken)
            || !IsConfirmed(file, wait))
        {
            return;
        }

        var isLoop = LoopSyntax.IsLoop(wait);
        file.Report(Diagnostic.Create(
            Rule,
            isLoop ? LoopSyntax.KeywordOf(wait).GetLocation() : wait.GetLocation(),
            isLoop ? DiagnosticSeverity.Warning : DiagnosticSeverity.Info,
            additionalLocations: null,
            properties: ImmutableDictionary<string, string?>.Empty.Add(TokenProperty, parameters[0].Identifier.Text),
            method.ContainingType.Name,
            method.Name,
            parameters[0].Identifier.Text));
    }

    // Handing it to the base method alone bounds nothing else.
    private static bool UsesToken(SyntaxNode body, string parameter)
    {
        foreach (var node in body.DescendantNodes())
        {
            if (node is IdentifierNameSyntax name
                && name.Identifier.ValueText == parameter
                && !(name.Parent is ArgumentSyntax { Parent.Parent: InvocationExpressionSyntax call } && SyntaxNames.IsBaseCall(call, SyntaxNames.OfInvoked(call) ?? string.Empty)))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// The first wait without a limit: a loop that polls, a task or thread of the service, an event. For the wait for a task on a thread
    /// CA2016 asks for the token.
    /// </summary>
    private static SyntaxNode? FirstWait(SyntaxNode body)
    {
        foreach (var node in LoopSyntax.NodesOf(body))
        {
            switch (node)
            {
                case WhileStatementSyntax or DoStatementSyntax when Polls(node):
                case AwaitExpressionSyntax { Expression: var awaited } when TaskOf(awaited) is not null:
                case InvocationExpressionSyntax { ArgumentList.Arguments.Count: 0, Expression: MemberAccessExpressionSyntax { Name.Identifier.ValueText: "Join" or "WaitOne" } }:
                    return node;
            }
        }

        return null;
    }

    // while (_busy) await Task.Delay(100); but no loop that counts or looks at a clock.
    private static bool Polls(SyntaxNode loop)
    {
        if (LoopSyntax.HasExit(loop) || LoopSyntax.ConditionOf(loop) is not { } condition || LoopSyntax.BodyOf(loop) is not { } body)
            return false;

        var waits = false;
        foreach (var node in LoopSyntax.NodesOf(loop))
        {
            switch (node)
            {
                case PostfixUnaryExpressionSyntax { RawKind: (int)SyntaxKind.PostIncrementExpression or (int)SyntaxKind.PostDecrementExpression }:
                case PrefixUnaryExpressionSyntax { RawKind: (int)SyntaxKind.PreIncrementExpression or (int)SyntaxKind.PreDecrementExpression }:
                case AssignmentExpressionSyntax { RawKind: (int)SyntaxKind.AddAssignmentExpression or (int)SyntaxKind.SubtractAssignmentExpression }:
                case SimpleNameSyntax { Identifier.ValueText: "Elapsed" or "ElapsedMilliseconds" or "UtcNow" or "Now" or "TickCount" or "TickCount64" or "IsCancellationRequested" or "GetElapsedTime" }:
                    return false;
                case InvocationExpressionSyntax call when SyntaxNames.OfInvoked(call) is "Delay" or "Sleep" && body.Span.Contains(call.Span):
                    waits = true;
                    break;
            }
        }

        return waits;
    }

    /// <summary>The task that is awaited, where it is a member of the service or several tasks together.</summary>
    internal static ExpressionSyntax? TaskOf(ExpressionSyntax awaited)
    {
        if (awaited is InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax { Name.Identifier.ValueText: "ConfigureAwait", Expression: var configured } })
            awaited = configured;

        return awaited switch
        {
            IdentifierNameSyntax or MemberAccessExpressionSyntax => awaited,
            PostfixUnaryExpressionSyntax { RawKind: (int)SyntaxKind.SuppressNullableWarningExpression } => awaited,
            InvocationExpressionSyntax call when SyntaxNames.OfInvoked(call) == "WhenAll" && SyntaxNames.OfReceiver(call) == "Task" => awaited,
            _ => null,
        };
    }

    private static bool IsConfirmed(SourceFile file, SyntaxNode wait)
    {
        var symbols = file.Symbols;
        switch (wait)
        {
            case AwaitExpressionSyntax await:
                var task = TaskOf(await.Expression)!;
                if (task is InvocationExpressionSyntax)
                    return true;

                return file.Model.GetSymbolInfo(task, file.CancellationToken).Symbol is IFieldSymbol or IPropertySymbol { Name: not "CompletedTask" }
                       && file.Model.GetTypeInfo(task, file.CancellationToken).Type is { } type
                       && (type.IsOrInherits(symbols.Task) || type.Is(symbols.ValueTask));

            case InvocationExpressionSyntax call:
                return file.Model.GetSymbolInfo(call, file.CancellationToken).Symbol is IMethodSymbol method
                       && method.Name switch
                       {
                           "Join" => method.ContainingType.Is(symbols.Thread),
                           "WaitOne" => method.ContainingType.IsOrInherits(symbols.WaitHandle),
                           _ => false,
                       };

            default:
                return true;
        }
    }
}
