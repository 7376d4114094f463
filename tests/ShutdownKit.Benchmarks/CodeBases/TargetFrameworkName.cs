using System.Globalization;

namespace ShutdownKit.Benchmarks.CodeBases;

/// <summary>A target framework's short name, such as <c>net8.0-windows</c>, or the name of a folder in a package's <c>lib</c>.</summary>
internal static class TargetFrameworkName
{
    private static readonly string[] NetFrameworkVersions = ["20", "35", "40", "45", "451", "452", "46", "461", "462", "47", "471", "472", "48", "481"];

    /// <summary>The framework of several that says most about how the program is stopped today: the newest .NET for any platform.</summary>
    public static string Best(IEnumerable<string> names) =>
        names.Select(name => name.Trim()).Where(name => name.Length > 0).OrderByDescending(Rank).FirstOrDefault() ?? "";

    /// <summary>How much an assembly built for this framework is preferred on the newest .NET; 0 where it cannot be used.</summary>
    public static int Rank(string name)
    {
        var dash = name.IndexOf('-', StringComparison.Ordinal);
        var forPlatform = dash > 0;
        var framework = (forPlatform ? name[..dash] : name).ToLowerInvariant();
        var rank = framework switch
        {
            _ when framework.StartsWith("netstandard", StringComparison.Ordinal) => 300 + Tenths(framework["netstandard".Length..]),
            _ when framework.StartsWith("netcoreapp", StringComparison.Ordinal) => 400 + Tenths(framework["netcoreapp".Length..]),
            _ when framework.StartsWith("net", StringComparison.Ordinal) && framework.Contains('.', StringComparison.Ordinal) => 500 + Tenths(framework[3..]),
            _ when framework.StartsWith("net", StringComparison.Ordinal) => 100 + Tenths(framework[3..].Insert(Math.Min(1, framework.Length - 3), ".")),
            _ => 50,
        };
        return forPlatform ? rank - 450 : rank;
    }

    /// <summary>The symbols that the SDK defines for the framework.</summary>
    public static IEnumerable<string> Symbols(string name)
    {
        var framework = name.Split('-')[0].ToLowerInvariant();
        if (framework.Length == 0)
            return [];
        if (framework.StartsWith("netstandard", StringComparison.Ordinal))
            return ["NETSTANDARD", Symbol(framework), "NETSTANDARD1_6_OR_GREATER", "NETSTANDARD2_0_OR_GREATER",
                .. framework == "netstandard2.1" ? ["NETSTANDARD2_1_OR_GREATER"] : Array.Empty<string>()];
        if (framework.StartsWith("net4", StringComparison.Ordinal) || framework.StartsWith("net3", StringComparison.Ordinal) || framework.StartsWith("net2", StringComparison.Ordinal))
            return ["NETFRAMEWORK", Symbol(framework),
                .. NetFrameworkVersions.TakeWhile(version => string.CompareOrdinal(version, framework[3..]) <= 0).Select(version => $"NET{version}_OR_GREATER")];

        var version = Tenths(framework.Replace("netcoreapp", "", StringComparison.Ordinal).Replace("net", "", StringComparison.Ordinal));
        var symbols = new List<string> { "NETCOREAPP", Symbol(framework) };
        foreach (var core in new[] { 20, 21, 22, 30, 31 }.Where(core => core <= version))
            symbols.Add($"NETCOREAPP{core / 10}_{core % 10}_OR_GREATER");
        if (version >= 50)
            symbols.Add("NET");
        for (var major = 5; major * 10 <= version; major++)
            symbols.Add($"NET{major}_0_OR_GREATER");
        return symbols;
    }

    private static string Symbol(string framework) => framework.ToUpperInvariant().Replace('.', '_');

    private static int Tenths(string version) =>
        double.TryParse(version, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) ? (int)Math.Round(number * 10) : 0;
}
