using System.Globalization;

namespace ShutdownKit.Cli.Terminal;

/// <summary>Lengths of time as people write them: <c>500ms</c>, <c>10s</c>, <c>1.5s</c>, <c>2m</c>, <c>1h</c>.</summary>
internal static class Durations
{
    /// <summary>What a duration must look like, for error messages.</summary>
    public const string Expected = "write a number with ms, s, m or h, for example 10s or 500ms";

    private static readonly (string Unit, double Milliseconds)[] Units = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000)];

    /// <summary>Reads a duration from zero up to a day. False when it is not one.</summary>
    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = default;
        foreach (var (unit, milliseconds) in Units)
        {
            if (!text.EndsWith(unit, StringComparison.Ordinal))
                continue;
            if (!double.TryParse(text.AsSpan(0, text.Length - unit.Length), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
                continue;
            // Written so that it is true for what is not a number, too.
            if (!(number * milliseconds <= TimeSpan.FromDays(1).TotalMilliseconds))
                return false;
            duration = TimeSpan.FromMilliseconds(number * milliseconds);
            return true;
        }

        return false;
    }

    /// <summary>The duration as a person says it: <c>640 ms</c>, <c>4.2 s</c>, <c>2 min 5 s</c>.</summary>
    public static string Format(TimeSpan duration)
    {
        var culture = CultureInfo.InvariantCulture;
        if (duration < TimeSpan.FromSeconds(1))
            return string.Create(culture, $"{duration.TotalMilliseconds:0} ms");
        if (duration < TimeSpan.FromMinutes(1))
            return string.Create(culture, $"{duration.TotalSeconds:0.#} s");
        return duration.Seconds == 0
            ? string.Create(culture, $"{(int)duration.TotalMinutes} min")
            : string.Create(culture, $"{(int)duration.TotalMinutes} min {duration.Seconds} s");
    }
}
