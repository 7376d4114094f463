using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.Flushing;

/// <summary>What a method does with a local that holds a writer, by syntax alone.</summary>
internal sealed class WriterUses
{
    private static readonly HashSet<string> DisposeMethods = new(StringComparer.Ordinal)
    {
        "Close", "CloseAsync", "Complete", "CompleteAsync", "Dispose", "DisposeAsync", "FlushFinalBlock", "FlushFinalBlockAsync", "Clear",
    };

    private readonly List<SyntaxNode> _writes = [];
    private readonly List<SyntaxNode> _settles = [];

    // Calls that write to their argument if they are what their names say.
    private List<InvocationExpressionSyntax>? _unconfirmed;

    private WriterUses()
    {
    }

    public bool IsWritten => _writes.Count > 0;

    /// <summary>Whether it is flushed or disposed of anywhere in the method.</summary>
    public bool IsSettled => _settles.Count > 0;

    /// <summary>Whether somebody else may flush it: it is returned, stored, captured, or handed on.</summary>
    public bool Escapes { get; private set; }

    /// <summary>The return by which the method is left after a write and before what flushes or disposes.</summary>
    public ReturnStatementSyntax? ForgottenAt { get; private set; }

    public static WriterUses Of(VariableDeclaratorSyntax declarator, FlushNeed need)
    {
        var uses = new WriterUses();
        var name = declarator.Identifier.ValueText;

        // A local of top-level statements is known in the whole file.
        SyntaxNode scope = declarator.FirstAncestorOrSelf<BlockSyntax>() is { } block ? block
            : declarator.FirstAncestorOrSelf<SwitchSectionSyntax>() is { } section ? section
            : declarator.SyntaxTree.GetRoot();
        List<ReturnStatementSyntax>? returns = null;
        var home = FunctionOf(declarator);
        foreach (var node in scope.DescendantNodes())
        {
            switch (node)
            {
                case IdentifierNameSyntax identifier when identifier.Identifier.ValueText == name && identifier.SpanStart > declarator.Span.End && !IsMemberName(identifier):
                    if (FunctionOf(identifier) != home)
                        uses.Escapes = true;
                    else
                        uses.Add(identifier, need);
                    if (uses.Escapes)
                        return uses;
                    break;
                case ReturnStatementSyntax leaves when FunctionOf(leaves) == home:
                    (returns ??= []).Add(leaves);
                    break;
            }
        }

        if (returns is not null && uses.IsWritten && uses.IsSettled)
            uses.ForgottenAt = uses.FirstForgetful(returns);

        return uses;
    }

    /// <summary>Whether the calls that seemed to write to their argument do.</summary>
    public bool AreConfirmed(SemanticModel model, CancellationToken cancellationToken)
    {
        if (_unconfirmed is null)
            return true;

        foreach (var call in _unconfirmed)
        {
            if (model.GetSymbolInfo(call, cancellationToken).Symbol?.ContainingType is not { } type)
                return false;

            var writes = SyntaxNames.OfInvoked(call) == "WriteTo"
                ? type.Name is "JsonDocument" or "JsonElement" or "JsonNode" or "JsonProperty" or "MemoryStream"
                : type is { ContainingNamespace.Name: "IO" };
            if (!writes)
                return false;
        }

        return true;
    }

    /// <summary>Whether a call neither writes nor flushes; methods of others may do anything.</summary>
    internal static bool IsHarmless(string method) =>
        method.StartsWith("Read", StringComparison.Ordinal)
        || method is "Seek" or "SetLength" or "Lock" or "Unlock" or "GetMemory" or "GetSpan" or "GetEntry" or "GetType" or "ToString" or "Equals" or "GetHashCode" or "BeginRead" or "EndRead" or "EndWrite";

    private void Add(IdentifierNameSyntax identifier, FlushNeed need)
    {
        ExpressionSyntax value = identifier;
        while (value.Parent is ParenthesizedExpressionSyntax or CastExpressionSyntax
               || value.Parent is PostfixUnaryExpressionSyntax { RawKind: (int)SyntaxKind.SuppressNullableWarningExpression })
        {
            value = (ExpressionSyntax)value.Parent;
        }

        switch (value.Parent)
        {
            case MemberAccessExpressionSyntax access when access.Expression == value:
                AddMember(access.Name.Identifier.ValueText, access, need);
                break;
            case ConditionalAccessExpressionSyntax { WhenNotNull: InvocationExpressionSyntax { Expression: MemberBindingExpressionSyntax { Name.Identifier.ValueText: var called } } } conditional
                when conditional.Expression == value:
                AddCall(called, conditional, need);
                break;
            case UsingStatementSyntax usingStatement:
                // Also what is left by a return is disposed of.
                _settles.Add(usingStatement);
                Escapes = true;
                break;
            case ArgumentSyntax { Parent.Parent: InvocationExpressionSyntax call } when SyntaxNames.OfInvoked(call) is "CopyTo" or "CopyToAsync" or "WriteTo":
                (_unconfirmed ??= []).Add(call);
                _writes.Add(call);
                break;
            case BinaryExpressionSyntax { RawKind: (int)SyntaxKind.EqualsExpression or (int)SyntaxKind.NotEqualsExpression } or IsPatternExpressionSyntax:
            case ArgumentSyntax { Parent.Parent: InvocationExpressionSyntax { Expression: IdentifierNameSyntax { Identifier.ValueText: "nameof" } } }:
                break;
            default:
                Escapes = true;
                break;
        }
    }

