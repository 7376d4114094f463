using System.Diagnostics;

namespace ShutdownKit.Cli.Checking;

/// <summary>What the build left behind for the check to read.</summary>
/// <param name="Succeeded">Whether restore and compilation went through.</param>
/// <param name="Errors">The build's errors, each once; when it logged none, the last lines that it printed.</param>
internal sealed record BuildResult(bool Succeeded, IReadOnlyList<string> Errors);

/// <summary>
/// Compiles projects with the .NET SDK that they ask for and with ShutdownKit's analyzers added, without their knowledge: everything is
/// passed in by properties, and everything that a build writes goes to a folder of its own.
/// </summary>
internal sealed class AnalysisBuild(string root)
{
    private const string ProgressMark = "shutdownkit-progress: ";
    private const int LastLines = 10;
    private static readonly string ToolFolder = AppContext.BaseDirectory;

    /// <summary>The folder with the compilers' logs, one <c>.sarif</c> for each <c>.due</c>.</summary>
    public string LogFolder => Path.Combine(root, "logs");

    /// <summary>Restores and compiles.</summary>
    /// <exception cref="CheckException">There is no .NET SDK.</exception>
    public async Task<BuildResult> RunAsync(CheckTarget target, string? configuration, Action<string> progress, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(LogFolder);
        await File.WriteAllLinesAsync(Path.Combine(root, "projects.txt"), target.Projects, cancellationToken).ConfigureAwait(false);

        var errorLog = Path.Combine(root, "errors.log");
        var start = CreateStartInfo(target, configuration, errorLog);
        using var process = new Process { StartInfo = start };
        var lastLines = new Queue<string>();
        try
        {
            process.Start();
        }
        catch (System.ComponentModel.Win32Exception)
        {
            throw new CheckException("the .NET SDK is needed to compile the project, and 'dotnet' is not on the PATH: install it from https://dot.net");
        }

        process.StandardInput.Close();
        var output = ReadLinesAsync(process.StandardOutput, OnLine);
        var error = ReadLinesAsync(process.StandardError, OnLine);
        try
        {
            await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The build's own nodes are among its descendants, so that none outlives it.
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
            throw;
        }

        await Task.WhenAll(output, error).ConfigureAwait(false);
        if (process.ExitCode == 0)
            return new BuildResult(true, []);
        var errors = File.Exists(errorLog) ? ReadErrors(await File.ReadAllLinesAsync(errorLog, cancellationToken).ConfigureAwait(false)) : [];
        return new BuildResult(false, errors.Count > 0 ? errors : [.. lastLines]);

        void OnLine(string line)
        {
            var text = line.Trim();
            if (text.StartsWith(ProgressMark, StringComparison.Ordinal))
            {
                progress(text[ProgressMark.Length..]);
                return;
            }

            lock (lastLines)
            {
                if (text.Length > 0)
                    lastLines.Enqueue(text);
                if (lastLines.Count > LastLines)
                    lastLines.Dequeue();
            }
        }
    }

