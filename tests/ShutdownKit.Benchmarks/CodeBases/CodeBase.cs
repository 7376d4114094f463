using System.Diagnostics.CodeAnalysis;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Text;

namespace ShutdownKit.Benchmarks.CodeBases;

/// <summary>
/// The projects of a folder, ready to be compiled in memory, referring to each other's compilations as in an IDE. What cannot be resolved
/// is left out: errors of binding are tolerated.
/// </summary>
internal sealed class CodeBase
{
    private readonly Dictionary<string, ProjectModel> _projects;
    private readonly Dictionary<string, CSharpCompilation?> _compilations = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SourceText> _texts = new(StringComparer.Ordinal);
    private readonly FrameworkReferences _framework;
    private readonly Packages _packages;
    private readonly bool _concurrent;

    /// <param name="projects">All projects, also those that others only refer to.</param>
    /// <param name="framework">Shared by all code bases, since opened assemblies are.</param>
    /// <param name="concurrent">Whether the compiler may use several threads.</param>
    public CodeBase(IEnumerable<ProjectModel> projects, FrameworkReferences framework, bool concurrent)
    {
        _projects = projects.ToDictionary(project => project.Path, StringComparer.Ordinal);
        _framework = framework;
        _packages = new Packages();
        _concurrent = concurrent;
    }

    /// <summary>Projects come after those that they refer to.</summary>
    public IReadOnlyList<ProjectModel> InOrder()
    {
        var ordered = new List<ProjectModel>(_projects.Count);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var project in _projects.Values.OrderBy(project => project.Path, StringComparer.Ordinal))
            Visit(project);
        return ordered;

