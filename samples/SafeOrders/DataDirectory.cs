namespace SafeOrders;

/// <summary>Where the service keeps all its files, the database included: <c>Data:Directory</c>, <c>/data</c> unless configured.</summary>
public sealed class DataDirectory
{
    public DataDirectory(IConfiguration configuration)
    {
        Root = configuration["Data:Directory"] ?? "/data";
        Directory.CreateDirectory(Root);
    }

    public string Root { get; }
}
