namespace ShutdownKit.Analyzers.Deployment;

/// <summary>
/// Paths as they are written in deployment files and handed over by the build. System.IO.Path knows only the separators of the machine
/// that it runs on, and a Dockerfile on Windows names Linux paths.
/// </summary>
internal static class DeploymentPath
{
    /// <summary>The last part of a path.</summary>
    public static string Name(string path) => path.Substring(path.TrimEnd('/', '\\').LastIndexOfAny(['/', '\\']) + 1).TrimEnd('/', '\\');

    /// <summary>The folder of a file; empty when the path is only a name.</summary>
    public static string Folder(string path)
    {
        var end = path.LastIndexOfAny(['/', '\\']);
        return end < 0 ? "" : Normalize(path.Substring(0, end + 1));
    }

    /// <summary>A path behind a folder, without <c>.</c>, <c>..</c> and doubled separators; absolute paths stay what they are.</summary>
    public static string Combine(string folder, string path) => Normalize(IsAbsolute(path) ? path : folder + "/" + path);

    /// <summary>The path with <c>/</c> as separator, without <c>.</c>, <c>..</c>, doubled and trailing separators.</summary>
    public static string Normalize(string path)
    {
        var parts = new List<string>();
        foreach (var part in path.Split('/', '\\'))
        {
            if (part == ".." && parts.Count > 0 && parts[parts.Count - 1] != "..")
                parts.RemoveAt(parts.Count - 1);
            else if (part.Length > 0 && part != ".")
                parts.Add(part);
        }

        return (path.Length > 0 && path[0] is '/' or '\\' ? "/" : "") + string.Join("/", parts);
    }

    /// <summary>Whether a normalized path is the folder or lies in it, at any depth.</summary>
    public static bool IsIn(string path, string folder) =>
        folder.Length == 0 || folder == "/" || (path.StartsWith(folder, StringComparison.OrdinalIgnoreCase) && (path.Length == folder.Length || path[folder.Length] == '/'));

    /// <summary>Whether two normalized paths are the same, as far as that can be told without the file system.</summary>
    public static bool AreSame(string left, string right) => string.Equals(left, right, StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether the path starts at a root, of whatever system.</summary>
    public static bool IsAbsolute(string path) => path.Length > 0 && (path[0] is '/' or '\\' || (path.Length > 2 && path[1] == ':' && path[2] is '/' or '\\'));
}
