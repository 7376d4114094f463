namespace ShutdownKit.Benchmarks.CodeBases;

/// <summary>What has to be known of a project to compile it without building it.</summary>
internal sealed record ProjectModel
{
    public required string Path { get; init; }

    public required string AssemblyName { get; init; }

    /// <summary>Of several target frameworks the one that is analyzed; empty where the project names none.</summary>
    public required string TargetFramework { get; init; }

    public required string OutputType { get; init; }

    public required string LangVersion { get; init; }

    public required bool Nullable { get; init; }

    public required string[] DefinedSymbols { get; init; }

    public required string[] Sources { get; init; }

    public required string[] GlobalUsings { get; init; }

    public required string[] FriendAssemblies { get; init; }

    public required string[] ProjectReferences { get; init; }

    public required PackageId[] Packages { get; init; }

    /// <summary>Whether it says by itself that it uses ASP.NET Core's shared framework.</summary>
    public required bool UsesAspNetCore { get; init; }

    /// <summary>Whether it holds tests: it says so, or it asks for a test framework.</summary>
    public required bool IsTest { get; init; }

    /// <summary>Deployment files and others that are handed to the analyzers.</summary>
    public required AdditionalFile[] AdditionalFiles { get; init; }

    /// <summary>The properties that the compiler can see, as <c>build_property.X</c>.</summary>
    public required Dictionary<string, string> VisibleProperties { get; init; }
}

/// <summary>A package that a project asks for; the version may be missing.</summary>
internal sealed record PackageId(string Id, string Version);

/// <summary>An additional file with the metadata that the compiler can see.</summary>
internal sealed record AdditionalFile(string Path, Dictionary<string, string> Metadata);
