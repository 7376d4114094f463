using System.Text;
using Microsoft.CodeAnalysis.Text;

namespace ShutdownKit.Analyzers.Deployment;

/// <summary>A word of a shell script.</summary>
internal sealed class ScriptWord(string text, bool isQuoted, TextSpan span)
{
    /// <summary>The word without its quotes; variables stay as they are written.</summary>
    public string Text { get; } = text;

    public bool IsQuoted { get; } = isQuoted;

    public TextSpan Span { get; } = span;

    public bool IsAssignment
    {
        get
        {
            var equals = Text.IndexOf('=');
            return equals > 0 && !char.IsDigit(Text[0]) && Text.Take(equals).All(it => char.IsLetterOrDigit(it) || it is '_' or '+');
        }
    }
}

/// <summary>A part of a script that the shell runs as one: a command, or control flow around others.</summary>
internal sealed class ScriptStatement
{
    /// <summary>The words of a simple command; empty for control flow.</summary>
    public List<ScriptWord> Words { get; } = [];

    /// <summary>The lists that control flow chooses from: the branches of an if or a case, the body of a group.</summary>
    public List<List<ScriptStatement>> Branches { get; } = [];

    /// <summary>Whether what is in it is run in a loop, in a function or in a shell of its own.</summary>
    public bool IsOpaque { get; set; }

    /// <summary>Whether it only defines something.</summary>
    public bool IsDefinition { get; set; }

    /// <summary>What stands behind it: <c>|</c>, <c>&amp;&amp;</c>, <c>||</c>, <c>&amp;</c>, or nothing that matters.</summary>
    public string Separator { get; set; } = "";

    /// <summary>Whether it gets its input from a pipe.</summary>
    public bool IsPipedInto { get; set; }

    public TextSpan Span => TextSpan.FromBounds(Words[0].Span.Start, Words[Words.Count - 1].Span.End);
}

/// <summary>
/// Reads a shell script as far as it matters for what is PID 1 at its end: simple commands, and which of them can be the last one.
/// </summary>
internal sealed class ShellScript
{
    private const int MaxDepth = 40;
    private const int MaxLength = 1 << 18;

    private readonly string _text;
    private readonly int _end;
    private readonly List<(string Delimiter, bool StripTabs)> _hereDocuments = [];
    private int _at;
    private bool _isBroken;

    private ShellScript(string text, TextSpan span)
    {
        _text = text;
        _at = span.Start;
        _end = span.End;
    }

    /// <summary>Whether the script sets a trap, by which it may pass signals on.</summary>
    public bool HasTrap { get; private set; }

    /// <summary>The commands at the top of the script.</summary>
    public IReadOnlyList<ScriptStatement> Statements { get; private set; } = [];

    /// <summary>Reads a script, or the part of a file that holds one; null when it is not understood.</summary>
    public static ShellScript? TryRead(SourceText text, TextSpan span)
    {
        if (span.Length > MaxLength)
            return null;

        var script = new ShellScript(text.ToString(), span);
        var statements = script.List(depth: 0);
        script.Statements = statements;
        return script._isBroken || script._at < script._end ? null : script;
    }

    private List<ScriptStatement> List(int depth)
    {
        var statements = new List<ScriptStatement>();
        if (depth > MaxDepth)
            _isBroken = true;

        while (!_isBroken)
        {
            SkipSeparators();
            if (_at >= _end || _text[_at] == ')' || IsAtCaseEnd() || IsClosing(PeekWord()))
                break;

            var before = _at;
            var statement = Statement(depth);
            statement.IsPipedInto = statements.Count > 0 && statements[statements.Count - 1].Separator == "|";
            statements.Add(statement);
            SkipBlanks();
            statement.Separator = Separator();
            _isBroken |= _at == before;
        }

        return statements;
    }

