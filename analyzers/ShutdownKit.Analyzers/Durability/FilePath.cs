using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.Durability;

/// <summary>
/// A path as the code spells it: two expressions with the same key name the same file. Paths that come from parameters alone, from
/// the temporary directory or from calls into other code have no key.
/// </summary>
internal sealed class FilePath
{
    private readonly StringBuilder _key = new();
    private readonly SemanticModel _model;
    private readonly CancellationToken _cancellationToken;

    // Something of the program itself: a constant, a field, a property or a method of its own.
    private bool _isNamedByProgram;

    private FilePath(SemanticModel model, CancellationToken cancellationToken)
    {
        _model = model;
        _cancellationToken = cancellationToken;
    }

    /// <summary>The key, by which paths are compared.</summary>
    public string Key => _key.ToString();

    /// <summary>The words in the names and constants that the path is made of, in lower case.</summary>
    public HashSet<string> Words { get; } = new(StringComparer.Ordinal);

    /// <summary>The constant at the end of the path; null when it ends in something else.</summary>
    public string? ConstantEnd { get; private set; }

    /// <summary>The last part of the path as a key; null when the path is only one part.</summary>
    public string? EndKey { get; private set; }

    /// <summary>Whether the last part is the whole name of a file, and not merely its extension or a name for anything.</summary>
    public bool EndsInFileName => EndKey is { Length: > 2 } end && (end[0] == 'm' || (end[0] == '"' && end.IndexOf('.', 2) > 0 && end[1] != '*'));

    /// <summary>Whether a part of the path is a parameter.</summary>
    public bool DependsOnParameter { get; private set; }

    /// <summary>Whether the path is nothing but one member.</summary>
    public bool IsOneMember => _key.Length > 0 && _key[0] == 'm' && EndKey is null;

    /// <summary>Whether the program names the path: it is no mere parameter.</summary>
    public bool IsNamedByProgram => _isNamedByProgram;

    /// <summary>The path that an expression yields; null when it has no key.</summary>
    public static FilePath? Of(ExpressionSyntax expression, SemanticModel model, CancellationToken cancellationToken) =>
        model.GetOperation(expression, cancellationToken) is { } value ? Of(value, model, cancellationToken) : null;

    /// <summary>The path that a value is; null when it has no key.</summary>
    public static FilePath? Of(IOperation value, SemanticModel model, CancellationToken cancellationToken)
    {
        var path = new FilePath(model, cancellationToken);
        return path.Append(value, depth: 0) ? path : null;
    }

    private bool Append(IOperation value, int depth)
    {
        if (depth > 8)
            return false;

        ConstantEnd = null;
        switch (value)
        {
            case { ConstantValue: { HasValue: true, Value: string text } }:
                AppendPart('"', text, text);
                ConstantEnd = text;
                _isNamedByProgram |= text.Any(char.IsLetter);
                return true;

            case IConversionOperation conversion:
                return Append(conversion.Operand, depth);

            case ILocalReferenceOperation local:
                return OnlyValueOf(local.Local) is { } assigned && Append(assigned, depth + 1);

            case IParameterReferenceOperation parameter:
                // What is kept in a member is the path of the object.
                if (MemberThatKeeps(parameter) is { } keeper)
                    return AppendMember(keeper, instance: null);

                if (parameter.Parameter.ContainingSymbol is IMethodSymbol { MethodKind: MethodKind.Constructor, ContainingType: var owner }
                    && parameter.Syntax.FirstAncestorOrSelf<ConstructorDeclarationSyntax>() is null)
                {
                    AppendPart('m', owner.OriginalDefinition.ToDisplayString() + "." + parameter.Parameter.Name, parameter.Parameter.Name);
                    _isNamedByProgram = true;
                    return true;
                }

                // The same name in Save(id) and Load(id) stands for the same thing; by itself it is the caller's path.
                AppendPart('p', parameter.Parameter.Name, null);
                DependsOnParameter = true;
                SplitWords(parameter.Parameter.Name, Words);
                return true;

            case ITypeOfOperation typeOf:
                AppendPart('t', typeOf.TypeOperand.Name, null);
                return true;

            case IObjectCreationOperation { Type: { Name: "FileInfo", ContainingNamespace.Name: "IO" }, Arguments: { Length: 1 } arguments }:
                return Append(arguments[0].Value, depth + 1);

            // The name of a FileInfo is the FileInfo.
            case IPropertyReferenceOperation { Property: { Name: "FullName", ContainingType.Name: "FileInfo" or "FileSystemInfo" }, Instance: { } info }:
                return Append(info, depth + 1);

            case IPropertyReferenceOperation { Property: { Name: "Name", ContainingType.Name: "Type" or "MemberInfo" }, Instance: { } type }:
                return Append(type, depth + 1);

            case ICoalesceOperation coalesce:
                return Append(coalesce.Value, depth + 1);

            case IConditionalAccessInstanceOperation:
                return false;

            case IFieldReferenceOperation field:
                return AppendMember(field.Field, field.Instance);

            case IPropertyReferenceOperation { Arguments.IsEmpty: true } property:
                return AppendMember(property.Property, property.Instance);

            // configuration["StatePath"]
            case IPropertyReferenceOperation { Arguments.Length: 1 } indexer
                when indexer.Arguments[0].Value.ConstantValue is { HasValue: true, Value: string entry } && IsTheOnlyOne(indexer.Instance):
                AppendPart('i', entry, entry);
                _isNamedByProgram = true;
                return true;

            case IBinaryOperation { OperatorKind: BinaryOperatorKind.Add } sum:
                return Append(sum.LeftOperand, depth + 1) && Append(sum.RightOperand, depth + 1);

            case IInterpolatedStringOperation interpolated:
                return interpolated.Parts.All(part => part switch
                {
                    IInterpolatedStringTextOperation text => Append(text.Text, depth + 1),
                    IInterpolationOperation { FormatString: null } hole => Append(hole.Expression, depth + 1),
                    _ => false,
                });

            case IInvocationOperation call:
                return AppendCall(call, depth);

            // What does not bind is taken by its spelling.
            case IInvalidOperation { Syntax: MemberAccessExpressionSyntax { Expression: SimpleNameSyntax or ThisExpressionSyntax } access }:
                AppendPart('?', access.ToString(), access.Name.Identifier.ValueText);
                _isNamedByProgram = true;
                return true;

            default:
                return false;
        }
    }

