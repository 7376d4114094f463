using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.Libraries;

/// <summary>SHK7004: messages are handed to a Kafka producer that is never flushed.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class KafkaProduceWithoutFlushAnalyzer : ShutdownAnalyzer
{
    internal const string Id = "SHK7004";

    /// <summary>The names without which there is nothing to find, and those that tell how a producer is made and flushed.</summary>
    internal static readonly string[] Names =
        ["Produce", "ProduceAsync", "Flush", "CommitTransaction", "SendOffsetsToTransaction", "ProducerBuilder", "IProducer", "Confluent"];

    private static readonly string[] Anchors = ["Produce", "ProduceAsync"];

    private static readonly DiagnosticDescriptor Rule = RuleDescriptor.Create(
        Id,
        "Kafka producer is never flushed",
        "'{0}' only queues the message in memory, and nothing calls Flush on '{1}': what is still queued when the process ends, or when the producer is disposed of, is lost",
        RuleCategories.Libraries,
        DiagnosticSeverity.Warning,
        "Produce returns as soon as the message is in the producer's queue, and Dispose does not send what is left there. Call Flush before Dispose, with a timeout that fits into the grace period.");

    /// <summary>Creates the analyzer.</summary>
    public KafkaProduceWithoutFlushAnalyzer()
        : base(Rule)
    {
    }

    private protected override void Register(Watch watch)
    {
        if (!watch.Facts.IsExemptAsTest)
            watch.Names(Anchors, Look);
    }

    private static void Look(SourceFile file, SyntaxToken name)
    {
        if (SyntaxNames.InvocationOf(name) is not { ArgumentList.Arguments.Count: >= 2, Expression: MemberAccessExpressionSyntax target } call
            || (name.ValueText == "ProduceAsync" && !DroppedTask.IsDropped(call))
            || ReceiverNameOf(target) is not { } receiver
            || file.Symbols.Type("Confluent.Kafka.IProducer`2") is not { } producer
            || IsRepeated(file, call, receiver)
            || file.Model.GetSymbolInfo(call, file.CancellationToken).Symbol is not IMethodSymbol method
            || !method.ContainingType.IsOrInherits(producer)
            || IsFlushed(file, call, target.Expression, receiver))
        {
            return;
        }

        file.Report(Diagnostic.Create(Rule, target.GetLocation(), name.ValueText, receiver));
    }

    private static string? ReceiverNameOf(MemberAccessExpressionSyntax target) => target.Expression switch
    {
        IdentifierNameSyntax name => name.Identifier.ValueText,
        MemberAccessExpressionSyntax { Expression: ThisExpressionSyntax, Name.Identifier.ValueText: var name } => name,
        _ => null,
    };

    // One report for a producer is enough.
    private static bool IsRepeated(SourceFile file, InvocationExpressionSyntax call, string receiver)
    {
        var type = call.FirstAncestorOrSelf<TypeDeclarationSyntax>();
        var member = call.FirstAncestorOrSelf<MemberDeclarationSyntax>();
        foreach (var anchor in Anchors)
        {
            foreach (var token in file.Tokens(anchor))
            {
                if (token.SpanStart >= call.Span.End || SyntaxNames.InvocationOf(token) is not { Expression: MemberAccessExpressionSyntax target } other || other == call)
                    continue;

                if (other.SpanStart < call.SpanStart && ReceiverNameOf(target) == receiver
                    && other.FirstAncestorOrSelf<TypeDeclarationSyntax>() == type
                    && (receiver.StartsWith("_", StringComparison.Ordinal) || target.Expression is MemberAccessExpressionSyntax || other.FirstAncestorOrSelf<MemberDeclarationSyntax>() == member)
                    && (anchor == "Produce" || DroppedTask.IsDropped(other)))
                {
                    return true;
                }
            }
        }

        return false;
    }

    private static bool IsFlushed(SourceFile file, InvocationExpressionSyntax call, ExpressionSyntax receiver, string name)
    {
        // A transaction is committed only when all of its messages have arrived.
        if (file.MayMention("CommitTransaction"))
            return true;

        switch (file.Model.GetSymbolInfo(receiver, file.CancellationToken).Symbol)
        {
            case ILocalSymbol { DeclaringSyntaxReferences: { Length: 1 } references }
                when references[0].GetSyntax(file.CancellationToken) is VariableDeclaratorSyntax { Initializer.Value: InvocationExpressionSyntax created } && SyntaxNames.OfInvoked(created) == "Build":
                // A dependent producer shares the queue of another one, which is flushed in its stead.
                var fate = ObjectFate.Of(created, file);
                return created.ToString().Contains("DependentProducerBuilder") || fate.Holder != Holder.Local || fate.Escapes || fate.Calls("Flush");

            case ILocalSymbol or IParameterSymbol or IFieldSymbol or IPropertySymbol:
                return IsFlushedIn(ObjectFate.PartsOfType(call, file), name) || IsFlushedElsewhere(file, name, call);

            default:
                return true;
        }
    }

    private static bool IsFlushedIn(IEnumerable<SyntaxNode> parts, string name)
    {
        foreach (var part in parts)
        {
            foreach (var flush in NamesInFile.UsesOf("Flush", part))
            {
                if (SyntaxNames.InvocationOf(flush.Identifier) is { } call && SyntaxNames.OfReceiver(call) == name)
                    return true;
            }
        }

        return false;
    }

    // A producer that came from outside may be flushed by whoever made it: any Flush in a file about Kafka may be that one.
    private static bool IsFlushedElsewhere(SourceFile file, string name, SyntaxNode place)
    {
        if (IsMadeHere(ObjectFate.PartsOfType(place, file), name))
            return false;

        if (!file.Facts.Mentions("ProducerBuilder", file.CancellationToken))
            return true;

        foreach (var token in file.Facts.TokensOf("Flush", file.CancellationToken))
        {
            if (token.SyntaxTree is { } tree && FileNames.Of(tree, file.CancellationToken) is var names
                && (names.Has(NameTable.IdOf("Confluent")) || names.Has(NameTable.IdOf("IProducer")) || names.Has(NameTable.IdOf("ProducerBuilder"))))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsMadeHere(IEnumerable<SyntaxNode> parts, string name)
    {
        foreach (var part in parts)
        {
            foreach (var node in part.DescendantNodes())
            {
                var created = node switch
                {
                    AssignmentExpressionSyntax assignment when SyntaxNames.Of(assignment.Left) == name => assignment.Right,
                    VariableDeclaratorSyntax { Initializer: { } initializer } declarator when declarator.Identifier.ValueText == name => initializer.Value,
                    PropertyDeclarationSyntax { Initializer: { } initializer } property when property.Identifier.ValueText == name => initializer.Value,
                    _ => null,
                };

                if (created is InvocationExpressionSyntax call && SyntaxNames.OfInvoked(call) == "Build")
                    return true;
            }
        }

        return false;
    }
}
