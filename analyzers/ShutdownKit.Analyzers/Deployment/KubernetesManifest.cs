using System.Globalization;
using Microsoft.CodeAnalysis.Text;

namespace ShutdownKit.Analyzers.Deployment;

/// <summary>The workloads of a Kubernetes manifest.</summary>
internal static class KubernetesManifest
{
    /// <summary>What runs until it is stopped: jobs end by themselves and are left out.</summary>
    public static IReadOnlyList<KubernetesWorkload> Workloads(SourceText text)
    {
        var workloads = new List<KubernetesWorkload>();
        foreach (var document in YamlReader.Documents(text))
        {
            if (document is not YamlMapping root || root["apiVersion"] is null || root.Mapping("spec") is not { } spec)
                continue;

            var pod = root["kind"]?.Text switch
            {
                "Deployment" or "StatefulSet" or "DaemonSet" or "ReplicaSet" or "ReplicationController" => spec.Mapping("template")?.Mapping("spec"),
                "Pod" => spec,
                _ => null,
            };
            if (pod?.Find("containers") is { Value: YamlSequence } containers)
                workloads.Add(new KubernetesWorkload(root["kind"]!.Text!, root.Mapping("metadata")?["name"]?.Text, pod, containers.Key.Span));
        }

        return workloads;
    }
}

/// <summary>A pod, or what makes pods.</summary>
internal sealed class KubernetesWorkload(string kind, string? name, YamlMapping pod, TextSpan containersSpan)
{
    public string Kind { get; } = kind;
    public string? Name { get; } = name;
    public YamlMapping Pod { get; } = pod;

    /// <summary>Where the key <c>containers</c> stands.</summary>
    public TextSpan ContainersSpan { get; } = containersSpan;

    public IReadOnlyList<KubernetesContainer> Containers { get; } =
        [.. pod.Items("containers").OfType<YamlMapping>().Select(it => new KubernetesContainer(it))];

    public YamlScalar? TerminationGracePeriod => Pod["terminationGracePeriodSeconds"] is YamlScalar { IsNull: false } scalar ? scalar : null;
}

/// <summary>A container of a pod.</summary>
internal sealed class KubernetesContainer(YamlMapping definition)
{
    public YamlMapping Definition { get; } = definition;

    public string? Name => Definition["name"]?.Text;

    public string? Image => Definition["image"]?.Text;

    public YamlScalar? StopSignal => Definition.Mapping("lifecycle")?["stopSignal"] as YamlScalar;

    /// <summary>The mounted paths; null for one that is not understood.</summary>
    public IEnumerable<string?> MountPaths => Definition.Items("volumeMounts").Select(it => (it as YamlMapping)?["mountPath"]?.Text);

    /// <summary>The environment variables with a value.</summary>
    public IEnumerable<(string Name, string? Value)> Environment =>
        Definition.Items("env").OfType<YamlMapping>().Select(it => (it["name"]?.Text ?? "", it["value"]?.Text));

    /// <summary>Whether variables come from a config map or a secret, whose content is not known.</summary>
    public bool HasUnknownEnvironment => Definition.Find("envFrom") is not null;

    /// <summary>How long the preStop hook sleeps before the container gets its signal; null when there is no hook, or one that is not understood.</summary>
    public (TimeSpan Sleep, YamlNode Node)? PreStopSleep
    {
        get
        {
            var hook = Definition.Mapping("lifecycle")?.Mapping("preStop");
            if (hook?.Mapping("sleep")?["seconds"] is { Text: { } seconds } node)
                return Seconds(seconds) is { } time ? (time, node) : null;

            // ["sleep", "10"] or ["/bin/sh", "-c", "sleep 10; ..."]
            if (hook?.Mapping("exec")?["command"] is not YamlSequence command)
                return null;

            var words = string.Join(" ", command.Items.Select(it => it.Text ?? "")).Split([' ', ';', '&', '\n'], StringSplitOptions.RemoveEmptyEntries);
            for (var index = 0; index + 1 < words.Length; index++)
            {
                if (DeploymentPath.Name(words[index]) == "sleep")
                    return Seconds(words[index + 1].TrimEnd('s')) is { } time ? (time, command) : null;
            }

            return null;
        }
    }

    private static TimeSpan? Seconds(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds < 1_000_000 ? TimeSpan.FromSeconds(seconds) : null;
}
