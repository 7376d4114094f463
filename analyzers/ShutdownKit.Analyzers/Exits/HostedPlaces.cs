using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.Exits;

/// <summary>Tells code that runs while the host runs from code that starts it.</summary>
internal sealed class HostedPlaces(ShutdownSymbols symbols)
{
    // A failed start may end the process: nothing has been accepted yet.
    private static readonly HashSet<string> StartUpMethods = new(StringComparer.Ordinal)
    {
        "StartAsync", "StartingAsync", "ConfigureServices", "Configure", "ConfigureContainer",
    };

    private readonly INamedTypeSymbol? _httpContext = symbols.Type("Microsoft.AspNetCore.Http.HttpContext");
    private readonly INamedTypeSymbol? _endpoints = symbols.Type("Microsoft.AspNetCore.Routing.IEndpointRouteBuilder");
    private readonly INamedTypeSymbol? _pipeline = symbols.Type("Microsoft.AspNetCore.Builder.IApplicationBuilder");
    private readonly INamedTypeSymbol?[] _requestTypes =
    [
        symbols.Type("Microsoft.AspNetCore.Mvc.ControllerBase"),
        symbols.Type("Microsoft.AspNetCore.SignalR.Hub"),
        symbols.Type("Microsoft.AspNetCore.Http.IMiddleware"),
    ];

    /// <summary>The place in words when the host runs there; null when that is not certain.</summary>
    public string? Describe(IInvocationOperation exit, ISymbol? containingSymbol)
    {
        var inCallback = false;
        for (var syntax = exit.Syntax.Parent; syntax is not null and not MemberDeclarationSyntax; syntax = syntax.Parent)
        {
            if (syntax is not (AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax))
                continue;

            if (syntax is AnonymousFunctionExpressionSyntax function)
            {
                if (IsLastResortHandler(function, exit.SemanticModel))
                    return null;
                if (IsEndpoint(function, exit.SemanticModel))
                    return "an endpoint";
            }

            inCallback = true;
        }

        while (containingSymbol is IMethodSymbol { MethodKind: MethodKind.AnonymousFunction or MethodKind.LocalFunction })
            containingSymbol = containingSymbol.ContainingSymbol;
        if (containingSymbol is not IMethodSymbol method)
            return null;

        if (TakesHttpContext(method))
            return "the request pipeline";

        for (var type = method.ContainingType; type is not null; type = type.ContainingType)
        {
            if (IsRequestType(type))
                return $"'{type.Name}', which serves requests,";
            if (type.Implements(symbols.HostedService))
                return !inCallback && IsStartUp(method) ? null : $"the hosted service '{type.Name}'";
        }

        return null;
    }

    private static bool IsStartUp(IMethodSymbol method) =>
        method.MethodKind is MethodKind.Constructor or MethodKind.StaticConstructor or MethodKind.DelegateInvoke
        || StartUpMethods.Contains(method.Name)
        || method.IsStatic && method.Name == "Main";

    private bool TakesHttpContext(IMethodSymbol method)
    {
        foreach (var parameter in method.Parameters)
        {
            if (parameter.Type.Is(_httpContext))
                return true;
        }

        return false;
    }

    private bool IsRequestType(INamedTypeSymbol type)
    {
        foreach (var requestType in _requestTypes)
        {
            if (type.IsOrInherits(requestType))
                return true;
        }

        return false;
    }

    // A handler of a signal or of an unhandled exception: here an immediate end is often what is wanted.
    private bool IsLastResortHandler(AnonymousFunctionExpressionSyntax function, SemanticModel? model) => function.Parent switch
    {
        AssignmentExpressionSyntax { RawKind: (int)SyntaxKind.AddAssignmentExpression } => true,
        ArgumentSyntax { Parent.Parent: InvocationExpressionSyntax call } =>
            model?.GetSymbolInfo(call).Symbol?.ContainingType.Is(symbols.PosixSignalRegistration) == true,
        _ => false,
    };

    private bool IsEndpoint(AnonymousFunctionExpressionSyntax function, SemanticModel? model)
    {
        if (function.Parent is not ArgumentSyntax { Parent.Parent: InvocationExpressionSyntax call }
            || model?.GetSymbolInfo(call).Symbol is not IMethodSymbol target)
        {
            return false;
        }

        var extended = target.ReducedFrom?.Parameters.FirstOrDefault()?.Type ?? target.Parameters.FirstOrDefault()?.Type;
        return target.Name.StartsWith("Map", StringComparison.Ordinal) && extended.Is(_endpoints)
               || target.Name is "Use" or "Run" && extended.Is(_pipeline)
               || target.Name is "Use" or "Run" && target.ContainingType.IsOrInherits(_pipeline);
    }
}
