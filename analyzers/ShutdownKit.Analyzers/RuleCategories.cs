namespace ShutdownKit.Analyzers;

/// <summary>The categories of the rules; each is one folder and one band of ids.</summary>
internal static class RuleCategories
{
    public const string Signals = "Signals";
    public const string HostedServices = "HostedServices";
    public const string Exits = "Exits";
    public const string Flushing = "Flushing";
    public const string Durability = "Durability";
    public const string Queues = "Queues";
    public const string Libraries = "Libraries";
    public const string Deployment = "Deployment";
}
