using ShutdownKit.TestKit.Subjects;

namespace ShutdownKit.TestKit.Tests.Containers;

/// <summary>Subjects that are shell scripts: as small as a subject can be, with one property each.</summary>
internal static class ShellApp
{
    public const string Image = "shutdownkit/base-shell";

    /// <summary>Ends on SIGTERM, and does nothing else. (A shell runs its trap only between commands, and <c>wait</c> is one that it interrupts.)</summary>
    public const string Loop = "while :; do sleep 0.1 & wait $!; done";

    public const string WellBehaved = "trap 'exit 0' TERM; " + Loop;

    /// <summary>Appends to a file by one system call each and then acknowledges: survives everything but the loss of the volume.</summary>
    public const string Writer = "i=0; while :; do i=$((i+1)); echo r$i >> /data/log && echo r$i; sleep 0.02; done";

    public const string Reader = "cat /data/log";

    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    public static SubjectBuilder Running(string script) => new SubjectBuilder()
        .FromImage(Image)
        .WithCommand("/bin/sh", "-c", script)
        .WithVolume("/data")
        .WithGracePeriod(Grace)
        .WithReadyTimeout(TimeSpan.FromSeconds(30));

    public static SubjectBuilder UnderLoad(string script) => Running(script).WithWorkload(Writer, Reader);
}
