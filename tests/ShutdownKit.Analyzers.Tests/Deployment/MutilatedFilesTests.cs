using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;
using ShutdownKit.Analyzers.Deployment;
using ShutdownKit.Analyzers.Tests.Verifiers;

namespace ShutdownKit.Analyzers.Tests.Deployment;

/// <summary>Files that are cut off, shuffled or riddled make no rule throw, and every squiggle lies in its file.</summary>
public sealed class MutilatedFilesTests
{
    private static readonly (string Name, string Content)[] Files =
    [
        ("Dockerfile", "# escape=`\nARG T=1\nFROM mcr.microsoft.com/dotnet/aspnet:${T} AS base\nENV A=1 B=\"x y\"\nWORKDIR /app\nVOLUME [\"/data\", '/x']\nCOPY <<EOF /entrypoint.sh\n#!/bin/sh\ndotnet App.dll\nEOF\nSTOPSIGNAL SIGUSR1\nENTRYPOINT [\"/entrypoint.sh\", `\n  # more\n \"x\"]\nCMD [\"sh\", \"-c\", \"dotnet App.dll | tee 'log'\"]\n"),
        ("compose.yaml", "x: &x\n  stop_grace_period: 0s\nservices:\n  app:\n    <<: *x\n    build: { context: ., dockerfile: Dockerfile, target: base }\n    command: sh -c \"dotnet App.dll\"\n    stop_signal: 'SIGKILL'\n    volumes: [\"a:/b\", {target: /c}]\n    environment:\n      - SHUTDOWNTIMEOUTSECONDS=5\n    text: |\n      more\n       and more\n"),
        ("k8s.yaml", "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: app}\nspec:\n  template:\n    spec:\n      terminationGracePeriodSeconds: 1\n      containers:\n      - image: app\n        command: [sh, -c]\n        args: [\"dotnet App.dll; true\"]\n        lifecycle: {stopSignal: SIGHUP, preStop: {exec: {command: [sleep, \"20\"]}}}\n        volumeMounts:\n        - mountPath: /data\n---\nb: \"\\u0041\"\n"),
        ("app.service", "[Service]\nExecStart=/app/App \\\n  x\nKillSignal=SIGKILL\nTimeoutStopSec=5min 2s\nEnvironment=\"A=1\" B=2\nKillMode=none\n"),
        ("entrypoint.sh", "#!/bin/bash\nset -e\nf() { echo \"$(date)\"; }\ncase \"$1\" in a|b) x=1 ;; *) ;; esac\nif [ -n \"${X:-}\" ]; then cat <<EOF > /y\n$A 'x\nEOF\nfi\nfor i in $(seq 1 3); do echo `ls`; done\n[[ $a =~ (x|y) ]] && a=(1 2)\n(cd /app && dotnet App.dll \"$@\") 2>&1 | tee log\ndotnet App.dll \\\n  --x 'y' || exit 1\n"),
    ];

    private static readonly char[] Noise = ['"', '\'', '[', ']', '{', '}', ':', '-', '\n', '\r', ' ', '\t', '&', '*', '!', '|', '>', '#', '\\', '$', '(', ')', '`', '<', ',', '\0', '\u2028', '='];

    [Theory, InlineData(1), InlineData(2), InlineData(3), InlineData(4)]
    public async Task No_rule_throws(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < 60; round++)
            await AnalyzeAsync([.. Files.Select(it => (it.Name, Mutilate(it.Content, random)))]);
    }

    [Fact]
    public async Task No_rule_throws_wherever_a_file_ends()
    {
        var longest = Files.Max(it => it.Content.Length);
        for (var length = 0; length <= longest; length += 3)
            await AnalyzeAsync([.. Files.Select(it => (it.Name, it.Content[..Math.Min(length, it.Content.Length)]))]);
    }

    [Fact]
    public void Readers_do_not_hang()
    {
        foreach (var unit in new[] { "$(", "`", "${", "if x; then ", "case a in b) ", "( ", "{ ", "f() ", "<<E\n", "a: ", "- ", "{a: ", "\"", "'", "\\\n", "&a ", "*a ", "[" })
        {
            var text = SourceText.From(string.Concat(Enumerable.Repeat(unit, 20_000)));
            _ = ShellScript.TryRead(text, new TextSpan(0, text.Length));
            _ = YamlReader.Documents(text);
            _ = Dockerfile.Stages(text);
            _ = SystemdUnit.Read(text);
        }
    }

    private static string Mutilate(string text, Random random)
    {
        var characters = text.ToList();
        for (var change = random.Next(1, 6); change > 0 && characters.Count > 0; change--)
        {
            var at = random.Next(characters.Count);
            switch (random.Next(4))
            {
                case 0:
                    characters.Insert(at, Noise[random.Next(Noise.Length)]);
                    break;
                case 1:
                    characters[at] = Noise[random.Next(Noise.Length)];
                    break;
                case 2:
                    characters.RemoveRange(at, Math.Min(random.Next(1, 12), characters.Count - at));
                    break;
                default:
                    characters.InsertRange(at, characters.GetRange(at, Math.Min(random.Next(1, 40), characters.Count - at)));
                    break;
            }
        }

        return new string([.. characters]);
    }

    private static async Task AnalyzeAsync((string Name, string Content)[] files)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var compilation = CSharpCompilation.Create(
            "App",
            [CSharpSyntaxTree.ParseText("class P { static void Main() { System.IO.File.WriteAllText(\"/x\", \"\"); System.Console.CancelKeyPress += (_, e) => e.Cancel = true; } }", cancellationToken: cancellation)],
            TestReferences.Of(TargetFrameworks.Net10, aspNetCore: false));
        ImmutableArray<DiagnosticAnalyzer> analyzers =
        [
            new ShellFormAnalyzer(), new ExecFormShellAnalyzer(), new BrokenExecFormAnalyzer(), new EntryScriptWithoutExecAnalyzer(), new UnhandledStopSignalAnalyzer(),
            new GraceBudgetAnalyzer(), new NoGraceAnalyzer(), new PathOutsideVolumesAnalyzer(),
        ];
        var options = new AnalyzerOptions([.. files.Select(AdditionalText (it) => new File(it.Name, it.Content))]);
        var found = await compilation.WithAnalyzers(analyzers, options).GetAnalyzerDiagnosticsAsync(cancellation);

        Assert.All(found, it => Assert.StartsWith("SHK8", it.Id));
        Assert.All(found.Where(it => it.Location.Kind == LocationKind.ExternalFile), it =>
            Assert.InRange(it.Location.SourceSpan.End, it.Location.SourceSpan.Start + 1, files.Single(file => file.Name == it.Location.GetLineSpan().Path).Content.Length));
        Assert.All(found.Select(it => DeploymentEdit.Read(it.Properties)).OfType<TextChange>(), it => Assert.True(it.Span.End <= files.Max(file => file.Content.Length)));
    }

    private sealed class File(string path, string content) : AdditionalText
    {
        private readonly SourceText _text = SourceText.From(content);

        public override string Path => path;

        public override SourceText GetText(CancellationToken cancellationToken = default) => _text;
    }
}
