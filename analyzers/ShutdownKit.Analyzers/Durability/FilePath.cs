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

    /// <summary>The key of the path; null when it has none.</summary>
    public static FilePath? Of(IOperation value, SemanticModel model, CancellationToken cancellationToken)
    {
        var path = new FilePath(model, cancellationToken);
        return path.Append(value, depth: 0) && path._isNamedByProgram ? path : null;
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
                // The same name in Save(id) and Load(id) stands for the same thing; by itself it is the caller's path.
                AppendPart('p', parameter.Parameter.Name, null);
                return true;

            case IFieldReferenceOperation field:
                return AppendMember(field.Field, field.Instance);

            case IPropertyReferenceOperation { Arguments.IsEmpty: true } property:
                return AppendMember(property.Property, property.Instance);

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

        var isKnown = (isPath && method.Name is "Combine" or "Join")
                      || method is { Name: "GetFolderPath", ContainingType.Name: "Environment" }
                      || method is { Name: "GetCurrentDirectory", ContainingType.Name: "Directory" };
        if (!isKnown && (method.DeclaringSyntaxReferences.IsEmpty || call.Instance is not (null or IInstanceReferenceOperation)))
            return false;

        _isNamedByProgram |= !isKnown;
        AppendPart('m', method.ContainingType.Name + "." + method.Name, isKnown ? null : method.Name);
        _key.Append('(');
        foreach (var argument in call.Arguments)
        {
            if (argument.Value is IArrayCreationOperation { Initializer: { } elements })
            {
                if (!elements.ElementValues.All(element => Append(element, depth + 1)))
                    return false;
            }
            else if (argument.Value is IFieldReferenceOperation { ConstantValue: { HasValue: true, Value: int folder } })
            {
                AppendPart('"', folder.ToString(System.Globalization.CultureInfo.InvariantCulture), null);
            }
            else if (!Append(argument.Value, depth + 1))
            {
                return false;
            }
        }

        _key.Append(')');
        return true;
    }

    private bool AppendMember(ISymbol member, IOperation? instance)
    {
        // A member of some element of a list is another file each time.
        if (!IsTheOnlyOne(instance))
            return false;

        var isOwn = !member.DeclaringSyntaxReferences.IsEmpty;
        if (!isOwn && !member.IsStatic)
            return false;

        _isNamedByProgram |= isOwn;
        AppendPart('m', member.ContainingType.ToDisplayString() + "." + member.Name, isOwn ? member.Name : null);
        return true;
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

    private IOperation? OnlyValueOf(ILocalSymbol local)
    {
        if (local.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax(_cancellationToken) is not VariableDeclaratorSyntax { Initializer.Value: { } value } declarator
            || declarator.SyntaxTree != _model.SyntaxTree)
        {
            return null;
        }

        SyntaxNode? scope = declarator.FirstAncestorOrSelf<MemberDeclarationSyntax>(static member => member is not GlobalStatementSyntax);
        foreach (var node in (scope ?? declarator.SyntaxTree.GetRoot(_cancellationToken)).DescendantNodes())
        {
            if (node is AssignmentExpressionSyntax assignment && SyntaxNames.Of(assignment.Left) == local.Name)
                return null;
        }

        return _model.GetOperation(value, _cancellationToken);
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
