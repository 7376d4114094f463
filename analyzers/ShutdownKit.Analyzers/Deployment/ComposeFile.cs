using Microsoft.CodeAnalysis.Text;

namespace ShutdownKit.Analyzers.Deployment;

/// <summary>The services of a compose file.</summary>
internal static class ComposeFile
{
    /// <summary>The services, in their order; none when the file cannot be read or is no compose file.</summary>
    public static IReadOnlyList<ComposeService> Services(SourceText text)
    {
        var services = new List<ComposeService>();
        foreach (var document in YamlReader.Documents(text))
        {
            foreach (var entry in (document as YamlMapping)?.Mapping("services")?.Entries ?? [])
            {
                if (entry.Value is YamlMapping definition)
                    services.Add(new ComposeService(entry.Key, definition));
            }
        }

        return services;
    }
}

/// <summary>
/// A service of a compose file. What is not there, or is not written in a form that is understood, is null. Texts may hold variables
/// (<c>${NAME}</c>): <see cref="IsVariable"/> tells.
/// </summary>
internal sealed class ComposeService(YamlScalar name, YamlMapping definition)
{
    public string Name => name.Value;

    /// <summary>Where the service's name stands.</summary>
    public TextSpan NameSpan => name.Span;

    /// <summary>All that is said about the service.</summary>
    public YamlMapping Definition { get; } = definition;

    /// <summary>Whether something of the service is said elsewhere, so that what is missing here is not known to be missing.</summary>
    public bool IsExtended => Definition.Find("extends") is not null;

    public YamlScalar? Image => Scalar("image");

    public ComposeBuild? Build => Definition["build"] switch
    {
        YamlScalar { IsNull: false } context => new ComposeBuild(context, dockerfile: null, target: null, hasInlineDockerfile: false),
        YamlMapping build => new ComposeBuild(
            build["context"] as YamlScalar, build["dockerfile"] as YamlScalar, build["target"] as YamlScalar, build.Find("dockerfile_inline") is not null),
        _ => null,
    };

    public ComposeCommand? Command => ComposeCommand.Of(Definition.Find("command"));

    public ComposeCommand? Entrypoint => ComposeCommand.Of(Definition.Find("entrypoint"));

    public YamlScalar? StopSignal => Scalar("stop_signal");

    public YamlScalar? StopGracePeriod => Scalar("stop_grace_period");

    /// <summary>Whether an init process runs as PID 1 in front of the application.</summary>
    public bool Init => Definition["init"] is YamlScalar { IsTrue: true };

    /// <summary>The mounts. Those of a form that is not understood have no target.</summary>
    public IReadOnlyList<ComposeVolume> Volumes => [.. Definition.Items("volumes").Select(ComposeVolume.Of)];

    /// <summary>The file systems in memory, by the path in the container.</summary>
    public IEnumerable<string> TemporaryFileSystems =>
        (Definition["tmpfs"] is YamlScalar { IsNull: false } one ? [one] : Definition.Items("tmpfs")).Select(it => it.Text?.Split(':')[0] ?? "");

    /// <summary>The environment variables, in both forms; a value that is left out is null.</summary>
    public IEnumerable<(string Name, string? Value, TextSpan Span)> Environment
    {
        get
        {
            foreach (var entry in Definition.Mapping("environment")?.Entries ?? [])
                yield return (entry.Key.Value, entry.Value.Text, TextSpan.FromBounds(entry.Key.Span.Start, Math.Max(entry.Key.Span.End, entry.Value.Span.End)));

            foreach (var item in Definition.Items("environment"))
            {
                if (item.Text is not { } text)
                    continue;
                var equals = text.IndexOf('=');
                yield return equals < 0 ? (text, null, item.Span) : (text.Substring(0, equals), text.Substring(equals + 1), item.Span);
            }
        }
    }

    /// <summary>Whether a value depends on a variable that is given when the containers are started.</summary>
    public static bool IsVariable(string text)
    {
        for (var index = text.IndexOf('$'); index >= 0 && index + 1 < text.Length; index = text.IndexOf('$', index + 2))
        {
            if (text[index + 1] != '$')
                return true;
            if (index + 2 >= text.Length)
                break;
        }

        return false;
    }

