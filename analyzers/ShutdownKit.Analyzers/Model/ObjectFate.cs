using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace ShutdownKit.Analyzers.Model;

/// <summary>Where a newly created object is kept.</summary>
internal enum Holder
{
    /// <summary>Out of sight: returned, given away, or kept where others can reach it.</summary>
    Unknown,

    /// <summary>In a local variable.</summary>
    Local,

    /// <summary>In a private field or property.</summary>
    Field,

    /// <summary>Nowhere: nobody can do anything with it any more.</summary>
    Nothing,
}

/// <summary>
/// What becomes of a newly created object inside its method or, where a private field holds it, inside its type. It is found by syntax
/// and names alone, and in doubt it says that the object is out of sight.
/// </summary>
internal sealed class ObjectFate
{
    private static readonly ObjectFate Elsewhere = new(Holder.Unknown, null);
    private static readonly ObjectFate Dropped = new(Holder.Nothing, null);

    private readonly List<Use> _uses = [];
    private readonly List<ExpressionSyntax> _escapes = [];

    private ObjectFate(Holder holder, string? name)
    {
        Holder = holder;
        Name = name;
    }

    /// <summary>What holds the object.</summary>
    public Holder Holder { get; }

    /// <summary>The name of the local, field or property that holds it; null where nothing does.</summary>
    public string? Name { get; }

    /// <summary>Whether a using statement or declaration disposes of it.</summary>
    public bool IsInUsing { get; private set; }

    /// <summary>Whether it is also handed to somebody else, who may do with it what the rule misses here.</summary>
    public bool Escapes => _escapes.Count > 0;

    /// <summary>Where it is handed to somebody else.</summary>
    public IReadOnlyList<ExpressionSyntax> EscapePlaces => _escapes;

    /// <summary>What is done with it.</summary>
    public IReadOnlyList<Use> Uses => _uses;

    /// <summary>Whether a member of that name is used on it, or on what another of its members gives, as in <c>channel.Writer.Complete()</c>.</summary>
    public bool Calls(string member)
    {
        foreach (var use in _uses)
        {
            if (use.Members.Contains(member))
                return true;
        }

        return false;
    }

    /// <summary>Whether one of the members is used on it.</summary>
    public bool CallsAny(string[] members)
    {
        foreach (var member in members)
        {
            if (Calls(member))
                return true;
        }

        return false;
    }

    /// <summary>The fate of the object that an expression creates.</summary>
    public static ObjectFate Of(ExpressionSyntax creation, SourceFile file)
    {
        var value = Outermost(creation);
        switch (value.Parent)
        {
            case ExpressionStatementSyntax:
                return Dropped;

            case UsingStatementSyntax:
                return new ObjectFate(Holder.Local, null) { IsInUsing = true };

            case EqualsValueClauseSyntax { Parent: VariableDeclaratorSyntax declarator }:
                return OfDeclarator(declarator, file);

            case EqualsValueClauseSyntax { Parent: PropertyDeclarationSyntax property }:
                return IsPrivate(property.Modifiers) ? OfMember(property.Identifier.ValueText, property, file) : Elsewhere;

            case AssignmentExpressionSyntax { Parent: ExpressionStatementSyntax } assignment when assignment.Right == value:
                return OfTarget(assignment, file);

            default:
                return Elsewhere;
        }
    }

    /// <summary>The parts of the type around a node: all of them, in whatever files, where it is partial.</summary>
    public static IReadOnlyList<SyntaxNode> PartsOfType(SyntaxNode node, SourceFile file)
    {
        // A nested type may use the private members of the outer one, and the other way round.
        TypeDeclarationSyntax? outermost = null;
        var isPartial = false;
        for (var ancestor = node; ancestor is not null; ancestor = ancestor.Parent)
        {
            if (ancestor is not TypeDeclarationSyntax type)
                continue;

            outermost = type;
            isPartial |= type.Modifiers.Any(SyntaxKind.PartialKeyword);
        }

        if (outermost is null)
            return [file.Root];

        if (!isPartial || file.Model.GetDeclaredSymbol(outermost, file.CancellationToken) is not { } symbol)
            return [outermost];

        var parts = new List<SyntaxNode>();
        foreach (var reference in symbol.DeclaringSyntaxReferences)
            parts.Add(reference.GetSyntax(file.CancellationToken));
        return parts;
    }

