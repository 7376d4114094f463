using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.CodeAnalysis.Text;

namespace ShutdownKit.Analyzers.Deployment;

/// <summary>
/// Reads the YAML that compose files and Kubernetes manifests are written in, and keeps every position. A document with anything that
/// is not understood for sure (complex keys, keys with anchors, tabs as indentation, whatever is malformed) is left out as a whole:
/// rules are silent rather than wrong. It never throws.
/// </summary>
internal sealed class YamlReader
{
    private const int MaxDepth = 64;
    private const int MaxLength = 1 << 20;

    // Keyed weakly by the text: a file is read once for each version, whatever the number of rules and compilations.
    private static readonly ConditionalWeakTable<SourceText, IReadOnlyList<YamlNode>> Cache = new();

    private readonly string _text;
    private readonly int _end;
    private readonly Dictionary<string, YamlNode> _anchors = new(StringComparer.Ordinal);
    private int _at;
    private int _lineStart;
    private bool _isIndentedByTab;
    private bool _isBroken;

    private YamlReader(string text, int start, int end)
    {
        _text = text;
        _at = start;
        _lineStart = start;
        while (_lineStart > 0 && text[_lineStart - 1] is not ('\n' or '\r'))
            _lineStart--;
        _end = end;
    }

    private int Column => _at - _lineStart;

    private bool AtEnd => _at >= _end;

    private char Current => _at < _end ? _text[_at] : '\0';

    /// <summary>The documents of a file that can be read, each as its topmost node.</summary>
    public static IReadOnlyList<YamlNode> Documents(SourceText text) =>
        Cache.TryGetValue(text, out var known) ? known : Cache.GetValue(text, static it => Read(it));

    private static List<YamlNode> Read(SourceText source)
    {
        var documents = new List<YamlNode>();
        if (source.Length > MaxLength)
            return documents;

        var text = source.ToString();
        var start = 0;
        var isInDirectives = true;
        foreach (var line in source.Lines)
        {
            if (IsMarker(text, line.Start, line.End))
            {
                Add(start, line.Start);
                start = text[line.Start] == '-' ? line.Start + 3 : line.EndIncludingLineBreak;
                isInDirectives = text[line.Start] == '.';
            }
            else if (isInDirectives && line.Start < line.End)
            {
                // %YAML and %TAG stand before a document's first line.
                if (text[line.Start] == '%')
                    start = line.EndIncludingLineBreak;
                else if (text[line.Start] != '#')
                    isInDirectives = false;
            }
        }

        Add(start, text.Length);
        return documents;

        void Add(int from, int to)
        {
            if (new YamlReader(text, from, to).Document() is { } document)
                documents.Add(document);
        }
    }

    private static bool IsMarker(string text, int start, int end) =>
        end - start >= 3
        && (string.CompareOrdinal(text, start, "---", 0, 3) == 0 || string.CompareOrdinal(text, start, "...", 0, 3) == 0)
        && (end - start == 3 || text[start + 3] is ' ' or '\t' or '\r');

    private YamlNode? Document()
    {
        SkipToToken();
        if (AtEnd)
            return null;

        var node = Block(parentIndent: -1, mayBeKey: true, mayBeSequence: true, depth: 0);
        SkipToToken();
        return _isBroken || !AtEnd ? null : node;
    }

    /// <summary>A value in block style, behind a key, a dash or at the start of a document.</summary>
    /// <param name="parentIndent">The column of what the value belongs to; it has to stand further to the right.</param>
    /// <param name="mayBeKey">Whether a mapping may start on the line that is being read.</param>
    /// <param name="mayBeSequence">Whether a list may start on the line that is being read.</param>
    /// <param name="depth">How deep the value is nested.</param>
    /// <param name="isValueOfKey">Whether a list may stand in the very column of the key that it belongs to.</param>
    private YamlNode Block(int parentIndent, bool mayBeKey, bool mayBeSequence, int depth, bool isValueOfKey = false)
    {
        if (depth > MaxDepth)
            return Broken();

        var origin = _at;
        string? anchor = null;
        var hasProperties = false;
        while (true)
        {
            if (SkipToToken())
            {
                mayBeKey = mayBeSequence = true;
                hasProperties = false;
            }

            var isDash = IsIndicator('-');
            if (AtEnd || (mayBeKey && Column <= parentIndent && !(isValueOfKey && Column == parentIndent && isDash)))
                return Anchored(anchor, Empty(origin));
            if (_isIndentedByTab)
                return Broken();

            if (Current == '&' && anchor is null)
            {
                anchor = Name();
                if (anchor.Length == 0)
                    return Broken();
            }
            else if (Current == '!')
            {
                Name();
            }
            else
            {
                break;
            }

            hasProperties = true;
        }

        return Anchored(anchor, Content(parentIndent, mayBeKey && !hasProperties, mayBeSequence && !hasProperties, hasProperties && mayBeKey, depth));
    }

