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

    /// <summary>The names without which there is nothing to find: the reading of a channel, and what wrappers of channels call it.</summary>
    internal static readonly string[] Names = ["ReadAllAsync", "WaitToReadAsync", "ReadAsync", "DequeueAsync", "DequeueAllAsync", "TryDequeue"];

    private static readonly string[] Anchors = ["ReadAllAsync", "WaitToReadAsync", "ReadAsync", "DequeueAsync", "DequeueAllAsync"];

    // What a wrapper does to its queue.
    private static readonly string[] Reads = ["ReadAsync", "ReadAllAsync", "TryDequeue"];

    private static readonly DiagnosticDescriptor Rule = RuleDescriptor.Create(
        Id,
        "A stop drops the items that are still queued",
        "When '{0}' is cancelled, {1} lost",
        RuleCategories.Queues,
        DiagnosticSeverity.Warning,
        "A channel lives in memory: what is in it when the process ends is gone. A consumer that gives the token of the stop to the work on each "
        + "item is thrown out of its loop with items still queued. With the token only on reading, ReadAllAsync hands out all that is queued first.");

    /// <summary>Creates the analyzer.</summary>
    public AbandonedItemsAnalyzer()
        : base(Rule)
    {
    }

    private protected override void Register(Watch watch) => watch.Names(Anchors, Look);

    private static void Look(SourceFile file, SyntaxToken name)
    {
        if (SyntaxNames.InvocationOf(name) is not { ArgumentList.Arguments.Count: <= 1 } call
            || LoopAround(call, name.ValueText) is not { } loop
            || !MentionsTokenOrSource(loop, call)
            || IsWorkedOffLater(loop, call, file)
            || MethodGraph.DeclarationOf(call) is not { } declaration
            || file.GraphOf(declaration)?.Body is not { } body)
        {
            return;
        }

        ILoopOperation? found = null;
        foreach (var operation in body.Descendants())
        {
            if (operation is ILoopOperation candidate && candidate.Syntax == loop)
                found = candidate;
        }

        if (found is null)
            return;

        var map = TokenMap.Create(body, file.Symbols);
        if (ReadIn(found, call, map, file) is not var (read, token))
            return;

        var owner = file.Model.GetEnclosingSymbol(loop.SpanStart, file.CancellationToken);
        if (owner is null || !EndsTheService(token.Symbol, OwnerOf(owner), new StopTokens(file.Symbols, map, file.CancellationToken), file.Symbols)
            || SenderIsTold(found, read) || IsSignal(read) || IsHousekeeping(found) || IsDeclaredLossy(owner))
        {
            return;
        }

        // Who tests the token on each item, or finishes the item and leaves the rest, may well mean it: whoever reads the code has to judge.
        if (LeftOnTest(found, token.Symbol, map) is { } test)
            Report(test.Syntax, "this test ends the loop, and all items that are still queued in memory are", DiagnosticSeverity.Info);
        else if (AwaitedWithToken(found, read, token.Symbol, map, file.Symbols) is var (work, argument))
            Report(argument.Value.Syntax, $"'{work.TargetMethod.Name}' throws in the middle of an item, and that item and all that are still queued in memory are", DiagnosticSeverity.Warning);
        else if (!IsDraining(found))
            Report(token.Value.Syntax, $"'{read.TargetMethod.Name}' throws although items are queued, and all that are still queued in memory are", DiagnosticSeverity.Info);

        void Report(SyntaxNode place, string what, DiagnosticSeverity severity) =>
            file.Report(Diagnostic.Create(Rule, place.GetLocation(), severity, additionalLocations: [loop.GetLocation()], properties: null, token.Symbol.Name, what));
    }

    /// <summary>The loop that the call feeds: one that reads all, one that waits in its condition, or one that reads an item in its body.</summary>
    private static StatementSyntax? LoopAround(InvocationExpressionSyntax call, string name)
    {
        if (name is "ReadAllAsync" or "DequeueAllAsync")
        {
            foreach (var ancestor in call.Ancestors())
            {
                switch (ancestor)
                {
                    case CommonForEachStatementSyntax each:
                        return each.AwaitKeyword.IsKind(SyntaxKind.AwaitKeyword) && each.Expression.Span.Contains(call.Span) ? each : null;
                    case StatementSyntax or ArrowExpressionClauseSyntax:
                        return null;
                }
            }

            return null;
        }

        for (SyntaxNode child = call; child.Parent is { } parent and not (MemberDeclarationSyntax or AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax); child = parent)
        {
            switch (parent)
            {
                case WhileStatementSyntax each when each.Condition == child:
                    return name == "WaitToReadAsync" && !IsPartOfReadingLoop(each) ? each : null;
                case WhileStatementSyntax each when each.Statement == child && name != "WaitToReadAsync":
                    // The loop whose condition waits is looked at by its condition.
                    return IsWaitingLoop(each) ? null : each;
                case ForStatementSyntax counted when counted.Statement == child && name != "WaitToReadAsync":
                    return counted;
                case DoStatementSyntax repeated when repeated.Statement == child && name != "WaitToReadAsync":
                    return repeated;
            }
        }

        return null;
    }

    private static bool IsWaitingLoop(WhileStatementSyntax loop) =>
        loop.Condition.DescendantNodes().Any(static node => node is IdentifierNameSyntax { Identifier.ValueText: "WaitToReadAsync" });

    // A loop that collects a batch inside the loop that reads the first item of each.
    private static bool IsPartOfReadingLoop(WhileStatementSyntax loop)
    {
        foreach (var ancestor in loop.Ancestors())
        {
            switch (ancestor)
            {
                case WhileStatementSyntax or ForStatementSyntax or DoStatementSyntax:
                    if (ancestor.DescendantNodes().Any(node => node is IdentifierNameSyntax { Identifier.ValueText: "ReadAsync" or "WaitToReadAsync" } && !loop.Span.Contains(node.Span)))
                        return true;
                    break;
                case AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax or MemberDeclarationSyntax:
                    return false;
            }
        }

        return false;
    }

    private static bool MentionsTokenOrSource(StatementSyntax loop, InvocationExpressionSyntax call) =>
        call.ArgumentList.Arguments.Count == 1
        || (loop is CommonForEachStatementSyntax { Expression: { } source } && source.Span != call.Span);

    // Inside a method the member that contains a lambda or local function counts.
    private static ISymbol OwnerOf(ISymbol symbol)
    {
        while (symbol is IMethodSymbol { MethodKind: MethodKind.AnonymousFunction or MethodKind.LocalFunction, ContainingSymbol: { } outer })
            symbol = outer;
        return symbol;
    }

    /// <summary>The call that reads the channel for the loop, and the token that it is given; null for anything else.</summary>
    private static (IInvocationOperation Read, (ISymbol Symbol, IOperation Value) Token)? ReadIn(
        ILoopOperation loop, InvocationExpressionSyntax syntax, TokenMap map, SourceFile file)
    {
        IInvocationOperation? read = null;
        (ISymbol, IOperation)? token = null;
        IOperation? source = (loop as IForEachLoopOperation)?.Collection;
        foreach (var part in (source ?? loop).DescendantsAndSelf())
        {
            if (part is not IInvocationOperation call || (source is null && call.Syntax != syntax))
                continue;

            if (call.Syntax == syntax)
                read = call;

            // On the reader's own method, or by WithCancellation.
            foreach (var argument in call.Arguments)
            {
                if (token is null && map.IsToken(argument.Value.Type) && map.Resolve(argument.Value) is { } symbol)
                    token = (symbol, argument.Value);
            }
        }

        return read is not null && token is { } found && ReadsChannel(read.TargetMethod, file) ? (read, found) : null;
    }

    /// <summary>Whether the method reads a channel: the reader's own, or a method of the program that does nothing else.</summary>
    private static bool ReadsChannel(IMethodSymbol method, SourceFile file)
    {
        if (method.ContainingType.Is(file.Symbols.ChannelReaderOfT))
            return true;

        // One hop, by names: the queue's own method, or the one that implements it, mostly behind an interface.
        if (method.DeclaringSyntaxReferences.IsEmpty)
            return false;

        foreach (var name in Reads)
        {
            foreach (var token in file.Facts.TokensOf(name, file.CancellationToken))
            {
                if (SyntaxNames.InvocationOf(token) is { ArgumentList.Arguments.Count: <= 1 } call
                    && call.FirstAncestorOrSelf<MethodDeclarationSyntax>() is { } wrapper
                    && wrapper.Identifier.ValueText == method.Name
                    && wrapper.ParameterList.Parameters.Count == method.Parameters.Length
                    && (name == "TryDequeue" ? IsInMemoryQueue(wrapper) : IsChannel(call, wrapper)))
                {
                    return true;
                }
            }
        }

        return false;
    }

    private static bool IsChannel(InvocationExpressionSyntax read, MethodDeclarationSyntax wrapper)
    {
        if (SyntaxNames.OfReceiver(read)?.EndsWith("reader", StringComparison.OrdinalIgnoreCase) != true || wrapper.Parent is not TypeDeclarationSyntax type)
            return false;

        var isChannel = false;
        foreach (var node in type.DescendantNodes())
        {
            switch (node)
            {
                case SimpleNameSyntax { Identifier.ValueText: "Channel" or "ChannelReader" }:
                    isChannel = true;
                    break;
                case IdentifierNameSyntax { Identifier.ValueText: "TryRead" }:
                    return false;
            }
        }

        return isChannel;
    }

    // The form from before there were channels: a semaphore that counts what is in a ConcurrentQueue.
    private static bool IsInMemoryQueue(MethodDeclarationSyntax wrapper) =>
        wrapper.Parent is TypeDeclarationSyntax type
        && NamesInFile.UsesOf("TryDequeue", type).Take(2).Count() == 1
        && NamesInFile.UsesOf("WaitAsync", wrapper).Any()
        && type.DescendantNodes().Any(static node => node is GenericNameSyntax { Identifier.ValueText: "ConcurrentQueue" });

    /// <summary>
    /// Whether the loop works off what is queued once its token is cancelled, as long as its body lets it: only a read of all does, since
    /// every other read throws on a cancelled token, whatever is queued.
    /// </summary>
    private static bool IsDraining(ILoopOperation loop)
    {
        if (loop is IForEachLoopOperation)
            return true;

        // while (await WaitToReadAsync(token)) { while (TryRead(...)) ... } empties the queue before it asks again.
        return loop is IWhileLoopOperation { Syntax: WhileStatementSyntax { Statement: var body } each }
               && each.Condition is AwaitExpressionSyntax
               && body.DescendantNodesAndSelf().Any(static node =>
                   node is WhileStatementSyntax { Condition: var condition }
                   && condition.DescendantNodesAndSelf().Any(static inner => inner is IdentifierNameSyntax { Identifier.ValueText: "TryRead" or "TryPeek" }));
    }

    // if (token.IsCancellationRequested) break; in a loop that would otherwise go on until the queue is empty.
    private static IOperation? LeftOnTest(ILoopOperation loop, ISymbol token, TokenMap map)
    {
        if (!IsDraining(loop))
            return null;

        foreach (var part in OwnParts(loop.Body, intoLoops: true))
        {
            switch (part)
            {
                case IConditionalOperation { Condition: var condition, WhenTrue: var then }
                    when Tests(condition) && then.DescendantsAndSelf().Any(static it => it is IBranchOperation { BranchKind: BranchKind.Break } or IReturnOperation):
                    return condition;
                case IInvocationOperation { TargetMethod.Name: "ThrowIfCancellationRequested" } check when IsSame(map.Resolve(check.Instance)):
                    return check;
            }
        }

        return null;

        bool Tests(IOperation condition) =>
            condition is IPropertyReferenceOperation { Property.Name: "IsCancellationRequested" } test && IsSame(map.Resolve(test.Instance));

        bool IsSame(ISymbol? symbol) => SymbolEqualityComparer.Default.Equals(symbol, token);
    }

    // A loop that stops and disposes of what it is given does what the end of the process does anyway.
    private static bool IsHousekeeping(ILoopOperation loop)
    {
        var isHousekeeping = false;
        foreach (var part in OwnParts(loop.Body, intoLoops: true))
        {
            if (part is not IAwaitOperation { Operation: var awaited })
                continue;

            foreach (var call in awaited.DescendantsAndSelf())
            {
                if (call is not IInvocationOperation { TargetMethod.Name: var name })
                    continue;

                if (name.StartsWith("Stop", StringComparison.Ordinal) || name.StartsWith("Dispose", StringComparison.Ordinal) || name.StartsWith("Close", StringComparison.Ordinal))
                    isHousekeeping = true;
            }
        }

        return isHousekeeping;
    }

    // A channel of bool carries no data: it wakes somebody up.
    private static bool IsSignal(IInvocationOperation read) =>
        read.TargetMethod.ContainingType.TypeArguments.FirstOrDefault() is { } item && (item.SpecialType == SpecialType.System_Boolean || item.Name is "Unit" or "ValueTuple");

    private static (IInvocationOperation Call, IArgumentOperation Argument)? AwaitedWithToken(
        ILoopOperation loop, IInvocationOperation read, ISymbol token, TokenMap map, ShutdownSymbols symbols)
    {
        foreach (var part in OwnParts(loop.Body, intoLoops: true))
        {
            if (part is not IInvocationOperation call || call.Syntax == read.Syntax || call.TargetMethod.ContainingType.Is(symbols.ChannelReaderOfT) || !IsAwaited(call)
                || call.Syntax.FirstAncestorOrSelf<CatchClauseSyntax>(it => loop.Syntax.Span.Contains(it.Span)) is not null)
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
                || name.IndexOf("TaskCompletion", StringComparison.Ordinal) >= 0
                || name is "CompleteAsync" or "CompleteMessageAsync" or "StoreOffset" or "UpdateCheckpointAsync" or "TrySetResult" or "SetResult"
                    or "TrySetCanceled" or "SetCanceled" or "TrySetException" or "SetException")
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
    private static bool IsWorkedOffLater(StatementSyntax loop, InvocationExpressionSyntax read, SourceFile file)
    {
        foreach (var part in ObjectFate.PartsOfType(loop, file))
        {
            foreach (var node in part.DescendantNodes())
            {
                // The loop feeds itself, as a scheduler does: its items come again.
                if (node is MethodDeclarationSyntax { Identifier.ValueText: var method } feeder && !feeder.Span.Contains(loop.Span)
                    && NamesInFile.UsesOf(method, loop).Any(static use => use.Parent is InvocationExpressionSyntax)
                    && NamesInFile.UsesOf("Writer", feeder).Any())
                {
                    return true;
                }

                if (node is not SimpleNameSyntax { Identifier.ValueText: var name } || !(node.Parent is MemberAccessExpressionSyntax || node.Parent is MemberBindingExpressionSyntax))
                    continue;

                switch (name)
                {
                    case "TryRead" or "ReadAllAsync" or "TryDequeue" when !(loop.SyntaxTree == node.SyntaxTree && loop.Span.Contains(node.Span)) && !IsReadOfOther(node, read):
                        return true;
                    case "Completion" when IsReader(node):
                        return true;
                    case "WriteAsync" or "TryWrite" or "Enqueue" when node.FirstAncestorOrSelf<SyntaxNode>(static it => it is CatchClauseSyntax or FinallyClauseSyntax) is not null:
                        return true;
                }
            }
        }

        return false;
    }

    // channel.Reader.Completion is awaited by whoever waits until the queue is empty.
    private static bool IsReader(SyntaxNode name) =>
        name.Parent is MemberAccessExpressionSyntax access && SyntaxNames.Of(access.Expression) is { } receiver
        && receiver.EndsWith("reader", StringComparison.OrdinalIgnoreCase);

    // A type with several channels, each with a loop of its own: _orders.Reader.TryRead does not drain _mails.
    private static bool IsReadOfOther(SyntaxNode name, InvocationExpressionSyntax read) =>
        ChannelOf((name.Parent as MemberAccessExpressionSyntax)?.Expression) is { } other
        && ChannelOf((read.Expression as MemberAccessExpressionSyntax)?.Expression) is { } own
        && other != own;

    // The name before ".Reader"; null where the reader itself is named, which may be any.
    private static string? ChannelOf(ExpressionSyntax? reader) =>
        reader is MemberAccessExpressionSyntax { Name.Identifier.ValueText: "Reader" } access ? SyntaxNames.Of(access.Expression) : null;

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
