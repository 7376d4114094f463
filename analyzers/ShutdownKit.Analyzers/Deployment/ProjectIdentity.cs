using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.Deployment;

/// <summary>By what a deployment file can name the project whose code is being looked at.</summary>
internal sealed class ProjectIdentity
{
    private readonly string _assembly;
    private readonly string _project;

    public ProjectIdentity(Compilation compilation, AnalyzerOptions options)
    {
        _assembly = compilation.AssemblyName ?? "";
        _project = RuleOptions.BuildProperty(options, "MSBuildProjectName") ?? _assembly;
        Folder = RuleOptions.BuildProperty(options, "ProjectDir") is { } folder ? DeploymentPath.Normalize(folder) : null;
    }

    /// <summary>The project's folder; null when the build does not tell.</summary>
    public string? Folder { get; }

    /// <summary>Whether a path or a word names the program, the project file or the project's folder.</summary>
    public bool IsNamedBy(string word)
    {
        var name = DeploymentPath.Name(word.Trim('"', '\''));
        foreach (var extension in (string[])[".dll", ".exe", ".csproj"])
        {
            if (name.EndsWith(extension, StringComparison.OrdinalIgnoreCase))
                name = name.Substring(0, name.Length - extension.Length);
        }

        return name.Length > 0
               && (name.Equals(_assembly, StringComparison.OrdinalIgnoreCase) || name.Equals(_project, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>Whether the last part of an image's name is the project's, but for dots, dashes and case: <c>Orders.Api</c> and <c>orders-api</c>.</summary>
    public bool IsImage(string image)
    {
        var name = image.Split('@')[0];
        name = name.Substring(name.LastIndexOf('/') + 1).Split(':')[0];
        return Letters(name) is { Length: > 0 } letters && name.IndexOf('$') < 0 && (letters == Letters(_assembly) || letters == Letters(_project));
    }

    /// <summary>Whether a Dockerfile that may be another project's starts this one, or builds it and starts a script.</summary>
    public bool IsStartedBy(IReadOnlyList<DockerStage> stages)
    {
        if (stages.Count == 0)
            return false;

        var start = StartCommand.Of(stages[stages.Count - 1]);
        var words = start is null ? [] : start.Words ?? Dockerfile.Words(start.Instruction.Arguments);
        var startsOther = false;
        foreach (var word in words)
        {
            if (IsNamedBy(word))
                return true;
            startsOther |= word.EndsWith(".dll", StringComparison.OrdinalIgnoreCase) || word.EndsWith(".exe", StringComparison.OrdinalIgnoreCase);
        }

        if (startsOther)
            return false;

        foreach (var stage in stages)
        {
            var isInFolder = false;
            foreach (var instruction in stage.Chain().SelectMany(it => it.Instructions))
            {
                if (instruction.Keyword == "WORKDIR")
                    isInFolder = IsNamedBy(instruction.Arguments);
                else if (instruction.Keyword == "RUN" && instruction.Arguments.Contains("dotnet publish") && (isInFolder || Mentions(instruction.Arguments)))
                    return true;
            }
        }

        return false;
    }

    private bool Mentions(string line)
    {
        foreach (var word in Dockerfile.Words(line.Replace(';', ' ').Replace('&', ' ').Replace('|', ' ')))
        {
            if (IsNamedBy(word))
                return true;
        }

        return false;
    }

    private static string Letters(string name) => new([.. name.Where(char.IsLetterOrDigit).Select(char.ToLowerInvariant)]);
}