    private YamlNode Content(int parentIndent, bool mayBeKey, bool mayBeSequence, bool mayBeAmbiguous, int depth)
    {
        switch (Current)
        {
            case '*':
                var alias = Name();
                return !IsFollowedByColon() && _anchors.TryGetValue(alias, out var node) ? node : Broken();
            case '-' when IsIndicator('-'):
                return mayBeSequence ? Sequence(Column, depth) : Broken();
            case '?' when IsIndicator('?'):
                return Broken();
            case '|' or '>':
                return BlockScalar(parentIndent);
            case '[' or '{':
                var flow = Flow(depth);
                return IsFollowedByColon() ? Broken() : flow;
            case '@' or '`' or '%' or ',' or ']' or '}':
                return Broken();
        }

        // An anchor in front of a key belongs to the key, which no file needs.
        if (IsAtKey())
            return mayBeKey && !mayBeAmbiguous ? Mapping(Column, depth) : Broken();

        return Current is '"' or '\'' ? Quoted() : Plain(parentIndent);
    }

    private YamlNode Mapping(int column, int depth)
    {
        var start = _at;
        var end = _at;
        var entries = new List<YamlEntry>();
        while (!_isBroken)
        {
            var key = Key();
            var value = Block(column, mayBeKey: false, mayBeSequence: false, depth + 1, isValueOfKey: true);
            entries.Add(new YamlEntry(key, value));
            end = Math.Max(end, Math.Max(key.Span.End, EndOf(value, key)));

            SkipToToken();
            if (AtEnd || Column < column)
                break;
            if (Column > column || _isIndentedByTab || !IsAtKey())
                return Broken();
        }

        return new YamlMapping(entries, TextSpan.FromBounds(start, end));
    }

    private YamlNode Sequence(int column, int depth)
    {
        var start = _at;
        var end = _at;
        var items = new List<YamlNode>();
        while (!_isBroken)
        {
            var dash = _at++;
            var item = Block(column, mayBeKey: true, mayBeSequence: true, depth + 1);
            items.Add(item);
            end = Math.Max(end, Math.Max(dash + 1, item.Span.Start > dash ? item.Span.End : 0));

            SkipToToken();
            if (AtEnd || Column < column)
                break;
            if (Column > column || _isIndentedByTab)
                return Broken();
            if (!IsIndicator('-'))
                break;
        }

        return new YamlSequence(items, TextSpan.FromBounds(start, end));
    }

    // The value of an alias stands elsewhere.
    private static int EndOf(YamlNode value, YamlScalar key) => value.Span.Start >= key.Span.End ? value.Span.End : 0;

    private bool IsAtKey()
    {
        var at = _at;
        var lineStart = _lineStart;
        var isKey = false;
        if (Current is '"' or '\'')
        {
            Quoted();
            isKey = !_isBroken && _lineStart == lineStart && IsFollowedByColon();
            _isBroken = false;
        }
        else
        {
            for (; !AtEnd && Current is not ('\n' or '\r'); _at++)
            {
                if (Current == '#' && _at > at && _text[_at - 1] is ' ' or '\t')
                    break;
                if (Current != ':' || !IsBlankOrEnd(_at + 1))
                    continue;
                isKey = true;
                break;
            }
        }

        _at = at;
        _lineStart = lineStart;
        return isKey;
    }

