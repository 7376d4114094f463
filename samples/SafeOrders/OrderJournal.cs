using System.Text;
using System.Text.Json;

namespace SafeOrders;

/// <summary>One line of the journal.</summary>
public sealed record JournalEntry(Order Order, long Invoice);

/// <summary>The append-only record of all orders. An entry is on the disk when <see cref="Append"/> returns. For one caller at a time.</summary>
public sealed class OrderJournal : IDisposable
{
    private readonly string _path;
    private readonly FileStream _file;

    public OrderJournal(DataDirectory data)
    {
        _path = Path.Combine(data.Root, "journal.jsonl");

        // No buffer of our own: what is written is with the operating system at once.
        _file = new FileStream(_path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
        CutTornEnd();
    }

    public void Append(JournalEntry entry)
    {
        long end = _file.Length;
        try
        {
            _file.Position = end;
            _file.Write(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(entry) + "\n"));
            _file.Flush(flushToDisk: true);
        }
        catch (IOException)
        {
            // Half a line (a full disk) must not spoil the next entry.
            _file.SetLength(end);
            throw;
        }
    }

    /// <summary>All entries, read from the file; an entry that is being written right now is not one yet.</summary>
    public IEnumerable<JournalEntry> ReadAll()
    {
        using var reader = new StreamReader(_path, new FileStreamOptions { Share = FileShare.ReadWrite });
        string text = reader.ReadToEnd();
        string complete = text[..(text.LastIndexOf('\n') + 1)];
        return complete.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonSerializer.Deserialize<JournalEntry>(line)!);
    }

    public void Dispose() => _file.Dispose();

    /// <summary>A process that was killed while it wrote may have left half a line. Nobody was told that this order is stored.</summary>
    private void CutTornEnd()
    {
        long end = _file.Length;
        while (end > 0)
        {
            _file.Position = end - 1;
            if (_file.ReadByte() == '\n')
                break;
            end--;
        }

        _file.SetLength(end);
    }
}
