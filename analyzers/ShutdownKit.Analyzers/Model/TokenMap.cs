using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace ShutdownKit.Analyzers.Model;

/// <summary>
/// Says which expressions in one method stand for the same cancellation token. A token is named by a symbol: the parameter, local or
/// field that holds it or its source, or the property that returns it. Locals that only rename a token are seen through.
/// </summary>
internal sealed class TokenMap
{
    private readonly ShutdownSymbols _symbols;
    private readonly Dictionary<ISymbol, IOperation?> _initializers = new(SymbolEqualityComparer.Default);
    private readonly Dictionary<ISymbol, List<IOperation>> _linked = new(SymbolEqualityComparer.Default);
    private readonly HashSet<ISymbol> _cancelledBySignal = new(SymbolEqualityComparer.Default);
    private readonly Dictionary<CaptureId, IOperation?> _captures = new();

    private TokenMap(ShutdownSymbols symbols) => _symbols = symbols;

    /// <summary>Reads the aliases and links from a method's operation tree.</summary>
    public static TokenMap Create(IOperation body, ShutdownSymbols symbols)
    {
        var map = new TokenMap(symbols);
        foreach (var operation in body.Descendants())
            map.Read(operation);

        return map;
    }

    /// <summary>Makes the temporaries of a control flow graph known, which stand for expressions with branches in them.</summary>
    public void AddCaptures(ControlFlowGraph graph)
    {
        foreach (var block in graph.Blocks)
        {
            foreach (var operation in block.Operations)
            {
                // A temporary that is assigned twice is a conditional value: it stands for no single token.
                if (operation is IFlowCaptureOperation capture)
                    _captures[capture.Id] = _captures.ContainsKey(capture.Id) ? null : capture.Value;
            }
        }
    }

    public bool IsToken(ITypeSymbol? type) => type.Is(_symbols.CancellationToken);

    public bool IsSource(ITypeSymbol? type) => type.IsOrInherits(_symbols.CancellationTokenSource);

    /// <summary>The symbol that names the token (or the token's source) which the expression yields; null when it cannot be named.</summary>
    public ISymbol? Resolve(IOperation? value) => Resolve(value, depth: 0);

    /// <summary>What the given token was linked to when its source was created.</summary>
    public IEnumerable<ISymbol> LinkedTo(ISymbol token)
    {
        if (!_linked.TryGetValue(token, out var sources))
            yield break;

        foreach (var source in sources)
        {
            if (Resolve(source) is { } symbol && !SymbolEqualityComparer.Default.Equals(symbol, token))
                yield return symbol;
        }
    }

    /// <summary>Whether a handler of a signal, or of the end of the process, in the same method cancels the token.</summary>
    public bool IsCancelledBySignal(ISymbol token) => _cancelledBySignal.Contains(token);

    /// <summary>The expression without the conversions around it, and with temporaries replaced by what they stand for.</summary>
    public IOperation? Unwrap(IOperation? value)
    {
        for (var depth = 0; depth < 16; depth++)
        {
            switch (value)
            {
                case IConversionOperation conversion:
                    value = conversion.Operand;
                    break;
                case IParenthesizedOperation parenthesized:
                    value = parenthesized.Operand;
                    break;
                case IFlowCaptureReferenceOperation reference when _captures.TryGetValue(reference.Id, out var captured):
                    value = captured;
                    break;
                default:
                    return value;
            }
        }

        return value;
    }

    private ISymbol? Resolve(IOperation? value, int depth)
    {
        // Locals may be initialized with one another in broken code.
        if (depth > 8)
            return null;

        value = Unwrap(value);
        if (value?.Type is not { } type || !(IsToken(type) || IsSource(type)))
            return null;

        switch (value)
        {
            case IParameterReferenceOperation parameter:
                return parameter.Parameter;
            case ILocalReferenceOperation local:
                return _initializers.TryGetValue(local.Local, out var initializer) && initializer is not null
                       && Resolve(initializer, depth + 1) is { } origin
                    ? origin
                    : local.Local;
            case IFieldReferenceOperation { Field.IsStatic: true } field:
                return IsNone(field.Field) ? null : field.Field;
            case IFieldReferenceOperation { Instance: IInstanceReferenceOperation } field:
                return field.Field;
            case IPropertyReferenceOperation property when property.Property.Name == "Token" && IsSource(property.Property.ContainingType):
                return Resolve(property.Instance, depth + 1);
            case IPropertyReferenceOperation property when IsNone(property.Property):
                return null;
            case IPropertyReferenceOperation property when IsLifetimeToken(property.Property, _symbols):
                return property.Property;
            case IPropertyReferenceOperation { Instance: null or IInstanceReferenceOperation, Arguments.IsEmpty: true } property:
                return property.Property;
            default:
                return null;
        }
    }