    private YamlScalar Key()
    {
        YamlScalar key;
        if (Current is '"' or '\'')
        {
            key = Quoted();
            SkipBlanks();
        }
        else
        {
            // A key with an anchor, an alias or a tag, and a flow collection as a key.
            if (Current is '&' or '*' or '!' or '[' or '{' or '|' or '>' or '@' or '`' or '%' or ',' or ']' or '}' || IsIndicator('?') || IsIndicator('-'))
                _isBroken = true;

            var start = _at;
            while (!AtEnd && !(Current == ':' && IsBlankOrEnd(_at + 1)))
                _at++;

            var end = _at;
            while (end > start && _text[end - 1] is ' ' or '\t')
                end--;
            key = new YamlScalar(_text.Substring(start, end - start), isPlain: true, TextSpan.FromBounds(start, end));
        }

        _at = Math.Min(_at + 1, _end);
        return key;
    }

    private YamlScalar Plain(int parentIndent)
    {
        var start = _at;
        var text = new StringBuilder();
        var end = PlainLine(text, isInFlow: false);
        while (!_isBroken)
        {
            var at = _at;
            var lineStart = _lineStart;
            var breaks = 0;
            while (!AtEnd && Current is ' ' or '\t' or '\r' or '\n')
            {
                if (Current == '\n')
                {
                    breaks++;
                    _lineStart = _at + 1;
                }

                _at++;
            }

            if (AtEnd || breaks == 0 || Column <= parentIndent || Current == '#')
            {
                _at = at;
                _lineStart = lineStart;
                break;
            }

            text.Append(breaks == 1 ? " " : new string('\n', breaks - 1));
            end = PlainLine(text, isInFlow: false);
        }

        return new YamlScalar(text.ToString(), isPlain: true, TextSpan.FromBounds(start, end));
    }

    // Up to the end of the line, a comment, or what ends a plain scalar in a flow collection.
    private int PlainLine(StringBuilder text, bool isInFlow)
    {
        var start = _at;
        for (; !AtEnd && Current is not ('\n' or '\r'); _at++)
        {
            if (Current == '#' && _at > start && _text[_at - 1] is ' ' or '\t')
                break;
            if (isInFlow && Current is ',' or '[' or ']' or '{' or '}')
                break;
            if (Current != ':' || !(IsBlankOrEnd(_at + 1) || (isInFlow && _text[_at + 1] is ',' or '[' or ']' or '{' or '}')))
                continue;
            if (!isInFlow)
                _isBroken = true;
            break;
        }

        var end = _at;
        while (end > start && _text[end - 1] is ' ' or '\t')
            end--;
        text.Append(_text, start, end - start);
        return end;
    }

    private YamlScalar Quoted()
    {
        var start = _at;
        var quote = _text[_at++];
        var text = new StringBuilder();
        while (!AtEnd)
        {
            var character = _text[_at];
            if (character == quote)
            {
                _at++;
                if (quote == '\'' && Current == '\'')
                {
                    text.Append('\'');
                    _at++;
                    continue;
                }

                return new YamlScalar(text.ToString(), isPlain: false, TextSpan.FromBounds(start, _at));
            }

            if (character is '\n' or '\r')
            {
                Fold(text);
            }
            else if (character == '\\' && quote == '"')
            {
                if (!Escape(text))
                    break;
            }
            else
            {
                text.Append(character);
                _at++;
            }
        }

        _isBroken = true;
        return new YamlScalar("", isPlain: false, TextSpan.FromBounds(start, _at));
    }

    private void Fold(StringBuilder text)
    {
        while (text.Length > 0 && text[text.Length - 1] is ' ' or '\t')
            text.Length--;

        var breaks = 0;
        while (!AtEnd && Current is ' ' or '\t' or '\r' or '\n')
        {
            if (Current == '\n')
            {
                breaks++;
                _lineStart = _at + 1;
            }

            _at++;
        }

        text.Append(breaks <= 1 ? " " : new string('\n', breaks - 1));
    }

