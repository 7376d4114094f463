using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace ShutdownKit.Analyzers.Model;

/// <summary>
/// What a type does when it is stopped: the code of StopAsync, Dispose and the like, of handlers that a stop calls, and of the members
/// of the type that these use. It is found by names alone, which inside one type are nearly as good as symbols and cost nothing.
/// </summary>
internal sealed class StopPath
{
    // Keyed weakly by the compilation: nothing here outlives it.
    private static readonly ConditionalWeakTable<Compilation, ConcurrentDictionary<INamedTypeSymbol, StopPath>> Cache = new();

    // How many calls the stop path is followed from its entry.
    private const int MaximalDepth = 3;

    private readonly Dictionary<string, List<MemberDeclarationSyntax>> _members = new(StringComparer.Ordinal);
    private readonly HashSet<string> _mentioned = new(StringComparer.Ordinal);
    private readonly List<SyntaxNode> _code = [];
    private readonly List<TypeDeclarationSyntax> _declarations = [];
    private readonly List<TypeDeclarationSyntax> _inherited = [];

    private StopPath(INamedTypeSymbol type, ShutdownSymbols symbols, CancellationToken cancellationToken)
    {
        Type = type;
        IsHostedService = type.IsOrInherits(symbols.HostedService);
        IsBackgroundService = type.IsOrInherits(symbols.BackgroundService);
        IsDisposable = type.IsOrInherits(symbols.Type("System.IDisposable")) || type.IsOrInherits(symbols.Type("System.IAsyncDisposable"));

        AddDeclarations(type, _declarations, cancellationToken);
        for (var inherited = type.BaseType; inherited is not null; inherited = inherited.BaseType)
            AddDeclarations(inherited, _inherited, cancellationToken);

        Follow(cancellationToken);
    }

    /// <summary>The type.</summary>
    public INamedTypeSymbol Type { get; }

    /// <summary>All parts of the type, in whatever files they are.</summary>
    public IReadOnlyList<TypeDeclarationSyntax> Declarations => _declarations;

    /// <summary>The parts of those base types that the compilation itself declares.</summary>
    public IReadOnlyList<TypeDeclarationSyntax> Inherited => _inherited;

    /// <summary>Whether the type is an <c>IHostedService</c>; a background service is one, too.</summary>
    public bool IsHostedService { get; }

    /// <summary>Whether the type derives from <c>BackgroundService</c>.</summary>
    public bool IsBackgroundService { get; }

    /// <summary>Whether the type is <c>IDisposable</c> or <c>IAsyncDisposable</c>.</summary>
    public bool IsDisposable { get; }

    /// <summary>Whether a stop runs any code of the type.</summary>
    public bool HasCode => _code.Count > 0;

    /// <summary>
    /// The code that a stop runs: methods, properties and handlers (lambdas) of the type and of its base types, entries first. It may be
    /// in several files.
    /// </summary>
    public IReadOnlyList<SyntaxNode> Code => _code;

    /// <summary>The stop path of a type, found once for all rules.</summary>
    public static StopPath Of(INamedTypeSymbol type, CompilationFacts facts, CancellationToken cancellationToken)
    {
        var known = Cache.GetValue(facts.Compilation, static _ => new ConcurrentDictionary<INamedTypeSymbol, StopPath>(SymbolEqualityComparer.Default));
        type = type.OriginalDefinition;
        return known.TryGetValue(type, out var path) ? path : known.GetOrAdd(type, new StopPath(type, facts.Symbols, cancellationToken));
    }

    /// <summary>The methods and properties with code of that name, of the type itself first, then of its base types.</summary>
    public IReadOnlyList<MemberDeclarationSyntax> MembersNamed(string name) => _members.TryGetValue(name, out var members) ? members : [];

    /// <summary>Whether the code that a stop runs uses a member of the type, or anything else of that name.</summary>
    public bool Mentions(string name) => _mentioned.Contains(name);

    /// <summary>The places on the stop path where the name stands for a member of the type: <c>name</c>, <c>this.name</c>.</summary>
    public IEnumerable<SimpleNameSyntax> MentionsOf(string name)
    {
        if (!Mentions(name))
            yield break;

        foreach (var code in _code)
        {
            foreach (var mention in OwnNames(code))
            {
                if (mention.Identifier.ValueText == name)
                    yield return mention;
            }
        }
    }

    /// <summary>The calls on the stop path of a method of that name, on whatever it is called.</summary>
    public IEnumerable<InvocationExpressionSyntax> CallsOf(string name)
    {
        foreach (var code in _code)
        {
            foreach (var node in code.DescendantNodes())
            {
                if (node is InvocationExpressionSyntax call && SyntaxNames.OfInvoked(call) == name)
                    yield return call;
            }
        }
    }

    /// <summary>The member of the type of that name that the type itself declares; null where it has none.</summary>
    public ISymbol? MemberNamed(string name)
    {
        foreach (var member in Type.GetMembers(name))
            return member;

        return null;
    }

    /// <summary>Whether the node is part of the code that a stop runs.</summary>
    public bool Contains(SyntaxNode node)
    {
        foreach (var code in _code)
        {
            if (code.SyntaxTree == node.SyntaxTree && code.Span.Contains(node.Span))
                return true;
        }

        return false;
    }

