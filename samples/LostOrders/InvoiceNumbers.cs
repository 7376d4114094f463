using System.Globalization;

namespace LostOrders;

/// <summary>Hands out invoice numbers without gaps: the tax office wants them so.</summary>
public sealed class InvoiceNumbers
{
    private readonly Lock _lock = new();
    private readonly string _path;
    private long _last;

    public InvoiceNumbers(DataDirectory data)
    {
        _path = Path.Combine(data.Root, "invoice-number");
        if (File.Exists(_path) && long.TryParse(File.ReadAllText(_path), CultureInfo.InvariantCulture, out long last))
            _last = last;
    }

    public long Next()
    {
        lock (_lock)
        {
            _last++;
            File.WriteAllText(_path, _last.ToString(CultureInfo.InvariantCulture));
            return _last;
        }
    }
}
