using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace ShutdownKit.Analyzers.Model;

/// <summary>
/// What a rule asks to be shown. Rules do not register for operations, syntax nodes or code blocks, because the compiler then builds
/// and visits all of them: asking for every invocation alone costs a fifth of a compilation. They name the identifiers that their
/// defect cannot do without, and are called only where these stand.
/// </summary>
internal sealed class Watch
{
    private readonly CompilationStartAnalysisContext _context;
    private readonly List<(int Name, Action<SourceFile, SyntaxToken> Look)> _tokens = [];
    private readonly List<(int[] AnyOf, Action<SourceFile> Look)> _files = [];
    private readonly List<Action<SourceFile>> _eachFile = [];
    private readonly List<Action<SourceFile>> _programs = [];

#pragma warning disable RS1012 // Start registers, when the rule has said what it wants.
    public Watch(CompilationStartAnalysisContext context, CompilationFacts facts)
#pragma warning restore RS1012
    {
        _context = context;
        Facts = facts;
    }

    public CompilationFacts Facts { get; }

    public ShutdownSymbols Symbols => Facts.Symbols;

    public AnalyzerOptions Options => _context.Options;

    public CancellationToken CancellationToken => _context.CancellationToken;

    /// <summary>Looks at each place where one of the names stands as an identifier.</summary>
    /// <param name="names">Names that <see cref="NameTable"/> knows.</param>
    /// <param name="look">Called once for each place; several files may be looked at side by side.</param>
    public void Names(string[] names, Action<SourceFile, SyntaxToken> look)
    {
        foreach (var name in names)
            _tokens.Add((NameTable.IdOf(name), look));
    }

    /// <summary>Looks once at each file in which at least one of the names stands.</summary>
    /// <param name="anyOf">Names that <see cref="NameTable"/> knows.</param>
    /// <param name="look">Called once for each file; several files may be looked at side by side.</param>
    public void Files(string[] anyOf, Action<SourceFile> look) => _files.Add((anyOf.Select(NameTable.IdOf).ToArray(), look));

    /// <summary>Looks at every file. Only for names that the user has given: all others are known beforehand, and cost nothing where they do not stand.</summary>
    public void EachFile(Action<SourceFile> look) => _eachFile.Add(look);

    /// <summary>Looks once at the file in which the program starts; never in a library.</summary>
    public void Program(Action<SourceFile> look) => _programs.Add(look);

    /// <summary>Looks at each additional file, which may be a deployment file.</summary>
    public void AdditionalFiles(Action<AdditionalFileAnalysisContext> look)
    {
        if (!Options.AdditionalFiles.IsEmpty)
            _context.RegisterAdditionalFileAction(look);
    }

    /// <summary>Registers what has been asked for.</summary>
    public void Start()
    {
        if (_tokens.Count > 0 || _files.Count > 0 || _eachFile.Count > 0 || _programs.Count > 0)
            _context.RegisterSemanticModelAction(Look);
    }

    private void Look(SemanticModelAnalysisContext context)
    {
        var names = FileNames.Of(context.SemanticModel.SyntaxTree, context.CancellationToken);
        SourceFile? file = null;
        foreach (var look in _eachFile)
            look(file ??= new SourceFile(context, Facts, names));

        if (_programs.Count > 0 && Facts.App.ProgramTree(context.CancellationToken) == context.SemanticModel.SyntaxTree)
        {
            file ??= new SourceFile(context, Facts, names);
            foreach (var look in _programs)
                look(file);
        }

        if (names.IsEmpty)
            return;

        foreach (var (name, look) in _tokens)
        {
            if (!names.Has(name))
                continue;

            file ??= new SourceFile(context, Facts, names);
            foreach (var token in names.Tokens(name, file.Root))
                look(file, token);
        }

        foreach (var (anyOf, look) in _files)
        {
            foreach (var name in anyOf)
            {
                if (!names.Has(name))
                    continue;

                look(file ??= new SourceFile(context, Facts, names));
                break;
            }
        }
    }
}