    private bool Escape(StringBuilder text)
    {
        if (++_at >= _end)
            return false;

        var code = _text[_at++];
        switch (code)
        {
            case '\n' or '\r':
                if (code == '\r' && Current == '\n')
                    _at++;
                _lineStart = _at;
                SkipBlanks();
                return true;
            case 'x' or 'u' or 'U':
                var length = code == 'x' ? 2 : code == 'u' ? 4 : 8;
                if (_at + length > _end
                    || !int.TryParse(_text.Substring(_at, length), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var point)
                    || point is < 0 or > 0x10FFFF or (>= 0xD800 and <= 0xDFFF))
                {
                    return false;
                }

                text.Append(char.ConvertFromUtf32(point));
                _at += length;
                return true;
        }

        var index = "0abtnvfre\"/\\ \tN_LP".IndexOf(code);
        if (index < 0)
            return false;

        text.Append("\0\a\b\t\n\v\f\r\u001b\"/\\ \t\u0085\u00a0\u2028\u2029"[index]);
        return true;
    }

    private YamlNode BlockScalar(int parentIndent)
    {
        var start = _at;
        var isFolded = Current == '>';
        var chomping = '\0';
        var indent = 0;
        for (_at++; !AtEnd && Current is not (' ' or '\t' or '\r' or '\n'); _at++)
        {
            if (Current is '+' or '-' && chomping == '\0')
                chomping = Current;
            else if (Current is >= '1' and <= '9' && indent == 0)
                indent = Math.Max(parentIndent, 0) + Current - '0';
            else
                return Broken();
        }

        SkipBlanks();
        if (Current == '#')
            SkipLine();
        if (!AtEnd && Current is not ('\r' or '\n'))
            return Broken();
        NextLine();

        var lines = new List<string>();
        var hasLineEnd = true;
        var end = _at;
        while (!AtEnd)
        {
            var first = _at;
            while (first < _end && _text[first] == ' ')
                first++;

            var isBlank = first >= _end || _text[first] is '\r' or '\n';
            if (!isBlank && indent == 0)
                indent = first - _at;
            if (!isBlank && (first - _at < indent || indent <= parentIndent))
                break;

            var from = Math.Min(_at + indent, first);
            SkipLine();
            // Blanks beyond the indentation belong to the text, also on a line that has nothing else.
            lines.Add(isBlank && isFolded ? "" : _text.Substring(from, _at - from));
            if (!isBlank)
                end = _at;
            hasLineEnd = !AtEnd;
            NextLine();
        }

        return new YamlScalar(Join(lines, isFolded, hasLineEnd ? chomping : '-'), isPlain: false, TextSpan.FromBounds(start, Math.Max(end, start + 1)));
    }

    private static string Join(List<string> lines, bool isFolded, char chomping)
    {
        var count = lines.Count;
        while (count > 0 && lines[count - 1].Length == 0)
            count--;

        var text = new StringBuilder();
        for (var index = 0; index < count; index++)
        {
            if (index > 0)
            {
                var mayFold = isFolded && lines[index].Length > 0 && lines[index][0] is not (' ' or '\t') && lines[index - 1].Length > 0 && lines[index - 1][0] is not (' ' or '\t');
                if (mayFold)
                    text.Append(' ');
                else if (!isFolded || lines[index].Length == 0 || lines[index][0] is ' ' or '\t' || lines[index - 1].Length > 0)
                    text.Append('\n');
            }

            text.Append(lines[index]);
        }

        if (count > 0 && chomping != '-')
            text.Append('\n', chomping == '+' ? lines.Count - count + 1 : 1);
        return text.ToString();
    }

    private YamlNode Flow(int depth)
    {
        if (depth > MaxDepth)
            return Broken();

        SkipToToken();
        string? anchor = null;
        while (Current is '&' or '!')
        {
            var isAnchor = Current == '&';
            var name = Name();
            anchor = isAnchor ? name : anchor;
            SkipToToken();
        }

        return Anchored(anchor, Current switch
        {
            '[' => FlowSequence(depth),
            '{' => FlowMapping(depth),
            '*' => _anchors.TryGetValue(Name(), out var node) ? node : Broken(),
            '"' or '\'' => Quoted(),
            _ => FlowPlain(),
        });
    }

    private YamlNode FlowSequence(int depth)
    {
        var start = _at++;
        var items = new List<YamlNode>();
        while (!_isBroken)
        {
            SkipToToken();
            if (Current == ']')
            {
                _at++;
                return new YamlSequence(items, TextSpan.FromBounds(start, _at));
            }

            if (AtEnd || Current is ',' or '}' or ':')
                break;

            items.Add(Flow(depth + 1));
            SkipToToken();
            if (Current == ',')
                _at++;
            else if (Current != ']')
                break;
        }

        return Broken();
    }

