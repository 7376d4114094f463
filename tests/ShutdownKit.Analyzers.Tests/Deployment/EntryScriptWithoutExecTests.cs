using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Testing;
using ShutdownKit.Analyzers.CodeFixes.Deployment;
using ShutdownKit.Analyzers.Deployment;
using ShutdownKit.Analyzers.Tests.Verifiers;

namespace ShutdownKit.Analyzers.Tests.Deployment;

public sealed class EntryScriptWithoutExecTests
{
    private const string Dockerfile = "FROM mcr.microsoft.com/dotnet/aspnet:10.0\nCOPY entrypoint.sh /entrypoint.sh\nENTRYPOINT [\"/entrypoint.sh\"]\nCMD [\"dotnet\", \"App.dll\"]\n";

    [Theory]
    [InlineData("[|dotnet App.dll|]")]
    [InlineData("set -e\n./wait-for-it.sh db:5432\n[|dotnet /app/App.dll --urls \"http://+:80\"|]\n")]
    [InlineData("[|\"$@\"|]")]
    [InlineData("[|$@|]")]
    [InlineData("chown -R app /data\n[|gosu app:app dotnet App.dll|]")]
    [InlineData("[|su-exec app \"$@\"|]")]
    [InlineData("[|setpriv --reuid=app --clear-groups dotnet App.dll|]")]
    [InlineData("[|runuser -u app -- dotnet App.dll|]")]
    [InlineData("[|sudo -E -u app dotnet App.dll|]")]
    [InlineData("[|env A=1 \"$@\"|]")]
    [InlineData("[|su app -s /bin/sh -c \"dotnet App.dll\"|]")]
    [InlineData("[|tini -- dotnet App.dll|]")]
    [InlineData("$gosu_cmd ./migrate\n[|$gosu_cmd /app/TestProject|]")]
    [InlineData("[|./TestProject|]\nexit $?")]
    [InlineData("echo Starting\n[|./Orders|]\n\n# if [ $x ]; then\n#   ./Orders\n# fi\n")]
    [InlineData("[|dotnet App.dll|]\nec=$?\necho \"ended with $ec\"\nexit $ec")]
    [InlineData("[|dotnet App.dll|] || exit 1")]
    [InlineData("[|dotnet App.dll|] 2>&1 | tee /log")]
    [InlineData("[|dotnet App.dll|] &\nwait $!")]
    [InlineData("[|A=1 dotnet App.dll|]")]
    [InlineData("if [ \"$1\" = debug ]; then\n  exec sleep infinity\nelse\n  [|dotnet App.dll|]\nfi")]
    [InlineData("case \"$1\" in\n  web) [|dotnet Web.dll|] ;;\n  worker)\n    [|dotnet Worker.dll|]\n    ;;\n  *) exec \"$@\" ;;\nesac")]
    [InlineData("while true; do\n  [|dotnet App.dll|]\n  sleep 1\ndone")]
    [InlineData("cd /app\n# start\n[|dotnet \\\n  App.dll \\\n  --verbose|]\n")]
    [InlineData("cat <<EOF > /etc/app.conf\nexec dotnet\nEOF\n[|dotnet App.dll|]")]
    [InlineData("[|dotnet run|]")]
    [InlineData("[|dotnet \"$APP\"|]")]
    [InlineData("function init {\n  echo \"$(date)\"\n}\ninit\n[|dotnet App.dll \"$@\"|]")]
    public Task Fires(string script) => Test(script).RunAsync();

    [Theory]
    [InlineData("exec dotnet App.dll")]
    [InlineData("exec \"$@\"")]
    [InlineData("dotnet ef database update\nexec dotnet App.dll")]
    [InlineData("dotnet Migrator.dll\nexec dotnet App.dll")]
    [InlineData("exec $gosu_cmd /app/TestProject")]
    [InlineData("trap 'kill -TERM $pid' TERM\ndotnet App.dll &\npid=$!\nwait $pid")]
    [InlineData("dotnet App.dll --migrate")]
    [InlineData("dotnet tool restore")]
    [InlineData("node server.js")]
    [InlineData("gosu postgres postgres")]
    [InlineData("su app -c \"dotnet App.dll --migrate\"")]
    [InlineData("env | sort")]
    [InlineData("./wait-for-it.sh db:5432")]
    [InlineData("./DbMigrator")]
    [InlineData("./Orders --migrate")]
    [InlineData("/opt/mssql/bin/sqlservr")]
    [InlineData("run() {\n  dotnet App.dll\n}\nmain \"$@\"")]
    [InlineData("if [ -n \"$X\" ]; then exec su app -c \"$(printf '%q ' \"$@\")\"; else exec \"$@\"; fi")]
    [InlineData("dotnet App.dll 'unclosed")]
    [InlineData("if true; then dotnet App.dll")]
    [InlineData("echo dotnet App.dll")]
    [InlineData("")]
    public Task Silent(string script) => Test(script).RunAsync();

