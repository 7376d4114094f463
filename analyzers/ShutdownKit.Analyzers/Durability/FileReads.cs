using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.Durability;

/// <summary>
/// The places in a compilation where files are read, by the last name in their paths. They are found by names and syntax alone; what
/// a path means is asked only where the last name is that of a file that is written.
/// </summary>
internal sealed class FileReads
{
    // Keyed weakly by the compilation: nothing here outlives it.
    private static readonly ConditionalWeakTable<Compilation, FileReads> Cache = new();

    private readonly Dictionary<string, List<Place>> _byTail = new(StringComparer.Ordinal);

    private FileReads()
    {
    }

    public static FileReads Of(CompilationFacts facts, CancellationToken cancellationToken)
    {
        if (Cache.TryGetValue(facts.Compilation, out var known))
            return known;

        var reads = new FileReads();
        foreach (var name in FileOpening.ReadNames)
        {
            foreach (var token in facts.TokensOf(name, cancellationToken))
            {
                if (FileOpening.At(token) is { Access: Access.Read } opening)
                    reads.Add(opening);
            }
        }

        return Cache.GetValue(facts.Compilation, _ => reads);
    }

    /// <summary>The places where a file whose path ends in one of the names may be read.</summary>
    public IEnumerable<Place> EndingIn(IEnumerable<string> tails)
    {
        foreach (var tail in tails)
        {
            if (!_byTail.TryGetValue(tail, out var places))
                continue;

            foreach (var place in places)
                yield return place;
        }
    }

    private void Add(FileOpening opening)
    {
        var place = new Place(opening);
        foreach (var tail in PathTails.Of(opening.Path))
        {
            if (!_byTail.TryGetValue(tail, out var places))
                _byTail[tail] = places = [];

            places.Add(place);
        }
    }

    /// <summary>A place where a file is read.</summary>
    internal sealed class Place(FileOpening opening)
    {
        private List<FilePath>? _paths;

        public FileOpening Opening { get; } = opening;

        /// <summary>What the path may be: itself, or what callers in the same type hand in.</summary>
        public List<FilePath> Paths(CompilationFacts facts, CancellationToken cancellationToken)
        {
            if (_paths is { } known)
                return known;

            var model = facts.ModelOf(Opening.Node.SyntaxTree);
            return _paths = Opening.IsConfirmed(model, facts.Symbols, cancellationToken) ? PathsOf(Opening.Path, model, cancellationToken) : [];
        }
    }

    /// <summary>The path that an expression yields; where that is a parameter, also the paths that callers in the same type hand in.</summary>
    public static List<FilePath> PathsOf(ExpressionSyntax expression, SemanticModel model, CancellationToken cancellationToken)
    {
        var paths = new List<FilePath>();
        if (FilePath.Of(expression, model, cancellationToken) is { } path)
            paths.Add(path);

        if (paths.Count == 0 || !paths[0].IsNamedByProgram || paths[0].IsOneMember)
        {
            foreach (var handed in PathTails.HandedIn(expression))
            {
                if (FilePath.Of(handed, model, cancellationToken) is { IsNamedByProgram: true } callers)
                    paths.Add(callers);
            }
        }

        return paths;
    }
}

/// <summary>The last name in a path, by syntax alone: what two spellings of the same path have in common.</summary>
internal static class PathTails
{
    /// <summary>The last names that the path may have.</summary>
    public static List<string> Of(ExpressionSyntax path)
    {
        var tails = new List<string>(2);
        Add(path, tails, depth: 0);
        foreach (var handed in HandedIn(path))
            Add(handed, tails, depth: 1);

        return tails;
    }

