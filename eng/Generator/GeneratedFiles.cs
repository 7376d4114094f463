namespace ShutdownKit.Generator;

/// <summary>Every file that follows from the rules, wholly or between marks.</summary>
internal static class GeneratedFiles
{
    private const string Package = "analyzers/ShutdownKit.Analyzers.Package";

    public static IEnumerable<GeneratedFile> All(string root, RuleCatalogue catalogue)
    {
        yield return MarkedFile.Read(root, "docs/rules/README.md")
            .With("rules", RuleTables.ByBand(catalogue))
            .With("suppressors", RuleTables.Suppressors(catalogue))
            .With("severities", RuleTables.Severities(catalogue))
            .Done();
        yield return MarkedFile.Read(root, "README.md")
            .With("rules", RuleTables.Bands(catalogue, "docs/rules/"))
            .Done();
        yield return MarkedFile.Read(root, $"{Package}/README.md")
            .With("rules", RuleTables.Bands(catalogue, RuleCatalogue.PagesAddress))
            .Done();
        yield return MarkedFile.Read(root, $"{Package}/build/ShutdownKit.Analyzers.Mode.targets")
            .With("suppressors", $"    <NoWarn>$(NoWarn);{string.Join(';', catalogue.Suppressors.Select(it => it.Id))}</NoWarn>\n")
            .Done();
        foreach (var mode in AnalysisMode.All)
            yield return new($"{Package}/build/ShutdownKit.Analyzers.{mode.Name}.globalconfig", mode.GlobalConfig(catalogue));
    }
}
