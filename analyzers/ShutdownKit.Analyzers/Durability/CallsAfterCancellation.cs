using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.Durability;

/// <summary>
/// Looks by names and syntax alone for calls that are given a token at a place to which the cancellation of a token leads, or may
/// lead. Only where one is found is a method's flow worth analysing.
/// </summary>
internal static class CallsAfterCancellation
{
    /// <summary>The names by which code learns that a token is cancelled, or cancels it.</summary>
    internal static readonly string[] Names =
    [
        "IsCancellationRequested", "OperationCanceledException", "TaskCanceledException", "ApplicationStopping", "ApplicationStopped",
        "Cancel", "CancelAsync", "Register", "UnsafeRegister", "WaitHandle", "Infinite", "InfiniteTimeSpan", "StopAsync", Finally,
    ];

    /// <summary>Without one of these there is no token in a file.</summary>
    internal static readonly string[] TokenNames = ["CancellationToken", "CancellationTokenSource", "ApplicationStopping", "ApplicationStopped", "Token"];

    private const string Finally = "finally";

    // What is called with a token and saves nothing.
    private static readonly HashSet<string> NoSinks = new(StringComparer.Ordinal)
    {
        "Delay", "CreateLinkedTokenSource", "Register", "UnsafeRegister", "WaitAsync", "Wait", "WaitOne", "ThrowIfCancellationRequested", "Run", "StartNew", "FromCanceled",
        "StartAsync", "StopAsync", "SetCanceled", "TrySetCanceled", "ReadAsync", "GetAsync", "WaitForNextTickAsync", "LogError", "LogInformation", "LogWarning", "LogDebug",
    };

    // What methods that save, or that hand a token to one that does, are called after.
    private static readonly string[] Verbs =
    [
        "Save", "Store", "Write", "Persist", "Flush", "Commit", "Update", "Insert", "Upsert", "Delete", "Remove", "Append", "Publish", "Send", "Produce", "Add", "Put", "Post", "Complete",
        "Checkpoint", "Mark", "Record", "Create", "Upload", "Enqueue", "Replace", "Patch", "Dump", "Archive", "Sync", "Submit", "Push",
    ];

    /// <summary>The declarations in a file in which there are such calls.</summary>
    /// <param name="file">The file.</param>
    /// <param name="sinks">The calls that save something.</param>
    public static List<SyntaxNode> In(SourceFile file, Lazy<PersistSinks> sinks)
    {
        var found = new List<SyntaxNode>();
        if (!MentionsToken(file))
            return found;

        Dictionary<SyntaxNode, List<SyntaxToken>>? signs = null;
        foreach (var name in Names)
        {
            if (!file.MayMention(name))
                continue;

            foreach (var token in name == Finally ? file.Keywords(Finally) : file.Tokens(name))
            {
                if (MethodGraph.DeclarationOf(token.Parent!) is not { } declaration || !IsSign(token))
                    continue;

                if (!(signs ??= []).TryGetValue(declaration, out var here))
                    signs[declaration] = here = [];

                here.Add(token);
            }
        }

        if (signs is null)
            return found;

        foreach (var pair in signs)
        {
            foreach (var node in pair.Key.DescendantNodes(static node => node is not TypeDeclarationSyntax))
            {
                if (node is InvocationExpressionSyntax call && MayFollowCancellation(call, pair.Value) && MaySave(call, sinks))
                {
                    found.Add(pair.Key);
                    break;
                }
            }
        }

        return found;
    }

    /// <summary>Whether the call is given a token where one of the signs says that a token may be cancelled.</summary>
    private static bool MayFollowCancellation(InvocationExpressionSyntax call, List<SyntaxToken> signs)
    {
        if (!TakesToken(call))
            return false;

        foreach (var sign in signs)
        {
            if (MayFollow(call, sign))
                return true;
        }

        return false;
    }

    // By its name, or because it is a helper of the same type that may hand the token on.
    private static bool MaySave(InvocationExpressionSyntax call, Lazy<PersistSinks> sinks)
    {
        var name = SyntaxNames.OfInvoked(call)!;
        foreach (var verb in Verbs)
        {
            if (name.StartsWith(verb, StringComparison.Ordinal))
                return true;
        }

        if (sinks.Value.MayBeSink(name))
            return true;

        if (call.Expression is not (SimpleNameSyntax or MemberAccessExpressionSyntax { Expression: ThisExpressionSyntax })
            || call.FirstAncestorOrSelf<TypeDeclarationSyntax>() is not { } type)
        {
            return call.Expression is SimpleNameSyntax;
        }

        foreach (var member in type.Members)
        {
            if (member is MethodDeclarationSyntax method && method.Identifier.ValueText == name)
                return true;
        }

        return type.BaseList is not null || type.Modifiers.Any(SyntaxKind.PartialKeyword);
    }

    private static bool TakesToken(InvocationExpressionSyntax call)
    {
        if (SyntaxNames.OfInvoked(call) is not { } callee || NoSinks.Contains(callee))
            return false;

        // The token is nearly always last.
        var arguments = call.ArgumentList.Arguments;
        for (var i = arguments.Count - 1; i >= 0; i--)
        {
            if (arguments[i].Expression is IdentifierNameSyntax or MemberAccessExpressionSyntax && SyntaxNames.Of(arguments[i].Expression) is { } name && IsTokenName(name))
                return true;
        }

        return false;
    }

    private static bool IsTokenName(string name) =>
        name != "None"
        && (Contains(name, "token") || Contains(name, "cancel") || (Contains(name, "stop") && !Contains(name, "stopwatch")) || Contains(name, "shutdown") || Contains(name, "abort")
            || name is "ct" or "_ct" or "t" or "c" || name.EndsWith("Ct", StringComparison.Ordinal));

    private static bool Contains(string name, string part) => name.IndexOf(part, StringComparison.OrdinalIgnoreCase) >= 0;

    private static bool MayFollow(InvocationExpressionSyntax call, SyntaxToken sign)
    {
        // In StopAsync the host's token is cancelled from the start.
        if (sign.ValueText is "ApplicationStopping" or "ApplicationStopped" && call.Span.Contains(sign.Span))
            return true;

        switch (sign.ValueText)
        {
            case Finally:
                return sign.Parent!.Span.Contains(call.Span);
            case "Register" or "UnsafeRegister":
                return sign.Parent?.FirstAncestorOrSelf<InvocationExpressionSyntax>()?.ArgumentList.Span.Contains(call.Span) == true;
        }

        if (call.SpanStart < sign.SpanStart)
            return false;

        // The body of a loop that runs while the token is not cancelled comes before the cancellation.
        for (var node = sign.Parent; node is not (null or BlockSyntax); node = node.Parent)
        {
            var condition = node.Parent switch
            {
                WhileStatementSyntax loop => loop.Condition,
                ForStatementSyntax loop => loop.Condition,
                _ => null,
            };
            if (condition is not null && condition == node)
                return !node.Parent!.Span.Contains(call.Span);
        }

        return true;
    }

    // Some of the names have other meanings, too.
    private static bool IsSign(SyntaxToken token) => token.ValueText switch
    {
        "StopAsync" => token.Parent is { Parent: MemberAccessExpressionSyntax { Expression: BaseExpressionSyntax } },
        "Cancel" or "Register" or "UnsafeRegister" => SyntaxNames.InvocationOf(token) is not null,
        _ => true,
    };

    private static bool MentionsToken(SourceFile file)
    {
        foreach (var name in TokenNames)
        {
            if (file.MayMention(name))
                return true;
        }

        return false;
    }
}