    /// <summary>Whether a stop calls methods of that name, be it through the host, the container or whoever owns the object.</summary>
    public static bool IsEntry(string method) => method switch
    {
        "StopAsync" or "StoppingAsync" or "StoppedAsync" or "Stop" or "Dispose" or "DisposeAsync" or "DisposeAsyncCore" or "DisposeCore" => true,
        "OnStop" or "OnStopAsync" or "OnStopping" or "OnStopped" or "OnStoppingAsync" or "OnStoppedAsync" or "OnShutdown" or "OnShutdownAsync" => true,
        "Close" or "CloseAsync" or "Shutdown" or "ShutdownAsync" or "ShutDown" or "ShutDownAsync" or "Terminate" or "TerminateAsync" => true,
        _ => false,
    };

    /// <summary>The names in the code that may stand for members of the type: <c>x</c> and <c>this.x</c>, but not the x of <c>other.x</c>.</summary>
    public static IEnumerable<SimpleNameSyntax> OwnNames(SyntaxNode code)
    {
        foreach (var node in code.DescendantNodesAndSelf())
        {
            if (node is SimpleNameSyntax name
                && name.Parent switch
                {
                    MemberAccessExpressionSyntax access when access.Name == name => access.Expression is ThisExpressionSyntax or BaseExpressionSyntax,
                    MemberBindingExpressionSyntax or NameColonSyntax or QualifiedNameSyntax or AttributeSyntax => false,
                    _ => true,
                })
            {
                yield return name;
            }
        }
    }

    private static void AddDeclarations(INamedTypeSymbol type, List<TypeDeclarationSyntax> declarations, CancellationToken cancellationToken)
    {
        foreach (var reference in type.DeclaringSyntaxReferences)
        {
            if (reference.GetSyntax(cancellationToken) is TypeDeclarationSyntax declaration)
                declarations.Add(declaration);
        }
    }

    private void Follow(CancellationToken cancellationToken)
    {
        var found = new Queue<(SyntaxNode Code, int Depth)>();
        var seen = new HashSet<SyntaxNode>();
        foreach (var declaration in AllDeclarations())
        {
            foreach (var member in declaration.Members)
            {
                if (NameOf(member) is not { } name)
                    continue;

                if (_members.TryGetValue(name, out var others))
                    others.Add(member);
                else
                    _members.Add(name, [member]);
            }
        }

        foreach (var pair in _members)
        {
            if (IsEntry(pair.Key))
                Find(pair.Key, 0);
        }

        foreach (var declaration in AllDeclarations())
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (var node in declaration.DescendantNodes(static node => node is not BaseTypeDeclarationSyntax || node.Parent is not BaseTypeDeclarationSyntax))
            {
                if (HandlerOf(node) is not { } handler)
                    continue;

                if (handler is not AnonymousFunctionExpressionSyntax)
                    Find(SyntaxNames.Of(handler), 0);
                else if (seen.Add(handler))
                    found.Enqueue((handler, 0));
            }
        }

        while (found.Count > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var (code, depth) = found.Dequeue();
            _code.Add(code);
            foreach (var name in OwnNames(code))
            {
                _mentioned.Add(name.Identifier.ValueText);
                if (depth < MaximalDepth)
                    Find(name.Identifier.ValueText, depth + 1);
            }
        }

        void Find(string? name, int depth)
        {
            if (name is null)
                return;

            foreach (var member in MembersNamed(name))
            {
                if (seen.Add(member))
                    found.Enqueue((member, depth));
            }
        }
    }

    private IEnumerable<TypeDeclarationSyntax> AllDeclarations() => _declarations.Concat(_inherited);

    // Members without code of their own (fields, abstract methods, automatic properties) are not followed.
    private static string? NameOf(MemberDeclarationSyntax member) => member switch
    {
        MethodDeclarationSyntax { Body: not null } method => method.Identifier.ValueText,
        MethodDeclarationSyntax { ExpressionBody: not null } method => method.Identifier.ValueText,
        PropertyDeclarationSyntax { ExpressionBody: not null } property => property.Identifier.ValueText,
        PropertyDeclarationSyntax { AccessorList.Accessors: var accessors } property
            when accessors.Any(static accessor => accessor.Body is not null || accessor.ExpressionBody is not null) => property.Identifier.ValueText,
        _ => null,
    };

    // lifetime.ApplicationStopping.Register(handler), stoppingToken.Register(handler), AppDomain.ProcessExit += handler and their kin.
    private static ExpressionSyntax? HandlerOf(SyntaxNode node)
    {
        switch (node)
        {
            case InvocationExpressionSyntax { ArgumentList.Arguments: { Count: > 0 } arguments } call:
                return SyntaxNames.OfInvoked(call) switch
                {
                    "Register" or "UnsafeRegister" when IsTokenName(SyntaxNames.OfReceiver(call)) => arguments[0].Expression,
                    "Create" when SyntaxNames.OfReceiver(call) == "PosixSignalRegistration" && arguments.Count > 1 => arguments[1].Expression,
                    _ => null,
                };

            case AssignmentExpressionSyntax { RawKind: (int)SyntaxKind.AddAssignmentExpression } addition:
                return SyntaxNames.Of(addition.Left) is "ProcessExit" or "Unloading" or "CancelKeyPress" ? addition.Right : null;

            default:
                return null;
        }
    }

    private static bool IsTokenName(string? name) =>
        name is "ApplicationStopping" or "ApplicationStopped" or "ct"
        || (name is not null && name.EndsWith("token", StringComparison.OrdinalIgnoreCase));
}
