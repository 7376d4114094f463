using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.HostedServices;

/// <summary>SHK2002: an endless loop of a background service that never looks at the stopping token, although other code of it does.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class UnobservedCancellationAnalyzer : ShutdownAnalyzer
{
    internal const string Id = "SHK2002";

    /// <summary>The names without which there is nothing to find.</summary>
    internal static readonly string[] Names = ["ExecuteAsync"];

    /// <summary>The property of the diagnostic that holds an expression for the token.</summary>
    internal const string TokenProperty = "Token";

    // How many calls are followed from the loop to something that looks at a token.
    private const int MaximalDepth = 3;

    private static readonly DiagnosticDescriptor Rule = RuleDescriptor.Create(
        Id,
        "The loop cannot observe the cancellation",
        "Nothing ends this loop of '{0}' when the host stops: the stop waits for it until the host gives up after 30 s, but docker stop sends SIGKILL after 10 s",
        RuleCategories.HostedServices,
        DiagnosticSeverity.Warning,
        "The loop has no condition and no exit, and nothing in it is given the stopping token or tests it. The host waits for its whole "
        + "ShutdownTimeout, and a container is killed when its grace period is over, which is shorter by default.");

    /// <summary>Creates the analyzer.</summary>
    public UnobservedCancellationAnalyzer()
        : base(Rule)
    {
    }

    private protected override void Register(Watch watch)
    {
        if (watch.Symbols.BackgroundService is not null)
            watch.Names(Names, Look);
    }

    private static void Look(SourceFile file, SyntaxToken name)
    {
        // Where the parameter is not used at all SHK2001 says so.
        if (name.Parent is not MethodDeclarationSyntax { ParameterList.Parameters: { Count: 1 } parameters } declaration
            || !declaration.Modifiers.Any(SyntaxKind.OverrideKeyword)
            || LoopSyntax.BodyOf(declaration) is not { } body
            || !LoopSyntax.Mentions(body, parameters[0].Identifier.ValueText)
            || file.Model.GetDeclaredSymbol(declaration, file.CancellationToken) is not { } method
            || !StopTokens.IsExecuteAsync(method, file.Symbols))
        {
            return;
        }

        var signals = StopSignals.Of(method.ContainingType, file.Facts, file.CancellationToken);
        foreach (var part in signals.Path.Declarations)
        {
            if (part.SyntaxTree != file.Tree)
                continue;

            foreach (var member in part.Members)
            {
                if (member is MethodDeclarationSyntax work && LoopSyntax.BodyOf(work) is { } code && signals.IsWorkOfService(work))
                    Look(file, work, code, signals);
            }
        }
    }

    private static void Look(SourceFile file, MethodDeclarationSyntax work, SyntaxNode code, StopSignals signals)
    {
        foreach (var loop in LoopSyntax.NodesOf(code))
        {
            if (!LoopSyntax.HasNoCondition(loop)
                || LoopSyntax.HasExit(loop)
                || !LoopSyntax.NodesOf(loop).Any(IsWait)
                || MayObserve(loop, signals, MaximalDepth))
            {
                continue;
            }

            var token = work.ParameterList.Parameters.FirstOrDefault(static parameter => SyntaxNames.OfType(parameter.Type) == "CancellationToken")?.Identifier.Text
                        ?? signals.CancelledToken;
            file.Report(Diagnostic.Create(
                Rule, LoopSyntax.KeywordOf(loop).GetLocation(), ImmutableDictionary<string, string?>.Empty.Add(TokenProperty, token), signals.Path.Type.Name));
        }
    }

    // A loop that only computes is none of a service, and what reads a queue or a socket ends when that is closed.
    private static bool IsWait(SyntaxNode node) =>
        node is AwaitExpressionSyntax || (node is InvocationExpressionSyntax call && SyntaxNames.OfInvoked(call) is "Sleep" or "Wait");

    /// <summary>Whether anything in the code, or in the members of the type that it uses, may notice the stop. By names, and in doubt it may.</summary>
    private static bool MayObserve(SyntaxNode code, StopSignals signals, int depth)
    {
        foreach (var node in code.DescendantNodes())
        {
            if (node is not SimpleNameSyntax name)
                continue;

            if (TellsOfAStop(name.Identifier.ValueText) || signals.Tokens.ContainsKey(name.Identifier.ValueText) || EndsWhenClosed(name.Identifier.ValueText))
                return true;
        }

        if (depth == 0)
            return false;

        foreach (var name in StopPath.OwnNames(code))
        {
            foreach (var member in signals.Path.MembersNamed(name.Identifier.ValueText))
            {
                if (member != code && MayObserve(member, signals, depth - 1))
                    return true;
            }
        }

        return false;
    }

    private static bool TellsOfAStop(string name) =>
        name is "ct" or "ApplicationStopping" or "ApplicationStopped"
        || name.IndexOf("token", StringComparison.OrdinalIgnoreCase) >= 0
        || name.IndexOf("cancel", StringComparison.OrdinalIgnoreCase) >= 0
        || name.IndexOf("cts", StringComparison.OrdinalIgnoreCase) >= 0
        || name.IndexOf("stop", StringComparison.OrdinalIgnoreCase) >= 0
        || name.IndexOf("shutdown", StringComparison.OrdinalIgnoreCase) >= 0;

    private static bool EndsWhenClosed(string name) =>
        name is "Take" or "GetConsumingEnumerable" or "Consume"
        || name.StartsWith("Accept", StringComparison.Ordinal)
        || name.StartsWith("Receive", StringComparison.Ordinal)
        || name.StartsWith("Read", StringComparison.Ordinal)
        || name.StartsWith("GetContext", StringComparison.Ordinal)
        || name.StartsWith("Dequeue", StringComparison.Ordinal);
}
