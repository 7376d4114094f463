namespace ShutdownKit.Analyzers.Deployment;

/// <summary>What runs the shell form in an image; the shells differ in when they replace themselves by the last command.</summary>
internal enum ShellKind
{
    /// <summary>Not known: only what every shell does may be claimed.</summary>
    Unknown,

    /// <summary>Debian, Ubuntu: stays PID 1 in front of every command that is not run by exec.</summary>
    Dash,

    /// <summary>Replaces itself by the last command unless that has a redirection.</summary>
    Bash,

    /// <summary>Alpine: replaces itself by the last command.</summary>
    BusyBox,

    /// <summary>There is no shell in the image.</summary>
    None,

    /// <summary>PowerShell, cmd: nothing is known about how they pass signals on.</summary>
    NotPosix,
}

/// <summary>Finds out what /bin/sh is in a stage.</summary>
internal static class StageShell
{
    private static readonly string[] BashDistributions =
    [
        "azurelinux", "mariner", "fedora", "centos", "rockylinux", "almalinux", "/ubi", "amazonlinux", "opensuse", "archlinux", "oraclelinux",
    ];

    // What these are built on unless their tag says otherwise.
    private static readonly string[] DebianImages = ["debian", "ubuntu", "python", "node", "golang", "nginx", "buildpack-deps", "microsoft/aspnetcore", "microsoft/aspnetcore-build", "microsoft/dotnet"];

    private static readonly string[] DebianRepositories = ["mcr.microsoft.com/dotnet/", "mcr.microsoft.com/azure-functions/"];

    // The same images in somebody's own registry.
    private static readonly string[] DotnetImages = ["/dotnet/aspnet", "/dotnet/runtime", "/dotnet/runtime-deps", "/dotnet/sdk"];

    public static ShellKind Of(DockerStage stage)
    {
        if (stage.Effective("SHELL") is not { } shell)
            return OfImage(stage);

        var command = JsonArray.TryParse(shell.Arguments);
        return command is { Count: > 0 } ? OfProgram(command[0], ShellKind.Unknown) ?? ShellKind.NotPosix : ShellKind.NotPosix;
    }

    /// <summary>What a program is, when it is a shell; null when it is none.</summary>
    /// <param name="program">The program's name or path.</param>
    /// <param name="ofImage">What <c>sh</c> stands for.</param>
    public static ShellKind? OfProgram(string program, ShellKind ofImage) => DeploymentPath.Name(program) switch
    {
        "bash" => ShellKind.Bash,
        "dash" => ShellKind.Dash,
        "ash" or "busybox" => ShellKind.BusyBox,
        "sh" => ofImage,
        _ => null,
    };

    /// <summary>What /bin/sh is in the image that the stage starts from.</summary>
    public static ShellKind OfImage(DockerStage stage)
    {
        var image = stage.BaseImage.ToLowerInvariant();
        if (image.Contains("chiseled") || image.Contains("distroless"))
            return image.Contains("debug") || BringsFilesThatMayBeAShell(stage) ? ShellKind.Unknown : ShellKind.None;
        if (image.Contains("nanoserver") || image.Contains("windows"))
            return ShellKind.NotPosix;
        if (image.Contains('$'))
            return ShellKind.Unknown;
        if (image.Contains("alpine") || image.Contains("busybox"))
            return ShellKind.BusyBox;
        if (BashDistributions.Any(image.Contains))
            return ShellKind.Bash;

        var repository = image.Split('@')[0];
        var colon = repository.LastIndexOf(':');
        if (colon > repository.LastIndexOf('/'))
            repository = repository.Substring(0, colon);

        foreach (var prefix in (string[])["docker.io/", "library/"])
        {
            if (repository.StartsWith(prefix, StringComparison.Ordinal))
                repository = repository.Substring(prefix.Length);
        }

        return DebianImages.Contains(repository) || DebianRepositories.Any(it => repository.StartsWith(it, StringComparison.Ordinal))
               || DotnetImages.Any(it => repository.EndsWith(it, StringComparison.Ordinal))
            ? ShellKind.Dash
            : ShellKind.Unknown;
    }

    private static bool BringsFilesThatMayBeAShell(DockerStage? stage)
    {
        for (; stage is not null; stage = stage.Parent)
        {
            if (stage.Instructions.Exists(it => it.Keyword is "COPY" or "ADD" && (it.Arguments.Contains("/sh") || it.Arguments.Contains("bash") || it.Arguments.Contains("busybox"))))
                return true;
        }

        return false;
    }
}