    private YamlNode FlowMapping(int depth)
    {
        var start = _at++;
        var entries = new List<YamlEntry>();
        while (!_isBroken)
        {
            SkipToToken();
            if (Current == '}')
            {
                _at++;
                return new YamlMapping(entries, TextSpan.FromBounds(start, _at));
            }

            if (AtEnd || Current is ',' or ']' or '[' or '{' or '*' or '&' or '!' || IsIndicator('?'))
                break;

            var key = Current is '"' or '\'' ? Quoted() : FlowPlain();
            SkipToToken();
            YamlNode value = Empty(_at);
            if (Current == ':')
            {
                _at++;
                SkipToToken();
                if (Current is not (',' or '}'))
                    value = Flow(depth + 1);
                SkipToToken();
            }

            entries.Add(new YamlEntry(key, value));
            if (Current == ',')
                _at++;
            else if (Current != '}')
                break;
        }

        return Broken();
    }

    private YamlScalar FlowPlain()
    {
        var start = _at;
        if (AtEnd || Current is '|' or '>' or '@' or '`' or '%' or '#')
            _isBroken = true;

        var text = new StringBuilder();
        var end = PlainLine(text, isInFlow: true);
        while (!_isBroken)
        {
            SkipToToken();
            if (AtEnd || Current is ',' or '[' or ']' or '{' or '}' or ':')
                break;

            text.Append(' ');
            var before = _at;
            end = PlainLine(text, isInFlow: true);
            _isBroken |= _at == before;
        }

        return new YamlScalar(text.ToString(), isPlain: true, TextSpan.FromBounds(start, end));
    }

    // Moves to the next character that is neither blank nor part of a comment, and tells whether that is on another line.
    private bool SkipToToken()
    {
        var isOnAnotherLine = false;
        while (!AtEnd)
        {
            switch (Current)
            {
                case '\n' or '\r':
                    NextLine();
                    isOnAnotherLine = true;
                    _isIndentedByTab = false;
                    break;
                case '\t':
                    _isIndentedByTab |= isOnAnotherLine;
                    _at++;
                    break;
                case ' ' or '\uFEFF':
                    _at++;
                    break;
                case '#' when _at == _lineStart || _at == 0 || _text[_at - 1] is ' ' or '\t' or '\n' or '\r':
                    SkipLine();
                    break;
                default:
                    return isOnAnotherLine;
            }
        }

        return isOnAnotherLine;
    }

    private void SkipBlanks()
    {
        while (Current is ' ' or '\t')
            _at++;
    }

    private void SkipLine()
    {
        while (!AtEnd && Current is not ('\n' or '\r'))
            _at++;
    }

    private void NextLine()
    {
        if (Current == '\r')
            _at++;
        if (Current == '\n')
            _at++;
        _lineStart = _at;
    }

    // The name of an anchor, an alias or a tag, behind its sign.
    private string Name()
    {
        var start = ++_at;
        while (!AtEnd && Current is not (' ' or '\t' or '\r' or '\n' or ',' or '[' or ']' or '{' or '}'))
            _at++;
        return _text.Substring(start, _at - start);
    }

    private bool IsFollowedByColon()
    {
        var at = _at;
        while (at < _end && _text[at] is ' ' or '\t')
            at++;
        return at < _end && _text[at] == ':' && IsBlankOrEnd(at + 1);
    }

    private bool IsIndicator(char indicator) => Current == indicator && IsBlankOrEnd(_at + 1);

    private bool IsBlankOrEnd(int at) => at >= _end || _text[at] is ' ' or '\t' or '\r' or '\n';

    private YamlNode Anchored(string? anchor, YamlNode node)
    {
        if (anchor is not null)
            _anchors[anchor] = node;
        return node;
    }

    private YamlScalar Broken()
    {
        _isBroken = true;
        return Empty(_at);
    }

    private static YamlScalar Empty(int at) => new("", isPlain: true, new TextSpan(at, 0));
}
