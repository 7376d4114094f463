using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace ShutdownKit.Analyzers.Model;

/// <summary>
/// What is done with a cancellation token source that only a known piece of code can reach: whether anything can cancel it, and where
/// its token goes.
/// </summary>
internal sealed class TokenSourceUse
{
    private readonly string _name;
    private readonly List<ExpressionSyntax> _tokens = [];

    private bool _isDisposed;

    private TokenSourceUse(string name) => _name = name;

    /// <summary>Whether something cancels the source, or could: it is handed to others.</summary>
    public bool MayBeCancelled { get; private set; }

    /// <summary>The places where its token is taken.</summary>
    public IReadOnlyList<ExpressionSyntax> Tokens => _tokens;

    /// <summary>Reads what the code does with the source of that name.</summary>
    /// <param name="name">The name of a private field or of a local.</param>
    /// <param name="scopes">All code that can reach it.</param>
    /// <param name="creation">Where it is created.</param>
    public static TokenSourceUse Of(string name, IEnumerable<SyntaxNode> scopes, ExpressionSyntax creation)
    {
        var use = new TokenSourceUse(name)
        {
            _isDisposed = creation.Parent?.Parent?.Parent?.Parent is LocalDeclarationStatementSyntax { UsingKeyword.RawKind: not 0 } or UsingStatementSyntax,
        };
        foreach (var scope in scopes)
        {
            foreach (var node in scope.DescendantNodes())
            {
                if (node is IdentifierNameSyntax identifier && identifier.Identifier.ValueText == name)
                    use.Read(identifier, creation);
            }
        }

        return use;
    }

    /// <summary>Whether the token decides how long something goes on that runs as long as the program.</summary>
    public bool DrivesServiceLoop(BackgroundWork background)
    {
        foreach (var token in _tokens)
        {
            if (Drives(token, background, depth: 0))
                return true;
        }

        return false;
    }

    private bool Drives(ExpressionSyntax token, BackgroundWork background, int depth)
    {
        // var token = source.Token
        if (token.Parent is EqualsValueClauseSyntax { Parent: VariableDeclaratorSyntax { Parent.Parent: LocalDeclarationStatementSyntax } alias }
            && depth == 0 && alias.FirstAncestorOrSelf<BlockSyntax>() is { } block)
        {
            foreach (var node in block.DescendantNodes())
            {
                if (node is IdentifierNameSyntax identifier && identifier.Identifier.ValueText == alias.Identifier.ValueText && Drives(identifier, background, depth + 1))
                    return true;
            }

            return false;
        }

        for (var scope = token.Parent; scope is not (null or MemberDeclarationSyntax or LocalFunctionStatementSyntax or AnonymousFunctionExpressionSyntax); scope = scope.Parent)
        {
            if (ServiceLoop.Is(scope))
                return !EndsByDisposal(scope) && !background.IsEndedOnStop([scope], _name, byDisposal: false);
        }

        if (token.Parent is not ArgumentSyntax { Parent.Parent: InvocationExpressionSyntax call })
            return false;

        if (background.OwnCallee(call) is { } callee)
        {
            var code = background.With(callee);
            return ServiceLoop.FindIn(code) is not null && !LinksToken(code) && !background.IsEndedOnStop(code, _name, byDisposal: false);
        }

        return false;
    }

    // A loop that takes the token anew in each turn is ended by an exception once the source has been disposed of.
    private bool EndsByDisposal(SyntaxNode loop)
    {
        foreach (var token in _tokens)
        {
            if (_isDisposed && token is MemberAccessExpressionSyntax { Name.Identifier.ValueText: "Token" } && loop.Contains(token))
                return true;
        }

        return false;
    }

    /// <summary>Whether the code links tokens to one another: what it observes in the end cannot be told by names.</summary>
    public static bool LinksToken(IReadOnlyList<SyntaxNode> code)
    {
        foreach (var part in code)
        {
            foreach (var node in part.DescendantNodes())
            {
                if (node is InvocationExpressionSyntax call && SyntaxNames.OfInvoked(call) == "CreateLinkedTokenSource")
                    return true;
            }
        }

        return false;
    }

    private void Read(IdentifierNameSyntax identifier, ExpressionSyntax creation)
    {
        SyntaxNode source = identifier.Parent is MemberAccessExpressionSyntax access && access.Name == identifier ? access : identifier;
        while (source.Parent is ParenthesizedExpressionSyntax or PostfixUnaryExpressionSyntax)
            source = source.Parent;

        switch (source.Parent)
        {
            case MemberAccessExpressionSyntax { Name.Identifier.ValueText: var member } taken when taken.Expression == source:
                if (member is "Token" or "IsCancellationRequested")
                    _tokens.Add(taken);
                else if (member == "Dispose")
                    _isDisposed = true;
                else
                    MayBeCancelled = true;
                break;

            case ConditionalAccessExpressionSyntax { WhenNotNull: var what } taken when taken.Expression == source:
                if (what is MemberBindingExpressionSyntax { Name.Identifier.ValueText: "Token" or "IsCancellationRequested" })
                    _tokens.Add(taken);
                else if (what is InvocationExpressionSyntax { Expression: MemberBindingExpressionSyntax { Name.Identifier.ValueText: "Dispose" } })
                    _isDisposed = true;
                else
                    MayBeCancelled = true;
                break;

            case AssignmentExpressionSyntax assignment when assignment.Left == source:
                if (assignment.Right != creation && !IsCreation(assignment.Right) && !IsNull(assignment.Right))
                    MayBeCancelled = true;
                break;

            case BinaryExpressionSyntax { RawKind: (int)SyntaxKind.EqualsExpression or (int)SyntaxKind.NotEqualsExpression } comparison
                when IsNull(comparison.Left) || IsNull(comparison.Right):
            case IsPatternExpressionSyntax:
                break;

            default:
                MayBeCancelled = true;
                break;
        }
    }

    private static bool IsNull(ExpressionSyntax value) =>
        value.IsKind(SyntaxKind.NullLiteralExpression)
        || value is PostfixUnaryExpressionSyntax { Operand.RawKind: (int)SyntaxKind.NullLiteralExpression };

    /// <summary>Whether the expression creates a source that nothing but a call can cancel: no timeout, no link.</summary>
    public static bool IsCreation(ExpressionSyntax expression) => expression switch
    {
        ImplicitObjectCreationExpressionSyntax creation => creation.ArgumentList.Arguments.Count == 0,
        ObjectCreationExpressionSyntax creation => creation.ArgumentList is null or { Arguments.Count: 0 } && NameOf(creation.Type) == "CancellationTokenSource",
        _ => false,
    };

    private static string? NameOf(TypeSyntax type) => type switch
    {
        SimpleNameSyntax name => name.Identifier.ValueText,
        QualifiedNameSyntax qualified => qualified.Right.Identifier.ValueText,
        _ => null,
    };
}
