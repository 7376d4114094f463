using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace ShutdownKit.Analyzers.Model;

/// <summary>
/// Where each name is used in a file. It costs one walk through the file, and is made only for files in which a rule has found something
/// to follow; from then on every question is answered without another walk.
/// </summary>
internal sealed class NamesInFile
{
    // Keyed weakly by the tree: nothing here outlives it, and nothing of a compilation is in it.
    private static readonly ConditionalWeakTable<SyntaxTree, NamesInFile> Cache = new();

    private static readonly List<IdentifierNameSyntax> None = [];

    private readonly Dictionary<string, List<IdentifierNameSyntax>> _names = new(StringComparer.Ordinal);

    private NamesInFile(SyntaxNode root)
    {
        foreach (var node in root.DescendantNodes())
        {
            if (node is not IdentifierNameSyntax { Identifier.ValueText: var name } identifier)
                continue;

            if (_names.TryGetValue(name, out var others))
                others.Add(identifier);
            else
                _names.Add(name, [identifier]);
        }
    }

    /// <summary>The places below a node where the name is used.</summary>
    public static IEnumerable<IdentifierNameSyntax> UsesOf(string name, SyntaxNode scope)
    {
        var file = Cache.GetValue(scope.SyntaxTree, static tree => new NamesInFile(tree.GetRoot()));
        var uses = file._names.TryGetValue(name, out var found) ? found : None;
        foreach (var use in uses)
        {
            if (use.SpanStart >= scope.FullSpan.End)
                yield break;

            if (use.SpanStart >= scope.FullSpan.Start)
                yield return use;
        }
    }
}
