using System.Runtime.CompilerServices;
using DiffEngine;

namespace ShutdownKit.TestKit.Tests.Reports;

/// <summary>Compares a text with the one that a person has approved: Verify's file conventions, so that Verify can take over.</summary>
internal static class Snapshot
{
    public static async Task MatchesAsync(string text, [CallerFilePath] string testFile = "", [CallerMemberName] string test = "")
    {
        var stem = Path.Combine(Path.GetDirectoryName(testFile)!, $"{Path.GetFileNameWithoutExtension(testFile)}.{test}");
        var (received, verified) = (stem + ".received.txt", stem + ".verified.txt");
        var cancellationToken = TestContext.Current.CancellationToken;
        var approved = File.Exists(verified) ? await File.ReadAllTextAsync(verified, cancellationToken) : null;
        if (approved?.ReplaceLineEndings("\n") == text.ReplaceLineEndings("\n"))
        {
            File.Delete(received);
            DiffRunner.Kill(received, verified);
            return;
        }

        await File.WriteAllTextAsync(received, text, cancellationToken);
        await DiffRunner.LaunchAsync(received, verified);
        Assert.Fail($"the text is not the approved one: compare {received} with {verified}, and rename it if it is right\n\n{text}");
    }
}