    private bool AppendCall(IInvocationOperation call, int depth)
    {
        var method = call.TargetMethod;
        var isPath = method.ContainingType is { Name: "Path", ContainingNamespace.Name: "IO" };
        if (isPath && method.Name == "GetFullPath")
            return Append(call.Arguments[0].Value, depth + 1);

        if (method is { Name: "Concat", ContainingType.SpecialType: SpecialType.System_String })
            return AppendArguments(call, depth);

        var isKnown = (isPath && method.Name is "Combine" or "Join")
                      || method is { Name: "GetFolderPath", ContainingType.Name: "Environment" }
                      || method is { Name: "GetCurrentDirectory", ContainingType.Name: "Directory" };
        if (!isKnown && (method.DeclaringSyntaxReferences.IsEmpty || !IsTheOnlyOne(call.Instance)))
            return false;

        _isNamedByProgram |= !isKnown && !IsAboutGivenPath(call);
        AppendPart('m', method.ContainingType.Name + "." + method.Name, isKnown ? null : method.Name);
        _key.Append('(');
        if (!AppendArguments(call, depth))
            return false;

        _key.Append(')');
        if (!isKnown)
            EndKey = null;
        return true;
    }

    // Normalize(path) and path.Resolve() are still the caller's.
    private static bool IsAboutGivenPath(IInvocationOperation call)
    {
        if (call.TargetMethod.IsExtensionMethod)
            return true;

        foreach (var argument in call.Arguments)
        {
            var value = argument.Value;
            while (value is IConversionOperation conversion)
                value = conversion.Operand;

            if (value is IInvocationOperation inner && IsAboutGivenPath(inner))
                return true;

            if (value is IParameterReferenceOperation { Parameter.Name: var name }
                && (name.IndexOf("path", StringComparison.OrdinalIgnoreCase) >= 0 || name.IndexOf("file", StringComparison.OrdinalIgnoreCase) >= 0))
            {
                return true;
            }
        }

        return false;
    }

    private bool AppendArguments(IInvocationOperation call, int depth)
    {
        foreach (var argument in call.Arguments)
        {
            if (argument.Value is IArrayCreationOperation { Initializer: { } elements })
            {
                foreach (var element in elements.ElementValues)
                {
                    if (!AppendLast(element, depth))
                        return false;
                }
            }
            else if (argument.Value is IFieldReferenceOperation { ConstantValue: { HasValue: true, Value: int folder } })
            {
                AppendPart('"', folder.ToString(System.Globalization.CultureInfo.InvariantCulture), null);
            }
            else if (argument.Value is not IDefaultValueOperation && !AppendLast(argument.Value, depth))
            {
                return false;
            }
        }

        return true;
    }

    private bool AppendLast(IOperation value, int depth)
    {
        var start = _key.Length;
        if (!Append(value, depth + 1))
            return false;

        EndKey = _key.ToString(start, _key.Length - start);
        return true;
    }

    private bool AppendMember(ISymbol member, IOperation? instance)
    {
        // A member of some element of a list is another file each time.
        if (!IsTheOnlyOne(instance))
            return false;

        // A member of another's type stands for itself only where the program holds the object in a member of its own.
        var isOwn = !member.DeclaringSyntaxReferences.IsEmpty;
        if (!isOwn && !member.IsStatic && instance is null or IInstanceReferenceOperation)
            return false;

        _isNamedByProgram |= isOwn || !member.IsStatic || !IsOfFramework(member);
        AppendPart('m', member.OriginalDefinition.ContainingType.ToDisplayString() + "." + member.Name, member.Name);
        return true;
    }

