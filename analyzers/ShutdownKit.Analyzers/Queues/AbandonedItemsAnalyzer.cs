using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.Queues;

/// <summary>SHK6001: the consumer of a channel gives the stop token to the work on each item, so that a stop drops what is still queued.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class AbandonedItemsAnalyzer : ShutdownAnalyzer
{
    internal const string Id = "SHK6001";

    private static readonly DiagnosticDescriptor Rule = RuleDescriptor.Create(
        Id,
        "A stop drops the items that are still queued",
        "When '{0}' is cancelled, '{1}' throws in the middle of an item, and that item and all that are still queued in memory are lost",
        RuleCategories.Queues,
        DiagnosticSeverity.Warning,
        "A channel lives in memory: what is in it when the process ends is gone. A consumer that gives the token of the stop to the work on each "
        + "item is thrown out of its loop with items still queued. With the token only on reading, ReadAllAsync hands out all that is queued first.");

    /// <summary>Creates the analyzer.</summary>
    public AbandonedItemsAnalyzer()
        : base(Rule)
    {
    }

    private protected override void Register(CompilationStartAnalysisContext context, CompilationFacts facts)
    {
        if (facts.Symbols.ChannelReaderOfT is not null)
            context.RegisterCodeBlockAction(block => Analyze(block, facts.Symbols));
    }

    private static void Analyze(CodeBlockAnalysisContext context, ShutdownSymbols symbols)
    {
        if (!ReadsChannel(context.CodeBlock)
            || context.SemanticModel.GetOperation(context.CodeBlock, context.CancellationToken) is not { } body)
        {
            return;
        }

        var map = TokenMap.Create(body, symbols);
        var stopTokens = new StopTokens(symbols, map, context.CancellationToken);
        foreach (var operation in body.Descendants())
        {
            if (operation is ILoopOperation loop && ReadIn(loop, map, symbols) is var (read, token))
                AnalyzeLoop(context, loop, read, token, map, stopTokens, symbols);
        }
    }

    private static void AnalyzeLoop(
        CodeBlockAnalysisContext context, ILoopOperation loop, IInvocationOperation read, ISymbol token,
        TokenMap map, StopTokens stopTokens, ShutdownSymbols symbols)
    {
        if (!EndsTheService(token, context.OwningSymbol, stopTokens, symbols)
            || AwaitedWithToken(loop, token, map, symbols) is not var (call, argument)
            || SenderIsTold(loop, read)
            || KeepsWhatIsLeft(context, loop)
            || IsDeclaredLossy(context.OwningSymbol))
        {
            return;
        }

        context.ReportDiagnostic(Diagnostic.Create(
            Rule, argument.Value.Syntax.GetLocation(), additionalLocations: [loop.Syntax.GetLocation()], token.Name, call.TargetMethod.Name));
    }

    private static bool ReadsChannel(SyntaxNode code)
    {
        foreach (var node in code.DescendantNodes(static node => node is not (TypeDeclarationSyntax or AttributeListSyntax)))
        {
            if (node is not SimpleNameSyntax { Identifier.ValueText: var name })
                continue;

            // Streams and data readers have a ReadAsync, too; of channels it is called inside the loop.
            if (name is "ReadAllAsync" or "WaitToReadAsync" || (name == "ReadAsync" && IsInBodyOfLoop(node)))
                return true;
        }

        return false;
    }

    private static bool IsInBodyOfLoop(SyntaxNode node)
    {
        for (var child = node; child.Parent is { } parent and not MemberDeclarationSyntax; child = parent)
        {
            if ((parent is WhileStatementSyntax each && each.Statement == child) || (parent is ForStatementSyntax counted && counted.Statement == child))
                return true;
        }

        return false;
    }

    /// <summary>The call that reads the channel for the loop, and the token that it is given; null for any other loop.</summary>
    private static (IInvocationOperation Read, ISymbol Token)? ReadIn(ILoopOperation loop, TokenMap map, ShutdownSymbols symbols)
    {
        var source = loop switch
        {
            IForEachLoopOperation { IsAsynchronous: true } each => each.Collection,
            IWhileLoopOperation { Condition: { } condition } => condition,
            _ => null,
        };

        if (source is not null)
        {
            ISymbol? token = null;
            IInvocationOperation? read = null;
            foreach (var part in source.DescendantsAndSelf())
            {
                if (part is not IInvocationOperation call)
                    continue;

                if (IsRead(call, symbols, "ReadAllAsync", "WaitToReadAsync"))
                    read = call;

                // On the reader's own method, or by WithCancellation.
                token ??= call.Arguments.Select(argument => map.IsToken(argument.Value.Type) ? map.Resolve(argument.Value) : null).FirstOrDefault(it => it is not null);
            }

            if (read is not null)
                return token is null ? null : (read, token);
        }

        // while (...) { var item = await reader.ReadAsync(token); ... }
        if (loop is not (IWhileLoopOperation or IForLoopOperation))
            return null;

        foreach (var part in OwnParts(loop.Body, intoLoops: false))
        {
            if (part is IInvocationOperation call && IsRead(call, symbols, "ReadAsync", "ReadAsync")
                && call.Arguments.FirstOrDefault() is { } argument && map.Resolve(argument.Value) is { } token)
            {
                return (call, token);
            }
        }

        return null;
    }

    private static bool IsRead(IInvocationOperation call, ShutdownSymbols symbols, string name, string otherName) =>
        (call.TargetMethod.Name == name || call.TargetMethod.Name == otherName)
        && call.TargetMethod.ContainingType.Is(symbols.ChannelReaderOfT);

    private static (IInvocationOperation Call, IArgumentOperation Argument)? AwaitedWithToken(
        ILoopOperation loop, ISymbol token, TokenMap map, ShutdownSymbols symbols)
    {
        foreach (var part in OwnParts(loop.Body, intoLoops: true))
        {
            if (part is not IInvocationOperation call || call.TargetMethod.ContainingType.Is(symbols.ChannelReaderOfT) || !IsAwaited(call))
                continue;

            foreach (var argument in call.Arguments)
            {
                if (!argument.IsImplicit && map.IsToken(argument.Value.Type)
                    && map.Resolve(argument.Value) is { } passed && IsOrIsLinkedTo(passed, token, map))
                {
                    return (call, argument);
                }
            }
        }

        return null;
    }

    private static bool IsOrIsLinkedTo(ISymbol passed, ISymbol token, TokenMap map) =>
        SymbolEqualityComparer.Default.Equals(passed, token)
        || map.LinkedTo(passed).Any(source => SymbolEqualityComparer.Default.Equals(source, token));

    private static bool IsAwaited(IOperation operation)
    {
        for (var parent = operation.Parent; parent is not (null or IBlockOperation or ILoopOperation); parent = parent.Parent)
        {
            if (parent is IAwaitOperation)
                return true;
        }

        return false;
    }

    /// <summary>
    /// Whether whoever queued the item learns that it was not done: the item carries a TaskCompletionSource, or the work ends in an
    /// acknowledgement to a broker, which then delivers it again.
    /// </summary>
    private static bool SenderIsTold(ILoopOperation loop, IInvocationOperation read)
    {
        if (read.TargetMethod.ContainingType.TypeArguments.FirstOrDefault() is { } item && CarriesCompletion(item))
            return true;

        foreach (var part in OwnParts(loop.Body, intoLoops: true))
        {
            if (part is not IInvocationOperation { TargetMethod.Name: var name })
                continue;

            if (name.IndexOf("Ack", StringComparison.Ordinal) >= 0
                || name.StartsWith("Commit", StringComparison.Ordinal)
                || name is "CompleteAsync" or "CompleteMessageAsync" or "StoreOffset" or "UpdateCheckpointAsync" or "TrySetResult" or "SetResult"
                    or "TrySetCanceled" or "SetCanceled")
            {
                return true;
            }
        }

        return false;
    }

    private static bool CarriesCompletion(ITypeSymbol item)
    {
        if (item.Name == "TaskCompletionSource")
            return true;

        // The elements of a tuple are fields, and a record's parameters are properties.
        return item.GetMembers().Any(static member => member switch
        {
            IFieldSymbol field => field.Type.Name == "TaskCompletionSource",
            IPropertySymbol property => property.Type.Name == "TaskCompletionSource",
            _ => false,
        });
    }

    /// <summary>
    /// Whether the type reads on after the loop, or puts items back: another TryRead, a second ReadAllAsync, or a write in a catch or
    /// finally, anywhere in the type, since StopAsync is a usual place for it. By names alone.
    /// </summary>
    private static bool KeepsWhatIsLeft(CodeBlockAnalysisContext context, ILoopOperation loop)
    {
        SyntaxNode scope = context.CodeBlock.FirstAncestorOrSelf<TypeDeclarationSyntax>() ?? context.CodeBlock;
        foreach (var node in scope.DescendantNodes())
        {
            if (node is not SimpleNameSyntax { Identifier.ValueText: var name } || !(node.Parent is MemberAccessExpressionSyntax || node.Parent is MemberBindingExpressionSyntax))
                continue;

            switch (name)
            {
                case "TryRead" or "ReadAllAsync" when !loop.Syntax.Span.Contains(node.Span):
                    return true;
                case "WriteAsync" or "TryWrite" or "Enqueue" when node.FirstAncestorOrSelf<SyntaxNode>(static it => it is CatchClauseSyntax or FinallyClauseSyntax) is not null:
                    return true;
            }
        }

        return false;
    }

    private static bool IsDeclaredLossy(ISymbol owner)
    {
        for (var symbol = owner; symbol is not (null or INamespaceSymbol); symbol = symbol.ContainingSymbol)
        {
            foreach (var attribute in symbol.GetAttributes())
            {
                if (attribute.AttributeClass?.Name is "LossyAttribute" or "Lossy")
                    return true;
            }
        }

        return false;
    }

    private static bool EndsTheService(ISymbol token, ISymbol owner, StopTokens stopTokens, ShutdownSymbols symbols)
    {
        if (stopTokens.IsStopToken(token))
            return true;

        return token is IParameterSymbol { ContainingSymbol: IMethodSymbol method }
               && owner.ContainingType.IsOrInherits(symbols.HostedService)
               && method.Name is not ("StartAsync" or "StopAsync");
    }

    private static IEnumerable<IOperation> OwnParts(IOperation operation, bool intoLoops)
    {
        foreach (var child in operation.ChildOperations)
        {
            if (child is IAnonymousFunctionOperation or ILocalFunctionOperation || (!intoLoops && child is ILoopOperation))
                continue;

            yield return child;
            foreach (var inner in OwnParts(child, intoLoops))
                yield return inner;
        }
    }
}