    private YamlScalar? Scalar(string key) => Definition[key] is YamlScalar { IsNull: false } scalar ? scalar : null;
}

/// <summary>How a service's image is built.</summary>
internal sealed class ComposeBuild(YamlScalar? context, YamlScalar? dockerfile, YamlScalar? target, bool hasInlineDockerfile)
{
    public YamlScalar? Context { get; } = context;

    /// <summary>The Dockerfile, from the context; null for <c>Dockerfile</c>.</summary>
    public YamlScalar? Dockerfile { get; } = dockerfile;

    /// <summary>The stage that is built; null for the last one.</summary>
    public YamlScalar? Target { get; } = target;

    /// <summary>Whether the Dockerfile stands in the compose file itself.</summary>
    public bool HasInlineDockerfile { get; } = hasInlineDockerfile;

    /// <summary>The path of the Dockerfile when the compose file lies in that folder; null when it depends on a variable or is elsewhere.</summary>
    public string? DockerfilePath(string composeFolder)
    {
        var context = Context?.Text ?? ".";
        var dockerfile = Dockerfile?.Text ?? "Dockerfile";
        return HasInlineDockerfile || ComposeService.IsVariable(context + dockerfile) || context.Contains("://") || context.Contains("git@")
            ? null
            : DeploymentPath.Combine(DeploymentPath.Combine(composeFolder, context), dockerfile);
    }
}

/// <summary>A command or entry point of a service; compose splits a line into words as a shell does, and starts no shell.</summary>
internal sealed class ComposeCommand(IReadOnlyList<string> words, IReadOnlyList<TextSpan> spans, TextSpan keySpan, TextSpan span)
{
    public IReadOnlyList<string> Words { get; } = words;

    /// <summary>Where each word stands in a list; empty when the command is one line.</summary>
    public IReadOnlyList<TextSpan> WordSpans { get; } = spans;

    public TextSpan KeySpan { get; } = keySpan;

    /// <summary>Where the whole value stands.</summary>
    public TextSpan Span { get; } = span;

    public static ComposeCommand? Of(YamlEntry? entry)
    {
        switch (entry?.Value)
        {
            case YamlScalar { IsNull: false } line when ShellWords.TrySplit(line.Value) is { } words:
                return new ComposeCommand(words, [], entry.Key.Span, line.Span);
            case YamlSequence list when list.Items.All(it => it is YamlScalar):
                return new ComposeCommand(
                    [.. list.Items.Select(it => ((YamlScalar)it).Value)], [.. list.Items.Select(it => it.Span)], entry.Key.Span, list.Span);
            default:
                return null;
        }
    }
}

/// <summary>A mount of a service.</summary>
internal sealed class ComposeVolume(string? source, string? target, TextSpan span)
{
    /// <summary>A volume's name or a path of the host; null for an anonymous volume.</summary>
    public string? Source { get; } = source;

    /// <summary>The path in the container; null when it is not understood.</summary>
    public string? Target { get; } = target;

    public TextSpan Span { get; } = span;

    public static ComposeVolume Of(YamlNode item)
    {
        if (item is YamlMapping volume)
            return new ComposeVolume(volume["source"]?.Text ?? volume["src"]?.Text, Known((volume["target"] ?? volume["dst"] ?? volume["destination"])?.Text), item.Span);
        if (item.Text is not { } text)
            return new ComposeVolume(null, null, item.Span);

        // SOURCE:TARGET:MODE, where a variable and a Windows drive may hold colons of their own.
        var parts = new List<string>();
        var start = 0;
        var braces = 0;
        for (var index = 0; index < text.Length; index++)
        {
            if (text[index] is '{' or '}')
                braces += text[index] == '{' ? 1 : -1;
            else if (text[index] == ':' && braces == 0 && !(index - start == 1 && index + 1 < text.Length && text[index + 1] is '\\' or '/' && char.IsLetter(text[start])))
            {
                parts.Add(text.Substring(start, index - start));
                start = index + 1;
            }
        }

        parts.Add(text.Substring(start));
        return parts.Count == 1
            ? new ComposeVolume(null, Known(parts[0]), item.Span)
            : new ComposeVolume(parts[0], Known(parts[1]), item.Span);
    }

    private static string? Known(string? target) => target is null || ComposeService.IsVariable(target) ? null : target;
}
