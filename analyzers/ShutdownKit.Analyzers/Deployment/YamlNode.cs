using Microsoft.CodeAnalysis.Text;

namespace ShutdownKit.Analyzers.Deployment;

/// <summary>A value in a YAML file, and where it stands.</summary>
internal abstract class YamlNode(TextSpan span)
{
    /// <summary>From the first character of the value to its last. What an alias stands for has the place where it was written.</summary>
    public TextSpan Span { get; } = span;

    /// <summary>The text of a scalar; null for everything else, and for a value that is left empty.</summary>
    public string? Text => this is YamlScalar { IsNull: false } scalar ? scalar.Value : null;
}

/// <summary>A single value.</summary>
internal sealed class YamlScalar(string value, bool isPlain, TextSpan span) : YamlNode(span)
{
    public string Value { get; } = value;

    /// <summary>Whether it is written without quotes, so that <c>true</c> means a truth value and <c>~</c> nothing.</summary>
    public bool IsPlain { get; } = isPlain;

    public bool IsNull => IsPlain && Value is "" or "~" or "null" or "Null" or "NULL";

    public bool IsTrue => IsPlain && Value is "true" or "True" or "TRUE" or "yes" or "on";
}

/// <summary>A list.</summary>
internal sealed class YamlSequence(IReadOnlyList<YamlNode> items, TextSpan span) : YamlNode(span)
{
    public IReadOnlyList<YamlNode> Items { get; } = items;
}

/// <summary>A key and its value.</summary>
internal sealed class YamlEntry(YamlScalar key, YamlNode value)
{
    public YamlScalar Key { get; } = key;
    public YamlNode Value { get; } = value;
}

/// <summary>Keys and values, in their order.</summary>
internal sealed class YamlMapping(IReadOnlyList<YamlEntry> entries, TextSpan span) : YamlNode(span)
{
    private const string MergeKey = "<<";

    // Aliases may refer to mappings that merge others again; what is deeper than this is not looked for.
    private const int MaxMergeDepth = 6;

    public IReadOnlyList<YamlEntry> Entries { get; } = entries;

    /// <summary>The entry of that key: of the mapping itself, else of those that it merges with <c>&lt;&lt;</c>.</summary>
    public YamlEntry? Find(string key) => Find(key, MaxMergeDepth);

    /// <summary>The value of that key, also where it is merged in; null when there is none.</summary>
    public YamlNode? this[string key] => Find(key)?.Value;

    /// <summary>The mapping under that key; null when there is none.</summary>
    public YamlMapping? Mapping(string key) => this[key] as YamlMapping;

    /// <summary>The items of the list under that key; none when there is no list.</summary>
    public IReadOnlyList<YamlNode> Items(string key) => this[key] is YamlSequence sequence ? sequence.Items : [];

    private YamlEntry? Find(string key, int depth)
    {
        YamlEntry? merge = null;
        foreach (var entry in Entries)
        {
            if (entry.Key.Value == key)
                return entry;
            if (entry.Key.Value == MergeKey)
                merge = entry;
        }

        if (merge is null || depth == 0)
            return null;
        if (merge.Value is YamlMapping merged)
            return merged.Find(key, depth - 1);

        foreach (var item in merge.Value is YamlSequence several ? several.Items : [])
        {
            if ((item as YamlMapping)?.Find(key, depth - 1) is { } found)
                return found;
        }

        return null;
    }
}
