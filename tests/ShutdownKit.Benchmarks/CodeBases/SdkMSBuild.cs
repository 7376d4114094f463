using System.Runtime.Loader;

namespace ShutdownKit.Benchmarks.CodeBases;

/// <summary>Lets this program evaluate projects with the SDK's own MSBuild.</summary>
internal static class SdkMSBuild
{
    /// <summary>Must run before any method that uses a type of MSBuild is entered.</summary>
    public static void Use()
    {
        var sdk = BuildFacts.SdkFolder;
        Environment.SetEnvironmentVariable("MSBUILD_EXE_PATH", Path.Combine(sdk, "MSBuild.dll"));
        Environment.SetEnvironmentVariable("MSBuildExtensionsPath", sdk);
        Environment.SetEnvironmentVariable("MSBuildSDKsPath", Path.Combine(sdk, "Sdks"));
        // An evaluation reads what is there: it downloads no SDK, and needs no workload.
        Environment.SetEnvironmentVariable("MSBUILDDISABLENUGETSDKRESOLVER", "1");
        Environment.SetEnvironmentVariable("MSBuildEnableWorkloadResolver", "false");
        AssemblyLoadContext.Default.Resolving += (context, name) =>
            Path.Combine(sdk, name.Name + ".dll") is var path && File.Exists(path) ? context.LoadFromAssemblyPath(path) : null;
    }
}
