using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.Queues;

/// <summary>
/// SHK6007: a hosted service collects something in memory and saves it from time to time; what has come in since the last time is lost
/// when it stops.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class PeriodicFlushWithoutLastAnalyzer : ShutdownAnalyzer
{
    internal const string Id = "SHK6007";

    /// <summary>The names without which there is nothing to find.</summary>
    internal static readonly string[] Names = ["ExecuteAsync", "StartAsync"];

    private static readonly DiagnosticDescriptor Rule = RuleDescriptor.Create(
        Id,
        "Periodic flush without a last one",
        "'{0}' is saved from time to time, but not when '{1}' stops: what has come in since the last time is lost",
        RuleCategories.Queues,
        DiagnosticSeverity.Info,
        "A loop that saves a buffer every few seconds leaves by an exception as soon as its wait is cancelled. What has been collected since the last "
        + "turn is lost at each stop, each deployment. Save once more after the loop, in StopAsync or in Dispose.");

    /// <summary>Creates the analyzer.</summary>
    public PeriodicFlushWithoutLastAnalyzer()
        : base(Rule)
    {
    }

    private protected override void Register(Watch watch)
    {
        if (watch.Symbols.HostedService is null || watch.Facts.IsExemptAsTest)
            return;

        var sinks = new Lazy<PersistSinks>(() => PersistSinks.Of(watch.Symbols, watch.Options, watch.CancellationToken));
        watch.Names(Names, (file, name) => Look(file, name, sinks));
    }

    private static void Look(SourceFile file, SyntaxToken name, Lazy<PersistSinks> sinks)
    {
        if (name.Parent is not MethodDeclarationSyntax
            || HostedServiceStart.At(file, name) is not { } service
            || (name.ValueText == "StartAsync" && service.Path.IsBackgroundService))
        {
            return;
        }

        foreach (var buffer in Buffers(service.Path))
        {
            var use = new BufferUse(buffer, service.Path);
            if (use.Drains.Count == 0 || !use.IsFilledElsewhere || use.IsSavedOnStop)
                continue;

            if (PeriodicDrain(service, use) is { } flush && flush.Where.SyntaxTree == file.Tree && Saves(file, flush.Code, sinks.Value))
                file.Report(Diagnostic.Create(Rule, flush.Where.GetLocation(), buffer, service.Path.Type.Name));
        }
    }

    private static bool IsBuffer(string type) =>
        type is "List" or "Queue" or "ConcurrentQueue" or "ConcurrentBag" or "ConcurrentDictionary" or "Dictionary" or "HashSet";

    private static IEnumerable<string> Buffers(StopPath path)
    {
        foreach (var declaration in path.Declarations)
        {
            foreach (var member in declaration.Members)
            {
                if (member is FieldDeclarationSyntax { Declaration: { Type: var type, Variables: var variables } } field
                    && BufferType(type)
                    && !field.Modifiers.Any(SyntaxKind.PublicKeyword) && !field.Modifiers.Any(SyntaxKind.InternalKeyword) && !field.Modifiers.Any(SyntaxKind.ProtectedKeyword))
                {
                    foreach (var variable in variables)
                        yield return variable.Identifier.ValueText;
                }
            }
        }
    }

    private static bool BufferType(TypeSyntax type) => type switch
    {
        NullableTypeSyntax nullable => BufferType(nullable.ElementType),
        QualifiedNameSyntax qualified => BufferType(qualified.Right),
        GenericNameSyntax generic => IsBuffer(generic.Identifier.ValueText),
        _ => false,
    };

    /// <summary>The code that empties the buffer again and again, and where it is called (or stands) in the loop or the timer.</summary>
    private static (SyntaxNode Where, List<SyntaxNode> Code)? PeriodicDrain(HostedServiceStart service, BufferUse use)
    {
        foreach (var entry in service.Entries())
        {
            foreach (var code in service.Background.With(entry))
            {
                foreach (var node in code.DescendantNodes())
                {
                    if (node is StatementSyntax loop && ServiceLoop.Is(loop) && DrainIn(loop, service.Background, use) is { } inLoop)
                        return HasLastTurn(loop, code, inLoop, use) ? null : (inLoop, service.Background.With(CodeOf(inLoop, service.Background)));

                    if (node is ObjectCreationExpressionSyntax { Type: var type, ArgumentList.Arguments: { Count: > 0 } arguments }
                        && (type is SimpleNameSyntax simple ? simple.Identifier.ValueText : (type as QualifiedNameSyntax)?.Right.Identifier.ValueText) == "Timer")
                    {
                        var callback = service.Background.CodeOf(arguments[0].Expression);
                        var all = service.Background.With(callback);
                        if (all.Exists(use.IsDrainedIn))
                            return (node, all);
                    }
                }
            }
        }

        return null;
    }

    private static SyntaxNode CodeOf(SyntaxNode where, BackgroundWork background) =>
        where is InvocationExpressionSyntax call && background.OwnCallee(call) is { } callee ? callee : where;

    // A call of a method that empties the buffer, or the statement of the loop that does so itself.
    private static SyntaxNode? DrainIn(StatementSyntax loop, BackgroundWork background, BufferUse use)
    {
        foreach (var node in loop.DescendantNodes())
        {
            if (node is InvocationExpressionSyntax call && background.OwnCallee(call) is { } callee && background.With(callee).Exists(use.IsDrainedIn))
                return call;
        }

        return use.IsDrainedIn(loop) ? BodyOf(loop) : null;
    }

    private static StatementSyntax? BodyOf(StatementSyntax loop) => loop switch
    {
        WhileStatementSyntax each => each.Statement,
        DoStatementSyntax each => each.Statement,
        ForStatementSyntax each => each.Statement,
        _ => null,
    };

    // The loop comes to the flush once more after it has been told to end, or the code after it does.
    private static bool HasLastTurn(StatementSyntax loop, SyntaxNode code, SyntaxNode drain, BufferUse use)
    {
        var flush = drain is InvocationExpressionSyntax call ? SyntaxNames.OfInvoked(call) : null;
        foreach (var node in code.DescendantNodes())
        {
            if (!loop.Span.Contains(node.Span)
                && node is SimpleNameSyntax { Identifier.ValueText: var name }
                && (name == flush || name == use.Name))
            {
                return true;
            }
        }

        // The same method is called twice in the loop: once for the end.
        var calls = 0;
        SyntaxNode? wait = null;
        foreach (var node in loop.DescendantNodes())
        {
            if (node is not InvocationExpressionSyntax inner)
                continue;

            var called = SyntaxNames.OfInvoked(inner);
            if (called == flush)
                calls++;
            else if (called is "Delay" or "WaitForNextTickAsync" or "WaitAsync" or "WaitOne" or "Wait" or "ReadAsync" or "WaitToReadAsync")
                wait ??= inner;
            else if (called is "WhenAny")
                return true;
        }

        if (calls > 1 || wait is null)
            return true;

        // A wait whose cancellation is caught apart from the flush goes on to the flush.
        for (var scope = wait.Parent; scope is not null && scope != loop; scope = scope.Parent)
        {
            if (scope is TryStatementSyntax { Catches.Count: > 0 } attempt && !attempt.Block.Span.Contains(drain.Span))
                return true;

            if (scope is InvocationExpressionSyntax outer && SyntaxNames.OfInvoked(outer) is "ContinueWith" or "ConfigureAwait" && outer.ArgumentList.ToString().Contains("Suppress"))
                return true;
        }

        // The flush comes before the wait, and what is cancelled is only the wait: the turn that follows is not made.
        return false;
    }

    private static bool Saves(SourceFile file, List<SyntaxNode> code, PersistSinks sinks)
    {
        foreach (var part in code)
        {
            if (part.SyntaxTree != file.Tree && !file.Facts.Compilation.ContainsSyntaxTree(part.SyntaxTree))
                continue;

            SemanticModel? model = null;
            foreach (var node in part.DescendantNodesAndSelf())
            {
                if (node is not InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax { Expression: var receiver } } call
                    || SyntaxNames.OfInvoked(call) is not { } name)
                {
                    continue;
                }

                // What a store of the program is called with tells nothing but its name.
                if (SoundsLikeSaving(name) && call.ArgumentList.Arguments.Count > 0 && !IsLogger(receiver))
                    return true;

                if (!sinks.MayBeSink(name))
                    continue;

                model ??= part.SyntaxTree == file.Tree ? file.Model : file.Facts.ModelOf(part.SyntaxTree);
                if (model.GetSymbolInfo(call, file.CancellationToken).Symbol is IMethodSymbol method && sinks.IsSink(method, model.GetTypeInfo(receiver, file.CancellationToken).Type))
                    return true;
            }
        }

        return false;
    }

    private static bool SoundsLikeSaving(string method) =>
        method.StartsWith("Save", StringComparison.Ordinal) || method.StartsWith("Insert", StringComparison.Ordinal)
        || method.StartsWith("BulkInsert", StringComparison.Ordinal) || method.StartsWith("Persist", StringComparison.Ordinal)
        || method.StartsWith("Store", StringComparison.Ordinal) || method.StartsWith("Upsert", StringComparison.Ordinal)
        || method.StartsWith("Upload", StringComparison.Ordinal);

    private static bool IsLogger(ExpressionSyntax receiver) =>
        SyntaxNames.Of(receiver) is { } name && name.IndexOf("log", StringComparison.OrdinalIgnoreCase) >= 0;

    /// <summary>What the class does with a collection that a private field holds.</summary>
    private sealed class BufferUse
    {
        public BufferUse(string name, StopPath path)
        {
            Name = name;
            IsSavedOnStop = path.Mentions(name);
            foreach (var declaration in path.Declarations)
            {
                foreach (var mention in StopPath.OwnNames(declaration))
                {
                    if (mention.Identifier.ValueText == name)
                        Read(mention);
                }
            }

            // Filled by the same code that empties it: nothing is kept between two turns.
            IsFilledElsewhere = false;
            foreach (var fill in Fills)
                IsFilledElsewhere |= !Drains.Exists(drain => MemberOf(drain) == MemberOf(fill));
        }

        public string Name { get; }

        public List<SyntaxNode> Drains { get; } = [];

        private List<SyntaxNode> Fills { get; } = [];

        public bool IsFilledElsewhere { get; }

        /// <summary>Whether the stop does anything with the buffer.</summary>
        public bool IsSavedOnStop { get; }

        public bool IsDrainedIn(SyntaxNode code) =>
            Drains.Exists(drain => drain.SyntaxTree == code.SyntaxTree && code.Span.Contains(drain.Span));

        private static SyntaxNode? MemberOf(SyntaxNode node) => node.FirstAncestorOrSelf<MemberDeclarationSyntax>();

        private void Read(SimpleNameSyntax mention)
        {
            ExpressionSyntax buffer = mention.Parent is MemberAccessExpressionSyntax { Expression: ThisExpressionSyntax } own ? own : mention;
            switch (buffer.Parent)
            {
                // Interlocked.Exchange(ref buffer, [])
                case ArgumentSyntax { RefOrOutKeyword.RawKind: (int)SyntaxKind.RefKeyword }:
                case AssignmentExpressionSyntax { Right: BaseObjectCreationExpressionSyntax or CollectionExpressionSyntax } assignment
                    when assignment.Left == buffer && MemberOf(buffer) is not ConstructorDeclarationSyntax:
                    Drains.Add(mention);
                    return;

                case ElementAccessExpressionSyntax { Parent: AssignmentExpressionSyntax { Left: var left } } element when element == left && element.Expression == buffer:
                    Fills.Add(mention);
                    return;
            }

            switch (BackgroundWork.CallOn(buffer))
            {
                case "Clear" or "TryDequeue" or "Dequeue" or "TryTake":
                    Drains.Add(mention);
                    break;
                case "Add" or "TryAdd" or "Enqueue" or "AddRange" or "AddOrUpdate" or "GetOrAdd" or "Insert" or "Push":
                    Fills.Add(mention);
                    break;
            }
        }
    }
}
