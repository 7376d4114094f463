using System.Buffers;
using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Text;

namespace ShutdownKit.Analyzers.Model;

/// <summary>
/// Where the names of <see cref="NameTable"/> stand in one file. It is found from the text alone, without a look at a single syntax
/// node, and once for each version of the file, whatever the number of rules and compilations.
/// </summary>
internal sealed class FileNames
{
    // Keyed weakly by the tree: nothing here outlives it, and nothing of a compilation is in it.
    private static readonly ConditionalWeakTable<SyntaxTree, FileNames> Cache = new();

    private static readonly FileNames None = new([]);

    // Sorted by name, then by position: name in the upper half, position in the lower.
    private readonly long[] _places;

    private FileNames(long[] places) => _places = places;

    public static FileNames Of(SyntaxTree tree, CancellationToken cancellationToken)
    {
        if (Cache.TryGetValue(tree, out var known))
            return known;

        var found = Search(tree.GetText(cancellationToken));
        return Cache.GetValue(tree, _ => found);
    }

    /// <summary>Whether the file has none of the names at all.</summary>
    public bool IsEmpty => _places.Length == 0;

    /// <summary>Whether the name stands anywhere in the text, be it in a comment.</summary>
    public bool Has(int name) => First(name) < _places.Length && NameAt(First(name)) == name;

    /// <summary>The places where the name stands as an identifier of the code, in their order.</summary>
    public IEnumerable<SyntaxToken> Tokens(int name, SyntaxNode root)
    {
        for (var i = First(name); i < _places.Length && NameAt(i) == name; i++)
        {
            var position = (int)_places[i];
            if (position >= root.FullSpan.End)
                yield break;

            // In a comment, a string or code that is left out, another token is found, or none that starts here.
            var token = root.FindToken(position);
            if (token.IsKind(SyntaxKind.IdentifierToken) && (token.SpanStart == position || token.SpanStart == position - 1))
                yield return token;
        }
    }

    /// <summary>The places where the name stands as a keyword of the code, in their order.</summary>
    public IEnumerable<SyntaxToken> Keywords(int name, SyntaxNode root)
    {
        for (var i = First(name); i < _places.Length && NameAt(i) == name; i++)
        {
            var position = (int)_places[i];
            if (position >= root.FullSpan.End)
                yield break;

            var token = root.FindToken(position);
            if (token.SpanStart == position && token.IsKeyword())
                yield return token;
        }
    }

    /// <summary>The string literals in which the name stands, in their order; one that holds it twice comes twice.</summary>
    public IEnumerable<SyntaxToken> Literals(int name, SyntaxNode root)
    {
        for (var i = First(name); i < _places.Length && NameAt(i) == name; i++)
        {
            var position = (int)_places[i];
            if (position >= root.FullSpan.End)
                yield break;

            var token = root.FindToken(position);
            if (token.Span.Contains(position) && token.Kind()
                is SyntaxKind.StringLiteralToken or SyntaxKind.InterpolatedStringTextToken or SyntaxKind.Utf8StringLiteralToken
                or SyntaxKind.SingleLineRawStringLiteralToken or SyntaxKind.MultiLineRawStringLiteralToken
                or SyntaxKind.Utf8SingleLineRawStringLiteralToken or SyntaxKind.Utf8MultiLineRawStringLiteralToken)
            {
                yield return token;
            }
        }
    }

    private int NameAt(int index) => (int)(_places[index] >> 32);

    private int First(int name)
    {
        var from = 0;
        var to = _places.Length;
        while (from < to)
        {
            var middle = (from + to) / 2;
            if (NameAt(middle) < name)
                from = middle + 1;
            else
                to = middle;
        }

        return from;
    }

    private static FileNames Search(SourceText text)
    {
        var length = text.Length;
        var buffer = ArrayPool<char>.Shared.Rent(length);
        try
        {
            text.CopyTo(0, buffer, 0, length);
            List<long>? places = null;
            for (var at = 0; at < length;)
            {
                if (!IsPartOfName(buffer[at]))
                {
                    at++;
                    continue;
                }

                var start = at;
                var hash = 0;
                for (; at < length && IsPartOfName(buffer[at]); at++)
                    hash = NameTable.Add(hash, buffer[at]);

                var name = NameTable.Find(buffer, start, at - start, hash);
                if (name >= 0)
                    (places ??= []).Add(((long)name << 32) | (uint)start);
            }

            if (places is null)
                return None;

            places.Sort();
            return new FileNames(places.ToArray());
        }
        finally
        {
            ArrayPool<char>.Shared.Return(buffer);
        }
    }

    // Names of the table are plain ASCII; other characters count as parts of a name so that they end none.
    private static bool IsPartOfName(char character) =>
        (uint)(character - 'a') <= 'z' - 'a' || (uint)(character - 'A') <= 'Z' - 'A' || (uint)(character - '0') <= 9 || character == '_' || character >= 128;
}
