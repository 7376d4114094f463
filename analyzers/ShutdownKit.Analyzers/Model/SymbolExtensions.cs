using Microsoft.CodeAnalysis;

namespace ShutdownKit.Analyzers.Model;

/// <summary>Questions about symbols; all of them answer false where a symbol is null, so that absent types need no checks.</summary>
internal static class SymbolExtensions
{
    public static bool Is(this ISymbol? symbol, ISymbol? other) =>
        symbol is not null && other is not null && SymbolEqualityComparer.Default.Equals(symbol.OriginalDefinition, other.OriginalDefinition);

    /// <summary>Whether the type is <paramref name="baseType"/>, derives from it, or implements it.</summary>
    public static bool IsOrInherits(this ITypeSymbol? type, INamedTypeSymbol? baseType)
    {
        if (type is null || baseType is null)
            return false;

        for (var current = type; current is not null; current = current.BaseType)
        {
            if (current.Is(baseType))
                return true;
        }

        return baseType.TypeKind == TypeKind.Interface && type.Implements(baseType);
    }

    public static bool Implements(this ITypeSymbol? type, INamedTypeSymbol? contract)
    {
        if (type is null || contract is null)
            return false;

        foreach (var implemented in type.AllInterfaces)
        {
            if (implemented.Is(contract))
                return true;
        }

        return false;
    }

    /// <summary>Whether the method overrides the given member of the given type, at any distance.</summary>
    public static bool Overrides(this IMethodSymbol method, INamedTypeSymbol? type, string name)
    {
        if (type is null || method.Name != name)
            return false;

        for (var current = method.OverriddenMethod; current is not null; current = current.OverriddenMethod)
        {
            if (current.ContainingType.Is(type))
                return true;
        }

        return false;
    }
}
