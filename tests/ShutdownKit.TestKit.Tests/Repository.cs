using System.Runtime.CompilerServices;

namespace ShutdownKit.TestKit.Tests;

/// <summary>Files of the repository that these sources were compiled from.</summary>
internal static class Repository
{
    public static string File(params string[] parts) => Path.Combine([Root(), .. parts]);

    private static string Root([CallerFilePath] string thisFile = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(thisFile)!, "..", ".."));
}
