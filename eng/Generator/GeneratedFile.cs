namespace ShutdownKit.Generator;

/// <summary>A file of the repository with the content that it should have.</summary>
/// <param name="Path">Relative to the root of the repository, with forward slashes.</param>
internal sealed record GeneratedFile(string Path, string Content)
{
    /// <summary>Whether the repository has exactly this file, whatever line endings were checked out.</summary>
    public bool IsCurrent(string root) =>
        File.Exists(FullPath(root)) && File.ReadAllText(FullPath(root)).ReplaceLineEndings("\n") == Content;

    public void Write(string root)
    {
        // Most of these files hold what was written by hand: a crash in between must not cost that.
        var temporary = FullPath(root) + ".tmp";
        File.WriteAllText(temporary, Content);
        File.Move(temporary, FullPath(root), overwrite: true);
    }

    private string FullPath(string root) => System.IO.Path.Combine(root, Path);
}
