using Microsoft.Build.Definition;
using Microsoft.Build.Evaluation;
using Microsoft.Build.Evaluation.Context;
using Microsoft.Build.Execution;

namespace ShutdownKit.Benchmarks.CodeBases;

/// <summary>
/// Reads projects by evaluating them, as a build would before it runs anything: nothing of the project is executed, and it need not be
/// restored. ShutdownKit's own props are imported into each, as its package would; the targets that they hook before the compiler run.
/// </summary>
internal sealed class ProjectReader : IDisposable
{
    private static readonly string[] TestPackages =
        ["Microsoft.NET.Test.Sdk", "xunit.v3", "xunit", "NUnit", "MSTest", "MSTest.TestFramework", "TUnit"];

    private readonly ProjectCollection _collection = new();
    private readonly EvaluationContext _context = EvaluationContext.Create(EvaluationContext.SharingPolicy.Shared);
    private readonly string? _importedProps;

    /// <param name="importedProps">Imported into each project before its body; null for none.</param>
    public ProjectReader(string? importedProps) => _importedProps = importedProps;

    /// <inheritdoc/>
    public void Dispose() => _collection.Dispose();

    /// <exception cref="Microsoft.Build.Exceptions.InvalidProjectFileException">The project cannot be evaluated.</exception>
    public ProjectModel Read(string path)
    {
        var project = Evaluate(path, targetFramework: null);
        if (project.GetPropertyValue("TargetFramework").Length == 0 && project.GetPropertyValue("TargetFrameworks") is { Length: > 0 } several)
            project = Evaluate(path, TargetFrameworkName.Best(several.Split(';')));

        FindDeploymentFiles(project);

        var packages = project.GetItems("PackageReference").Concat(project.GetItems("GlobalPackageReference"))
            .Select(item => new PackageId(item.EvaluatedInclude, Version(project, item)))
            .DistinctBy(package => package.Id, StringComparer.OrdinalIgnoreCase).ToArray();
        var framework = project.GetPropertyValue("TargetFramework");
        if (framework.Length == 0 && project.GetPropertyValue("TargetFrameworkVersion") is { Length: > 1 } old)
            framework = "net" + old[1..].Replace(".", "", StringComparison.Ordinal);

        return new ProjectModel
        {
            Path = path,
            AssemblyName = project.GetPropertyValue("AssemblyName") is { Length: > 0 } name ? name : Path.GetFileNameWithoutExtension(path),
            TargetFramework = framework,
            OutputType = project.GetPropertyValue("OutputType"),
            LangVersion = project.GetPropertyValue("LangVersion"),
            Nullable = project.GetPropertyValue("Nullable") is "enable" or "annotations",
            DefinedSymbols = [.. project.GetPropertyValue("DefineConstants").Split([';', ',', ' '], StringSplitOptions.RemoveEmptyEntries), .. TargetFrameworkName.Symbols(framework)],
            Sources = [.. FullPaths(project, "Compile").Where(File.Exists)],
            GlobalUsings = [.. project.GetItems("Using").Select(UsingDirective)],
            FriendAssemblies = [.. project.GetItems("InternalsVisibleTo").Select(item => item.EvaluatedInclude)],
            ProjectReferences = [.. References(project)],
            Packages = packages,
            UsesAspNetCore = IsTrue(project, "UsingMicrosoftNETSdkWeb")
                             || project.GetItems("FrameworkReference").Any(item => item.EvaluatedInclude == "Microsoft.AspNetCore.App"),
            IsTest = IsTrue(project, "IsTestProject") || ReferencesTestFramework(packages),
            AdditionalFiles = [.. AdditionalFiles(project)],
            VisibleProperties = VisibleProperties(project, packages, framework),
        };
    }

