using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.Signals;

/// <summary>SHK1001: a program that runs until it is told to stop, and has no way to be told by SIGTERM.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class NoSigtermRouteAnalyzer : ShutdownAnalyzer
{
    internal const string Id = "SHK1001";

    /// <summary>The names without which a terminal does not keep a server alive.</summary>
    internal static readonly string[] Names = ["ReadLine", "ReadLineAsync", "ReadKey"];

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

    private protected override void Register(Watch watch)
    {
        var app = watch.Facts.App;
        if (watch.Facts.IsExemptAsTest || !app.IsConsoleProgram || app.IsForOtherPlatform || app.NetMajorVersion is null)
            return;

        watch.Program(LookAtMain);
        watch.Names(Names, LookAtTerminal);
    }

    private static void LookAtMain(SourceFile file)
    {
        var facts = file.Facts;
        var routes = SignalRoutes.Of(facts, file.CancellationToken);
        if (routes.HasHost || routes.HasSigtermHandler || routes.HasLifetimeOwner || routes.IsWindowsService || routes.HasProcessExitHook && !facts.App.IsNet10OrLater)
            return;

        var program = ProgramCode.Of(facts, file.CancellationToken);
        if (program.FirstWait is not { } wait)
        {
            LookForRead(file, program);
            return;
        }

        // Before .NET 10 SIGTERM ends the program at once: that is a defect only where there is something that it cuts off.
        var body = program.WaitingBody!;
        var skipsCleanUp = SkipsCleanUp(wait, body);
        if (!facts.App.IsNet10OrLater && !skipsCleanUp
            && !ServerEvidence.Surrounds(body, wait.Node, facts.ModelOf(body.SyntaxTree), file.CancellationToken))
        {
            return;
        }

        // The handler of Ctrl+C is the better place to say it, or the one of ProcessExit.
        if (CancelKeyPressOnlyAnalyzer.Subscription(facts, file.CancellationToken) is not null
            || routes.HasProcessExitHook && ProcessExitAsSigtermHookAnalyzer.ReportsIn(facts, file.CancellationToken))
        {
            return;
        }

        var what = wait.Kind == WaitKind.Loop ? "This loop" : "This wait";
        var message = facts.App.IsNet10OrLater
            ? $"{what} runs until the program is stopped, and nothing handles SIGTERM: as PID 1 of a container the program ignores 'docker stop' until SIGKILL"
            : $"{what} runs until the program is stopped, and nothing handles SIGTERM: 'docker stop' ends the program at once, {(skipsCleanUp ? "without its finally blocks, usings and what follows" : "in the middle of its work")}";
        file.Report(Diagnostic.Create(Rule, wait.Location, message));
    }

    // Read is too common a name to be looked for everywhere.
    private static void LookForRead(SourceFile file, ProgramCode program)
    {
        foreach (var body in program.Bodies)
        {
            if (body.SyntaxTree != file.Tree)
                continue;

            foreach (var node in EndlessWaits.OwnCodeOf(body))
            {
                if (node is InvocationExpressionSyntax call && SyntaxNames.OfInvoked(call) == "Read")
                    Check(file, call);
            }
        }
    }

    private static void LookAtTerminal(SourceFile file, SyntaxToken name)
    {
        if (SyntaxNames.InvocationOf(name) is { } call)
            Check(file, call);
    }

    private static void Check(SourceFile file, InvocationExpressionSyntax call)
    {
        if (!EndlessWaits.IsTerminalRead(call)
            || EndlessWaits.BodyAround(call) is not { } body
            || !KeepsAlive(call, out var loop)
            || IsInBranch(call, loop, body)
            || UsesWhatIsRead(body)
            || !ServerEvidence.Surrounds(body, loop ?? (SyntaxNode)call, file.Model, file.CancellationToken)
            || file.Model.GetSymbolInfo(call, file.CancellationToken).Symbol?.ContainingType is not { Name: "Console" or "TextReader" }
            || SignalRoutes.Of(file.Facts, file.CancellationToken).IsWindowsService
            || StartedHost.IsStartedIn(body, file))
        {
            return;
        }

        var message = SyntaxNames.OfInvoked(call) == "ReadKey" ? "Without a terminal, as in a container, ReadKey throws: the server ends as soon as it has started"
            : loop is null ? $"Without a terminal, as in a container, {SyntaxNames.OfInvoked(call)} returns at once: the server ends as soon as it has started"
            : $"Without a terminal, as in a container, {SyntaxNames.OfInvoked(call)} returns at once, time and again: the loop takes a whole processor, and nothing ends it";
        file.Report(Diagnostic.Create(Rule, call.GetLocation(), message));
    }

    // What is read is not used, or only compared with the word or key that ends a loop that does nothing else.
    private static bool KeepsAlive(InvocationExpressionSyntax call, out StatementSyntax? loop)
    {
        loop = null;
        SyntaxNode value = call;
        while (value.Parent is AwaitExpressionSyntax or ParenthesizedExpressionSyntax or MemberAccessExpressionSyntax or ConditionalAccessExpressionSyntax or PostfixUnaryExpressionSyntax
               || value.Parent is InvocationExpressionSyntax { ArgumentList.Arguments.Count: 0 })
        {
            value = value.Parent;
        }

        if (value.Parent is ExpressionStatementSyntax or AssignmentExpressionSyntax { Left: IdentifierNameSyntax { Identifier.ValueText: "_" }, Parent: ExpressionStatementSyntax })
        {
            var statement = value.FirstAncestorOrSelf<ExpressionStatementSyntax>()!;
            if (IsUnderDirective(statement))
                return false;

            loop = statement.Ancestors().FirstOrDefault(static it => it is WhileStatementSyntax or DoStatementSyntax or ForStatementSyntax or BaseMethodDeclarationSyntax or AnonymousFunctionExpressionSyntax) as StatementSyntax;
            return loop is null || IsIdle(loop);
        }

        // A key that is kept for the comparison which ends the loop.
        if (value.Parent is EqualsValueClauseSyntax { Parent: VariableDeclaratorSyntax { Parent.Parent: LocalDeclarationStatementSyntax { Parent: BlockSyntax { Parent: WhileStatementSyntax or DoStatementSyntax } block } } })
        {
            loop = (StatementSyntax)block.Parent!;
            return IsIdle(loop);
        }

        if (value.Parent is not BinaryExpressionSyntax { RawKind: (int)SyntaxKind.EqualsExpression or (int)SyntaxKind.NotEqualsExpression } comparison)
            return false;

        switch (comparison.Parent)
        {
            case WhileStatementSyntax or DoStatementSyntax:
                loop = (StatementSyntax)comparison.Parent;
                return IsIdle(loop);

            // Any other key ends the program just as well.
            case IfStatementSyntax { Else: null, Statement: var then }:
                return ServerEvidence.Stops(then);
            default:
                return false;
        }
    }

    // A shell may well wait once more at its end.
    private static bool UsesWhatIsRead(SyntaxNode body)
    {
        foreach (var node in EndlessWaits.OwnCodeOf(body))
        {
            if (node is InvocationExpressionSyntax read && EndlessWaits.IsTerminalRead(read) && !KeepsAlive(read, out _))
                return true;
        }

        return false;
    }

    // Nothing but reading, writing to the console and pausing.
    private static bool IsIdle(StatementSyntax loop)
    {
        foreach (var node in loop.DescendantNodes())
        {
            if (node is InvocationExpressionSyntax call && SyntaxNames.OfReceiver(call) is not ("Console" or "Thread" or "Task")
                && !(call.ArgumentList.Arguments.Count == 0 && SyntaxNames.OfInvoked(call) is "ToLower" or "ToUpper" or "Trim" or "ToLowerInvariant" or "ToUpperInvariant"))
            {
                return false;
            }

            if (node is AssignmentExpressionSyntax)
                return false;
        }

        return true;
    }

    private static bool IsUnderDirective(SyntaxNode statement)
    {
        foreach (var trivia in statement.GetLeadingTrivia())
        {
            if (trivia.IsKind(SyntaxKind.IfDirectiveTrivia))
                return true;
        }

        return false;
    }

    // Only now and then, or only with a terminal; where the server is started in the same branch, that branch is the server.
    private static bool IsInBranch(SyntaxNode read, SyntaxNode? loop, SyntaxNode body)
    {
        for (var node = (loop ?? read).Parent; node is not null && node != body; node = node.Parent)
        {
            switch (node)
            {
                case IfStatementSyntax { Condition: var condition } when !condition.Span.Contains(read.Span):
                    var text = condition.ToString();
                    if (text.Contains("UserInteractive") || text.Contains("IsInputRedirected") || text.Contains("IsAttached") || text.Contains("IsWindows") || !StartsIn(node, read))
                        return true;
                    break;
                case ElseClauseSyntax or SwitchSectionSyntax when !StartsIn(node, read):
                case CatchClauseSyntax or FinallyClauseSyntax:
                case WhileStatementSyntax or ForStatementSyntax or DoStatementSyntax or CommonForEachStatementSyntax:
                    return true;
            }
        }

        return false;
    }

    private static bool StartsIn(SyntaxNode branch, SyntaxNode read)
    {
        foreach (var node in branch.DescendantNodes())
        {
            if (node is InvocationExpressionSyntax call && call.SpanStart < read.SpanStart && SyntaxNames.OfInvoked(call) is { } name
                && (name.StartsWith("Start", StringComparison.Ordinal) || name.StartsWith("Run", StringComparison.Ordinal) || name.StartsWith("Listen", StringComparison.Ordinal) || name.StartsWith("Open", StringComparison.Ordinal)))
            {
                return true;
            }
        }

        return false;
    }

    private static bool SkipsCleanUp(EndlessWait wait, SyntaxNode body)
    {
        for (var node = wait.Node; node is not null && node != body; node = node.Parent)
        {
            switch (node.Parent)
            {
                case TryStatementSyntax { Finally: not null } guarded when guarded.Block == node:
                case UsingStatementSyntax:
                    return true;
                case BlockSyntax block when IsSurrounded(block.Statements, wait, node):
                    return true;
                case CompilationUnitSyntax unit when IsSurrounded(unit.Members.OfType<GlobalStatementSyntax>().Select(static it => it.Statement), wait, node):
                    return true;
            }
        }

        return false;
    }

    // A using declaration before it, or statements after it that do more than write a line.
    private static bool IsSurrounded(IEnumerable<StatementSyntax> statements, EndlessWait wait, SyntaxNode node)
    {
        foreach (var statement in statements)
        {
            var isBefore = statement.SpanStart < node.SpanStart && statement is LocalDeclarationStatementSyntax { UsingKeyword.RawKind: not 0 };
            var isAfter = statement.SpanStart > node.SpanStart && wait.Kind != WaitKind.Loop && statement is ExpressionStatementSyntax { Expression: var done }
                          && !(done is InvocationExpressionSyntax call && SyntaxNames.OfReceiver(call) == "Console");
            if (isBefore || isAfter)
                return true;
        }

        return false;
    }
}