    private ProcessStartInfo CreateStartInfo(CheckTarget target, string? configuration, string errorLog)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") is { Length: > 0 } host ? host : "dotnet")
        {
            // global.json is looked up from here, so that the project gets the SDK it asks for.
            WorkingDirectory = target.Folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (var argument in Arguments(target, configuration, errorLog))
            start.ArgumentList.Add(argument);

        // A tool that runs inside a build or a test run inherits settings that are meant for that one.
        foreach (var name in start.Environment.Keys.Where(k => k.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToList())
            start.Environment.Remove(name);
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0";
        start.Environment["DOTNET_CLI_UI_LANGUAGE"] = "en";
        start.Environment["DOTNET_NOLOGO"] = "1";
        start.Environment["DOTNET_SKIP_WORKLOAD_INTEGRITY_CHECK"] = "1";
        return start;
    }

    private IEnumerable<string> Arguments(CheckTarget target, string? configuration, string errorLog)
    {
        yield return "msbuild";
        yield return BuildFile("ShutdownKit.Check.proj");
        yield return "-restore";
        yield return "-target:Check";
        yield return "-maxCpuCount";
        yield return "-nodeReuse:false";
        yield return "-noAutoResponse";
        yield return "-nologo";
        yield return "-terminalLogger:off";
        yield return "-verbosity:minimal";
        yield return $"-fileLoggerParameters:ErrorsOnly;Verbosity=quiet;Encoding=UTF-8;LogFile={errorLog}";
        foreach (var (name, value) in Properties(target, configuration))
            yield return $"-property:{name}={EscapeForMSBuild(value)}";
    }

    private IEnumerable<(string Name, string Value)> Properties(CheckTarget target, string? configuration)
    {
        yield return ("ShutdownKitCheckRoot", root + Path.DirectorySeparatorChar);

        // Where our files are hooked in.
        yield return ("CustomAfterDirectoryBuildProps", BuildFile("ShutdownKit.Check.AfterDirectoryBuild.props"));
        yield return ("CustomBeforeMicrosoftCommonTargets", BuildFile("ShutdownKit.Check.BeforeCommon.targets"));
        yield return ("CustomBeforeMicrosoftCommonCrossTargetingTargets", BuildFile("ShutdownKit.Check.BeforeCommon.targets"));
        yield return ("CustomAfterMicrosoftCommonTargets", BuildFile("ShutdownKit.Check.AfterCommon.targets"));
        yield return ("CustomAfterMicrosoftCommonCrossTargetingTargets", BuildFile("ShutdownKit.Check.AfterCrossTargeting.targets"));
        yield return ("ProjectReferenceBuildTargets", "ShutdownKitCheck");
        yield return ("BuildProjectReferences", "true");

        // The analyzers run even where a project switches analyzers off, or a pass would say nothing; the SDK's own are not needed.
        yield return ("RunAnalyzers", "true");
        yield return ("RunAnalyzersDuringBuild", "true");
        yield return ("EnableNETAnalyzers", "false");
        yield return ("EnforceCodeStyleInBuild", "false");

        // Warnings are what is looked for: they must not end the build.
        yield return ("TreatWarningsAsErrors", "false");
        yield return ("MSBuildTreatWarningsAsErrors", "false");
        yield return ("CodeAnalysisTreatWarningsAsErrors", "false");
        yield return ("WarningsAsErrors", "");

        // Nothing that is not needed to compile, nothing that lives on, and nothing written beside the project.
        yield return ("UseSharedCompilation", "false");
        yield return ("UseArtifactsOutput", "false");
        yield return ("GenerateDocumentationFile", "false");
        yield return ("EmitCompilerGeneratedFiles", "false");
        yield return ("ProduceReferenceAssembly", "false");
        yield return ("RestoreUseStaticGraphEvaluation", "false");
        yield return ("NuGetAudit", "false");

        if (configuration is not null)
            yield return ("Configuration", configuration);
        if (!target.IsSolution)
            yield break;
        yield return ("SolutionPath", target.Path);
        yield return ("SolutionDir", target.Folder + Path.DirectorySeparatorChar);
        yield return ("SolutionFileName", Path.GetFileName(target.Path));
        yield return ("SolutionName", Path.GetFileNameWithoutExtension(target.Path));
        yield return ("SolutionExt", Path.GetExtension(target.Path));
    }

    private static string BuildFile(string name) => Path.Combine(ToolFolder, "check", name);

    private static List<string> ReadErrors(string[] lines) => lines
        .Select(line => line.Trim())
        .Where(line => line.Length > 0)
        .Select(line => line.EndsWith(']') && line.LastIndexOf(" [", StringComparison.Ordinal) is > 0 and var project ? line[..project] : line)
        .Distinct(StringComparer.Ordinal)
        .ToList();

    private static async Task ReadLinesAsync(StreamReader reader, Action<string> onLine)
    {
        while (await reader.ReadLineAsync(CancellationToken.None).ConfigureAwait(false) is { } line)
            onLine(line);
    }

    private static string EscapeForMSBuild(string text) => text
        .Replace("%", "%25", StringComparison.Ordinal)
        .Replace(";", "%3B", StringComparison.Ordinal)
        .Replace(",", "%2C", StringComparison.Ordinal)
        .Replace("$", "%24", StringComparison.Ordinal)
        .Replace("@", "%40", StringComparison.Ordinal)
        .Replace("*", "%2A", StringComparison.Ordinal)
        .Replace("?", "%3F", StringComparison.Ordinal);
}