    /// <summary>
    /// What a name in the same type stands for: for a parameter of a method what callers in the type hand in, for a field or property what
    /// it is set to.
    /// </summary>
    public static IEnumerable<ExpressionSyntax> HandedIn(ExpressionSyntax path)
    {
        if (path is MemberAccessExpressionSyntax { Expression: ThisExpressionSyntax, Name: IdentifierNameSyntax own })
            path = own;

        if (path is IdentifierNameSyntax { Identifier.ValueText: var member } && path.FirstAncestorOrSelf<TypeDeclarationSyntax>() is { } owner)
        {
            foreach (var value in ValuesOf(member, owner))
                yield return value;
        }

        if (path is not IdentifierNameSyntax { Identifier.ValueText: var name }
            || path.FirstAncestorOrSelf<MethodDeclarationSyntax>() is not { Parent: TypeDeclarationSyntax type } method)
        {
            yield break;
        }

        // Methods that others may call are handed other paths, too.
        var index = IsPrivate(method) ? method.ParameterList.Parameters.IndexOf(parameter => parameter.Identifier.ValueText == name) : -1;
        if (index < 0)
        {
            var primary = type.ParameterList?.Parameters.IndexOf(parameter => parameter.Identifier.ValueText == name) ?? -1;
            foreach (var given in GivenToConstructor(type, primary))
                yield return given;

            yield break;
        }

        var found = 0;
        foreach (var node in type.DescendantNodes())
        {
            if (node is InvocationExpressionSyntax call
                && SyntaxNames.OfInvoked(call) == method.Identifier.ValueText
                && call.Expression is SimpleNameSyntax or MemberAccessExpressionSyntax { Expression: ThisExpressionSyntax }
                && call.ArgumentList.Arguments.Count > index
                && !method.Span.Contains(call.Span))
            {
                yield return call.ArgumentList.Arguments[index].Expression;
                if (++found == 8)
                    yield break;
            }
        }
    }

    // What methods of the type hand in where they make an object of it.
    private static IEnumerable<ExpressionSyntax> GivenToConstructor(TypeDeclarationSyntax type, int index)
    {
        if (index < 0)
            yield break;

        var found = 0;
        foreach (var node in type.DescendantNodes())
        {
            var isOwn = node switch
            {
                ObjectCreationExpressionSyntax { Type: SimpleNameSyntax created } => created.Identifier.ValueText == type.Identifier.ValueText,
                ImplicitObjectCreationExpressionSyntax { Parent: ReturnStatementSyntax or ArrowExpressionClauseSyntax } =>
                    node.FirstAncestorOrSelf<MethodDeclarationSyntax>()?.ReturnType is SimpleNameSyntax returned && returned.Identifier.ValueText == type.Identifier.ValueText,
                _ => false,
            };
            if (!isOwn || ((BaseObjectCreationExpressionSyntax)node).ArgumentList is not { Arguments: var given } || given.Count <= index)
                continue;

            yield return given[index].Expression;
            if (++found == 8)
                yield break;
        }
    }

    private static bool IsPrivate(MethodDeclarationSyntax method)
    {
        foreach (var modifier in method.Modifiers)
        {
            if (modifier.Kind() is SyntaxKind.PublicKeyword or SyntaxKind.InternalKeyword or SyntaxKind.ProtectedKeyword)
                return false;
        }

        return true;
    }

    private static IEnumerable<ExpressionSyntax> ValuesOf(string name, TypeDeclarationSyntax type)
    {
        foreach (var member in type.Members)
        {
            switch (member)
            {
                case FieldDeclarationSyntax { Declaration.Variables: var variables }:
                    foreach (var variable in variables)
                    {
                        if (variable.Identifier.ValueText == name && variable.Initializer?.Value is { } initial)
                            yield return initial;
                    }

                    break;
                case PropertyDeclarationSyntax property when property.Identifier.ValueText == name:
                    if ((property.Initializer?.Value ?? property.ExpressionBody?.Expression) is { } computed)
                        yield return computed;
                    break;
                case ConstructorDeclarationSyntax { Body.Statements: var statements }:
                    foreach (var statement in statements)
                    {
                        if (statement is ExpressionStatementSyntax { Expression: AssignmentExpressionSyntax assignment }
                            && assignment.Left is IdentifierNameSyntax or MemberAccessExpressionSyntax { Expression: ThisExpressionSyntax }
                            && SyntaxNames.Of(assignment.Left) == name)
                        {
                            yield return assignment.Right;

                            var parameter = ((ConstructorDeclarationSyntax)member).ParameterList.Parameters.IndexOf(it => it.Identifier.ValueText == SyntaxNames.Of(assignment.Right));
                            foreach (var given in GivenToConstructor(type, parameter))
                                yield return given;
                        }
                    }

                    break;
            }
        }
    }

