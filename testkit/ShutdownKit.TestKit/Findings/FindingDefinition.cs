using System.Globalization;
using ShutdownKit.TestKit.Scenarios;
using ShutdownKit.TestKit.Subjects;

namespace ShutdownKit.TestKit.Findings;

/// <summary>A kind of finding: looks at an observation, and says what is wrong, or nothing.</summary>
public abstract class FindingDefinition
{
    private const int NamedAtMost = 5;

    /// <summary>The stable id, <c>SHTnnn</c>.</summary>
    public abstract string Id { get; }

    /// <summary>What it is about, in a few words.</summary>
    public abstract string Title { get; }

    /// <summary>The compile-time rules that catch causes of it.</summary>
    public abstract IReadOnlyList<string> Rules { get; }

    /// <summary>All kinds of findings, by id. A finding is added by adding a class.</summary>
    public static IReadOnlyList<FindingDefinition> All { get; } =
    [
        .. typeof(FindingDefinition).Assembly.GetTypes()
            .Where(type => !type.IsAbstract && type.IsSubclassOf(typeof(FindingDefinition)))
            .Select(type => (FindingDefinition)Activator.CreateInstance(type)!)
            .OrderBy(definition => definition.Id, StringComparer.Ordinal),
    ];

    /// <summary>Judges an observation by all kinds of findings.</summary>
    internal static IReadOnlyList<Finding> JudgeAll(Observation observation, Subject subject) =>
    [
        .. from definition in All
           let diagnosis = definition.Diagnose(observation, subject)
           where diagnosis is not null
           select new Finding(definition.Id, diagnosis, definition.Rules),
    ];

    /// <summary>Judges an observation.</summary>
    /// <returns>One sentence that names the cause; <see langword="null"/> when there is nothing to say.</returns>
    internal abstract string? Diagnose(Observation observation, Subject subject);

    private protected static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.0##} s");

    /// <summary>"1 record is", "2 records are".</summary>
    private protected static string RecordsAre(int count) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {(count == 1 ? "record is" : "records are")}");

    private protected static string Some(IReadOnlyList<string> items) =>
        string.Join(", ", items.Take(NamedAtMost)) + (items.Count > NamedAtMost ? $", … ({items.Count} in all)" : string.Empty);
}
