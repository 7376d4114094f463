using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.Queues;

/// <summary>SHK6004: something is saved by a task that nobody waits for.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class FireAndForgetPersistenceAnalyzer : ShutdownAnalyzer
{
    internal const string Id = "SHK6004";

    // What saves something for good. Streams, caches and plain HTTP requests are left out: too often what they carry may be lost.
    private static readonly string[] SaveNames =
    [
        "SaveChangesAsync", "SaveChanges", "ExecuteNonQueryAsync", "ExecuteNonQuery", "ExecuteUpdateAsync", "ExecuteUpdate",
        "ExecuteSqlRawAsync", "ExecuteSqlInterpolatedAsync", "ExecuteSqlAsync", "ExecuteSqlRaw", "ExecuteSqlInterpolated", "ExecuteAsync",
        "WriteAllTextAsync", "WriteAllBytesAsync", "WriteAllLinesAsync", "AppendAllTextAsync", "AppendAllLinesAsync", "AppendAllBytesAsync",
        "WriteAllText", "WriteAllBytes", "WriteAllLines", "AppendAllText", "AppendAllLines",
        "InsertOneAsync", "InsertManyAsync", "ReplaceOneAsync", "UpdateOneAsync", "UpdateManyAsync", "BulkWriteAsync",
        "InsertOne", "InsertMany", "ReplaceOne", "UpdateOne", "UpdateMany", "BulkWrite",
        "CreateItemAsync", "UpsertItemAsync", "ReplaceItemAsync", "PatchItemAsync", "PutObjectAsync", "UploadAsync", "UploadBlobAsync",
        "BasicPublishAsync", "SendMessageAsync", "SendMessagesAsync", "Publish", "PublishBatch",
    ];

    /// <summary>The names without which there is nothing to find: what saves, and the discard, behind which a method of another type may save.</summary>
    internal static readonly string[] Names = [.. SaveNames, "_"];

    private static readonly HashSet<string> Saves = new(SaveNames, StringComparer.Ordinal);

    private static readonly string[] LossIsFine = ["log", "cache", "temp", "tmp", "debug", "dump", "crash", "trace", "diagnostic"];

    private static readonly DiagnosticDescriptor Rule = RuleDescriptor.Create(
        Id,
        "What a dropped task saves may be lost",
        "Nobody waits for this task: if the process is stopped now, what '{0}' saves is lost, although the caller has gone on as if it were done",
        RuleCategories.Queues,
        DiagnosticSeverity.Warning,
        "A task that is dropped is not waited for when the process ends, and its exceptions are seen by nobody. Await the save, or keep the task and await it in the stop path.");

    /// <summary>Creates the analyzer.</summary>
    public FireAndForgetPersistenceAnalyzer()
        : base(Rule)
    {
    }

    private protected override void Register(Watch watch)
    {
        if (watch.Facts.IsExemptAsTest)
            return;

        var saving = new Saving(watch);
        watch.Files(SaveNames, file => LookAtSaves(file, saving));
        watch.Names(["_"], (file, token) => LookAtDiscard(file, token, saving));
    }

    private static void LookAtSaves(SourceFile file, Saving saving)
    {
        HashSet<SyntaxNode>? reported = null;
        HashSet<SyntaxNode>? hops = null;
        foreach (var name in SaveNames)
        {
            if (!file.MayMention(name))
                continue;

            foreach (var token in file.Tokens(name))
            {
                if (SyntaxNames.InvocationOf(token) is not { } save)
                    continue;

                foreach (var dropped in DroppedAround(save, hops ??= []))
                {
                    if ((reported ??= []).Contains(dropped) || !saving.IsSave(save, file.Model, isDirect: dropped == save))
                        continue;

                    reported.Add(dropped);
                    Report(file, dropped, dropped == save ? null : name);
                }
            }
        }
    }

    // _ = other.MethodAsync(): one hop into a method of another type whose body is certain to be the one that runs.
    private static void LookAtDiscard(SourceFile file, SyntaxToken token, Saving saving)
    {
        if (token.Parent is not IdentifierNameSyntax { Parent: AssignmentExpressionSyntax { Right: InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax target } call } assignment } discard
            || assignment.Left != discard
            || target.Expression is ThisExpressionSyntax
            || !target.Name.Identifier.ValueText.EndsWith("Async", StringComparison.Ordinal)
            || Saves.Contains(target.Name.Identifier.ValueText)
            || file.Model.GetSymbolInfo(call, file.CancellationToken).Symbol is not IMethodSymbol { DeclaringSyntaxReferences.Length: 1, IsAbstract: false, IsVirtual: false } method
            || file.Model.GetEnclosingSymbol(call.SpanStart, file.CancellationToken)?.ContainingType.Is(method.ContainingType) == true
            || method.DeclaringSyntaxReferences[0].GetSyntax(file.CancellationToken) is not MethodDeclarationSyntax body
            || !file.Facts.Compilation.ContainsSyntaxTree(body.SyntaxTree))
        {
            return;
        }

        foreach (var node in body.DescendantNodes(static node => node is not (AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax)))
        {
            if (node is InvocationExpressionSyntax save && SyntaxNames.OfInvoked(save) is { } name && Saves.Contains(name)
                && !IsInLastingLoop(save, body)
                && saving.IsSave(save, file.Facts.ModelOf(body.SyntaxTree), isDirect: false))
            {
                Report(file, call, name);
                return;
            }
        }
    }

    private static void Report(SourceFile file, SyntaxNode dropped, string? save)
    {
        var called = dropped is InvocationExpressionSyntax call ? call.Expression : dropped;
        file.Report(Diagnostic.Create(Rule, called.GetLocation(), save ?? SyntaxNames.Of(called as ExpressionSyntax) ?? called.ToString()));
    }

    /// <summary>
    /// The calls that run the save in a task which is dropped: the save itself, what launches the lambda around it, or calls and launches
    /// of the method around it in the same type.
    /// </summary>
    private static IEnumerable<SyntaxNode> DroppedAround(InvocationExpressionSyntax save, HashSet<SyntaxNode> hops)
    {
        if (DroppedTask.IsDropped(save) && SyntaxNames.OfInvoked(save) is { } name
            && (name.EndsWith("Async", StringComparison.Ordinal) || name.StartsWith("Publish", StringComparison.Ordinal)))
        {
            yield return save;
            yield break;
        }

        for (var ancestor = save.Parent; ancestor is not null; ancestor = ancestor.Parent)
        {
            switch (ancestor)
            {
                case AnonymousFunctionExpressionSyntax lambda:
                    if (!IsInLastingLoop(save, lambda) && DroppedTask.LauncherOf(lambda) is { } launcher && DroppedTask.IsDropped(launcher))
                        yield return launcher;
                    yield break;

                case LocalFunctionStatementSyntax function:
                    if (!IsInLastingLoop(save, function) && hops.Add(function))
                    {
                        foreach (var dropped in DroppedCallsOf(function.Identifier.ValueText, function.ReturnType, function.Modifiers, function))
                            yield return dropped;
                    }

                    yield break;

                case MethodDeclarationSyntax method:
                    if (!IsInLastingLoop(save, method) && hops.Add(method) && !method.Modifiers.Any(SyntaxKind.VirtualKeyword))
                    {
                        foreach (var dropped in DroppedCallsOf(method.Identifier.ValueText, method.ReturnType, method.Modifiers, method))
                            yield return dropped;
                    }

                    yield break;

                case MemberDeclarationSyntax:
                    yield break;
            }
        }
    }

    private static IEnumerable<SyntaxNode> DroppedCallsOf(string name, TypeSyntax returnType, SyntaxTokenList modifiers, SyntaxNode function)
    {
        var returns = returnType.ToString();
        var returnsTask = returns.Contains("Task");
        var isAsyncVoid = returns == "void" && modifiers.Any(SyntaxKind.AsyncKeyword);
        SyntaxNode? scope = function is LocalFunctionStatementSyntax ? function.Parent : function.FirstAncestorOrSelf<TypeDeclarationSyntax>();
        if (scope is null)
            yield break;

        foreach (var mention in NamesInFile.UsesOf(name, scope))
        {
            var callee = mention.Parent is MemberAccessExpressionSyntax { Expression: ThisExpressionSyntax } own && own.Name == mention ? (ExpressionSyntax)own : mention;
            if (callee.Parent is InvocationExpressionSyntax call && call.Expression == callee)
            {
                if (returnsTask && DroppedTask.IsDropped(call) || isAsyncVoid && call.Parent is ExpressionStatementSyntax)
                    yield return call;
                else if (LaunchedAround(call) is { } launcher)
                    yield return launcher;
            }
            else if (DroppedTask.LauncherOf(callee) is { } launcher && DroppedTask.IsDropped(launcher))
            {
                yield return launcher;
            }
        }
    }

    private static InvocationExpressionSyntax? LaunchedAround(InvocationExpressionSyntax call)
    {
        var lambda = call.FirstAncestorOrSelf<AnonymousFunctionExpressionSyntax>();
        return lambda is not null && !IsInLastingLoop(call, lambda) && DroppedTask.LauncherOf(lambda) is { } launcher && DroppedTask.IsDropped(launcher)
            ? launcher
            : null;
    }

    // A task that works for as long as the program runs is a background service of its own, and another rule's business.
    private static bool IsInLastingLoop(SyntaxNode node, SyntaxNode function)
    {
        for (var ancestor = node.Parent; ancestor is not null && ancestor != function; ancestor = ancestor.Parent)
        {
            switch (ancestor)
            {
                case WhileStatementSyntax or DoStatementSyntax or ForStatementSyntax { Condition: null }:
                case CommonForEachStatementSyntax { AwaitKeyword.RawKind: (int)SyntaxKind.AwaitKeyword }:
                    return true;
                case CommonForEachStatementSyntax { Expression: InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax { Name.Identifier.ValueText: "GetConsumingEnumerable" } } }:
                    return true;
            }
        }

        return false;
    }

    /// <summary>Tells calls that save something worth keeping; the table of sinks is read when the first one is asked for.</summary>
    private sealed class Saving(Watch watch)
    {
        private readonly Lazy<PersistSinks> _sinks = new(() => PersistSinks.Of(watch.Symbols, watch.Options, watch.CancellationToken));
        private readonly ShutdownSymbols _symbols = watch.Symbols;

        public bool IsSave(InvocationExpressionSyntax call, SemanticModel model, bool isDirect)
        {
            if (IsLossFine(call)
                || model.GetSymbolInfo(call, watch.CancellationToken).Symbol is not IMethodSymbol method
                || (isDirect && !IsTask(method.ReturnType)))
            {
                return false;
            }

            if (method.Name == "ExecuteAsync")
                return (method.ReducedFrom ?? method).ContainingType.Is(_symbols.Type("Dapper.SqlMapper"));

            var receiver = call.Expression is MemberAccessExpressionSyntax access && !method.IsStatic && method.ReducedFrom is null
                ? model.GetTypeInfo(access.Expression, watch.CancellationToken).Type
                : null;
            return _sinks.Value.IsSink(method, receiver);
        }

        private bool IsTask(ITypeSymbol type) =>
            type.IsOrInherits(_symbols.Task) || type.Is(_symbols.ValueTask) || type.Is(_symbols.ValueTaskOfT);

        // The names of the file and of the type around tell what is kept for convenience only.
        private static bool IsLossFine(InvocationExpressionSyntax call)
        {
            if (SyntaxNames.OfReceiver(call) == "File" && call.ArgumentList.Arguments.Count > 0 && Says(call.ArgumentList.Arguments[0].ToString()))
                return true;

            return call.FirstAncestorOrSelf<TypeDeclarationSyntax>() is { Identifier.ValueText: var type }
                   && (type.Contains("Cache") || type.Contains("Telemetry") || type.Contains("Logger"));
        }

        private static bool Says(string path)
        {
            foreach (var word in LossIsFine)
            {
                if (path.IndexOf(word, StringComparison.OrdinalIgnoreCase) >= 0)
                    return true;
            }

            return false;
        }
    }
}