    [Theory]
    [InlineData("ENTRYPOINT [\"bash\", \"/entrypoint.sh\"]", true)]
    [InlineData("ENTRYPOINT [\"/bin/sh\", \"-e\", \"/entrypoint.sh\"]", true)]
    [InlineData("ENTRYPOINT [\"/usr/bin/tini\", \"--\", \"/entrypoint.sh\"]", true)]
    [InlineData("ENTRYPOINT [\"/tini\", \"--\"]\nCMD [\"/entrypoint.sh\"]", true)]
    [InlineData("ENTRYPOINT exec ./entrypoint.sh", false)]
    [InlineData("CMD ./entrypoint.sh", true)]
    [InlineData("CMD [\"./entrypoint.sh\", \"x\"]", true)]
    [InlineData("ENTRYPOINT [\"tini\", \"-g\", \"--\", \"/entrypoint.sh\"]", false)]
    [InlineData("ENTRYPOINT [\"dumb-init\", \"/entrypoint.sh\"]", false)]
    [InlineData("ENTRYPOINT [\"dotnet\", \"App.dll\"]", false)]
    [InlineData("ENTRYPOINT [\"bash\", \"-c\", \"/entrypoint.sh\"]", false)]
    [InlineData("RUN /entrypoint.sh", false)]
    public Task The_Dockerfile_decides(string start, bool fires) =>
        Of().WithFile("/repo/Dockerfile", "FROM debian:12\n" + start).WithFile("/repo/entrypoint.sh", fires ? "[|dotnet App.dll|]" : "dotnet App.dll").RunAsync();

    [Fact]
    public Task Of_several_scripts_it_is_the_copied_one() =>
        Of().WithFile("/repo/src/Api/Dockerfile", "FROM debian:12\nCOPY --chmod=755 ./src/Api/entrypoint.sh /entrypoint.sh\nENTRYPOINT [\"/entrypoint.sh\"]")
            .WithFile("/repo/src/Api/entrypoint.sh", "[|dotnet App.dll|]")
            .WithFile("/repo/src/Admin/entrypoint.sh", "dotnet App.dll")
            .RunAsync();

    [Fact]
    public Task It_may_be_called_something_else_outside() =>
        Of().WithFile("/repo/Dockerfile", "FROM debian:12\nCOPY docker/start-app.sh /usr/bin/entry\nENTRYPOINT [\"/usr/bin/entry\"]")
            .WithFile("/repo/docker/start-app.sh", "[|dotnet App.dll|]")
            .WithFile("/repo/build.sh", "dotnet App.dll")
            .RunAsync();

    [Fact]
    public Task It_may_stand_in_the_Dockerfile() =>
        Of().WithFile("/repo/Dockerfile", "FROM debian:12\nCOPY <<'EOF' /entrypoint.sh\n#!/bin/sh\n[|dotnet App.dll|]\nEOF\nENTRYPOINT [\"/entrypoint.sh\"]").RunAsync();

    [Fact]
    public Task The_message_says_what_docker_stop_does() =>
        Of().WithFile("/repo/Dockerfile", Dockerfile).WithFile("/repo/entrypoint.sh", "{|#0:dotnet App.dll|}")
            .Expecting(
                "SHK8004", 0,
                "Without exec the script's shell stays PID 1 and does not pass SIGTERM on, so 'docker stop' waits the whole grace period and then kills the application with SIGKILL")
            .RunAsync();

    [Theory]
    [InlineData("#!/bin/sh\nset -e\ndotnet App.dll \"$@\"\n", "#!/bin/sh\nset -e\nexec dotnet App.dll \"$@\"\n")]
    [InlineData("if $x; then\n\tdotnet A.dll\nelse\n\tdotnet B.dll\nfi\n", "if $x; then\n\texec dotnet A.dll\nelse\n\texec dotnet B.dll\nfi\n")]
    [InlineData("dotnet App.dll 2>&1", "exec dotnet App.dll 2>&1")]
    public async Task Fix_replaces_the_shell(string before, string after) => Assert.Equal(after, await FixAsync(before));

    [Theory]
    [InlineData("dotnet App.dll\nexit $?")]
    [InlineData("dotnet App.dll | tee log")]
    [InlineData("dotnet App.dll || exit 1")]
    [InlineData("A=1 dotnet App.dll")]
    [InlineData("while true; do dotnet App.dll; done")]
    [InlineData("dotnet App.dll &\nwait")]
    public async Task No_fix_where_something_follows(string script) => Assert.Equal(script, await FixAsync(script));

    private static async Task<string> FixAsync(string script)
    {
        var files = await AdditionalFileFix.ApplyAllAsync<EntryScriptWithoutExecAnalyzer, EntryScriptWithoutExecFix>(("Dockerfile", Dockerfile), ("entrypoint.sh", script));
        return files["entrypoint.sh"];
    }

    private static RuleTest<EntryScriptWithoutExecAnalyzer, EmptyCodeFixProvider> Test(string script) =>
        Of().WithFile("/repo/Dockerfile", Dockerfile).WithFile("/repo/entrypoint.sh", script);

    private static RuleTest<EntryScriptWithoutExecAnalyzer, EmptyCodeFixProvider> Of() =>
        Rule.Of<EntryScriptWithoutExecAnalyzer>("class P { static void Main() { } }").As(OutputKind.ConsoleApplication);
}
