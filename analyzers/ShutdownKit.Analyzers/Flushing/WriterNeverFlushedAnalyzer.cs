using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.Flushing;

/// <summary>SHK4001: a writer with a buffer that is written to, and neither flushed nor disposed.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class WriterNeverFlushedAnalyzer : ShutdownAnalyzer
{
    internal const string Id = "SHK4001";

    /// <summary>The names without which there is nothing to find.</summary>
    internal static readonly string[] Names = [.. BufferedWriters.TypeNames, .. BufferedWriters.FactoryNames];

    private static readonly DiagnosticDescriptor Rule = RuleDescriptor.Create(
        Id,
        "Buffered writer is never flushed",
        "'{0}' is written to and {1}",
        RuleCategories.Flushing,
        DiagnosticSeverity.Warning,
        "What is still in the buffer of a writer is lost when the process ends, even when it ends normally: no finalizer runs then, and a StreamWriter has none. Compressed and encrypted data also lack their end.");

    /// <summary>Creates the analyzer.</summary>
    public WriterNeverFlushedAnalyzer()
        : base(Rule)
    {
    }

    private protected override void Register(Watch watch)
    {
        var writers = new Lazy<BufferedWriters>(() => new BufferedWriters(watch.Symbols));
        watch.Names(Names, (file, name) => Look(file, name, writers));
    }

    private static void Look(SourceFile file, SyntaxToken name, Lazy<BufferedWriters> writers)
    {
        if (BufferedWriters.DeclaratorAt(name) is not { Parent.Parent: LocalDeclarationStatementSyntax { UsingKeyword.RawKind: 0 } } declarator)
            return;

        var uses = WriterUses.Of(declarator, BufferedWriters.LikelyNeed(name));
        if (uses.Escapes || !uses.IsWritten || (uses.IsSettled && uses.ForgottenAt is null))
            return;

        if (file.Model.GetOperation(declarator.Initializer!.Value, file.CancellationToken) is not { } created
            || writers.Value.NeedOf(created) is not { } need
            || need != BufferedWriters.LikelyNeed(name)
            || !uses.AreConfirmed(file.Model, file.CancellationToken))
        {
            return;
        }

        var when = uses.ForgottenAt is { } leaves
            ? $" before the method returns in line {leaves.GetLocation().GetLineSpan().StartLinePosition.Line + 1}"
            : "";
        file.Report(Diagnostic.Create(
            Rule,
            declarator.GetLocation(),
            declarator.Identifier.ValueText,
            (when.Length > 0 ? "not " : "never ") + (need == FlushNeed.End
                ? $"disposed{when}: its end is never written, so what was written cannot be read"
                : $"flushed or disposed{when}: what is still in its buffer is lost when the process ends")));
    }
}
