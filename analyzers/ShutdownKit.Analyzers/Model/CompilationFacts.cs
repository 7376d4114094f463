using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace ShutdownKit.Analyzers.Model;

/// <summary>What the rules know about a compilation; found out once for all of them, and each part only when one asks.</summary>
internal sealed class CompilationFacts
{
    // Keyed weakly by the compilation: nothing here outlives it.
    private static readonly ConditionalWeakTable<Compilation, CompilationFacts> Cache = new();

    private readonly ConditionalWeakTable<SyntaxNode, StrongBox<MethodGraph?>> _graphs = new();
    private readonly sbyte[] _mentions = new sbyte[NameTable.Count];

    private CompilationFacts(Compilation compilation, AnalyzerOptions options)
    {
        Compilation = compilation;
        Symbols = ShutdownSymbols.GetOrCreate(compilation);
        App = AppShape.Of(compilation, options);
        Options = options;
        IsExemptAsTest = App.IsTestProject && !RuleOptions.GlobalFlag(options, "include_tests");
    }

    public Compilation Compilation { get; }

    /// <summary>The types that the rules look for.</summary>
    public ShutdownSymbols Symbols { get; }

    /// <summary>What kind of program the compilation becomes.</summary>
    public AppShape App { get; }

    public AnalyzerOptions Options { get; }

    /// <summary>
    /// Whether the rules about signals, exits, durability and deployment keep silent, because the code is a test project, where a
    /// stop loses nothing. <c>shutdownkit.include_tests = true</c> turns them on.
    /// </summary>
    public bool IsExemptAsTest { get; }

    public static CompilationFacts Of(Compilation compilation, AnalyzerOptions options)
    {
        var facts = Cache.GetValue(compilation, it => new CompilationFacts(it, options));
        return facts.Options == options ? facts : new CompilationFacts(compilation, options);
    }

    /// <summary>Whether the name stands as an identifier anywhere in the compilation.</summary>
    /// <param name="name">A name that <see cref="NameTable"/> knows.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    public bool Mentions(string name, CancellationToken cancellationToken)
    {
        var id = NameTable.IdOf(name);
        if (_mentions[id] == 0)
            _mentions[id] = (sbyte)(TokensOf(id, cancellationToken).Any() ? 1 : -1);

        return _mentions[id] > 0;
    }

    /// <summary>Whether any of the names stands as an identifier anywhere in the compilation.</summary>
    public bool MentionsAny(string[] names, CancellationToken cancellationToken)
    {
        foreach (var name in names)
        {
            if (Mentions(name, cancellationToken))
                return true;
        }

        return false;
    }

    /// <summary>The places in the whole compilation where the name stands as an identifier.</summary>
    public IEnumerable<SyntaxToken> TokensOf(string name, CancellationToken cancellationToken) => TokensOf(NameTable.IdOf(name), cancellationToken);

    /// <summary>The operations and the control flow graph of a declaration, made once for all rules; null where it has no body.</summary>
    public MethodGraph? GraphOf(SyntaxNode declaration, SemanticModel model, CancellationToken cancellationToken)
    {
        if (_graphs.TryGetValue(declaration, out var known))
            return known.Value;

        // Not by a callback of the table, so that a cancelled attempt leaves nothing behind.
        var made = new StrongBox<MethodGraph?>(MethodGraph.Create(declaration, model, cancellationToken));
        return _graphs.GetValue(declaration, _ => made).Value;
    }

    /// <summary>
    /// The semantic model of another file than the one that is being looked at. While analyzers run, the compiler hands out the one
    /// that all of them share.
    /// </summary>
#pragma warning disable RS1030 // The model of another file can be had in no other way; it is asked for only behind names that are rare.
    public SemanticModel ModelOf(SyntaxTree tree) => Compilation.GetSemanticModel(tree);
#pragma warning restore RS1030

    private IEnumerable<SyntaxToken> TokensOf(int name, CancellationToken cancellationToken)
    {
        foreach (var tree in Compilation.SyntaxTrees)
        {
            var names = FileNames.Of(tree, cancellationToken);
            if (!names.Has(name))
                continue;

            foreach (var token in names.Tokens(name, tree.GetRoot(cancellationToken)))
                yield return token;
        }
    }
}