    private static bool IsOfFramework(ISymbol member)
    {
        var space = member.ContainingNamespace;
        while (space is { ContainingNamespace.IsGlobalNamespace: false })
            space = space.ContainingNamespace;

        return space?.Name is "System" or "Microsoft";
    }

    private static bool IsTheOnlyOne(IOperation? instance) => instance switch
    {
        null or IInstanceReferenceOperation => true,
        IFieldReferenceOperation field => IsTheOnlyOne(field.Instance),
        IPropertyReferenceOperation { Arguments.IsEmpty: true } property => IsTheOnlyOne(property.Instance),
        // What a constructor is given is what the object works with.
        IParameterReferenceOperation { Parameter.ContainingSymbol: IMethodSymbol { MethodKind: MethodKind.Constructor } } => true,
        _ => false,
    };

    /// <summary>
    /// The field or property of the same object in which a method keeps the parameter: by an assignment, or by handing it to a base
    /// constructor that has a property of that name.
    /// </summary>
    private static ISymbol? MemberThatKeeps(IParameterReferenceOperation reference)
    {
        if (reference.Parameter is not { ContainingSymbol: IMethodSymbol { ContainingType: { } type }, Name: var name }
            || reference.Syntax.FirstAncestorOrSelf<BaseMethodDeclarationSyntax>() is not { } method)
        {
            return null;
        }

        foreach (var node in method.DescendantNodes())
        {
            if (node is AssignmentExpressionSyntax { RawKind: (int)SyntaxKind.SimpleAssignmentExpression, Left: var target, Right: var value }
                && IsPlain(value, name)
                && (target is IdentifierNameSyntax || target is MemberAccessExpressionSyntax { Expression: ThisExpressionSyntax })
                && MemberOf(type, SyntaxNames.Of(target)!) is { } member)
            {
                return member;
            }
        }

        return method is ConstructorDeclarationSyntax { Initializer: { RawKind: (int)SyntaxKind.BaseConstructorInitializer, ArgumentList.Arguments: var given } }
               && given.Any(argument => IsPlain(argument.Expression, name))
            ? MemberOf(type, char.ToUpperInvariant(name[0]) + name.Substring(1))
            : null;
    }

    private static bool IsPlain(ExpressionSyntax value, string name) => value switch
    {
        IdentifierNameSyntax identifier => identifier.Identifier.ValueText == name,
        BinaryExpressionSyntax { RawKind: (int)SyntaxKind.CoalesceExpression } coalesce => IsPlain(coalesce.Left, name),
        InvocationExpressionSyntax { ArgumentList.Arguments: { Count: 1 } arguments } call when SyntaxNames.OfInvoked(call) == "GetFullPath" => IsPlain(arguments[0].Expression, name),
        _ => false,
    };

    private static ISymbol? MemberOf(INamedTypeSymbol type, string name)
    {
        for (var current = type; current is not null; current = current.BaseType)
        {
            foreach (var member in current.GetMembers(name))
            {
                if (member is IFieldSymbol or IPropertySymbol && !member.DeclaringSyntaxReferences.IsEmpty)
                    return member;
            }
        }

        return null;
    }

    private IOperation? OnlyValueOf(ILocalSymbol local)
    {
        if (local.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax(_cancellationToken) is not VariableDeclaratorSyntax declarator
            || declarator.SyntaxTree != _model.SyntaxTree)
        {
            return null;
        }

        var value = declarator.Initializer?.Value;
        SyntaxNode? scope = declarator.FirstAncestorOrSelf<MemberDeclarationSyntax>(static member => member is not GlobalStatementSyntax);
        foreach (var node in (scope ?? declarator.SyntaxTree.GetRoot(_cancellationToken)).DescendantNodes())
        {
            if (node is AssignmentExpressionSyntax assignment && SyntaxNames.Of(assignment.Left) == local.Name)
            {
                if (value is not null)
                    return null;

                value = assignment.Right;
            }
        }

        return value is null ? null : _model.GetOperation(value, _cancellationToken);
    }

    private void AppendPart(char kind, string text, string? words)
    {
        _key.Append(kind).Append(text).Append('\n');
        if (words is not null)
            SplitWords(words, Words);
    }

    /// <summary>Adds the words of a name such as <c>_lastPath</c> or <c>last-path.json</c>.</summary>
    internal static void SplitWords(string name, HashSet<string> words)
    {
        var start = 0;
        for (var i = 0; i <= name.Length; i++)
        {
            var ends = i == name.Length || !char.IsLetter(name[i]) || (i > start && char.IsUpper(name[i]) && char.IsLower(name[i - 1]));
            if (!ends)
                continue;

            if (i > start)
                words.Add(name.Substring(start, i - start).ToLowerInvariant());

            start = i < name.Length && char.IsLetter(name[i]) ? i : i + 1;
        }
    }
}
