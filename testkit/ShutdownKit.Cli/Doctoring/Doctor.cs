using System.Diagnostics;
using System.Runtime.InteropServices;
using ShutdownKit.Cli.Terminal;
using ShutdownKit.Cli.Testing;
using ShutdownKit.TestKit.Engines;
using ShutdownKit.TestKit.Scenarios;
using Spectre.Console;

namespace ShutdownKit.Cli.Doctoring;

/// <summary><c>shutdownkit doctor</c>: what this machine can run, and for what it cannot the cure.</summary>
internal sealed class Doctor(CliConsole console)
{
    private static readonly TimeSpan SdkTimeout = TimeSpan.FromSeconds(30);

    /// <summary>Examines the machine.</summary>
    public async Task<ExitStatus> RunAsync(CancellationToken cancellationToken)
    {
        console.WriteLine($"shutdownkit {ToolVersion.Text} on {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}");
        console.WriteLine("");
        await ExamineSdkAsync(cancellationToken).ConfigureAwait(false);
        return await ExamineEngineAsync(cancellationToken).ConfigureAwait(false) ? ExitStatus.Compliant : ExitStatus.NoEngine;
    }

    private async Task<bool> ExamineEngineAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var engine = await console.ShowProgressAsync(
                "looking for a container engine", _ => ContainerEngine.ConnectAsync(cancellationToken: cancellationToken)).ConfigureAwait(false);
            var info = engine.Info;
            var api = engine.Endpoint.Version.ToString();
            Good("container engine", $"{info.Name} {info.Version} at {info.Endpoint} ({engine.Endpoint.Origin}), "
                + (api == info.Api ? $"API {api}" : $"API {api} (it offers up to {info.Api})"));
            if (EngineRequirements.WhyNotUsable(info) is { } reason)
            {
                Bad("containers", reason);
                PrintScenarios(usable: false);
                return false;
            }

            Good("containers", info.OperatingSystem);
            ExamineProcesses(engine.Endpoint.Endpoint);
            PrintScenarios(usable: true);
            return true;
        }
        catch (EngineUnavailableException e)
        {
            Bad("container engine", e.Message);
            if (e.Message.Contains("Permission denied", StringComparison.OrdinalIgnoreCase))
                Cure("an engine listens there, and this user may not talk to it: add the user to the group 'docker' and log in again, or run as root");
            PrintScenarios(usable: false);
            return false;
        }
    }

    // Which process handles SIGTERM is read from /proc of the engine's machine, from outside the container.
    private void ExamineProcesses(Uri endpoint)
    {
        const string Instead = "of the processes in a container, only PID 1 can be asked what it does with SIGTERM, and only where the image has 'cat'";
        if (!OperatingSystem.IsLinux())
            Limited("process table", $"{Instead}: the containers' /proc is not on this machine");
        else if (endpoint.Scheme != "unix")
            Limited("process table", $"{Instead}: the engine is on another machine");
        else if (!CanReadOthersStatus())
            Limited("process table", $"{Instead}: /proc is mounted so that other users' processes are hidden; run as root to see them");
        else
            Good("process table", "/proc shows what the processes of a container do with SIGTERM");
    }

    private static bool CanReadOthersStatus()
    {
        try
        {
            return File.ReadAllText("/proc/1/status").Contains("SigCgt:", StringComparison.Ordinal) && File.ReadAllText("/proc/1/cgroup").Length > 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private async Task ExamineSdkAsync(CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("dotnet", ["--version"]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(SdkTimeout);
        try
        {
            using var process = Process.Start(start)!;
            var error = process.StandardError.ReadToEndAsync(timeout.Token);
            var version = (await process.StandardOutput.ReadToEndAsync(timeout.Token).ConfigureAwait(false)).Trim();
            await process.WaitForExitAsync(timeout.Token).ConfigureAwait(false);
            if (process.ExitCode != 0)
            {
                var said = (await error.ConfigureAwait(false)).Trim().Split('\n')[0].Trim();
                Bad(".NET SDK", $"'dotnet --version' fails here: {(said.Length > 0 ? said : version.Split('\n')[0])}");
                Cure("'shutdownkit check' needs the .NET SDK 8 or later that global.json asks for: install it from https://dot.net");
            }
            else if (!int.TryParse(version.Split('.')[0], out var major) || major < 8)
            {
                Bad(".NET SDK", $"{version}, which is too old for 'shutdownkit check': install the .NET SDK 8 or later from https://dot.net");
            }
            else
            {
                Good(".NET SDK", $"{version}, for 'shutdownkit check'");
            }
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Bad(".NET SDK", "'dotnet' is not on the PATH; 'shutdownkit check' needs it: install the .NET SDK 8 or later from https://dot.net");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            Bad(".NET SDK", $"'dotnet --version' does not end within {Durations.Format(SdkTimeout)}");
        }
    }

    private void PrintScenarios(bool usable)
    {
        console.WriteLine("");
        console.WriteLine(usable ? "Scenarios that can be run here:" : "Scenarios, none of which can be run without a usable engine:");
        foreach (var scenario in Scenario.All)
            console.WriteLine($"  {scenario.Name,-12} {scenario.Description}");
    }

    private void Good(string what, string text) => Line("[green]ok[/]     ", what, text);

    private void Limited(string what, string text) => Line("[yellow]limited[/]", what, text);

    private void Bad(string what, string text) => Line("[red]missing[/]", what, text);

    private void Cure(string text) => console.WriteMarkup(Markup.Escape(SafeText.Of(text)), indent: 26);

    private void Line(string mark, string what, string text) => console.WriteMarkup($"{mark} {Markup.Escape($"{what,-17}")} {Markup.Escape(SafeText.Of(text))}");
}