    private void AddMember(string name, MemberAccessExpressionSyntax access, FlushNeed need)
    {
        if (access.Parent is InvocationExpressionSyntax call && call.Expression == access)
            AddCall(name, call, need);
        else if (name is not ("Length" or "Position" or "Name" or "CanWrite" or "CanSeek" or "CanRead" or "Encoding" or "NewLine" or "BytesPending" or "Entries"))
            Escapes = true;
    }

    private void AddCall(string method, SyntaxNode call, FlushNeed need)
    {
        if (DisposeMethods.Contains(method))
            _settles.Add(call);
        else if (method is "Flush" or "FlushAsync")
        {
            // Compressed data is not whole by a flush alone.
            if (need == FlushNeed.Flush)
                _settles.Add(call);
        }
        else if (method.StartsWith("Write", StringComparison.Ordinal) || method is "Append" or "NextRecord" or "CreateEntry" or "Advance" or "BeginWrite" or "CreateEntryFromFile")
            _writes.Add(call);
        else if (!IsHarmless(method))
            Escapes = true;
    }

    // Narrow on purpose: the write is certain to have happened, nothing on the way to the return flushes, and no finally block does.
    private ReturnStatementSyntax? FirstForgetful(List<ReturnStatementSyntax> returns)
    {
        foreach (var settle in _settles)
        {
            if (settle.FirstAncestorOrSelf<FinallyClauseSyntax>() is not null)
                return null;
        }

        foreach (var leaves in returns)
        {
            if (IsCertainBefore(_writes, leaves) && !MayBeBefore(_settles, leaves) && MayBeAfter(_settles, leaves)
                && leaves.FirstAncestorOrSelf<CatchClauseSyntax>() is null)
            {
                return leaves;
            }
        }

        return null;
    }

    // In a block around the place, be it in a loop of its own; not where a condition may leave it out.
    private static bool IsCertainBefore(List<SyntaxNode> nodes, SyntaxNode place)
    {
        foreach (var node in nodes)
        {
            if (node.SpanStart > place.SpanStart)
                continue;

            for (var current = node; current is not (null or MemberDeclarationSyntax or IfStatementSyntax or SwitchSectionSyntax or CatchClauseSyntax or AnonymousFunctionExpressionSyntax); current = current.Parent)
            {
                if (current is StatementSyntax && current.Parent is BlockSyntax block && block.Span.Contains(place.Span))
                    return true;
            }
        }

        return false;
    }

    private static bool MayBeBefore(List<SyntaxNode> nodes, SyntaxNode place)
    {
        foreach (var node in nodes)
        {
            if (node.SpanStart < place.SpanStart || node.FirstAncestorOrSelf<StatementSyntax>(static it => it is WhileStatementSyntax or ForStatementSyntax or DoStatementSyntax or CommonForEachStatementSyntax) is not null)
                return true;
        }

        return false;
    }

    private static bool MayBeAfter(List<SyntaxNode> nodes, SyntaxNode place)
    {
        foreach (var node in nodes)
        {
            if (node.SpanStart > place.SpanStart)
                return true;
        }

        return false;
    }

    // The name after a dot, of an argument, or in an initializer is another one.
    private static bool IsMemberName(IdentifierNameSyntax identifier) => identifier.Parent switch
    {
        MemberAccessExpressionSyntax access => access.Name == identifier,
        MemberBindingExpressionSyntax or NameColonSyntax or NameEqualsSyntax or QualifiedNameSyntax => true,
        AssignmentExpressionSyntax { Parent: InitializerExpressionSyntax } assignment => assignment.Left == identifier,
        _ => false,
    };

    private static SyntaxNode? FunctionOf(SyntaxNode node)
    {
        for (var current = node.Parent; current is not null; current = current.Parent)
        {
            if (current is AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax or MemberDeclarationSyntax and not GlobalStatementSyntax)
                return current;
        }

        return null;
    }
}
