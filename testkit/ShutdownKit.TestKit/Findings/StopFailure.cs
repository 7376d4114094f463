using ShutdownKit.TestKit.Engines;
using ShutdownKit.TestKit.Scenarios;

namespace ShutdownKit.TestKit.Findings;

/// <summary>Why a stop had to end with SIGKILL. One stop has one cause, so that it becomes one finding.</summary>
internal enum StopFailureCause
{
    None,
    IgnoredByPid1,
    SwallowedByWrapper,
    NotFinishedInTime,
}

/// <summary>What the process table says about a stop that had to be escalated.</summary>
internal sealed record StopFailure(StopFailureCause Cause, ObservedProcess? Pid1, ObservedProcess? Child)
{
    public static StopFailure Of(Observation observation)
    {
        if (observation is not { StopWasAsked: true, Escalated: true })
        {
            return new StopFailure(StopFailureCause.None, null, null);
        }

        var pid1 = observation.Processes.FirstOrDefault(process => process.ContainerPid == 1);

        // A script's own sleep is no application that the signal is kept from.
        var child = observation.Processes.FirstOrDefault(process => process.ParentContainerPid == 1 && process.Program != "sleep");
        var cause = pid1 switch
        {
            null => StopFailureCause.NotFinishedInTime,
            { IsShellOrWrapper: true } when child is not null => StopFailureCause.SwallowedByWrapper,
            { HandlesStopSignal: false } => StopFailureCause.IgnoredByPid1,
            _ => StopFailureCause.NotFinishedInTime,
        };
        return new StopFailure(cause, pid1, child);
    }

    /// <summary>"/bin/sh -c ./app (PID 1)".</summary>
    public static string Name(ObservedProcess process)
    {
        const int Longest = 100;
        var command = process.CommandLine.Length > Longest ? process.CommandLine[..Longest] + "…" : process.CommandLine;
        return process.ContainerPid is { } pid and > 0 ? $"'{command}' (PID {pid})" : $"'{command}'";
    }

    /// <summary>"stopped while paused: " or nothing.</summary>
    public static string When(Observation observation) => observation.StoppedWhilePaused ? "stopped while paused: " : string.Empty;
}
