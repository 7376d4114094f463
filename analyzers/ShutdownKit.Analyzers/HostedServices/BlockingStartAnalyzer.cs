using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.HostedServices;

/// <summary>SHK2013: an <c>ExecuteAsync</c> that blocks before its first await, and with it the start of the host, before .NET 10.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class BlockingStartAnalyzer : ShutdownAnalyzer
{
    internal const string Id = "SHK2013";

    /// <summary>The names without which there is nothing to find.</summary>
    internal static readonly string[] Names = ["ExecuteAsync"];

    private static readonly DiagnosticDescriptor Rule = RuleDescriptor.Create(
        Id,
        "ExecuteAsync blocks the start of the host",
        "'{0}' blocks before the first await of '{1}.ExecuteAsync': before .NET 10 the host waits for it, so that later services are not started and a SIGTERM aborts the start",
        RuleCategories.HostedServices,
        DiagnosticSeverity.Warning,
        "Before .NET 10 the host runs ExecuteAsync on its own thread up to the first await that really waits. Code that blocks before that keeps the "
        + "host from starting: the services after it do not start, the server does not listen, and a stop finds a host that is not up.");

    /// <summary>Creates the analyzer.</summary>
    public BlockingStartAnalyzer()
        : base(Rule)
    {
    }

    private protected override void Register(Watch watch)
    {
        if (watch.Symbols.BackgroundService is { } service && IsBefore10(service, watch.Facts.App, watch.Facts.Compilation))
            watch.Names(Names, Look);
    }

    // The change came with the hosting package 10, which a program for an older framework may have taken.
    private static bool IsBefore10(INamedTypeSymbol service, AppShape app, Compilation compilation)
    {
        var hosting = service.ContainingAssembly.Identity.Version.Major;
        var runtime = compilation.GetSpecialType(SpecialType.System_Object).ContainingAssembly?.Identity.Version.Major;
        return app.NetMajorVersion is < 10 && !(hosting >= 10 && runtime < 10);
    }

    /// <summary>Whether the rule is the one to report the call, if it blocks the start at all.</summary>
    internal static bool Covers(SourceFile file, SyntaxNode member, InvocationExpressionSyntax call) =>
        member is MethodDeclarationSyntax { Identifier.ValueText: "ExecuteAsync" } execute
        && file.Symbols.BackgroundService is { } service
        && IsBefore10(service, file.Facts.App, file.Facts.Compilation)
        && LoopSyntax.BodyOf(execute) is { } body
        && FirstBlock(body) == call;

    private static void Look(SourceFile file, SyntaxToken name)
    {
        if (name.Parent is not MethodDeclarationSyntax declaration
            || !declaration.Modifiers.Any(SyntaxKind.OverrideKeyword)
            || LoopSyntax.BodyOf(declaration) is not { } body
            || FirstBlock(body) is not { } blocking
            || file.Model.GetDeclaredSymbol(declaration, file.CancellationToken) is not { } method
            || !StopTokens.IsExecuteAsync(method, file.Symbols)
            || !IsConfirmed(file, blocking))
        {
            return;
        }

        file.Report(Diagnostic.Create(Rule, blocking.GetLocation(), $"{SyntaxNames.OfReceiver(blocking)}.{SyntaxNames.OfInvoked(blocking)}", method.ContainingType.Name));
    }

    /// <summary>The first call that blocks, where no await comes before it.</summary>
    private static InvocationExpressionSyntax? FirstBlock(SyntaxNode body)
    {
        foreach (var node in body.DescendantNodes(static node => !LoopSyntax.IsFunction(node) && node is not CatchClauseSyntax))
        {
            switch (node)
            {
                case AwaitExpressionSyntax:
                case CommonForEachStatementSyntax { AwaitKeyword.RawKind: not 0 }:
                case LocalDeclarationStatementSyntax { AwaitKeyword.RawKind: not 0 }:
                case UsingStatementSyntax { AwaitKeyword.RawKind: not 0 }:
                    return null;
                case InvocationExpressionSyntax call when MayBlock(call):
                    return call;
            }
        }

        return null;
    }

    private static bool MayBlock(InvocationExpressionSyntax call)
    {
        var arguments = call.ArgumentList.Arguments;
        switch (SyntaxNames.OfInvoked(call))
        {
            case "Consume":
                return arguments.Count == 0 || (arguments.Count == 1 && LoopSyntax.Mentions(arguments[0], "Zero") == false);
            case "Take" or "GetConsumingEnumerable":
                return arguments.Count == 0 || (arguments.Count == 1 && arguments[0].Expression is not LiteralExpressionSyntax);
            case "AcceptTcpClient" or "AcceptSocket" or "GetContext" or "WaitOne":
                return arguments.Count == 0;
            case "ReadLine" or "ReadKey":
                return SyntaxNames.OfReceiver(call) == "Console";
            case "Sleep":
                // A single short sleep delays the start a little; in an endless loop it never ends.
                return SyntaxNames.OfReceiver(call) == "Thread" && (IsInEndlessLoop(call) || Waits.Milliseconds(arguments.FirstOrDefault()?.Expression) >= 1_000);
            default:
                return false;
        }
    }

    // A loop that awaits nothing and has no end of its own.
    private static bool IsInEndlessLoop(SyntaxNode call)
    {
        for (var node = call.Parent; node is StatementSyntax or ExpressionSyntax or CatchClauseSyntax; node = node.Parent)
        {
            if (LoopSyntax.HasNoCondition(node) || LoopSyntax.GoesOnUntilCancelled(node))
                return !LoopSyntax.HasExit(node) && !LoopSyntax.NodesOf(node).Any(static inner => inner is AwaitExpressionSyntax);
        }

        return false;
    }

    private static bool IsConfirmed(SourceFile file, InvocationExpressionSyntax call)
    {
        if (file.Model.GetSymbolInfo(call, file.CancellationToken).Symbol is not IMethodSymbol { ContainingType: var type })
            return false;

        var symbols = file.Symbols;
        return type.Is(symbols.Thread) || type.Is(symbols.Console) || type.IsOrInherits(symbols.WaitHandle)
               || type.Is(symbols.Type("System.Collections.Concurrent.BlockingCollection`1"))
               || type.Is(symbols.Type("Confluent.Kafka.IConsumer`2"))
               || type.Is(symbols.Type("System.Net.Sockets.TcpListener"))
               || type.Is(symbols.Type("System.Net.HttpListener"));
    }
}
