using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace ShutdownKit.Analyzers.Model;

/// <summary>A file in which one of the names stands that a rule looks for, and the means to look closer and to report.</summary>
internal sealed class SourceFile
{
    private readonly SemanticModelAnalysisContext _context;
    private readonly FileNames _names;
    private SyntaxNode? _root;

    public SourceFile(SemanticModelAnalysisContext context, CompilationFacts facts, FileNames names)
    {
        _context = context;
        _names = names;
        Facts = facts;
    }

    public CompilationFacts Facts { get; }

    public ShutdownSymbols Symbols => Facts.Symbols;

    /// <summary>
    /// The semantic model, shared by all rules. The first question about a method makes the compiler bind its whole body once more, so
    /// ask only where names and syntax leave no other way.
    /// </summary>
    public SemanticModel Model => _context.SemanticModel;

    public SyntaxTree Tree => Model.SyntaxTree;

    public SyntaxNode Root => _root ??= Tree.GetRoot(CancellationToken);

    public AnalyzerOptions Options => _context.Options;

    public CancellationToken CancellationToken => _context.CancellationToken;

    /// <summary>Whether the name stands anywhere in the text, be it in a comment: the cheapest question of all.</summary>
    public bool MayMention(string name) => _names.Has(NameTable.IdOf(name));

    /// <summary>The places where the name stands as an identifier of the code, in their order.</summary>
    public IEnumerable<SyntaxToken> Tokens(string name) => _names.Tokens(NameTable.IdOf(name), Root);

    /// <summary>The places where the name stands as a keyword of the code, in their order.</summary>
    public IEnumerable<SyntaxToken> Keywords(string name) => _names.Keywords(NameTable.IdOf(name), Root);

    /// <summary>The string literals in which the name stands, in their order.</summary>
    public IEnumerable<SyntaxToken> Literals(string name) => _names.Literals(NameTable.IdOf(name), Root);

    /// <summary>The operations and the control flow graph of a declaration, made once for all rules; null where it has no body.</summary>
    public MethodGraph? GraphOf(SyntaxNode declaration) => Facts.GraphOf(declaration, Model, CancellationToken);

    public void Report(Diagnostic diagnostic) => _context.ReportDiagnostic(diagnostic);
}
