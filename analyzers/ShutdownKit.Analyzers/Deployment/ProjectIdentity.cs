using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.Deployment;

/// <summary>By what a deployment file can name the project whose code is being looked at.</summary>
internal sealed class ProjectIdentity
{
    // Projects and images of these names are everywhere, and have nothing to do with each other.
    private static readonly HashSet<string> CommonNames = new(StringComparer.Ordinal)
    {
        "api", "app", "application", "backend", "broker", "client", "console", "consumer", "dashboard", "db", "demo", "frontend", "gateway", "host", "identity", "proxy", "producer", "sample",
        "server", "service", "site", "test", "ui", "web", "webapi", "webapp", "worker", "redis", "rabbitmq", "kafka", "postgres", "mongo", "mysql", "nginx", "consul", "seq", "jaeger", "nats",
    };

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
        return Letters(name) is { Length: > 0 } letters && name.IndexOf('$') < 0 && !CommonNames.Contains(letters) && !image.StartsWith("mcr.microsoft.com/", StringComparison.OrdinalIgnoreCase) && (letters == Letters(_assembly) || letters == Letters(_project));
    }

    /// <summary>Whether a Dockerfile that may be another project's starts this one, or publishes it and starts a script.</summary>
    /// <param name="stages">The stages of the Dockerfile.</param>
    /// <param name="folder">The folder of the Dockerfile.</param>
    /// <param name="script">The script that it starts; null when it starts none, or the script is not at hand.</param>
    public bool IsStartedBy(IReadOnlyList<DockerStage> stages, string folder, SourceText? script)
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
        if (script is not null && Mentions(script.ToString()))
            return true;

        return (start?.Words is not { Count: > 0 } command || MayStartAnything(command[InitProcess.Skip(command) is { } index && index < command.Count ? index : 0]))
               && (IsPublishedLast(stages) || IsCopiedFrom(stages[stages.Count - 1], folder));
    }

    // A script, a shell, dotnet run or a variable.
    private static bool MayStartAnything(string program)
    {
        var name = DeploymentPath.Name(program).ToLowerInvariant();
        return name.EndsWith(".sh", StringComparison.Ordinal) || name is "sh" or "bash" or "ash" or "dash" or "dotnet" || name.IndexOf('$') >= 0 || name.IndexOf('.') < 0 && IsScriptName(name);
    }

    private static bool IsScriptName(string name) =>
        name.Contains("entry") || name.Contains("start") || name.Contains("run") || name.Contains("init") || name.Contains("launch") || name.Contains("boot");

    // What is copied from the project's folder into the image that is run: its settings, its published output.
    private bool IsCopiedFrom(DockerStage stage, string folder)
    {
        foreach (var instruction in stage.Chain().SelectMany(it => it.Instructions))
        {
            if (instruction.Keyword is not ("COPY" or "ADD") || Folder is null || instruction.Arguments.Contains("--from"))
                continue;

            var words = JsonArray.TryParse(instruction.Arguments) ?? Dockerfile.Words(instruction.Arguments);
            for (var index = 0; index + 1 < words.Count; index++)
            {
                if (!words[index].StartsWith("--", StringComparison.Ordinal) && DeploymentPath.IsIn(DeploymentPath.Combine(folder, words[index].TrimStart('/')), Folder))
                    return true;
            }
        }

        return false;
    }

    private bool IsPublishedLast(IReadOnlyList<DockerStage> stages)
    {
        var isLast = false;
        foreach (var stage in stages)
        {
            var isInFolder = false;
            foreach (var instruction in stage.Chain().SelectMany(it => it.Instructions))
            {
                if (instruction.Keyword == "WORKDIR")
                    isInFolder = IsNamedBy(instruction.Arguments);
                else if (instruction.Keyword == "RUN" && instruction.Arguments.Contains("dotnet publish") && stage.Instructions.Contains(instruction))
                    isLast = Mentions(instruction.Arguments) || (isInFolder && !instruction.Arguments.Contains("proj"));
            }
        }

        return isLast;
    }

    private bool Mentions(string line)
    {
        foreach (var word in Dockerfile.Words(line.Replace(';', ' ').Replace('&', ' ').Replace('|', ' ').Replace('\n', ' ').Replace('\r', ' ')))
        {
            if (IsNamedBy(word))
                return true;
        }

        return false;
    }

    private static string Letters(string name) => new([.. name.Where(char.IsLetterOrDigit).Select(char.ToLowerInvariant)]);
}
