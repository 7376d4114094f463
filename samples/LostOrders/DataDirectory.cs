namespace LostOrders;

/// <summary>Where the service keeps its files: <c>Data:Directory</c>, <c>/data</c> unless configured.</summary>
public sealed class DataDirectory
{
    public DataDirectory(IConfiguration configuration)
    {
        Root = configuration["Data:Directory"] ?? "/data";
        Directory.CreateDirectory(Root);
    }

    public string Root { get; }

    public string Journal => Path.Combine(Root, "journal.jsonl");
}
