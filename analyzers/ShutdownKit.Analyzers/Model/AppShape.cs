using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace ShutdownKit.Analyzers.Model;

/// <summary>What kind of program a compilation becomes, as far as it matters for how it is stopped.</summary>
internal sealed class AppShape
{
    private static readonly string[] TestFrameworks =
    [
        "xunit.core", "xunit.v3.core", "xunit.assert", "xunit.v3.assert", "nunit.framework", "TUnit.Core",
        "Microsoft.VisualStudio.TestPlatform.TestFramework", "MSTest.TestFramework", "Microsoft.VisualStudio.QualityTools.UnitTestFramework",
    ];

    private readonly Compilation _compilation;

    private AppShape(Compilation compilation, AnalyzerOptions options)
    {
        _compilation = compilation;
        TargetFramework = RuleOptions.BuildProperty(options, "TargetFramework");
        NetMajorVersion = MajorVersionOf(TargetFramework) ?? MajorVersionOfRuntimeReference(compilation);
        IsTestProject = string.Equals(RuleOptions.BuildProperty(options, "IsTestProject"), "true", StringComparison.OrdinalIgnoreCase)
                        || ReferencesTestFramework(compilation);
    }

    /// <summary>The target framework as the project file writes it, such as <c>net10.0-windows</c>; null when it is unknown.</summary>
    public string? TargetFramework { get; }

    /// <summary>The major version of .NET (5 and up; 3 for .NET Core 3.x); null for .NET Framework, .NET Standard and the unknown.</summary>
    public int? NetMajorVersion { get; }

    /// <summary>
    /// .NET 10 dropped the runtime's default handler of SIGTERM: without a handler of its own a program is killed at once, and as
    /// PID 1 of a container it does not react at all.
    /// </summary>
    public bool IsNet10OrLater => NetMajorVersion >= 10;

    /// <summary>
    /// Whether the program is built for one platform, such as <c>net10.0-windows</c> or <c>net10.0-ios</c>. None of them is Linux, so
    /// that it never runs in a Linux container.
    /// </summary>
    public bool IsForOtherPlatform => TargetFramework is { } tfm && tfm.IndexOf('-') > 0;

    /// <summary>Whether the compilation is a console program (services and web applications are console programs too).</summary>
    public bool IsConsoleProgram => _compilation.Options.OutputKind == OutputKind.ConsoleApplication;

    /// <summary>
    /// Whether it is a test project: by the property IsTestProject or by a reference to a test framework. The property alone will not do:
    /// repositories set it to false for all projects, and libraries of test helpers have to.
    /// </summary>
    public bool IsTestProject { get; }

    /// <summary>The method in which the program starts (for top-level statements the one that holds them); null for libraries.</summary>
    public IMethodSymbol? EntryPoint(CancellationToken cancellationToken) => _compilation.GetEntryPoint(cancellationToken);

    /// <summary>The file in which the program starts; null for libraries.</summary>
    public SyntaxTree? ProgramTree(CancellationToken cancellationToken)
    {
        var references = EntryPoint(cancellationToken)?.DeclaringSyntaxReferences;
        return references is { IsEmpty: false } declared ? declared[0].SyntaxTree : null;
    }

    public static AppShape Of(Compilation compilation, AnalyzerOptions options) => new(compilation, options);

    private static int? MajorVersionOf(string? targetFramework)
    {
        if (targetFramework is null)
            return null;

        var digits = targetFramework.StartsWith("netcoreapp", StringComparison.OrdinalIgnoreCase) ? "netcoreapp".Length
            : targetFramework.StartsWith("net", StringComparison.OrdinalIgnoreCase) ? "net".Length
            : -1;
        if (digits < 0)
            return null;

        // net48 and netstandard2.0 have no dot after a leading number: only net5.0 and later do.
        var dot = targetFramework.IndexOf('.');
        return dot > digits
               && int.TryParse(targetFramework.Substring(digits, dot - digits), NumberStyles.None, CultureInfo.InvariantCulture, out var major)
            ? major
            : null;
    }

    private static int? MajorVersionOfRuntimeReference(Compilation compilation)
    {
        var version = compilation.GetSpecialType(SpecialType.System_Object).ContainingAssembly?.Identity;
        return version is { Name: "System.Runtime" or "System.Private.CoreLib", Version.Major: >= 5 } ? version.Version.Major : null;
    }

    private static bool ReferencesTestFramework(Compilation compilation)
    {
        foreach (var reference in compilation.ReferencedAssemblyNames)
        {
            foreach (var framework in TestFrameworks)
            {
                if (string.Equals(reference.Name, framework, StringComparison.OrdinalIgnoreCase))
                    return true;
            }
        }

        return false;
    }
}