    // Without await, casts, parentheses and ConfigureAwait.
    private static ExpressionSyntax Outermost(ExpressionSyntax value)
    {
        while (true)
        {
            switch (value.Parent)
            {
                case ParenthesizedExpressionSyntax or CastExpressionSyntax or AwaitExpressionSyntax
                    or PostfixUnaryExpressionSyntax { RawKind: (int)SyntaxKind.SuppressNullableWarningExpression }:
                    value = (ExpressionSyntax)value.Parent;
                    continue;
                case MemberAccessExpressionSyntax { Name.Identifier.ValueText: "ConfigureAwait", Parent: InvocationExpressionSyntax configured } access
                    when access.Expression == value:
                    value = configured;
                    continue;
                default:
                    return value;
            }
        }
    }

    private static ObjectFate OfDeclarator(VariableDeclaratorSyntax declarator, SourceFile file)
    {
        var name = declarator.Identifier.ValueText;
        switch (declarator.Parent?.Parent)
        {
            case LocalDeclarationStatementSyntax local:
                return OfLocal(name, ScopeOf(local), isInUsing: !local.UsingKeyword.IsKind(SyntaxKind.None));
            case UsingStatementSyntax statement:
                return OfLocal(name, statement, isInUsing: true);
            case FieldDeclarationSyntax field:
                return IsPrivate(field.Modifiers) ? OfMember(name, field, file) : Elsewhere;
            default:
                return Elsewhere;
        }
    }

    private static ObjectFate OfTarget(AssignmentExpressionSyntax assignment, SourceFile file)
    {
        switch (assignment.Left)
        {
            case IdentifierNameSyntax { Identifier.ValueText: "_" }:
                return Dropped;

            case IdentifierNameSyntax { Identifier.ValueText: var name }:
                if (ScopeOfLocal(name, assignment) is { } scope)
                    return OfLocal(name, scope, isInUsing: false);
                return OfOwnMember(name, assignment, file);

            case MemberAccessExpressionSyntax { Expression: ThisExpressionSyntax, Name.Identifier.ValueText: var name }:
                return OfOwnMember(name, assignment, file);

            default:
                return Elsewhere;
        }
    }

    // The member has to be declared in sight, and to be private, or others may reach it.
    private static ObjectFate OfOwnMember(string name, SyntaxNode place, SourceFile file)
    {
        foreach (var part in PartsOfType(place, file))
        {
            if (part is not TypeDeclarationSyntax type)
                continue;

            foreach (var member in type.Members)
            {
                switch (member)
                {
                    case FieldDeclarationSyntax field when IsPrivate(field.Modifiers):
                        foreach (var variable in field.Declaration.Variables)
                        {
                            if (variable.Identifier.ValueText == name)
                                return OfMember(name, place, file);
                        }

                        break;
                    case PropertyDeclarationSyntax property when property.Identifier.ValueText == name && IsPrivate(property.Modifiers):
                        return OfMember(name, place, file);
                }
            }
        }

        return Elsewhere;
    }

    private static ObjectFate OfLocal(string name, SyntaxNode scope, bool isInUsing)
    {
        var fate = new ObjectFate(Holder.Local, name) { IsInUsing = isInUsing };
        fate.ReadUses(scope, name);
        return fate;
    }

    private static ObjectFate OfMember(string name, SyntaxNode place, SourceFile file)
    {
        var fate = new ObjectFate(Holder.Field, name);
        foreach (var part in PartsOfType(place, file))
            fate.ReadUses(part, name);
        return fate;
    }

    private static bool IsPrivate(SyntaxTokenList modifiers) =>
        !modifiers.Any(SyntaxKind.PublicKeyword) && !modifiers.Any(SyntaxKind.ProtectedKeyword) && !modifiers.Any(SyntaxKind.InternalKeyword);

    private static SyntaxNode ScopeOf(StatementSyntax declaration) =>
        declaration.Parent is GlobalStatementSyntax { Parent: { } unit } ? unit : declaration.Parent ?? declaration;

    private static SyntaxNode? ScopeOfLocal(string name, SyntaxNode place)
    {
        for (var ancestor = place.Parent; ancestor is not null and not TypeDeclarationSyntax; ancestor = ancestor.Parent)
        {
            IEnumerable<SyntaxNode> statements = ancestor switch
            {
                BlockSyntax block => block.Statements,
                SwitchSectionSyntax section => section.Statements,
                CompilationUnitSyntax unit => unit.Members.OfType<GlobalStatementSyntax>().Select(static global => global.Statement),
                _ => [],
            };

            foreach (var statement in statements)
            {
                if (statement is LocalDeclarationStatementSyntax local && local.Declaration.Variables.Any(variable => variable.Identifier.ValueText == name))
                    return ancestor;
            }
        }

        return null;
    }