        void Visit(ProjectModel project)
        {
            if (!seen.Add(project.Path))
                return;
            foreach (var reference in project.ProjectReferences)
            {
                if (_projects.TryGetValue(reference, out var other))
                    Visit(other);
            }

            ordered.Add(project);
        }
    }

    /// <summary>The projects below a folder, and those elsewhere that they refer to.</summary>
    /// <param name="folder">Where to look.</param>
    /// <param name="reader">Evaluates the projects.</param>
    /// <param name="progress">Is told what happens, and which project cannot be read.</param>
    public static List<ProjectModel> Find(string folder, ProjectReader reader, Action<string> progress)
    {
        var projects = new Dictionary<string, ProjectModel>(StringComparer.Ordinal);
        var waiting = new Queue<string>(ProjectFiles(folder));
        var seen = new HashSet<string>(waiting, StringComparer.Ordinal);
        while (waiting.TryDequeue(out var path))
        {
            progress($"reading {Path.GetRelativePath(folder, path)} ({projects.Count + 1} of {projects.Count + 1 + waiting.Count})");
            if (TryRead(path, reader, progress) is not { } project)
                continue;

            projects.Add(path, project);
            foreach (var reference in project.ProjectReferences)
            {
                if (File.Exists(reference) && seen.Add(reference))
                    waiting.Enqueue(reference);
            }
        }

        return [.. projects.Values];
    }

    /// <summary>The text of a source file, read once.</summary>
    public SourceText Text(string path)
    {
        if (_texts.TryGetValue(path, out var text))
            return text;
        using var stream = File.OpenRead(path);
        return _texts[path] = SourceText.From(stream);
    }

    /// <summary>Forgets all compilations, so that the next ones are parsed and bound anew.</summary>
    public void Forget() => _compilations.Clear();

    /// <summary>The project as a compilation of which nothing is bound yet, the first time that it is asked for.</summary>
    public CSharpCompilation Compile(ProjectModel project)
    {
        if (_compilations.TryGetValue(project.Path, out var compilation) && compilation is not null)
            return compilation;

        // A project that is being compiled already refers to itself in a circle: the circle is cut.
        _compilations[project.Path] = null;
        return (_compilations[project.Path] = Create(project))!;
    }

    private CSharpCompilation Create(ProjectModel project)
    {
        var parse = new CSharpParseOptions(
            LanguageVersionFacts.TryParse(project.LangVersion, out var version) ? version : LanguageVersion.Latest,
            DocumentationMode.Parse,
            preprocessorSymbols: project.DefinedSymbols.Where(SyntaxFacts.IsValidIdentifier));
        var trees = project.Sources.Select(path => CSharpSyntaxTree.ParseText(Text(path), parse, path)).ToList();
        var generated = string.Join('\n',
            project.GlobalUsings.Concat(project.FriendAssemblies.Select(name => $"[assembly: System.Runtime.CompilerServices.InternalsVisibleTo(\"{name}\")]")));
        trees.Add(CSharpSyntaxTree.ParseText(generated, parse, Path.Combine(Path.GetDirectoryName(project.Path)!, "obj", "Project.g.cs")));

        return CSharpCompilation.Create(
            project.AssemblyName,
            trees,
            References(project),
            new CSharpCompilationOptions(
                project.OutputType switch
                {
                    "Exe" => OutputKind.ConsoleApplication,
                    "WinExe" => OutputKind.WindowsApplication,
                    _ => OutputKind.DynamicallyLinkedLibrary,
                },
                allowUnsafe: true,
                nullableContextOptions: project.Nullable ? NullableContextOptions.Enable : NullableContextOptions.Disable,
                concurrentBuild: _concurrent));
    }

    [SuppressMessage("Style", "IDE0028", Justification = "The framework's assemblies win over those of packages, whatever their order.")]
    private List<MetadataReference> References(ProjectModel project)
    {
        var closure = Closure(project);
        var packages = closure.SelectMany(member => member.Packages).ToList();
        var framework = new List<string>(_framework.BaseLibrary);
        if (closure.Any(member => member.UsesAspNetCore) || packages.Any(BringsHosting))
            framework.AddRange(_framework.AspNetCore);

        var names = framework.Select(Path.GetFileNameWithoutExtension).ToHashSet(StringComparer.OrdinalIgnoreCase);
        names.UnionWith(closure.Select(member => member.AssemblyName));
        var references = new List<MetadataReference>();
        references.AddRange(framework.Select(_framework.Open));
        references.AddRange(_packages.Assemblies(packages).Where(path => !names.Contains(Path.GetFileNameWithoutExtension(path))).Select(_framework.Open));
        foreach (var member in closure)
        {
            if (member != project && (!_compilations.TryGetValue(member.Path, out var known) || known is not null))
                references.Add(Compile(member).ToMetadataReference());
        }

        return references;
    }

    private List<ProjectModel> Closure(ProjectModel project)
    {
        var closure = new List<ProjectModel>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var waiting = new Queue<ProjectModel>([project]);
        while (waiting.TryDequeue(out var member))
        {
            if (!seen.Add(member.Path))
                continue;
            closure.Add(member);
            foreach (var reference in member.ProjectReferences)
            {
                if (_projects.TryGetValue(reference, out var other))
                    waiting.Enqueue(other);
            }
        }

        return closure;
    }

    // Packages of Microsoft.Extensions and ASP.NET Core are in the shared framework, and most packages for hosts depend on them.
    private static bool BringsHosting(PackageId package) =>
        package.Id.StartsWith("Microsoft.Extensions.", StringComparison.OrdinalIgnoreCase)
        || package.Id.StartsWith("Microsoft.AspNetCore", StringComparison.OrdinalIgnoreCase)
        || package.Id.Contains("Hosting", StringComparison.OrdinalIgnoreCase)
        || package.Id.Contains("DependencyInjection", StringComparison.OrdinalIgnoreCase)
        || Packages.Folder(package.Id) is null;

    private static ProjectModel? TryRead(string path, ProjectReader reader, Action<string> progress)
    {
        try
        {
            return reader.Read(path);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // Real repositories hold broken projects too; one must not hide the others.
            progress($"cannot read {path}: {exception.Message}");
            return null;
        }
    }

    private static IEnumerable<string> ProjectFiles(string folder) =>
        Directory.EnumerateFiles(folder, "*.csproj", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint })
            .Where(path => !path.Split('/', '\\').Any(part => part is "bin" or "obj" or ".git" or "node_modules"))
            .Order(StringComparer.Ordinal);
}
