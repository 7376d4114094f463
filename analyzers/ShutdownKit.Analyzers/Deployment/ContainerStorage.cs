using System.Runtime.CompilerServices;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.Deployment;

/// <summary>Where in its container a program starts, and which paths of the container outlive it.</summary>
internal sealed class ContainerStorage
{
    private static readonly ConditionalWeakTable<CompilationFacts, StrongBox<ContainerStorage?>> Cache = new();

    // Images whose working directory is / and that declare no volume.
    private static readonly string[] KnownImages = ["mcr.microsoft.com/dotnet/", "debian", "ubuntu", "alpine", "docker.io/library/debian", "docker.io/library/ubuntu", "docker.io/library/alpine"];

    // Nobody expects these to outlive the container.
    private static readonly string[] Disposable = ["/tmp", "/var/tmp", "/dev", "/proc", "/run", "/var/run", "/sys"];

    private readonly string _workingDirectory;
    private readonly List<string> _kept;

    private ContainerStorage(string workingDirectory, List<string> kept, string? deployment)
    {
        _workingDirectory = workingDirectory;
        _kept = kept;
        Deployment = deployment;
    }

    /// <summary>The compose service or the workload whose mounts are known; null when there is only a Dockerfile, and mounts may be given when it is run.</summary>
    public string? Deployment { get; }

    /// <summary>The storage of the project's container; null when there is none, or when anything about it is not known for sure.</summary>
    public static ContainerStorage? Of(CompilationFacts facts, CancellationToken cancellationToken)
    {
        if (Cache.TryGetValue(facts, out var known))
            return known.Value;

        var found = new StrongBox<ContainerStorage?>(Find(facts, cancellationToken));
        return Cache.GetValue(facts, _ => found).Value;
    }

    /// <summary>The path in the container that is lost with it; null when the path is kept, is disposable, or is not known.</summary>
    public string? LostPath(string path)
    {
        if (path.Length == 0 || path[0] is '~' or '|' or '%' || path.IndexOf(':') >= 0 || path.IndexOf('$') >= 0)
            return null;

        var full = DeploymentPath.Combine(_workingDirectory, path);
        foreach (var folder in _kept)
        {
            if (DeploymentPath.IsIn(full, folder))
                return null;
        }

        foreach (var folder in Disposable)
        {
            if (DeploymentPath.IsIn(full, folder))
                return null;
        }

        return full;
    }

    private static ContainerStorage? Find(CompilationFacts facts, CancellationToken cancellationToken)
    {
        if (!facts.App.IsConsoleProgram || facts.App.IsForOtherPlatform || facts.Options.AdditionalFiles.IsEmpty)
            return null;

        var files = DeploymentFiles.Of(facts, cancellationToken);
        var dockerfiles = files.Dockerfiles.Where(it => !it.IsForDevelopment).ToList();
        if (dockerfiles.Count != 1 || Dockerfile.FinalStage(dockerfiles[0].Text) is not { } stage || !IsKnown(stage.BaseImage)
            || StageShell.OfImage(stage) == ShellKind.NotPosix || stage.WorkingDirectory() is not { } workingDirectory)
        {
            return null;
        }

        var kept = new List<string>();
        string? deployment = null;
        foreach (var volume in stage.Volumes())
        {
            if (volume is null)
                return null;
            kept.Add(volume);
        }

        foreach (var file in files.Of(DeploymentFileKind.Compose))
        {
            foreach (var service in files.ServicesOf(file))
            {
                if (service.IsExtended || service.Definition.Find("volumes_from") is not null || service.Definition.Find("working_dir") is not null || service.Build?.Target is not null)
                    return null;
                if (!AddAll(kept, service.Volumes.Select(it => it.Target).Concat(service.TemporaryFileSystems)))
                    return null;
                if (!file.IsForDevelopment)
                    deployment ??= $"the service '{service.Name}' in {DeploymentPath.Name(file.Path)}";
            }
        }

        foreach (var file in files.Of(DeploymentFileKind.Kubernetes))
        {
            foreach (var (workload, container) in files.ContainersOf(file))
            {
                if (container.Definition.Find("workingDir") is not null || !AddAll(kept, container.MountPaths))
                    return null;
                deployment ??= $"the {workload.Kind} '{workload.Name}'";
            }
        }

        return new ContainerStorage(workingDirectory, kept, deployment);
    }

    // A mount anywhere keeps a path: another file may be for another purpose.
    private static bool AddAll(List<string> kept, IEnumerable<string?> paths)
    {
        foreach (var path in paths)
        {
            if (path is null)
                return false;
            kept.Add(DeploymentPath.Normalize(path));
        }

        return true;
    }

    private static bool IsKnown(string image)
    {
        var name = image.Split('@')[0];
        foreach (var known in KnownImages)
        {
            if (name == known || name.StartsWith(known.EndsWith("/", StringComparison.Ordinal) ? known : known + ":", StringComparison.OrdinalIgnoreCase))
                return true;
        }

        return false;
    }
}
