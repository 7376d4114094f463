using ShutdownKit.TestKit.Engines;

namespace ShutdownKit.Cli.Testing;

/// <summary>What an engine that answers must be able to do.</summary>
internal static class EngineRequirements
{
    /// <summary>Why the scenarios cannot be run on it, and the cure; null when they can.</summary>
    public static string? WhyNotUsable(EngineInfo engine) => engine.OperatingSystem == "linux"
        ? null
        : $"{engine.Name} at {engine.Endpoint} runs {engine.OperatingSystem} containers, and the scenarios need Linux containers: "
            + "switch the engine to those, or name another one with DOCKER_HOST";

    /// <summary>Refuses an engine that cannot be used.</summary>
    /// <exception cref="EngineUnavailableException">It cannot.</exception>
    public static void EnsureUsable(EngineInfo engine)
    {
        if (WhyNotUsable(engine) is { } reason)
            throw new EngineUnavailableException(reason);
    }
}
