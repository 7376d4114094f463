using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.Exits;

/// <summary>SHK3003: a process that kills itself, outside of the handlers for which that is made.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class SelfKillAnalyzer : ShutdownAnalyzer
{
    internal const string Id = "SHK3003";

    /// <summary>The names without which there is nothing to find.</summary>
    internal static readonly string[] Names = ["FailFast", "GetCurrentProcess"];

    // Methods with such names are the last resort of a process whose state cannot be trusted any more.
    private static readonly string[] LastResorts = ["Fatal", "Unhandled", "Crash", "Corrupt", "Panic", "FailFast", "Assert", "Abort", "Watchdog", "FirstChance", "ForceExit", "ForceKill"];

    private static readonly string[] LastResortEvents = ["UnhandledException", "FirstChanceException", "UnobservedTaskException", "CancelKeyPress", "DispatcherUnhandledException"];

    private static readonly DiagnosticDescriptor Rule = RuleDescriptor.Create(
        Id,
        "The process kills itself",
        "{0}: nothing is stopped, flushed or disposed of, and not even ProcessExit handlers run",
        RuleCategories.Exits,
        DiagnosticSeverity.Warning,
        "A process that kills itself ends as under SIGKILL. Stop the host with IHostApplicationLifetime.StopApplication, or let Main return with an exit code.");

    /// <summary>Creates the analyzer.</summary>
    public SelfKillAnalyzer()
        : base(Rule)
    {
    }

    private protected override void Register(Watch watch)
    {
        if (watch.Facts.IsExemptAsTest || watch.Facts.App.IsForOtherPlatform)
            return;

        var places = new HostedPlaces(watch.Symbols);
        watch.Names(Names, (file, name) => Look(file, name, places));
    }

    private static void Look(SourceFile file, SyntaxToken name, HostedPlaces places)
    {
        if (SyntaxNames.InvocationOf(name) is not { } call)
            return;

        if (name.ValueText == "FailFast")
            LookAtFailFast(file, call, places);
        else if (KillOf(call) is { } kill && !IsLastResort(kill) && !CleansUpBefore(kill)
                 && file.Model.GetSymbolInfo(call, file.CancellationToken).Symbol?.ContainingType is { Name: "Process", ContainingNamespace.Name: "Diagnostics" })
        {
            file.Report(Diagnostic.Create(Rule, kill.GetLocation(), "The process kills itself"));
        }
    }

    // Where no host runs, FailFast is the documented way to end a broken process.
    private static void LookAtFailFast(SourceFile file, InvocationExpressionSyntax call, HostedPlaces places)
    {
        if (file.Symbols.HostedService is not null
            && SyntaxNames.OfReceiver(call) is null or "Environment"
            && !IsLastResort(call)
            && file.Model.GetOperation(call, file.CancellationToken) is IInvocationOperation invocation
            && invocation.TargetMethod.ContainingType.Is(file.Symbols.Environment)
            && places.Describe(invocation, file.Model.GetEnclosingSymbol(call.SpanStart, file.CancellationToken)) is { } place)
        {
            file.Report(Diagnostic.Create(Rule, call.GetLocation(), $"Environment.FailFast in {place} ends the process while the host runs"));
        }
    }

    // GetCurrentProcess().Kill(), or a local that holds the process and is killed.
    private static InvocationExpressionSyntax? KillOf(InvocationExpressionSyntax current)
    {
        if (current.Parent is MemberAccessExpressionSyntax { Name.Identifier.ValueText: "Kill", Parent: InvocationExpressionSyntax direct })
            return direct;
        if (current.Parent is not EqualsValueClauseSyntax { Parent: VariableDeclaratorSyntax { Identifier.ValueText: var local } variable }
            || variable.FirstAncestorOrSelf<BlockSyntax>() is not { } block)
        {
            return null;
        }

        foreach (var node in block.DescendantNodes())
        {
            if (node is InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax { Name.Identifier.ValueText: "Kill", Expression: IdentifierNameSyntax { Identifier.ValueText: var killed } } } kill
                && killed == local)
            {
                return kill;
            }
        }

        return null;
    }

    private static bool IsLastResort(SyntaxNode kill)
    {
        foreach (var ancestor in kill.Ancestors())
        {
            switch (ancestor)
            {
                case AssignmentExpressionSyntax { RawKind: (int)SyntaxKind.AddAssignmentExpression, Left: var left } when LastResortEvents.Contains(SyntaxNames.Of(left)):
                case InvocationExpressionSyntax call when call != kill && SyntaxNames.OfReceiver(call) is "ApplicationStopped" or "PosixSignalRegistration":
                case CatchClauseSyntax { Declaration.Type: var type } when IsCorruption(type.ToString()):
                case MethodDeclarationSyntax { Identifier.ValueText: var method } when IsNamedLastResort(method):
                case LocalFunctionStatementSyntax { Identifier.ValueText: var function } when IsNamedLastResort(function):
                case TypeDeclarationSyntax { Identifier.ValueText: var name } when IsNamedLastResort(name):
                    return true;
                case StatementSyntax statement when statement.GetLeadingTrivia().Any(static trivia => trivia.IsKind(SyntaxKind.IfDirectiveTrivia)):
                    return true;
            }
        }

        return false;
    }

    private static bool IsCorruption(string type) =>
        type.EndsWith("OutOfMemoryException", StringComparison.Ordinal) || type.EndsWith("StackOverflowException", StringComparison.Ordinal)
        || type.EndsWith("AccessViolationException", StringComparison.Ordinal) || type.EndsWith("SEHException", StringComparison.Ordinal);

    private static bool IsNamedLastResort(string name)
    {
        foreach (var word in LastResorts)
        {
            if (name.IndexOf(word, StringComparison.OrdinalIgnoreCase) >= 0)
                return true;
        }

        return false;
    }

    // A kill behind the clean-up only makes sure that nothing hangs.
    private static bool CleansUpBefore(SyntaxNode kill)
    {
        if (kill.FirstAncestorOrSelf<BlockSyntax>() is not { } block)
            return false;

        foreach (var node in block.DescendantNodes())
        {
            if (node.SpanStart < kill.SpanStart && node is InvocationExpressionSyntax call && SyntaxNames.OfInvoked(call) is { } name
                && (name.StartsWith("Stop", StringComparison.Ordinal) || name.StartsWith("Shutdown", StringComparison.OrdinalIgnoreCase) || name.StartsWith("Close", StringComparison.Ordinal)
                    || name.StartsWith("Flush", StringComparison.Ordinal) || name.StartsWith("Save", StringComparison.Ordinal) || name.StartsWith("Dispose", StringComparison.Ordinal)
                    || name.StartsWith("CleanUp", StringComparison.OrdinalIgnoreCase)))
            {
                return true;
            }
        }

        return false;
    }
}
