using System.Collections.Concurrent;
using System.Globalization;

namespace Ledger.Library;

/// <summary>An append-only journal, one entry a line, flushed to disk for each batch.</summary>
public sealed class Journal : IDisposable
{
    private readonly FileStream _file;
    private readonly StreamWriter _writer;
    private readonly object _gate = new();
    private readonly ConcurrentDictionary<long, string> _recent = new();

    public Journal(string directory)
    {
        Directory.CreateDirectory(directory);
        _file = new FileStream(Path.Combine(directory, "journal.log"), FileMode.Append, FileAccess.Write, FileShare.Read);
        _writer = new StreamWriter(_file);
    }

    public void Append(IEnumerable<(long Id, string Entry)> batch)
    {
        lock (_gate)
        {
            foreach (var (id, entry) in batch)
            {
                _writer.Write(id.ToString(CultureInfo.InvariantCulture));
                _writer.Write('\t');
                _writer.WriteLine(entry);
                _recent[id] = entry;
            }

            _writer.Flush();
            _file.Flush(flushToDisk: true);
        }
    }

    public static IEnumerable<string> Read(string directory)
    {
        var path = Path.Combine(directory, "journal.log");
        return File.Exists(path) ? File.ReadLines(path) : [];
    }

    public void Dispose()
    {
        _writer.Dispose();
        _file.Dispose();
    }
}