    private void ReadUses(SyntaxNode scope, string name)
    {
        foreach (var identifier in NamesInFile.UsesOf(name, scope))
        {
            if (IsOwnName(identifier))
                Read(identifier);
        }
    }

    // "x" and "this.x", but not the x of "other.x", of "x:" and of "x = 1" in an initializer of another object.
    private static bool IsOwnName(IdentifierNameSyntax identifier) => identifier.Parent switch
    {
        MemberAccessExpressionSyntax access when access.Name == identifier => access.Expression is ThisExpressionSyntax,
        MemberBindingExpressionSyntax or NameColonSyntax or QualifiedNameSyntax => false,
        AssignmentExpressionSyntax { Parent: InitializerExpressionSyntax } assignment => assignment.Left != identifier,
        _ => true,
    };

    private void Read(IdentifierNameSyntax identifier)
    {
        ExpressionSyntax value = identifier.Parent is MemberAccessExpressionSyntax access && access.Name == identifier ? access : identifier;
        while (value.Parent is ParenthesizedExpressionSyntax or CastExpressionSyntax
               or PostfixUnaryExpressionSyntax { RawKind: (int)SyntaxKind.SuppressNullableWarningExpression })
        {
            value = (ExpressionSyntax)value.Parent;
        }

        var use = new Use(identifier, value);
        if (use.Members.Count > 0)
        {
            _uses.Add(use);
            return;
        }

        switch (value.Parent)
        {
            case AssignmentExpressionSyntax assignment when assignment.Left == value:
            case BinaryExpressionSyntax { RawKind: (int)SyntaxKind.EqualsExpression or (int)SyntaxKind.NotEqualsExpression }:
            case IsPatternExpressionSyntax { Pattern: ConstantPatternSyntax or UnaryPatternSyntax { Pattern: ConstantPatternSyntax } }:
            case ArgumentSyntax { Parent.Parent: InvocationExpressionSyntax { Expression: IdentifierNameSyntax { Identifier.ValueText: "nameof" } } }:
            case ExpressionStatementSyntax:
                break;
            case UsingStatementSyntax:
                IsInUsing = true;
                break;
            default:
                _escapes.Add(value);
                break;
        }
    }

    /// <summary>One use of the object, by way of its members.</summary>
    internal readonly struct Use
    {
        public Use(IdentifierNameSyntax name, ExpressionSyntax value)
        {
            Name = name;
            var members = new List<string>();
            while (true)
            {
                switch (value.Parent)
                {
                    case MemberAccessExpressionSyntax access when access.Expression == value:
                        members.Add(access.Name.Identifier.ValueText);
                        value = access;
                        continue;
                    case ConditionalAccessExpressionSyntax conditional when conditional.Expression == value:
                        ReadWhenNotNull(conditional.WhenNotNull, members);
                        value = conditional;
                        continue;
                    case InvocationExpressionSyntax call when call.Expression == value:
                        value = call;
                        continue;
                    case ParenthesizedExpressionSyntax or PostfixUnaryExpressionSyntax { RawKind: (int)SyntaxKind.SuppressNullableWarningExpression }
                        when members.Count > 0:
                        value = (ExpressionSyntax)value.Parent;
                        continue;
                }

                break;
            }

            Members = members;
            End = value;
        }

        /// <summary>The name of the object where it is used.</summary>
        public IdentifierNameSyntax Name { get; }

        /// <summary>The members, one after the other: <c>Writer</c> and <c>Complete</c> in <c>channel.Writer.Complete()</c>.</summary>
        public List<string> Members { get; }

        /// <summary>The whole expression, with all of its members.</summary>
        public ExpressionSyntax End { get; }

        private static void ReadWhenNotNull(ExpressionSyntax? expression, List<string> members)
        {
            while (expression is not null)
            {
                switch (expression)
                {
                    case InvocationExpressionSyntax call:
                        expression = call.Expression;
                        continue;
                    case MemberAccessExpressionSyntax access:
                        members.Add(access.Name.Identifier.ValueText);
                        expression = access.Expression;
                        continue;
                    case MemberBindingExpressionSyntax binding:
                        members.Add(binding.Name.Identifier.ValueText);
                        return;
                    case ConditionalAccessExpressionSyntax conditional:
                        ReadWhenNotNull(conditional.WhenNotNull, members);
                        expression = conditional.Expression;
                        continue;
                    default:
                        return;
                }
            }
        }
    }
}
