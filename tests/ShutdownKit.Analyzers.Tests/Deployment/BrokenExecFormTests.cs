using ShutdownKit.Analyzers.CodeFixes.Deployment;
using ShutdownKit.Analyzers.Deployment;
using ShutdownKit.Analyzers.Tests.Verifiers;

namespace ShutdownKit.Analyzers.Tests.Deployment;

public sealed class BrokenExecFormTests
{
    private const string Debian = "FROM mcr.microsoft.com/dotnet/aspnet:10.0\n";

    [Theory]
    [InlineData("ENTRYPOINT [\"dotnet\", \"App.dll\",]")]
    [InlineData("ENTRYPOINT ['dotnet', 'App.dll']")]
    [InlineData("ENTRYPOINT [\"dotnet\", \"App.dll\"")]
    [InlineData("CMD [\"dotnet\" \"App.dll\"]")]
    [InlineData("CMD [dotnet, App.dll]")]
    [InlineData("CMD [dotnet App.dll]")]
    [InlineData("CMD [ \"dotnet\", \"App.dll\", ]")]
    [InlineData("CMD [\"dotnet\", \"App.dll\"] # start")]
    [InlineData("CMD [\u201cdotnet\u201d, \u201cApp.dll\u201d]")]
    [InlineData("ENTRYPOINT [\"dotnet\", \\\n  'App.dll']")]
    [InlineData("VOLUME ['/data']")]
    [InlineData("VOLUME [/data]")]
    [InlineData("VOLUME [\"/data\",]")]
    public Task Fires(string instruction) => Rule.Of<BrokenExecFormAnalyzer>("class Program;").WithFile("Dockerfile", $"{Debian}[|{instruction}|]\n").RunAsync();

    [Theory]
    [InlineData("ENTRYPOINT [\"dotnet\", \"App.dll\"]")]
    [InlineData("ENTRYPOINT [ ]")]
    [InlineData("ENTRYPOINT [ \"dotnet\" , \\\n  \"App.dll\" ]  ")]
    [InlineData("ENTRYPOINT dotnet App.dll")]
    [InlineData("CMD [ -f /etc/app ] && exec dotnet App.dll")]
    [InlineData("CMD [ \"$MODE\" = \"web\" ] && exec dotnet App.dll")]
    [InlineData("CMD [[ -n $X ]] && exec dotnet App.dll")]
    [InlineData("CMD [ \"$A\" = 1 ]")]
    [InlineData("CMD ['old']\nCMD [\"dotnet\", \"App.dll\"]")]
    [InlineData("ENTRYPOINT dotnet App.dll\nCMD ['ignored']")]
    [InlineData("HEALTHCHECK CMD ['x']\nENTRYPOINT [\"dotnet\", \"App.dll\"]")]
    [InlineData("VOLUME /data")]
    [InlineData("VOLUME [\"/data\"]")]
    public Task Silent(string instructions) => Rule.Of<BrokenExecFormAnalyzer>("class Program;").WithFile("Dockerfile", Debian + instructions).RunAsync();

    [Fact]
    public Task Builder_stages_do_not_count() =>
        Rule.Of<BrokenExecFormAnalyzer>("class Program;").WithFile("Dockerfile", "FROM sdk AS build\nCMD ['x']\n" + Debian + "ENTRYPOINT [\"dotnet\", \"App.dll\"]").RunAsync();

    [Fact]
    public Task The_message_says_what_happens() =>
        Rule.Of<BrokenExecFormAnalyzer>("class Program;").WithFile("Dockerfile", Debian + "{|#0:ENTRYPOINT ['dotnet', 'App.dll']|}\n{|#1:VOLUME ['/data']|}\n")
            .Expecting("SHK8003", 0, "ENTRYPOINT is no valid JSON array, so it is run as a command line by /bin/sh, which does not find such a program: the container ends as soon as it is started")
            .Expecting("SHK8003", 1, "VOLUME is no valid JSON array, so the words are taken for paths as they stand, and the directory that was meant is no volume: 'docker rm' loses what is written there")
            .RunAsync();

    [Theory]
    [InlineData("ENTRYPOINT [\"dotnet\", \"App.dll\",]", "ENTRYPOINT [\"dotnet\", \"App.dll\"]")]
    [InlineData("ENTRYPOINT ['dotnet', 'App.dll']", "ENTRYPOINT [\"dotnet\", \"App.dll\"]")]
    [InlineData("CMD [\"dotnet\", \"App.dll\"", "CMD [\"dotnet\", \"App.dll\"]")]
    [InlineData("CMD [\"dotnet\" \"App.dll\"] # start", "CMD [\"dotnet\", \"App.dll\"]")]
    [InlineData("VOLUME ['/data']", "VOLUME [\"/data\"]")]
    public async Task Fix_writes_the_array_that_was_meant(string before, string after) =>
        Assert.Equal(Debian + after, await AdditionalFileFix.ApplyAsync<BrokenExecFormAnalyzer, BrokenExecFormFix>("Dockerfile", Debian + before));

    [Theory]
    [InlineData("CMD [dotnet App.dll]")]
    [InlineData("CMD [\"C:\\app\\App.exe\"]")]
    public async Task No_fix_where_it_is_not_sure_what_was_meant(string instruction) =>
        Assert.Null(await AdditionalFileFix.ApplyAsync<BrokenExecFormAnalyzer, BrokenExecFormFix>("Dockerfile", Debian + instruction));
}
