using ShutdownKit.Cli.Checking;
using ShutdownKit.Cli.Tests.Support;

namespace ShutdownKit.Cli.Tests.Checking;

public sealed class CheckTargetTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_folder_with_one_project_means_that_project()
    {
        var project = _folder.Write("A.csproj", "");

        var target = await ResolveAsync(_folder.Path);

        Assert.Equal(project, target.Path);
        Assert.Equal([project], target.Projects);
    }

    [Fact]
    public async Task A_solution_wins_over_the_projects_beside_it()
    {
        _folder.Write("A.csproj", "");
        _folder.Write("B.csproj", "");
        var solution = _folder.Write("S.slnx", "<Solution><Project Path=\"A.csproj\" /></Solution>");

        var target = await ResolveAsync(_folder.Path);

        Assert.Equal(solution, target.Path);
        Assert.Equal(["A.csproj"], target.Projects.Select(Path.GetFileName));
    }

    [Fact]
    public async Task A_solution_filter_names_some_projects_of_its_solution()
    {
        _folder.Write("all/S.slnx", "<Solution><Project Path=\"A/A.csproj\" /><Project Path=\"B/B.csproj\" /></Solution>");
        var filter = _folder.Write("some.slnf", """{ "solution": { "path": "all\\S.slnx", "projects": [ "B\\B.csproj" ] } }""");

        var target = await ResolveAsync(filter);

        Assert.Equal([Path.Combine(_folder.Path, "all", "B", "B.csproj")], target.Projects);
    }

    [Fact]
    public async Task Two_projects_are_ambiguous_and_both_are_named()
    {
        _folder.Write("A.csproj", "");
        _folder.Write("B.csproj", "");

        var message = await RefusalAsync(_folder.Path);

        Assert.Contains("A.csproj, B.csproj", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_without_a_project_suggests_those_below()
    {
        _folder.Write("src/A/A.csproj", "");

        var message = await RefusalAsync(_folder.Path);

        Assert.Contains(Path.Combine("src", "A", "A.csproj"), message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nowhere", "does not exist")]
    [InlineData("A.fsproj", "neither a C# project nor a solution")]
    [InlineData("broken.slnx", "cannot be read as a solution")]
    [InlineData("broken.slnf", "cannot be read as a solution filter")]
    [InlineData("fsharp.slnx", "has no C# project")]
    public async Task What_cannot_be_checked_is_refused_with_the_reason(string name, string reason)
    {
        _folder.Write("A.fsproj", "");
        _folder.Write("broken.slnx", "<Solution>");
        _folder.Write("broken.slnf", "{}");
        _folder.Write("fsharp.slnx", "<Solution><Project Path=\"A.fsproj\" /></Solution>");

        Assert.Contains(reason, await RefusalAsync(Path.Combine(_folder.Path, name)), StringComparison.Ordinal);
    }

    private static Task<CheckTarget> ResolveAsync(string path) => CheckTarget.ResolveAsync(path, TestContext.Current.CancellationToken);

    private static async Task<string> RefusalAsync(string path) => (await Assert.ThrowsAsync<UsageException>(() => ResolveAsync(path))).Message;
}
