using Microsoft.CodeAnalysis;

namespace ShutdownKit.Benchmarks.Hits;

/// <summary>A diagnostic at a place. The same file may belong to several projects, so that equal hits are one.</summary>
internal sealed record Hit(string File, int Line, int Column, DiagnosticSeverity Severity, string Id, string Message)
{
    public static Hit Of(Diagnostic diagnostic)
    {
        var span = diagnostic.Location.GetLineSpan();
        return new(
            span.Path ?? "",
            span.StartLinePosition.Line + 1,
            span.StartLinePosition.Character + 1,
            diagnostic.Severity,
            diagnostic.Id,
            diagnostic.GetMessage(System.Globalization.CultureInfo.InvariantCulture));
    }

    /// <summary>The hit as a compiler prints it.</summary>
    public string In(string root, string prefix)
    {
        var path = File.Length == 0 ? "(no place)" : prefix + Path.GetRelativePath(root, File);
        return $"{path}({Line},{Column}): {Severity.ToString().ToLowerInvariant()} {Id}: {Message}";
    }

    /// <summary>The lines around the hit, the line itself marked.</summary>
    public IEnumerable<string> Context(int lines)
    {
        if (!System.IO.File.Exists(File))
            yield break;

        var all = System.IO.File.ReadAllLines(File);
        for (var number = Math.Max(1, Line - lines); number <= Math.Min(all.Length, Line + lines); number++)
            yield return $"{(number == Line ? '>' : ' ')}{number,6}  {all[number - 1]}";
    }
}
