using System.Globalization;

namespace ShutdownKit.Analyzers.Deployment;

/// <summary>Durations as deployment files write them.</summary>
internal static class GracePeriod
{
    /// <summary>What Docker and compose wait when nothing is said.</summary>
    public static readonly TimeSpan DockerDefault = TimeSpan.FromSeconds(10);

    /// <summary>What Kubernetes waits when nothing is said.</summary>
    public static readonly TimeSpan KubernetesDefault = TimeSpan.FromSeconds(30);

    /// <summary>What systemd waits when nothing is said.</summary>
    public static readonly TimeSpan SystemdDefault = TimeSpan.FromSeconds(90);

    // Long enough for anything, and small enough to be added up.
    private const double MaxSeconds = 365 * 24 * 3600d;

    /// <summary>A duration of compose: <c>10s</c>, <c>1m30s</c>, <c>0</c>; null when it is none.</summary>
    public static TimeSpan? TryParseCompose(string text) => text.Trim() == "0" ? TimeSpan.Zero : TryParse(text, isUnitNeeded: true);

    /// <summary>A duration of systemd: <c>20</c>, <c>20s</c>, <c>1min 30s</c>; null when it is none, or has no end.</summary>
    public static TimeSpan? TryParseSystemd(string text) => TryParse(text, isUnitNeeded: false) is { } time && time > TimeSpan.Zero ? time : null;

    /// <summary>A duration as a message writes it.</summary>
    public static string Write(TimeSpan time) => time.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture) + " s";

    private static TimeSpan? TryParse(string text, bool isUnitNeeded)
    {
        var total = 0d;
        var isEmpty = true;
        for (var index = 0; index < text.Length;)
        {
            if (char.IsWhiteSpace(text[index]))
            {
                index++;
                continue;
            }

            var start = index;
            while (index < text.Length && text[index] is (>= '0' and <= '9') or '.')
                index++;
            if (!double.TryParse(text.Substring(start, index - start), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
                return null;

            while (!isUnitNeeded && index < text.Length && text[index] == ' ')
                index++;
            start = index;
            while (index < text.Length && char.IsLetter(text[index]))
                index++;
            if (Seconds(text.Substring(start, index - start), isUnitNeeded) is not { } unit)
                return null;

            total += number * unit;
            isEmpty = false;
            if (total > MaxSeconds)
                return null;
        }

        return isEmpty ? null : TimeSpan.FromSeconds(total);
    }

    private static double? Seconds(string unit, bool isUnitNeeded) => unit switch
    {
        "us" => 1e-6,
        "ms" or "msec" => 1e-3,
        "s" or "sec" or "second" or "seconds" => 1,
        "m" or "min" or "minute" or "minutes" => 60,
        "h" or "hr" or "hour" or "hours" => 3600,
        "d" or "day" or "days" => 24 * 3600,
        "" when !isUnitNeeded => 1,
        _ => null,
    };
}