    private ScriptStatement Statement(int depth)
    {
        SkipBlanks();
        var statement = new ScriptStatement();
        if (_at < _end && _text[_at] == '(')
        {
            statement.IsOpaque = true;
            Group(statement, depth);
            return statement;
        }

        switch (PeekWord())
        {
            case "{":
                Take("{");
                statement.Branches.Add(List(depth + 1));
                Take("}");
                Redirections();
                return statement;
            case "if":
                Take("if");
                List(depth + 1);
                Take("then");
                statement.Branches.Add(List(depth + 1));
                while (!_isBroken && PeekWord() == "elif")
                {
                    Take("elif");
                    List(depth + 1);
                    Take("then");
                    statement.Branches.Add(List(depth + 1));
                }

                if (PeekWord() == "else")
                {
                    Take("else");
                    statement.Branches.Add(List(depth + 1));
                }

                Take("fi");
                Redirections();
                return statement;
            case "while" or "until":
                statement.IsOpaque = true;
                Take(PeekWord());
                List(depth + 1);
                Loop(statement, depth);
                return statement;
            case "for" or "select":
                statement.IsOpaque = true;
                Take(PeekWord());
                while (_at < _end && _text[_at] is not (';' or '\n') && PeekWord() != "do")
                {
                    if (!SkipWordOrOperator())
                        break;
                }

                Loop(statement, depth);
                return statement;
            case "case":
                Case(statement, depth);
                return statement;
            case "function":
                Take("function");
                SkipBlanks();
                Word();
                SkipBlanks();
                if (_at + 1 < _end && _text[_at] == '(' && _text[_at + 1] == ')')
                    _at += 2;
                Body(statement, depth);
                return statement;
        }

        Simple(statement);
        SkipBlanks();
        if (statement.Words.Count == 1 && _at + 1 < _end && _text[_at] == '(')
        {
            _at++;
            SkipBlanks();
            if (_at >= _end || _text[_at] != ')')
                _isBroken = true;
            _at++;
            Body(statement, depth);
        }

        return statement;
    }

    private void Body(ScriptStatement statement, int depth)
    {
        statement.IsDefinition = true;
        statement.IsOpaque = true;
        SkipSeparators();
        if (depth > MaxDepth)
            _isBroken = true;
        if (!_isBroken)
            statement.Branches.Add([Statement(depth + 1)]);
    }

    private void Loop(ScriptStatement statement, int depth)
    {
        SkipSeparators();
        Take("do");
        statement.Branches.Add(List(depth + 1));
        Take("done");
        Redirections();
    }

    private void Group(ScriptStatement statement, int depth)
    {
        _at++;
        // (( arithmetic ))
        if (_at < _end && _text[_at] == '(')
        {
            var close = _text.IndexOf("))", _at, _end - _at, StringComparison.Ordinal);
            _isBroken |= close < 0;
            _at = close < 0 ? _end : close + 2;
            return;
        }

        statement.Branches.Add(List(depth + 1));
        if (_at >= _end || _text[_at] != ')')
            _isBroken = true;
        _at++;
        Redirections();
    }

    private void Case(ScriptStatement statement, int depth)
    {
        Take("case");
        SkipBlanks();
        Word();
        SkipSeparators();
        Take("in");
        while (!_isBroken)
        {
            SkipSeparators();
            if (PeekWord() == "esac")
                break;

            // A pattern, up to its parenthesis.
            if (_at < _end && _text[_at] == '(')
                _at++;
            while (!_isBroken && _at < _end && _text[_at] != ')')
            {
                if (char.IsWhiteSpace(_text[_at]) || _text[_at] == '|')
                    _at++;
                else if (Word() is null)
                    _isBroken = true;
            }

            if (_at >= _end)
                _isBroken = true;
            _at++;
            statement.Branches.Add(List(depth + 1));
            if (IsAtCaseEnd())
                _at += _at + 2 < _end && _text[_at + 2] == '&' ? 3 : 2;
        }

        Take("esac");
        Redirections();
    }

    private void Simple(ScriptStatement statement)
    {
        while (!_isBroken && _at < _end)
        {
            SkipBlanks();
            if (_at >= _end || IsEndOfCommand())
                return;
            if (Redirection())
                continue;
            if (_text[_at] is '(' or ')')
            {
                // NAME=( ... ) is an array, NAME() the start of a function.
                if (_text[_at] == '(' && statement.Words.Count > 0 && statement.Words[statement.Words.Count - 1].Text.EndsWith("=", StringComparison.Ordinal))
                {
                    Balanced('(', ')');
                    continue;
                }

                return;
            }

            if (Word() is not { } word)
            {
                _isBroken = true;
                return;
            }

            if (statement.Words.Count == 0 && word is { Text: "trap", IsQuoted: false })
                HasTrap = true;
            statement.Words.Add(word);

            // [[ a && b ]] is one command.
            if (word is { Text: "[[", IsQuoted: false } && statement.Words.Count == 1)
            {
                var close = _text.IndexOf("]]", _at, _end - _at, StringComparison.Ordinal);
                _isBroken |= close < 0;
                _at = close < 0 ? _end : close + 2;
            }
        }
    }

