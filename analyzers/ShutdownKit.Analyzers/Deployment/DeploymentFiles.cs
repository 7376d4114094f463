using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.Deployment;

/// <summary>A deployment file that is, or may be, about the project.</summary>
internal sealed class DeploymentFile(string path, SourceText text, DeploymentFileKind kind, bool isFoundAbove)
{
    public string Path { get; } = path;
    public SourceText Text { get; } = text;
    public DeploymentFileKind Kind { get; } = kind;

    /// <summary>Whether it lies outside of the project's folder and nobody has added it by hand, so that it may be about other projects.</summary>
    public bool IsFoundAbove { get; } = isFoundAbove;

    public string NormalizedPath { get; } = DeploymentPath.Normalize(path);

    public string Folder { get; } = DeploymentPath.Folder(path);

    /// <summary>Whether name or folder tell that it is for tests or for a developer's machine, where a stop is meant to be quick.</summary>
    public bool IsForDevelopment
    {
        get
        {
            var name = (DeploymentPath.Name(Folder) + "/" + DeploymentPath.Name(Path)).ToLowerInvariant();
            foreach (var word in name.Split('.', '-', '_', '/'))
            {
                if (word is "test" or "tests" or "testing" or "e2e" or "ci" or "dev" or "develop" or "development" or "debug" or "local" or "override" or "devcontainer" or "vs" or "bench" or "benchmark" or "benchmarks")
                    return true;
            }

            return false;
        }
    }

    public Location At(TextSpan span) => Location.Create(Path, span, Text.Lines.GetLinePositionSpan(span));
}

/// <summary>
/// The deployment files of a project. Files above its folder count only where their content tells that they are about it, so that a file
/// that several projects see is reported once.
/// </summary>
internal sealed class DeploymentFiles
{
    private static readonly ConditionalWeakTable<CompilationFacts, DeploymentFiles> Cache = new();

    private readonly Dictionary<AdditionalText, DeploymentFile> _files = [];

    private DeploymentFiles(CompilationFacts facts, CancellationToken cancellationToken)
    {
        Project = new ProjectIdentity(facts.Compilation, facts.Options);
        var paths = new HashSet<string>(StringComparer.Ordinal);
        foreach (var file in facts.Options.AdditionalFiles)
        {
            var kind = ShutdownFiles.KindOf(file, facts.Options);
            var isFoundAbove = kind != DeploymentFileKind.None && ShutdownFiles.IsFoundAbove(file, facts.Options);
            // Libraries are not deployed; of the files above them nothing is even read.
            if (kind == DeploymentFileKind.None || (isFoundAbove && !facts.App.IsConsoleProgram) || !paths.Add(file.Path))
                continue;

            // Helm charts, GitHub workflows and whatever else a tool fills in before it is what it looks like.
            if (file.GetText(cancellationToken) is { } text && !text.ToString().Contains("{{"))
                _files.Add(file, new DeploymentFile(file.Path, text, kind, isFoundAbove));
        }

        Dockerfiles = [.. Of(DeploymentFileKind.Dockerfile).Where(it => !it.IsFoundAbove || Project.IsStartedBy(Dockerfile.Stages(it.Text), it.Folder, ScriptOf(it)?.Text))];
    }

    public ProjectIdentity Project { get; }

    /// <summary>The Dockerfiles that start this project.</summary>
    public IReadOnlyList<DeploymentFile> Dockerfiles { get; }

    /// <summary>The files of a project, found out once for each compilation.</summary>
    public static DeploymentFiles Of(CompilationFacts facts, CancellationToken cancellationToken)
    {
        if (Cache.TryGetValue(facts, out var known))
            return known;

        // Not by a callback of the table, so that a cancelled attempt leaves nothing behind.
        var found = new DeploymentFiles(facts, cancellationToken);
        return Cache.GetValue(facts, _ => found);
    }

    /// <summary>Looks at each deployment file that may be about the project, unless that is a test project.</summary>
    public static void Watch(Watch watch, Action<AdditionalFileAnalysisContext, DeploymentFiles, DeploymentFile> look)
    {
        if (watch.Facts.IsExemptAsTest)
            return;

        var facts = watch.Facts;
        watch.AdditionalFiles(context =>
        {
            if (ShutdownFiles.KindOf(context.AdditionalFile, context.Options) == DeploymentFileKind.None)
                return;

            var files = Of(facts, context.CancellationToken);
            if (files._files.TryGetValue(context.AdditionalFile, out var file))
                look(context, files, file);
        });
    }

    /// <summary>Looks at each Dockerfile that starts the project.</summary>
    public static void WatchDockerfiles(Watch watch, Action<AdditionalFileAnalysisContext, DeploymentFile, DockerStage> look) =>
        Watch(watch, (context, files, file) =>
        {
            if (files.Dockerfiles.Contains(file) && Dockerfile.FinalStage(file.Text) is { } stage)
                look(context, file, stage);
        });

    /// <summary>All files of a kind, whether or not they are about the project.</summary>
    public IEnumerable<DeploymentFile> Of(DeploymentFileKind kind) => _files.Values.Where(it => it.Kind == kind).OrderBy(it => it.Path, StringComparer.Ordinal);

