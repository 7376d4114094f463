using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.Queues;

/// <summary>SHK6005: items are posted to a dataflow block whose completion nobody waits for.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class BlockNotDrainedAnalyzer : ShutdownAnalyzer
{
    internal const string Id = "SHK6005";

    /// <summary>The names without which there is nothing to find.</summary>
    internal static readonly string[] Names = ["ActionBlock", "BatchBlock"];

    private static readonly DiagnosticDescriptor Rule = RuleDescriptor.Create(
        Id,
        "Dataflow block is not drained",
        "{0}",
        RuleCategories.Queues,
        DiagnosticSeverity.Info,
        "What is queued in a dataflow block is in memory only. Call Complete and await Completion in the stop path, or what is queued when the process ends is lost; a BatchBlock also keeps its last, incomplete batch until then.");

    /// <summary>Creates the analyzer.</summary>
    public BlockNotDrainedAnalyzer()
        : base(Rule)
    {
    }

    private protected override void Register(Watch watch)
    {
        if (!watch.Facts.IsExemptAsTest)
            watch.Names(Names, Look);
    }

    private static void Look(SourceFile file, SyntaxToken name)
    {
        if (name.Parent is not GenericNameSyntax || Creations.Of(name) is not { } creation)
            return;

        var fate = ObjectFate.Of(creation, file);
        if (fate.Escapes || fate.Holder is not (Holder.Local or Holder.Field) || !(fate.Calls("Post") || fate.Calls("SendAsync")))
            return;

        // Whoever posts an item waits for its result.
        if (creation.DescendantNodes().Any(static node => node is SimpleNameSyntax { Identifier.ValueText: "TaskCompletionSource" }))
            return;

        var isBatch = name.ValueText == "BatchBlock";
        if (isBatch ? fate.Calls("TriggerBatch") || fate.Calls("Complete") : fate.Calls("Completion"))
            return;

        if (file.Model.GetTypeInfo(creation, file.CancellationToken).Type is not { ContainingNamespace: { } space } || space.ToDisplayString() != "System.Threading.Tasks.Dataflow")
            return;

        file.Report(Diagnostic.Create(Rule, creation.GetLocation(), isBatch
            ? $"The last, incomplete batch in '{fate.Name}' is never handed on: nothing calls Complete or TriggerBatch"
            : $"Nobody awaits the completion of '{fate.Name}': what is queued in it when the process ends is lost"));
    }
}
