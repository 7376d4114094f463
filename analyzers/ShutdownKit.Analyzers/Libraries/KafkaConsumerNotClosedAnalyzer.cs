using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.Libraries;

/// <summary>SHK7005: a Kafka consumer that joined a group and never leaves it.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class KafkaConsumerNotClosedAnalyzer : ShutdownAnalyzer
{
    internal const string Id = "SHK7005";

    /// <summary>The names without which there is nothing to find.</summary>
    internal static readonly string[] Names = ["ConsumerBuilder"];

    private static readonly DiagnosticDescriptor Rule = RuleDescriptor.Create(
        Id,
        "Kafka consumer is not closed",
        "'{0}' never leaves its group: without Close, which Dispose does not call, its partitions stand still until the session times out, and offsets stored since the last commit are forgotten",
        RuleCategories.Libraries,
        DiagnosticSeverity.Info,
        "Close commits the stored offsets and tells the group that the consumer leaves, so that its partitions are taken over at once. Dispose alone does neither.");

    /// <summary>Creates the analyzer.</summary>
    public KafkaConsumerNotClosedAnalyzer()
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
        if (name.Parent is not GenericNameSyntax type
            || type.FirstAncestorOrSelf<ObjectCreationExpressionSyntax>() is not { } builder
            || !builder.Type.Span.Contains(type.Span)
            || FluentCalls.EndOf(builder, "Build") is not { } creation)
        {
            return;
        }

        var fate = ObjectFate.Of(creation, file);
        if (fate.Holder is Holder.Local or Holder.Field && !fate.Escapes
            && fate.Calls("Subscribe") && fate.Calls("Consume") && !fate.Calls("Close")
            && file.Model.GetTypeInfo(builder, file.CancellationToken).Type?.ContainingNamespace?.ToDisplayString() == "Confluent.Kafka")
        {
            file.Report(Diagnostic.Create(Rule, builder.GetLocation(), fate.Name ?? "consumer"));
        }
    }
}