    private bool IsEndOfCommand() => _text[_at] switch
    {
        '\n' or '\r' or ';' or '|' => true,
        '&' => !(_at + 1 < _end && _text[_at + 1] == '>'),
        '#' => true,
        _ => false,
    };

    private void Redirections()
    {
        do
        {
            SkipBlanks();
        }
        while (!_isBroken && _at < _end && Redirection());
    }

    // Takes a redirection and its file; 2>&1, >>log, <input, &>log, <<EOF.
    private bool Redirection()
    {
        var at = _at;
        while (at < _end && char.IsDigit(_text[at]))
            at++;
        if (at < _end && _text[at] == '&' && at + 1 < _end && _text[at + 1] == '>')
            at++;
        if (at >= _end || _text[at] is not ('<' or '>'))
            return false;

        if (at + 1 < _end && _text[at + 1] == '(')
        {
            _at = at + 1;
            Balanced('(', ')');
            return true;
        }

        if (string.CompareOrdinal(_text, at, "<<", 0, 2) == 0 && !(at + 2 < _end && _text[at + 2] == '<'))
        {
            _at = at + 2;
            var stripTabs = _at < _end && _text[_at] == '-';
            if (stripTabs)
                _at++;
            SkipBlanks();
            if (Word() is { } delimiter)
                _hereDocuments.Add((delimiter.Text.Replace("\\", ""), stripTabs));
            else
                _isBroken = true;
            return true;
        }

        while (at < _end && _text[at] is '<' or '>' or '&' or '|')
            at++;
        _at = at;
        SkipBlanks();
        if (_at < _end && _text[_at] is not ('\n' or '\r' or ';'))
            Word();
        return true;
    }

    private ScriptWord? Word()
    {
        var start = _at;
        var text = new StringBuilder();
        var isQuoted = false;
        while (_at < _end && !_isBroken)
        {
            var character = _text[_at];
            if (char.IsWhiteSpace(character) || character is ';' or '|' or '&' or '<' or '>' or '(' or ')')
                break;

            switch (character)
            {
                case '\\':
                    if (_at + 1 < _end && _text[_at + 1] is '\n' or '\r')
                    {
                        _at += _text[_at + 1] == '\r' && _at + 2 < _end && _text[_at + 2] == '\n' ? 3 : 2;
                        break;
                    }

                    if (_at + 1 < _end)
                        text.Append(_text[_at + 1]);
                    _at = Math.Min(_at + 2, _end);
                    break;
                case '\'':
                    isQuoted = true;
                    var close = _text.IndexOf('\'', _at + 1, _end - _at - 1);
                    if (close < 0)
                    {
                        _isBroken = true;
                        return null;
                    }

                    text.Append(_text, _at + 1, close - _at - 1);
                    _at = close + 1;
                    break;
                case '"':
                    isQuoted = true;
                    DoubleQuoted(text);
                    break;
                case '$' or '`':
                    var from = _at;
                    Expansion();
                    text.Append(_text, from, Math.Min(_at, _end) - from);
                    break;
                default:
                    text.Append(character);
                    _at++;
                    break;
            }
        }

        return _at == start || _isBroken ? null : new ScriptWord(text.ToString(), isQuoted, TextSpan.FromBounds(start, _at));
    }

    private void DoubleQuoted(StringBuilder text)
    {
        for (_at++; _at < _end && !_isBroken;)
        {
            switch (_text[_at])
            {
                case '"':
                    _at++;
                    return;
                case '\\' when _at + 1 < _end:
                    text.Append(_text[_at + 1]);
                    _at += 2;
                    break;
                case '$' or '`':
                    var from = _at;
                    Expansion();
                    text.Append(_text, from, Math.Min(_at, _end) - from);
                    break;
                default:
                    text.Append(_text[_at++]);
                    break;
            }
        }

        _isBroken = true;
    }

    // $NAME, ${...}, $(...), `...`
    private void Expansion()
    {
        if (_text[_at] == '`')
        {
            var close = _text.IndexOf('`', _at + 1, _end - _at - 1);
            _isBroken |= close < 0;
            _at = close < 0 ? _end : close + 1;
            return;
        }

        _at++;
        if (_at >= _end)
            return;
        if (_text[_at] == '(')
            Balanced('(', ')');
        else if (_text[_at] == '{')
            Balanced('{', '}');
        else if (_text[_at] is '@' or '*' or '#' or '?' or '$' or '!' or '-')
            _at++;
    }

