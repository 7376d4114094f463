namespace ShutdownKit.Benchmarks.Costs;
internal static class CostsCommand
{
    public static Task<int> RunAsync(Arguments arguments) => throw new UsageException("not yet " + arguments);
}
internal static class CostsChild
{
    public const string Command = "measure";
    public static Task<int> RunAsync(string plan) => throw new UsageException("not yet " + plan);
}
