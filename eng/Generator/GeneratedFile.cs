namespace ShutdownKit.Generator;

/// <summary>A file of the repository with the content that it should have.</summary>
/// <param name="Path">Relative to the root of the repository, with forward slashes.</param>
internal sealed record GeneratedFile(string Path, string Content)
{
    /// <summary>Whether the repository has exactly this file, whatever line endings were checked out.</summary>
    public bool IsCurrent(string root) =>
        File.Exists(FullPath(root)) && File.ReadAllText(FullPath(root)).ReplaceLineEndings("\n") == Content;

    public void Write(string root) => File.WriteAllText(FullPath(root), Content);

    private string FullPath(string root) => System.IO.Path.Combine(root, Path);
}