    private static void Add(ExpressionSyntax? path, List<string> tails, int depth)
    {
        if (depth > 8)
            return;

        switch (path)
        {
            case ParenthesizedExpressionSyntax parenthesized:
                Add(parenthesized.Expression, tails, depth + 1);
                break;
            case PostfixUnaryExpressionSyntax suppressed:
                Add(suppressed.Operand, tails, depth + 1);
                break;
            case CastExpressionSyntax cast:
                Add(cast.Expression, tails, depth + 1);
                break;
            case BinaryExpressionSyntax { RawKind: (int)SyntaxKind.CoalesceExpression } coalesce:
                Add(coalesce.Left, tails, depth + 1);
                break;
            case BinaryExpressionSyntax { RawKind: (int)SyntaxKind.AddExpression } sum:
                Add(sum.Right, tails, depth + 1);
                break;
            case LiteralExpressionSyntax { Token.Value: string text }:
                AddName(text, tails);
                break;
            case InterpolatedStringExpressionSyntax { Contents: { Count: > 0 } contents }:
                if (contents[contents.Count - 1] is InterpolatedStringTextSyntax end)
                    AddName(end.TextToken.ValueText, tails);
                else
                    Add(((InterpolationSyntax)contents[contents.Count - 1]).Expression, tails, depth + 1);
                break;
            case ElementAccessExpressionSyntax { ArgumentList.Arguments: { Count: 1 } index }:
                Add(index[0].Expression, tails, depth + 1);
                break;
            case BaseObjectCreationExpressionSyntax { ArgumentList.Arguments: { Count: 1 } arguments }:
                Add(arguments[0].Expression, tails, depth + 1);
                break;
            case InvocationExpressionSyntax call:
                AddCall(call, tails, depth);
                break;
            case MemberAccessExpressionSyntax { Name.Identifier.ValueText: "FullName" or "Name", Expression: var info }:
                Add(info, tails, depth + 1);
                break;
            case MemberAccessExpressionSyntax { Expression: ThisExpressionSyntax, Name.Identifier.ValueText: { Length: > 0 } own }:
                tails.Add(Own(path, own));
                break;
            case MemberAccessExpressionSyntax { Name.Identifier.ValueText: { Length: > 0 } member }:
                tails.Add(member);
                break;
            case IdentifierNameSyntax { Identifier.ValueText: { Length: > 0 } name }:
                AddVariable(path, name, tails, depth);
                break;
        }
    }

    private static void AddCall(InvocationExpressionSyntax call, List<string> tails, int depth)
    {
        var name = SyntaxNames.OfInvoked(call);
        if (name is null)
            return;

        if (name is "Combine" or "Join" or "GetFullPath" or "Concat" && call.ArgumentList.Arguments is { Count: > 0 } arguments)
            Add(arguments[arguments.Count - 1].Expression, tails, depth + 1);
        else if (name.Length > 0)
            tails.Add(name);
    }

    private static void AddVariable(ExpressionSyntax place, string name, List<string> tails, int depth)
    {
        SyntaxNode? member = place.FirstAncestorOrSelf<MemberDeclarationSyntax>(static node => node is not GlobalStatementSyntax);
        if (member is BaseTypeDeclarationSyntax or null)
            member = place.SyntaxTree.GetRoot();

        var isLocal = false;
        foreach (var node in member.DescendantNodes())
        {
            switch (node)
            {
                case VariableDeclaratorSyntax { Parent.Parent: not BaseFieldDeclarationSyntax } declarator when declarator.Identifier.ValueText == name:
                    isLocal = true;
                    Add(declarator.Initializer?.Value, tails, depth + 1);
                    break;
                case AssignmentExpressionSyntax { RawKind: (int)SyntaxKind.SimpleAssignmentExpression } assignment:
                    // A local that gets its value later, or a member that keeps what a parameter brings.
                    if (assignment.Left is IdentifierNameSyntax target && target.Identifier.ValueText == name)
                        Add(assignment.Right, tails, depth + 3);
                    else if (assignment.Right is IdentifierNameSyntax source && source.Identifier.ValueText == name && SyntaxNames.Of(assignment.Left) is { Length: > 0 } keeper)
                        tails.Add(Own(place, keeper));
                    break;
            }
        }

        if (isLocal)
            return;

        tails.Add(Own(place, name));
        if (member is ConstructorDeclarationSyntax { Initializer: not null })
            tails.Add(char.ToUpperInvariant(name[0]) + name.Substring(1));
    }

    // Parameters and fields have the same few names everywhere: they mean the same only within a type.
    private static string Own(SyntaxNode place, string name)
    {
        if (char.IsUpper(name[0]))
            return name;

        TypeDeclarationSyntax? type = null;
        for (var node = place.Parent; node is not null; node = node.Parent)
            type = node as TypeDeclarationSyntax ?? type;

        return type is null ? name : type.Identifier.ValueText + "." + name;
    }

    private static void AddName(string text, List<string> tails)
    {
        var start = text.LastIndexOfAny(['/', '\\']) + 1;
        if (start < text.Length)
            tails.Add("\"" + text.Substring(start));
    }
}
