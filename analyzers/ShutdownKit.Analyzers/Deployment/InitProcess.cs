namespace ShutdownKit.Analyzers.Deployment;

/// <summary>Small init programs that run as PID 1 in front of another and pass signals on to it.</summary>
internal static class InitProcess
{
    /// <summary>
    /// Where the program behind an init process starts; 0 when there is none. Null when it signals the whole process group, so that a
    /// shell in between does no harm, or when it is not known what it signals.
    /// </summary>
    public static int? Skip(IReadOnlyList<string> words)
    {
        if (words.Count == 0)
            return 0;

        switch (DeploymentPath.Name(words[0]))
        {
            case "tini" or "tini-static" or "docker-init":
                for (var index = 1; index < words.Count; index++)
                {
                    if (words[index] == "--")
                        return index + 1;
                    if (!words[index].StartsWith("-", StringComparison.Ordinal))
                        return index;
                    if (words[index].IndexOf('g') >= 0)
                        return null;
                    if (words[index] == "-p")
                        index++;
                }

                return null;
            case "dumb-init" or "s6-svscan" or "init" or "catatonit" or "supervisord" or "multirun" or "pid1":
                return null;
            default:
                return 0;
        }
    }
}
