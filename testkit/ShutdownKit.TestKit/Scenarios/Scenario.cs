namespace ShutdownKit.TestKit.Scenarios;

/// <summary>Something that is done to a running application. It acts and observes; judging is the findings' part.</summary>
public abstract class Scenario
{
    /// <summary>The name in commands and reports: <c>stop</c>, <c>kill</c>, …</summary>
    public abstract string Name { get; }

    /// <summary>What it does, in one line.</summary>
    public abstract string Description { get; }

    /// <summary>Its place among the scenarios when all are run; the gentler, the earlier.</summary>
    internal abstract int Order { get; }

    /// <summary>All scenarios, the gentler first. A scenario is added by adding a class.</summary>
    public static IReadOnlyList<Scenario> All { get; } =
    [
        .. typeof(Scenario).Assembly.GetTypes()
            .Where(type => !type.IsAbstract && type.IsSubclassOf(typeof(Scenario)))
            .Select(type => (Scenario)Activator.CreateInstance(type)!)
            .OrderBy(scenario => scenario.Order),
    ];

    /// <summary>Finds a scenario by its name.</summary>
    /// <param name="name">For instance <c>stop</c>.</param>
    /// <returns>The scenario; <see langword="null"/> when there is none of this name.</returns>
    public static Scenario? Find(string name) => All.FirstOrDefault(scenario => scenario.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    /// <summary>Acts on a fresh instance of the subject and fills in what it observes.</summary>
    internal abstract Task RunAsync(ScenarioContext context, Observation observation, CancellationToken cancellationToken);
}
