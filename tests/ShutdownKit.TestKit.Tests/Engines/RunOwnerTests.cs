using System.Diagnostics;
using System.Globalization;
using ShutdownKit.TestKit.Engines;

namespace ShutdownKit.TestKit.Tests.Engines;

public sealed class RunOwnerTests
{
    [Fact]
    public void This_process_is_alive() => Assert.False(IsDead(RunOwner.ThisProcess()));

    [Fact]
    public void An_owner_is_described_by_machine_boot_namespace_process_and_start()
    {
        var parts = RunOwner.ThisProcess().Split('/');

        Assert.Equal(5, parts.Length);
        Assert.Equal(Environment.ProcessId.ToString(CultureInfo.InvariantCulture), parts[3]);
    }

    [Fact]
    public void Another_process_with_the_same_number_is_not_the_owner()
    {
        var parts = RunOwner.ThisProcess().Split('/');

        Assert.True(IsDead($"{parts[0]}/{parts[1]}/{parts[2]}/{parts[3]}/{long.Parse(parts[4], CultureInfo.InvariantCulture) - 1000}"));
    }

    [Fact]
    public void The_start_of_a_process_is_the_same_whoever_looks()
    {
        // Process.StartTime is computed from the clock anew in each process and differs by milliseconds: rounded to seconds, a living owner
        // would be taken for dead now and then, and its containers removed under its hands. The kernel's own number never differs.
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux has /proc");
        var stat = File.ReadAllText($"/proc/{Environment.ProcessId}/stat");
        var ticks = stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[19];

        Assert.Equal(ticks, RunOwner.ThisProcess().Split('/')[4]);
    }

    [Fact]
    public void An_owner_of_before_the_last_boot_is_dead()
    {
        var parts = RunOwner.ThisProcess().Split('/');

        Assert.True(IsDead($"{parts[0]}/another-boot/{parts[2]}/{parts[3]}/{parts[4]}"));
    }

    [Fact]
    public async Task A_process_that_has_ended_is_dead()
    {
        var parts = RunOwner.ThisProcess().Split('/');
        using var process = Process.Start(OperatingSystem.IsWindows() ? "hostname" : "true");
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.True(IsDead($"{parts[0]}/{parts[1]}/{parts[2]}/{process.Id}/1"));
    }

    [Theory]
    [InlineData("another-machine/boot/1/1/1")]
    [InlineData("nonsense")]
    [InlineData("")]
    public void What_another_machine_owns_is_not_ours_to_judge(string owner) => Assert.False(IsDead(owner));

    [Fact]
    public void What_has_no_owner_is_nobodys_leftover()
    {
        Assert.False(RunOwner.IsDead(null));
        Assert.False(RunOwner.IsDead(new Dictionary<string, string> { ["some.label"] = "x" }));
    }

    private static bool IsDead(string owner) => RunOwner.IsDead(new Dictionary<string, string> { [RunOwner.OwnerLabel] = owner });
}
