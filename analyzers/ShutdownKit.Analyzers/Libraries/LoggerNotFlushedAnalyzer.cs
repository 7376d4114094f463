using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.Libraries;

/// <summary>SHK7006: a program sets up a logger that writes in the background, and does not flush it before it ends.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class LoggerNotFlushedAnalyzer : ShutdownAnalyzer
{
    internal const string Id = "SHK7006";

    /// <summary>The names without which there is nothing to find, and those that tell that there is not.</summary>
    internal static readonly string[] Names = ["CreateLogger", "LoggerFactory", "CloseAndFlush", "CloseAndFlushAsync", "UseSerilog", "AddSerilog"];

    private static readonly string[] Closing = ["CloseAndFlush", "CloseAndFlushAsync"];

    // These write each event before they return.
    private static readonly HashSet<string> SynchronousSinks = new(StringComparer.Ordinal)
    {
        "Console", "Debug", "Trace", "File", "RollingFile", "ColoredConsole", "LiterateConsole", "TestOutput", "NUnitOutput", "TextWriter", "Logger", "Conditional", "Map", "Sink",
    };

    private static readonly DiagnosticDescriptor Rule = RuleDescriptor.Create(
        Id,
        "Logger is not flushed at the end",
        "{0}",
        RuleCategories.Libraries,
        DiagnosticSeverity.Warning,
        "Loggers write in the background. What they have not written when the process ends is lost, and these are the lines that tell why it ended. Flush in a finally block at the end of Main.");

    /// <summary>Creates the analyzer.</summary>
    public LoggerNotFlushedAnalyzer()
        : base(Rule)
    {
    }

    private protected override void Register(Watch watch)
    {
        if (watch.Facts.IsExemptAsTest || watch.Facts.Compilation.Options.OutputKind is not (OutputKind.ConsoleApplication or OutputKind.WindowsApplication))
            return;

        watch.Names(["CreateLogger"], LookAtSerilog);
        watch.Names(["LoggerFactory"], LookAtFactory);
    }

    private static void LookAtSerilog(SourceFile file, SyntaxToken name)
    {
        if (SyntaxNames.InvocationOf(name) is not { ArgumentList.Arguments.Count: 0 } creation
            || TargetOf(creation) is not { } target
            || file.Facts.MentionsAny(Closing, file.CancellationToken)
            || IsOwnedByHost(file)
            || file.Model.GetSymbolInfo(target, file.CancellationToken).Symbol?.ContainingType is not { Name: "Log", ContainingNamespace: { Name: "Serilog", ContainingNamespace.IsGlobalNamespace: true } })
        {
            return;
        }

        if (BackgroundSinkOf(creation) is { } sink)
        {
            file.Report(Diagnostic.Create(Rule, target.GetLocation(), $"Nothing calls Log.CloseAndFlush: what '{sink}' has not written yet when Main ends is lost"));
        }
        else
        {
            file.Report(Diagnostic.Create(
                Rule, target.GetLocation(), DiagnosticSeverity.Info, additionalLocations: null, properties: null,
                "Nothing calls Log.CloseAndFlush: what a sink that buffers has not written yet when Main ends is lost"));
        }
    }

    /// <summary>The <c>Log.Logger</c> that the new logger is assigned to, at once, by way of a local, or as the result of a method; else null.</summary>
    private static MemberAccessExpressionSyntax? TargetOf(InvocationExpressionSyntax creation)
    {
        if (AssignedTo(creation) is { } target)
            return target;

        ExpressionSyntax value = creation;
        while (value.Parent is ParenthesizedExpressionSyntax or ConditionalExpressionSyntax)
            value = (ExpressionSyntax)value.Parent;

        var (holder, scope) = value.Parent switch
        {
            EqualsValueClauseSyntax { Parent: VariableDeclaratorSyntax { Parent.Parent: LocalDeclarationStatementSyntax } declarator } =>
                (declarator.Identifier.ValueText, (SyntaxNode?)declarator.FirstAncestorOrSelf<MemberDeclarationSyntax>()),
            ReturnStatementSyntax or ArrowExpressionClauseSyntax => (FunctionAround(value), value.SyntaxTree.GetRoot()),
            _ => (null, null),
        };

        if (holder is null || scope is null)
            return null;

        // In top-level statements a member is a single statement.
        foreach (var use in NamesInFile.UsesOf(holder, scope is GlobalStatementSyntax ? scope.SyntaxTree.GetRoot() : scope))
        {
            var used = use.Parent is InvocationExpressionSyntax call && call.Expression == use ? call : (ExpressionSyntax)use;
            if (AssignedTo(used) is { } found)
                return found;
        }

        return null;
    }

    private static string? FunctionAround(SyntaxNode node)
    {
        foreach (var ancestor in node.Ancestors())
        {
            switch (ancestor)
            {
                case MethodDeclarationSyntax method:
                    return method.Identifier.ValueText;
                case LocalFunctionStatementSyntax function:
                    return function.Identifier.ValueText;
                case AnonymousFunctionExpressionSyntax or MemberDeclarationSyntax:
                    return null;
            }
        }

        return null;
    }

    private static MemberAccessExpressionSyntax? AssignedTo(ExpressionSyntax value)
    {
        while (value.Parent is ParenthesizedExpressionSyntax or ConditionalExpressionSyntax)
            value = (ExpressionSyntax)value.Parent;

        return value.Parent is AssignmentExpressionSyntax { Left: MemberAccessExpressionSyntax { Name.Identifier.ValueText: "Logger" } target } assignment
               && assignment.Right == value && SyntaxNames.Of(target.Expression) == "Log"
            ? target
            : null;
    }

    /// <summary>Whether the host disposes of the logger: it was given the making of it, or told to.</summary>
    private static bool IsOwnedByHost(SourceFile file)
    {
        foreach (var method in new[] { "UseSerilog", "AddSerilog" })
        {
            foreach (var token in file.Facts.TokensOf(method, file.CancellationToken))
            {
                if (SyntaxNames.InvocationOf(token) is not { } call)
                    continue;

                foreach (var argument in call.ArgumentList.Arguments)
                {
                    if (argument.Expression is AnonymousFunctionExpressionSyntax
                        || argument is { NameColon.Name.Identifier.ValueText: "dispose", Expression.RawKind: (int)SyntaxKind.TrueLiteralExpression }
                        || argument.Expression.IsKind(SyntaxKind.TrueLiteralExpression))
                    {
                        return true;
                    }
                }
            }
        }

        return false;
    }

    private static string? BackgroundSinkOf(InvocationExpressionSyntax creation)
    {
        InvocationExpressionSyntax? call = null;
        string? last = null;
        foreach (var (name, invocation) in FluentCalls.MembersOf(creation))
        {
            if (name == "WriteTo" && last is not null && call is not null && (!SynchronousSinks.Contains(last) || IsBuffered(call)))
                return last;

            last = name;
            call = invocation;
        }

        return null;
    }

    private static bool IsBuffered(InvocationExpressionSyntax sink) =>
        sink.ArgumentList.Arguments.Any(static argument =>
            argument is { NameColon.Name.Identifier.ValueText: "buffered", Expression.RawKind: (int)SyntaxKind.TrueLiteralExpression });

    private static void LookAtFactory(SourceFile file, SyntaxToken name)
    {
        if (name.Parent is not IdentifierNameSyntax type
            || (type.Parent is MemberAccessExpressionSyntax { Name: IdentifierNameSyntax last } qualified && last == type ? qualified : (ExpressionSyntax)type).Parent
                is not MemberAccessExpressionSyntax { Name.Identifier.ValueText: "Create", Parent: InvocationExpressionSyntax creation }
            || !WritesInBackground(creation)
            || !IsForgotten(creation, file)
            || file.Model.GetTypeInfo(creation, file.CancellationToken).Type is not { ContainingNamespace: { } space }
            || space.ToDisplayString() != "Microsoft.Extensions.Logging")
        {
            return;
        }

        file.Report(Diagnostic.Create(
            Rule, creation.Expression.GetLocation(), "Nothing disposes of this logger factory: what its providers have not written yet when the process ends is lost"));
    }

    // The console is written to by a thread of its own; of other providers nothing is known.
    private static bool WritesInBackground(InvocationExpressionSyntax creation)
    {
        foreach (var node in creation.ArgumentList.DescendantNodes())
        {
            if (node is SimpleNameSyntax { Identifier.ValueText: "AddConsole" or "AddSimpleConsole" or "AddJsonConsole" or "AddSystemdConsole" or "AddApplicationInsights" or "AddOpenTelemetry" })
                return true;
        }

        return false;
    }

    private static bool IsForgotten(InvocationExpressionSyntax creation, SourceFile file)
    {
        // LoggerFactory.Create(...).CreateLogger(...): the factory itself is out of everybody's reach.
        if (creation.Parent is MemberAccessExpressionSyntax { Name.Identifier.ValueText: "CreateLogger" } access && access.Expression == creation)
            return true;

        var fate = ObjectFate.Of(creation, file);
        return fate is { Holder: Holder.Local or Holder.Field, Escapes: false, IsInUsing: false } && fate.Uses.Count > 0 && !fate.Calls("Dispose");
    }
}
