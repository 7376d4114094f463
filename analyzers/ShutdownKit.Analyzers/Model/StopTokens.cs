using System.Collections.Concurrent;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace ShutdownKit.Analyzers.Model;

/// <summary>
/// Tells which tokens a stop of the program cancels: the parameter of <c>BackgroundService.ExecuteAsync</c>, the tokens of
/// <c>IHostApplicationLifetime</c>, tokens of a source that a signal handler or the stop path cancels, tokens linked to one of these,
/// and the parameters and fields to which they are handed on inside a hosted service.
/// </summary>
internal sealed class StopTokens
{
    private readonly ShutdownSymbols _symbols;
    private readonly TokenMap _map;
    private readonly CancellationToken _cancellationToken;

    // The flow analyses ask the same questions at each call, and each answer takes a look at the whole type.
    private readonly ConcurrentDictionary<ISymbol, bool> _isStopToken = new(SymbolEqualityComparer.Default);
    private readonly ConcurrentDictionary<ISymbol, bool> _isStoredExecuteToken = new(SymbolEqualityComparer.Default);
    private readonly ConcurrentDictionary<ISymbol, bool> _isReassigned = new(SymbolEqualityComparer.Default);
    private readonly ConcurrentDictionary<ISymbol, SyntaxNode[]> _members = new(SymbolEqualityComparer.Default);

    public StopTokens(ShutdownSymbols symbols, TokenMap map, CancellationToken cancellationToken)
    {
        _symbols = symbols;
        _map = map;
        _cancellationToken = cancellationToken;
    }

    /// <summary>Whether a stop of the program cancels the token (named as <see cref="TokenMap.Resolve(IOperation)"/> names it).</summary>
    public bool IsStopToken(ISymbol token) => _isStopToken.GetOrAdd(token, it => IsStopToken(it, depth: 0));

    /// <summary>Whether the token is one that <c>ExecuteAsync</c> of the same background service received and stored in a field.</summary>
    public bool IsStoredExecuteToken(ISymbol token) => _isStoredExecuteToken.GetOrAdd(token, FindIsStoredExecuteToken);

    private bool FindIsStoredExecuteToken(ISymbol token) =>
        token is IFieldSymbol field
        && field.ContainingType.IsOrInherits(_symbols.BackgroundService)
        && AnyAssignment(field, (value, method) => IsExecuteParameter(value, method) || IsLinkedTo(value, method));

    /// <summary>Whether a field is assigned outside the constructors and the start of the service.</summary>
    public bool IsReassigned(IFieldSymbol field) => !field.IsReadOnly && _isReassigned.GetOrAdd(field, FindIsReassigned);

    private bool FindIsReassigned(ISymbol field) =>
        AnyAssignment(field, (_, member) => member is not (null or ConstructorDeclarationSyntax)
                                               && !(member is MethodDeclarationSyntax { Identifier.ValueText: "StartAsync" or "ExecuteAsync" }));

    /// <summary>Whether the method is <c>ExecuteAsync</c> of a background service.</summary>
    public static bool IsExecuteAsync(IMethodSymbol? method, ShutdownSymbols symbols) =>
        method is { Parameters.Length: 1 } && method.Overrides(symbols.BackgroundService, "ExecuteAsync");

    private bool IsStopToken(ISymbol token, int depth)
    {
        if (depth > 4)
            return false;

        var direct = token switch
        {
            IPropertySymbol property => TokenMap.IsLifetimeToken(property, _symbols),
            IParameterSymbol parameter => IsStopParameter(parameter),
            IFieldSymbol field => IsStoredExecuteToken(field) || IsCancelledOnStopPath(field),
            _ => false,
        };

        if (direct || _map.IsCancelledBySignal(token))
            return true;

        foreach (var source in _map.LinkedTo(token))
        {
            if (IsStopToken(source, depth + 1))
                return true;
        }

        return false;
    }