    private ProjectInstance Evaluate(string path, string? targetFramework)
    {
        var properties = new Dictionary<string, string> { ["MSBuildEnableWorkloadResolver"] = "false", ["EnableWindowsTargeting"] = "true" };
        if (_importedProps is not null)
            properties["CustomBeforeMicrosoftCommonProps"] = _importedProps;
        if (targetFramework is not null)
            properties["TargetFramework"] = targetFramework;
        return ProjectInstance.FromFile(path, new ProjectOptions
        {
            GlobalProperties = properties,
            ProjectCollection = _collection,
            EvaluationContext = _context,
            LoadSettings = ProjectLoadSettings.IgnoreMissingImports | ProjectLoadSettings.IgnoreEmptyImports | ProjectLoadSettings.IgnoreInvalidImports,
        });
    }

    private void FindDeploymentFiles(ProjectInstance project)
    {
        if (Path.GetDirectoryName(_importedProps) is not { } own)
            return;

        var targets = project.Targets.Values
            .Where(target => target.FullPath.StartsWith(own, StringComparison.Ordinal) && target.BeforeTargets.Contains("CoreCompile", StringComparison.Ordinal))
            .Select(target => target.Name).ToArray();
        if (targets.Length > 0)
            project.Build(targets, loggers: null);
    }

    private static IEnumerable<string> FullPaths(ProjectInstance project, string itemType) =>
        project.GetItems(itemType).Select(item => item.GetMetadataValue("FullPath")).Distinct();

    private static string Version(ProjectInstance project, ProjectItemInstance package) =>
        package.GetMetadataValue("VersionOverride") is { Length: > 0 } own ? own
        : package.GetMetadataValue("Version") is { Length: > 0 } version ? version
        : project.GetItems("PackageVersion")
            .FirstOrDefault(item => string.Equals(item.EvaluatedInclude, package.EvaluatedInclude, StringComparison.OrdinalIgnoreCase))
            ?.GetMetadataValue("Version") ?? "";

    private static string UsingDirective(ProjectItemInstance item) =>
        item.GetMetadataValue("Alias") is { Length: > 0 } alias ? $"global using {alias} = {item.EvaluatedInclude};"
        : item.GetMetadataValue("Static") is { Length: > 0 } ? $"global using static {item.EvaluatedInclude};"
        : $"global using {item.EvaluatedInclude};";

    private static IEnumerable<string> References(ProjectInstance project) =>
        project.GetItems("ProjectReference")
            .Where(item => !string.Equals(item.GetMetadataValue("ReferenceOutputAssembly"), "false", StringComparison.OrdinalIgnoreCase)
                           && item.GetMetadataValue("OutputItemType").Length == 0)
            .Select(item => item.GetMetadataValue("FullPath").Replace('\\', '/'))
            .Where(path => path.EndsWith(".csproj", StringComparison.OrdinalIgnoreCase))
            .Distinct();

    private static IEnumerable<AdditionalFile> AdditionalFiles(ProjectInstance project)
    {
        var visible = project.GetItems("CompilerVisibleItemMetadata")
            .Where(item => item.EvaluatedInclude == "AdditionalFiles").Select(item => item.GetMetadataValue("MetadataName")).ToArray();
        foreach (var item in project.GetItems("AdditionalFiles").DistinctBy(item => item.GetMetadataValue("FullPath")))
        {
            var path = item.GetMetadataValue("FullPath");
            if (File.Exists(path))
                yield return new(path, visible.Distinct().ToDictionary(name => name, name => item.GetMetadataValue(name)));
        }
    }

    private static Dictionary<string, string> VisibleProperties(ProjectInstance project, PackageId[] packages, string framework)
    {
        var properties = project.GetItems("CompilerVisibleProperty").Select(item => item.EvaluatedInclude).Distinct()
            .ToDictionary(name => name, project.GetPropertyValue);
        properties["TargetFramework"] = framework;
        // The property comes from a package's props, which an unrestored project has not.
        if (project.GetPropertyValue("IsTestProject").Length == 0 && ReferencesTestFramework(packages))
            properties["IsTestProject"] = "true";
        return properties;
    }

    private static bool ReferencesTestFramework(PackageId[] packages) =>
        packages.Any(package => TestPackages.Contains(package.Id, StringComparer.OrdinalIgnoreCase));

    private static bool IsTrue(ProjectInstance project, string property) =>
        string.Equals(project.GetPropertyValue(property), "true", StringComparison.OrdinalIgnoreCase);
}