    /// <summary>The script that a Dockerfile starts; null when it starts none, or the script is not among the files.</summary>
    public DeploymentFile? ScriptOf(DeploymentFile dockerfile)
    {
        if (StartCommand.ScriptOf(dockerfile.Text) is not { } path)
            return null;

        // What the script is called outside of the image, and where it lies, is what COPY says.
        var name = DeploymentPath.Name(path);
        foreach (var instruction in Dockerfile.FinalStage(dockerfile.Text)!.Chain().SelectMany(it => it.Instructions))
        {
            if (instruction.Keyword is not ("COPY" or "ADD") || instruction.HereDocuments.Count > 0)
                continue;

            var words = (JsonArray.TryParse(instruction.Arguments) ?? Dockerfile.Words(instruction.Arguments)).Where(it => !it.StartsWith("--", StringComparison.Ordinal)).ToList();
            for (var index = 0; index + 1 < words.Count; index++)
            {
                var source = DeploymentPath.Normalize(words[index]).TrimStart('/');
                if ((DeploymentPath.Name(source) == name || DeploymentPath.Name(words[words.Count - 1]) == name) && BestMatch(source, dockerfile) is { } copied)
                    return copied;
            }
        }

        // Copied with a whole directory.
        return BestMatch(name, dockerfile);
    }

    /// <summary>The services of a compose file that run the project.</summary>
    public IEnumerable<ComposeService> ServicesOf(DeploymentFile file)
    {
        var services = ComposeFile.Services(file.Text);
        var builtHere = file.IsFoundAbove ? 0 : services.Count(it => it.Build is not null);
        foreach (var service in services)
        {
            if (Runs(service, file) ?? (!file.IsFoundAbove && service.Build is not null && builtHere == 1 && Project.Folder is null))
                yield return service;
        }
    }

    /// <summary>The Dockerfile that a service is built from, when it is the project's; null when that is not known.</summary>
    public (DeploymentFile File, DockerStage Stage)? ImageOf(ComposeService service, DeploymentFile file)
    {
        var path = service.Build is { } build ? build.DockerfilePath(file.Folder) : null;
        foreach (var dockerfile in Dockerfiles)
        {
            if (path is null || !DeploymentPath.AreSame(dockerfile.NormalizedPath, path))
                continue;

            var target = service.Build?.Target?.Text;
            var stages = Dockerfile.Stages(dockerfile.Text);
            foreach (var stage in stages)
            {
                if (target is null ? stage == stages[stages.Count - 1] : string.Equals(stage.Alias, target, StringComparison.OrdinalIgnoreCase))
                    return (dockerfile, stage);
            }
        }

        return null;
    }

    /// <summary>The containers of a manifest that run the project.</summary>
    public IEnumerable<(KubernetesWorkload Workload, KubernetesContainer Container)> ContainersOf(DeploymentFile file)
    {
        var isOnly = !file.IsFoundAbove && Of(DeploymentFileKind.Kubernetes).Where(it => !it.IsFoundAbove).Sum(it => KubernetesManifest.Workloads(it.Text).Sum(one => one.Containers.Count)) == 1;
        foreach (var workload in KubernetesManifest.Workloads(file.Text))
        {
            foreach (var container in workload.Containers)
            {
                if (isOnly || (container.Image is { } image && Project.IsImage(image))
                    || container.Definition.Items("command").Concat(container.Definition.Items("args")).Any(it => it.Text is { } word && Project.IsNamedBy(word)))
                {
                    yield return (workload, container);
                }
            }
        }
    }

    /// <summary>Whether a unit of systemd starts the project.</summary>
    public bool Starts(SystemdUnit unit, DeploymentFile file)
    {
        var commands = unit.All("ExecStart").ToList();
        return commands.Count == 0
            ? !file.IsFoundAbove
            : commands.Exists(it => it.Value.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries).Any(Project.IsNamedBy));
    }

    // Of several scripts of the name it is the one at the path that COPY names, else the one beside the Dockerfile.
    private DeploymentFile? BestMatch(string source, DeploymentFile dockerfile)
    {
        var name = DeploymentPath.Name(source);
        var candidates = Of(DeploymentFileKind.EntryScript).Where(it => DeploymentPath.Name(it.Path) == name).ToList();
        var atPath = source.IndexOf('/') < 0 ? [] : candidates.FindAll(it => ("/" + it.NormalizedPath).EndsWith("/" + source, StringComparison.OrdinalIgnoreCase));
        var beside = candidates.FindAll(it => DeploymentPath.AreSame(it.Folder, dockerfile.Folder));
        return atPath.Count == 1 ? atPath[0] : beside.Count == 1 ? beside[0] : candidates.Count == 1 ? candidates[0] : null;
    }

    private bool? Runs(ComposeService service, DeploymentFile file)
    {
        if (service.Build is { } build)
        {
            if (build.DockerfilePath(file.Folder) is not { } path)
                return false;
            if (Dockerfiles.Any(it => DeploymentPath.AreSame(it.NormalizedPath, path)))
                return true;
            // A Dockerfile of the project's own folder that is called something else.
            return Project.Folder is { } folder && DeploymentPath.AreSame(DeploymentPath.Folder(path), folder) ? true : Project.Folder is null ? null : false;
        }

        return (service.Image?.Text is { } image && Project.IsImage(image))
               || (service.Command?.Words ?? []).Concat(service.Entrypoint?.Words ?? []).Any(Project.IsNamedBy);
    }
}