    private void Balanced(char open, char close)
    {
        var depth = 0;
        for (; _at < _end; _at++)
        {
            var character = _text[_at];
            if (character == '\\')
            {
                _at++;
            }
            else if (character == '\'' && open == '(')
            {
                var end = _text.IndexOf('\'', _at + 1, _end - _at - 1);
                if (end < 0)
                    break;
                _at = end;
            }
            else if (character == open)
            {
                depth++;
            }
            else if (character == close && --depth == 0)
            {
                _at++;
                return;
            }
        }

        _isBroken = true;
        _at = _end;
    }

    private string Separator()
    {
        if (_at < _end && _text[_at] == '#')
            SkipComment();
        if (_at >= _end || _text[_at] == ')' || IsAtCaseEnd())
            return "";

        var character = _text[_at];
        if (character is not (';' or '|' or '&' or '\n' or '\r'))
        {
            // Something that is not understood.
            _isBroken = true;
            return "";
        }

        var length = character is '|' or '&' && _at + 1 < _end && _text[_at + 1] == character || character == '|' && _at + 1 < _end && _text[_at + 1] == '&' ? 2 : 1;
        var separator = _text.Substring(_at, length);
        if (character is '\n' or '\r')
            NextLine();
        else
            _at += length;
        return separator is "|&" ? "|" : separator is "|" or "&" or "&&" or "||" ? separator : "";
    }

    private bool IsAtCaseEnd() => _at + 1 < _end && _text[_at] == ';' && _text[_at + 1] is ';' or '&' && _text[_at] == ';';

    private static bool IsClosing(string word) => word is "then" or "elif" or "else" or "fi" or "do" or "done" or "esac" or "}";

    private void SkipSeparators()
    {
        while (_at < _end)
        {
            SkipBlanks();
            if (_at >= _end)
                return;
            if (_text[_at] == '#')
                SkipComment();
            else if (_text[_at] is '\n' or '\r')
                NextLine();
            else if (_text[_at] == ';' && !IsAtCaseEnd())
                _at++;
            else
                return;
        }
    }

    private void SkipComment()
    {
        while (_at < _end && _text[_at] is not ('\n' or '\r'))
            _at++;
    }

    private void SkipBlanks()
    {
        while (_at < _end)
        {
            if (_text[_at] is ' ' or '\t' or '\uFEFF')
                _at++;
            else if (_text[_at] == '\\' && _at + 1 < _end && _text[_at + 1] is '\n' or '\r' && _text[_at] == '\\')
                _at += _text[_at + 1] == '\r' && _at + 2 < _end && _text[_at + 2] == '\n' ? 3 : 2;
            else
                return;
        }
    }

    // Behind a line come the here-documents that it announces.
    private void NextLine()
    {
        if (_text[_at] == '\r')
            _at++;
        if (_at < _end && _text[_at] == '\n')
            _at++;

        foreach (var (delimiter, stripTabs) in _hereDocuments)
        {
            var isClosed = false;
            while (_at < _end && !isClosed)
            {
                var end = _text.IndexOf('\n', _at, _end - _at);
                end = end < 0 ? _end : end;
                var line = _text.Substring(_at, end - _at).TrimEnd('\r');
                isClosed = (stripTabs ? line.TrimStart('\t') : line) == delimiter;
                _at = Math.Min(end + 1, _end);
            }
        }

        _hereDocuments.Clear();
    }

    private string PeekWord()
    {
        SkipBlanks();
        var at = _at;
        while (at < _end && (char.IsLetter(_text[at]) || _text[at] is '{' or '}'))
            at++;
        return at == _at || (at < _end && !(char.IsWhiteSpace(_text[at]) || _text[at] is ';' or '|' or '&' or '(' or ')' or '<' or '>')) ? "" : _text.Substring(_at, at - _at);
    }

    private void Take(string word)
    {
        SkipSeparators();
        if (word.Length > 0 && PeekWord() == word)
            _at += word.Length;
        else
            _isBroken = true;
    }

    private bool SkipWordOrOperator()
    {
        SkipBlanks();
        if (_at >= _end)
            return false;
        if (_text[_at] == '(')
        {
            Balanced('(', ')');
            return true;
        }

        return _text[_at] is not (';' or '\n' or '\r') && Word() is not null;
    }
}
