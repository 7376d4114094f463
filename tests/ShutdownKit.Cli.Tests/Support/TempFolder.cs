using System.Security.Cryptography;
using System.Text;

namespace ShutdownKit.Cli.Tests.Support;

/// <summary>A folder that is gone when the test is over. Its name holds what breaks naive build scripts.</summary>
internal sealed class TempFolder : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("shutdownkit-tests-").FullName;

    public TempFolder()
    {
        Path = System.IO.Path.Combine(_root, "a b;c 'd' $(e) @f ü");
        Directory.CreateDirectory(Path);
    }

    public string Path { get; }

    public string Write(string relative, string content)
    {
        var path = System.IO.Path.Combine(Path, relative);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
        return path;
    }

    /// <summary>Every folder and file below with its content's hash: equal exactly when not a byte differs.</summary>
    public string Snapshot()
    {
        var text = new StringBuilder();
        foreach (var entry in Directory.EnumerateFileSystemEntries(Path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            var content = File.Exists(entry) ? Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(entry))) : "folder";
            text.AppendLine($"{System.IO.Path.GetRelativePath(Path, entry)} {content} {File.GetLastWriteTimeUtc(entry):O}");
        }

        return text.ToString();
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);
}
