using System.Globalization;

namespace SafeOrders;

/// <summary>Hands out invoice numbers; none is ever given twice. For one caller at a time.</summary>
public sealed class InvoiceNumbers
{
    private readonly string _path;
    private long _last;

    public InvoiceNumbers(DataDirectory data)
    {
        _path = Path.Combine(data.Root, "invoice-number");
        if (File.Exists(_path))
            _last = long.Parse(File.ReadAllText(_path), CultureInfo.InvariantCulture);
    }

    public long Next()
    {
        long next = _last + 1;
        AtomicFile.WriteAllText(_path, next.ToString(CultureInfo.InvariantCulture));
        return _last = next;
    }
}
