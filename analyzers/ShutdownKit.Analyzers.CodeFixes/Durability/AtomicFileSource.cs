using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Formatting;

namespace ShutdownKit.Analyzers.CodeFixes.Durability;

/// <summary>The source of the helper that the fix of SHK5001 adds to a project.</summary>
internal static class AtomicFileSource
{
    public const string TypeName = "AtomicFile";

    /// <summary>The methods of the helper, which take what the methods of <c>System.IO.File</c> with the same name take.</summary>
    public static readonly ImmutableHashSet<string> Methods = ImmutableHashSet.Create(
        StringComparer.Ordinal,
        "WriteAllText", "WriteAllBytes", "WriteAllLines", "WriteAllTextAsync", "WriteAllBytesAsync", "WriteAllLinesAsync");

    /// <summary>The helper's source in a namespace.</summary>
    public static string In(string space) => Template.Replace("$namespace$", space);

    /// <summary>The namespace that a file's types are bound to have; null where it can hold types of any namespace.</summary>
    public static string? NamespaceFixedBy(CompilationUnitSyntax file) =>
        file.Members.OfType<FileScopedNamespaceDeclarationSyntax>().FirstOrDefault()?.Name.ToString();

    /// <summary>Puts the helper at the end of a file, for hosts that cannot be given a file more.</summary>
    public static CompilationUnitSyntax AddTo(CompilationUnitSyntax file, string space)
    {
        var source = SyntaxFactory.ParseCompilationUnit(In(space));
        var nullable = source.Usings[0].GetLeadingTrivia();
        var missing = source.Usings
            .Where(directive => file.Usings.All(own => own.Alias is not null || own.Name?.ToString() != directive.Name?.ToString()))
            .Select(static directive => directive.WithoutLeadingTrivia());
        file = file.AddUsings([.. missing]);

        var helper = source.Members[0];
        if (file.Members.OfType<FileScopedNamespaceDeclarationSyntax>().FirstOrDefault() is { } fileScoped)
            return file.ReplaceNode(fileScoped, fileScoped.AddMembers(AtEnd(((NamespaceDeclarationSyntax)helper).Members[0])));

        return file.AddMembers(AtEnd(helper));

        MemberDeclarationSyntax AtEnd(MemberDeclarationSyntax member) => member
            .WithLeadingTrivia(nullable.Insert(0, SyntaxFactory.LineFeed).AddRange(member.GetLeadingTrivia()))
            .WithAdditionalAnnotations(Formatter.Annotation);
    }

    private const string Template = """
        #nullable enable
        using System;
        using System.Collections.Generic;
        using System.IO;
        using System.Text;
        using System.Threading;
        using System.Threading.Tasks;

        namespace $namespace$
        {
            /// <summary>
            /// Replaces files as a whole: whoever reads one, also after a crash, finds the old content or the new one, never half of it.
            /// The same file must not be written by two at once.
            /// </summary>
            internal static class AtomicFile
            {
                private static readonly Encoding Utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);

                public static void WriteAllText(string path, string? contents) => WriteAllText(path, contents, Utf8);

                public static void WriteAllText(string path, string? contents, Encoding encoding) =>
                    Replace(path, encoding, writer => writer.Write(contents));

                public static void WriteAllLines(string path, IEnumerable<string> contents) => WriteAllLines(path, contents, Utf8);

                public static void WriteAllLines(string path, IEnumerable<string> contents, Encoding encoding) =>
                    Replace(path, encoding, writer =>
                    {
                        foreach (var line in contents)
                            writer.WriteLine(line);
                    });

                public static void WriteAllBytes(string path, byte[] bytes)
                {
                    var temporary = TemporaryBeside(path);
                    using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write))
                    {
                        file.Write(bytes, 0, bytes.Length);
                        file.Flush(flushToDisk: true);
                    }

                    File.Move(temporary, path, overwrite: true);
                }

                public static Task WriteAllTextAsync(string path, string? contents, CancellationToken cancellationToken = default) =>
                    WriteAllTextAsync(path, contents, Utf8, cancellationToken);

                public static Task WriteAllTextAsync(string path, string? contents, Encoding encoding, CancellationToken cancellationToken = default) =>
                    ReplaceAsync(path, encoding, writer => writer.WriteAsync(contents.AsMemory(), cancellationToken));

                public static Task WriteAllLinesAsync(string path, IEnumerable<string> contents, CancellationToken cancellationToken = default) =>
                    WriteAllLinesAsync(path, contents, Utf8, cancellationToken);

                public static Task WriteAllLinesAsync(string path, IEnumerable<string> contents, Encoding encoding, CancellationToken cancellationToken = default) =>
                    ReplaceAsync(path, encoding, async writer =>
                    {
                        foreach (var line in contents)
                            await writer.WriteLineAsync(line.AsMemory(), cancellationToken).ConfigureAwait(false);
                    });

                public static async Task WriteAllBytesAsync(string path, byte[] bytes, CancellationToken cancellationToken = default)
                {
                    var temporary = TemporaryBeside(path);
                    using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write))
                    {
                        await file.WriteAsync(bytes.AsMemory(), cancellationToken).ConfigureAwait(false);
                        file.Flush(flushToDisk: true);
                    }

                    File.Move(temporary, path, overwrite: true);
                }

                private static void Replace(string path, Encoding encoding, Action<StreamWriter> write)
                {
                    var temporary = TemporaryBeside(path);
                    using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write))
                    using (var writer = new StreamWriter(file, encoding))
                    {
                        write(writer);
                        writer.Flush();
                        file.Flush(flushToDisk: true);
                    }

                    File.Move(temporary, path, overwrite: true);
                }

                private static async Task ReplaceAsync(string path, Encoding encoding, Func<StreamWriter, Task> write)
                {
                    var temporary = TemporaryBeside(path);
                    using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write))
                    using (var writer = new StreamWriter(file, encoding))
                    {
                        await write(writer).ConfigureAwait(false);
                        await writer.FlushAsync().ConfigureAwait(false);
                        file.Flush(flushToDisk: true);
                    }

                    File.Move(temporary, path, overwrite: true);
                }

                // In the same directory, so that the move is a rename and no copy.
                private static string TemporaryBeside(string path) => path + ".tmp";
            }
        }

        """;
}