    private bool IsStopParameter(IParameterSymbol parameter)
    {
        if (parameter.ContainingSymbol is not IMethodSymbol { MethodKind: MethodKind.Ordinary } method || !_map.IsToken(parameter.Type))
            return false;

        return IsExecuteAsync(method, _symbols) || IsGivenTheExecuteToken(method);
    }

    // One hop: a private method of the service, to which ExecuteAsync hands its token.
    private bool IsGivenTheExecuteToken(IMethodSymbol method)
    {
        if (method.DeclaredAccessibility != Accessibility.Private || !method.ContainingType.IsOrInherits(_symbols.BackgroundService))
            return false;

        foreach (var execute in Members<MethodDeclarationSyntax>(method.ContainingType))
        {
            if (ExecuteParameterName(execute) is not { } token)
                continue;

            foreach (var call in execute.DescendantNodes().OfType<InvocationExpressionSyntax>())
            {
                if (SyntaxNames.OfInvoked(call) == method.Name
                    && call.ArgumentList.Arguments.Any(argument => SyntaxNames.Of(argument.Expression) == token))
                {
                    return true;
                }
            }
        }

        return false;
    }

    private static bool IsExecuteParameter(ExpressionSyntax value, SyntaxNode? method) =>
        ExecuteParameterName(method) is { } token && SyntaxNames.Of(value) == token;

    private static string? ExecuteParameterName(SyntaxNode? method) =>
        method is MethodDeclarationSyntax { Identifier.ValueText: "ExecuteAsync", ParameterList.Parameters: { Count: 1 } parameters }
            ? parameters[0].Identifier.ValueText
            : null;

    private static bool IsLinkedTo(ExpressionSyntax value, SyntaxNode? method) =>
        value is InvocationExpressionSyntax call
        && SyntaxNames.OfInvoked(call) == "CreateLinkedTokenSource"
        && call.ArgumentList.Arguments.Any(argument => IsExecuteParameter(argument.Expression, method));

    private bool IsCancelledOnStopPath(IFieldSymbol field)
    {
        if (!_map.IsSource(field.Type))
            return false;

        foreach (var call in Members<InvocationExpressionSyntax>(field.ContainingType))
        {
            if (SyntaxNames.OfInvoked(call) is not ("Cancel" or "CancelAsync") || SyntaxNames.OfReceiver(call) != field.Name)
                continue;

            if (call.FirstAncestorOrSelf<MethodDeclarationSyntax>() is
                { Identifier.ValueText: "StopAsync" or "StoppingAsync" or "Stop" or "OnStop" or "Dispose" or "DisposeAsync" }
                || TokenMap.IsInSignalHandler(call))
            {
                return true;
            }
        }

        return false;
    }

    private bool AnyAssignment(ISymbol field, Func<ExpressionSyntax, SyntaxNode?, bool> predicate)
    {
        foreach (var assignment in Members<AssignmentExpressionSyntax>(field.ContainingType))
        {
            if (SyntaxNames.Of(assignment.Left) == field.Name
                && predicate(assignment.Right, assignment.FirstAncestorOrSelf<MemberDeclarationSyntax>()))
            {
                return true;
            }
        }

        return false;
    }

    // By syntax alone: fields are unique by name inside their type, and a full semantic look at every member would cost far more.
    private IEnumerable<TNode> Members<TNode>(INamedTypeSymbol type)
        where TNode : SyntaxNode
    {
        foreach (var node in _members.GetOrAdd(type, NodesOf))
        {
            if (node is TNode found)
                yield return found;
        }
    }

    private SyntaxNode[] NodesOf(ISymbol type)
    {
        var nodes = new List<SyntaxNode>();
        foreach (var reference in type.DeclaringSyntaxReferences)
        {
            foreach (var node in reference.GetSyntax(_cancellationToken).DescendantNodes())
            {
                if (node is AssignmentExpressionSyntax or InvocationExpressionSyntax or MethodDeclarationSyntax)
                    nodes.Add(node);
            }
        }

        return nodes.ToArray();
    }
}
