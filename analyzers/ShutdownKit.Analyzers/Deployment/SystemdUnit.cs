using Microsoft.CodeAnalysis.Text;

namespace ShutdownKit.Analyzers.Deployment;

/// <summary>A setting of a systemd unit.</summary>
internal sealed class SystemdSetting(string key, string value, TextSpan span, TextSpan valueSpan)
{
    public string Key { get; } = key;
    public string Value { get; } = value;
    public TextSpan Span { get; } = span;
    public TextSpan ValueSpan { get; } = valueSpan;
}

/// <summary>The [Service] section of a systemd unit.</summary>
internal sealed class SystemdUnit
{
    private readonly List<SystemdSetting> _settings = [];

    /// <summary>The setting that counts, which is the last one of that name; null when there is none.</summary>
    public SystemdSetting? this[string key] => _settings.FindLast(it => it.Key == key);

    /// <summary>All settings of that name.</summary>
    public IEnumerable<SystemdSetting> All(string key) => _settings.Where(it => it.Key == key);

    public static SystemdUnit Read(SourceText text)
    {
        var unit = new SystemdUnit();
        var isInService = false;
        var isContinued = false;
        foreach (var line in text.Lines)
        {
            var content = line.ToString();
            var trimmed = content.Trim();
            var wasContinued = isContinued;
            isContinued = trimmed.EndsWith("\\", StringComparison.Ordinal);
            if (wasContinued || trimmed.Length == 0 || trimmed[0] is '#' or ';')
                continue;

            if (trimmed[0] == '[')
            {
                isInService = trimmed.StartsWith("[Service]", StringComparison.Ordinal);
                continue;
            }

            var equals = content.IndexOf('=');
            if (!isInService || equals < 0 || isContinued)
                continue;

            var start = line.Start + content.Length - content.TrimStart().Length;
            var end = line.Start + content.TrimEnd().Length;
            var valueStart = line.Start + equals + 1;
            while (valueStart < end && char.IsWhiteSpace(text[valueStart]))
                valueStart++;
            unit._settings.Add(new SystemdSetting(
                content.Substring(0, equals).Trim(),
                content.Substring(equals + 1).Trim(),
                TextSpan.FromBounds(start, end),
                TextSpan.FromBounds(Math.Min(valueStart, end), end)));
        }

        return unit;
    }
}
