namespace ShutdownKit.Claims.Tests;

/// <summary>The statements, as they are commonly made.</summary>
internal static class Catalogue
{
    public static readonly IReadOnlyDictionary<string, string> Statements = new SortedDictionary<string, string>(StringComparer.Ordinal)
    {
        ["C01"] = "`docker stop` sends SIGTERM to the container's main process",
        ["C02"] = "the grace period is 10 seconds by default",
        ["C03"] = "the grace period can be set with `--time`",
        ["C04"] = "within the grace period the container can clean up and exit cleanly",
        ["C05"] = "a container that has not stopped by then gets SIGKILL",
        ["C06"] = "`docker kill` sends SIGKILL to the main process, which ends at once, and all its children with it",
        ["C07"] = "`docker kill` gives no chance for cleanup, so data can be lost or corrupted",
        ["C08"] = "use stop to save data and release resources, kill for an application that is unresponsive or stuck in a loop",
        ["C09"] = "`docker pause` suspends all processes in the container: a frozen state",
        ["C10"] = "while paused, memory and other resources stay allocated, and no process runs",
        ["C11"] = "pausing serves to free the CPU, to debug, or to take a snapshot of the container's state",
        ["C12"] = "pausing neither stops nor ends the processes; they go on afterwards",
        ["C13"] = "`docker rm` removes a stopped or a running container",
        ["C14"] = "before removing a running container, `docker rm` tries to stop it gracefully, and kills it only if that fails",
        ["C15"] = "`docker rm` frees what was allocated to the container: file system, network settings, configuration",
        ["C16"] = "`docker kill` ends the processes but leaves the container",
        ["C17"] = "removing or killing a container loses all changes to its file system that were not persisted in a volume or otherwise",
        ["C18"] = "so make sure that what matters is persisted before a container is removed or killed",
    };
}
