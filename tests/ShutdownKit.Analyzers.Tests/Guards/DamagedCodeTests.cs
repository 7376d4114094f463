using CsCheck;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using ShutdownKit.Analyzers.Tests.Verifiers;

namespace ShutdownKit.Analyzers.Tests.Guards;

/// <summary>
/// While somebody types, code is incomplete, doubled, in the wrong place and without its references. Rules get to see all of it.
/// Nothing that they could say is checked here but that they come to an end without an exception.
/// </summary>
public sealed class DamagedCodeTests
{
    private const int CodesPerRun = 24;

    private static readonly string[] Sources =
        [.. AllRules.SourcesOfRepository("samples", "tests/ValidCode", "tests/images").Select(File.ReadAllText).Where(source => source.Length > 200)];

    private static readonly string[] Fragments =
    [
        "{", "}", "(", ")", ";", "=>", "await ", "async ", "override ", "partial ", "static ", "while (true) ", "try ", "finally { }", "catch { }",
        "catch (OperationCanceledException) when (", "using var x = ", "lock (this) ", "goto a; a: ", "switch (1) { case ", "x?.y?.z()", "new()", "base.",
        "this.", "stoppingToken", "CancellationToken", "/*", "\"", "\"\"\"", "$\"{", "#if X\n", "\n#endif\n", "#region\n", "yield return ", "_ = ", "<T>", "[A]", "unsafe { fixed (",
        "return", "break;", "continue;", "throw;", "default", "null!", "is { } y", "with { }", "delegate { }", "record R(int X);", "extension(string s) { }", "field", "namespace N;",
    ];

    private static readonly Gen<(int Source, int At, int Length, int Kind, int Fragment)> Damage =
        Gen.Select(Gen.Int[0, Sources.Length - 1], Gen.Int[0, 1_000_000], Gen.Int[1, 60], Gen.Int[0, 4], Gen.Int[0, Fragments.Length - 1]);

    [Fact]
    public Task Damaged_code_is_survived() =>
        Damage.Array[1, 4].SampleAsync(
            async damages => await AllRules.RunAsync(AllRules.Compile([Damaged(damages)])),
            iter: CodesPerRun,
            threads: 1);

    [Fact]
    public Task Code_without_references_is_survived() =>
        AllRules.RunAsync(AllRules.Compile(Sources, references: []));

    [Fact]
    public Task Code_that_lacks_hosting_is_survived() =>
        AllRules.RunAsync(AllRules.Compile(Sources, references: TestReferences.Of(TargetFrameworks.Net10, aspNetCore: false)));

    [Fact]
    public Task Code_for_the_wrong_kind_of_output_is_survived() =>
        AllRules.RunAsync(AllRules.Compile(Sources, OutputKind.DynamicallyLinkedLibrary));

    [Fact]
    public Task Types_that_are_declared_twice_are_survived() =>
        AllRules.RunAsync(AllRules.Compile(Sources.Concat(Sources)));

    // The known types as the code's own, with other members: a rule must not take a type's name for a promise about what is in it.
    [Fact]
    public Task Known_types_that_are_empty_are_survived() =>
        AllRules.RunAsync(AllRules.Compile(Sources.Prepend("""
            namespace Microsoft.Extensions.Hosting { public class BackgroundService { } public interface IHostedService { } public interface IHost { } public interface IHostApplicationLifetime { } }
            namespace System.Threading.Channels { public class Channel { } public class ChannelReader<T> { } public class ChannelWriter<T> { } }
            namespace System.Runtime.InteropServices { public class PosixSignalRegistration { } public enum PosixSignal { } }
            namespace System.IO { public static class File { } public class FileStream { } public class StreamWriter { } }
            namespace System.Threading { public class Timer { } public struct CancellationToken { } public class CancellationTokenSource { } }
            """), references: [MetadataReference.CreateFromFile(typeof(object).Assembly.Location)]));

    private static string Damaged((int Source, int At, int Length, int Kind, int Fragment)[] damages)
    {
        var source = Sources[damages[0].Source];
        foreach (var (_, position, length, kind, fragment) in damages)
        {
            if (source.Length < 100)
                break;

            var at = position % (source.Length - 80);
            source = kind switch
            {
                0 => source.Remove(at, length),
                1 => source.Insert(at, Fragments[fragment]),
                2 => source.Insert(at, source.Substring((position / 7) % (source.Length - 80), length)),
                3 => WithoutToken(source, at),
                _ => source[..at],
            };
        }

        return source;
    }

    private static string WithoutToken(string source, int at)
    {
        var token = CSharpSyntaxTree.ParseText(source).GetRoot().FindToken(at);
        return token.Span.IsEmpty ? source : source.Remove(token.SpanStart, token.Span.Length);
    }
}