    /// <summary>Whether the property is ApplicationStopping or ApplicationStopped of the host's lifetime, in any of its generations.</summary>
    public static bool IsLifetimeToken(IPropertySymbol property, ShutdownSymbols symbols) =>
        property.Name is "ApplicationStopping" or "ApplicationStopped"
        && (property.ContainingType.IsOrInherits(symbols.HostApplicationLifetime)
            || property.ContainingType.IsOrInherits(symbols.Type("Microsoft.Extensions.Hosting.IApplicationLifetime"))
            || property.ContainingType.IsOrInherits(symbols.Type("Microsoft.AspNetCore.Hosting.IApplicationLifetime")));

    private bool IsNone(ISymbol symbol) => symbol.Name == "None" && symbol.ContainingType.Is(_symbols.CancellationToken);

    private void Read(IOperation operation)
    {
        switch (operation)
        {
            case IVariableDeclaratorOperation { Symbol: var local } declarator when IsToken(local.Type) || IsSource(local.Type):
                Initialize(local, declarator.GetVariableInitializer()?.Value);
                break;

            case ISimpleAssignmentOperation { Target: ILocalReferenceOperation { Local: var local } } assignment
                when IsToken(local.Type) || IsSource(local.Type):
                // Assigned again: the local is a token of its own from here on.
                _initializers[local] = null;
                ReadLink(local, assignment.Value);
                break;

            case ISimpleAssignmentOperation { Target: IFieldReferenceOperation { Field: var field } } assignment
                when IsSource(field.Type) || IsToken(field.Type):
                ReadLink(field, assignment.Value);
                break;

            case IInvocationOperation { Instance: { } instance, TargetMethod.Name: "Cancel" or "CancelAsync" or "CancelAfter" }
                when IsSource(instance.Type) && IsInSignalHandler(operation.Syntax)
                     && RawSymbol(instance) is { } source:
                _cancelledBySignal.Add(source);
                break;
        }
    }

    private void Initialize(ILocalSymbol local, IOperation? value)
    {
        _initializers[local] = _initializers.ContainsKey(local) ? null : value;
        ReadLink(local, value);
    }

    private void ReadLink(ISymbol target, IOperation? value)
    {
        // var token = CreateLinkedTokenSource(...).Token is as good as keeping the source.
        if (Unwrap(value) is IPropertyReferenceOperation { Property.Name: "Token", Instance: { } instance })
            value = instance;

        if (Unwrap(value) is not IInvocationOperation { TargetMethod.Name: "CreateLinkedTokenSource" } creation
            || !creation.TargetMethod.ContainingType.Is(_symbols.CancellationTokenSource))
        {
            return;
        }

        if (!_linked.TryGetValue(target, out var sources))
            _linked[target] = sources = [];

        foreach (var argument in creation.Arguments)
        {
            if (argument.Value is IArrayCreationOperation { Initializer: { } elements })
                sources.AddRange(elements.ElementValues);
            else
                sources.Add(argument.Value);
        }
    }

    private static ISymbol? RawSymbol(IOperation operation) => operation switch
    {
        ILocalReferenceOperation local => local.Local,
        IParameterReferenceOperation parameter => parameter.Parameter,
        IFieldReferenceOperation field => field.Field,
        _ => null,
    };

    /// <summary>Whether the code lies in a lambda that a signal, the end of the process or the host's stop runs.</summary>
    internal static bool IsInSignalHandler(SyntaxNode node)
    {
        foreach (var ancestor in node.Ancestors())
        {
            if (ancestor is not AnonymousFunctionExpressionSyntax lambda)
                continue;

            switch (lambda.Parent)
            {
                case AssignmentExpressionSyntax { Left: var target }:
                    if (NameOf(target) is "CancelKeyPress" or "ProcessExit" or "Unloading")
                        return true;
                    break;
                case ArgumentSyntax { Parent.Parent: InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax call } }:
                    if (NameOf(call) is "Create" && NameOf(call.Expression) is "PosixSignalRegistration")
                        return true;
                    if (NameOf(call) is "Register" && NameOf(call.Expression) is "ApplicationStopping")
                        return true;
                    break;
            }
        }

        return false;
    }

    private static string? NameOf(ExpressionSyntax expression) => expression switch
    {
        IdentifierNameSyntax identifier => identifier.Identifier.ValueText,
        MemberAccessExpressionSyntax access => access.Name.Identifier.ValueText,
        _ => null,
    };
}
