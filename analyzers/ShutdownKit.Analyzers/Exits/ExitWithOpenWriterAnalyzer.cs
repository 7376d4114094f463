using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using ShutdownKit.Analyzers.Flushing;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.Exits;

/// <summary>SHK3002: Environment.Exit while a writer of the same method still holds what has been written to it.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class ExitWithOpenWriterAnalyzer : ShutdownAnalyzer
{
    internal const string Id = "SHK3002";

    /// <summary>The names without which there is nothing to find.</summary>
    internal static readonly string[] Names = ["Exit"];

    private static readonly DiagnosticDescriptor Rule = RuleDescriptor.Create(
        Id,
        "Environment.Exit with an open writer",
        "Environment.Exit runs no finally block and no using: what '{0}' still holds in its buffer is not written",
        RuleCategories.Exits,
        DiagnosticSeverity.Warning,
        "Dispose of the writer before the call, or return from Main with an exit code instead.");

    /// <summary>Creates the analyzer.</summary>
    public ExitWithOpenWriterAnalyzer()
        : base(Rule)
    {
    }

    /// <summary>
    /// The declarations of writers that are open where the call stands, the innermost first. Of each it is known that it was written
    /// to before, and that nothing has flushed it since.
    /// </summary>
    internal static IEnumerable<VariableDeclaratorSyntax> OpenWriters(
        InvocationExpressionSyntax exit, SemanticModel model, BufferedWriters writers, CancellationToken cancellationToken)
    {
        SyntaxNode inner = exit;
        for (var node = exit.Parent; node is not null; inner = node, node = node.Parent)
        {
            switch (node)
            {
                case AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax or BaseMethodDeclarationSyntax:
                    yield break;
                case UsingStatementSyntax { Declaration.Variables: var variables } scope when scope.Statement == inner:
                    foreach (var variable in variables)
                    {
                        if (IsOpen(variable, exit, scope, model, writers, cancellationToken))
                            yield return variable;
                    }

                    break;
                case BlockSyntax block:
                    foreach (var variable in DeclaredBefore(block.Statements, inner))
                    {
                        if (IsOpen(variable, exit, block, model, writers, cancellationToken))
                            yield return variable;
                    }

                    break;
                case CompilationUnitSyntax unit:
                    foreach (var variable in DeclaredBefore(unit.Members.OfType<GlobalStatementSyntax>().Select(static it => it.Statement), inner))
                    {
                        if (IsOpen(variable, exit, unit, model, writers, cancellationToken))
                            yield return variable;
                    }

                    yield break;
            }
        }
    }

    private protected override void Register(Watch watch)
    {
        if (watch.Facts.IsExemptAsTest)
            return;

        var writers = new BufferedWriters(watch.Symbols);
        var places = new HostedPlaces(watch.Symbols);
        watch.Names(Names, (file, name) => Look(file, name, writers, places));
    }

    private static void Look(SourceFile file, SyntaxToken name, BufferedWriters writers, HostedPlaces places)
    {
        if (SyntaxNames.InvocationOf(name) is not { } call || SyntaxNames.OfReceiver(call) is not (null or "Environment"))
            return;

        foreach (var writer in OpenWriters(call, file.Model, writers, file.CancellationToken))
        {
            // Under a host the whole exit is wrong, and SHK3001 says so.
            if (file.Model.GetSymbolInfo(call, file.CancellationToken).Symbol?.ContainingType.Is(file.Symbols.Environment) == true
                && (file.Symbols.HostedService is null || EnvironmentExitUnderHostAnalyzer.PlaceOf(call, file, places) is null))
            {
                file.Report(Diagnostic.Create(Rule, call.GetLocation(), writer.Identifier.ValueText));
            }

            return;
        }
    }

    private static IEnumerable<VariableDeclaratorSyntax> DeclaredBefore(IEnumerable<StatementSyntax> statements, SyntaxNode end)
    {
        var found = new List<VariableDeclaratorSyntax>();
        foreach (var statement in statements)
        {
            if (statement.SpanStart >= end.SpanStart)
                break;
            if (statement is LocalDeclarationStatementSyntax local)
                found.AddRange(local.Declaration.Variables);
        }

        found.Reverse();
        return found;
    }

    private static bool IsOpen(
        VariableDeclaratorSyntax variable, InvocationExpressionSyntax exit, SyntaxNode scope, SemanticModel model, BufferedWriters writers, CancellationToken cancellationToken) =>
        variable.Initializer?.Value is { } value
        && MayBeWriter(value, variable)
        && IsWrittenAndNotFlushed(variable.Identifier.ValueText, variable.Span.End, exit.SpanStart, scope)
        && model.GetOperation(value, cancellationToken) is { } created
        && writers.NeedOf(created) is not null;

    // By names, before the whole block is searched for them.
    private static bool MayBeWriter(ExpressionSyntax value, VariableDeclaratorSyntax variable) => value switch
    {
        ObjectCreationExpressionSyntax { Type: var type } => IsWriterName(type.ToString()),
        ImplicitObjectCreationExpressionSyntax => variable.Parent is VariableDeclarationSyntax { Type: var type } && IsWriterName(type.ToString()),
        InvocationExpressionSyntax call => SyntaxNames.OfInvoked(call) is "Create" or "CreateText" or "AppendText" or "OpenWrite" or "Open",
        _ => false,
    };

    private static bool IsWriterName(string type) =>
        type.EndsWith("Writer", StringComparison.Ordinal) || type.EndsWith("Stream", StringComparison.Ordinal) || type.EndsWith("ZipArchive", StringComparison.Ordinal);

    private static bool IsWrittenAndNotFlushed(string name, int from, int to, SyntaxNode scope)
    {
        var isWritten = false;
        foreach (var node in scope.DescendantNodes())
        {
            if (node.SpanStart < from || node.SpanStart >= to || node is not IdentifierNameSyntax identifier || identifier.Identifier.ValueText != name)
                continue;

            // Whoever else gets the writer may flush it.
            if (identifier.Parent is not MemberAccessExpressionSyntax { Name.Identifier.ValueText: var member } access || access.Expression != identifier)
                return false;
            if (member.StartsWith("Flush", StringComparison.Ordinal) || member is "Close" or "Dispose" or "DisposeAsync" or "AutoFlush" or "Complete" or "CompleteAsync" or "BaseStream")
            {
                if (!IsBeforeAnotherExit(identifier, to))
                    return false;
                continue;
            }

            isWritten |= member.StartsWith("Write", StringComparison.Ordinal) || member.StartsWith("Append", StringComparison.Ordinal) || member.StartsWith("CreateEntry", StringComparison.Ordinal);
        }

        return isWritten;
    }

    // What a branch flushes that ends the process itself is not flushed on the way past it.
    private static bool IsBeforeAnotherExit(SyntaxNode flush, int exit) =>
        flush.FirstAncestorOrSelf<BlockSyntax>() is { } branch
        && !branch.Span.Contains(exit)
        && branch.Statements.LastOrDefault() is ExpressionStatementSyntax { Expression: InvocationExpressionSyntax last }
        && SyntaxNames.OfInvoked(last) == "Exit";
}
