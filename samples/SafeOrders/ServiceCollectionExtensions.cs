namespace SafeOrders;

internal static class ServiceCollectionExtensions
{
    /// <summary>Adds a background service that endpoints can ask for as well.</summary>
    public static IServiceCollection AddWorker<T>(this IServiceCollection services)
        where T : BackgroundService =>
        services.AddSingleton<T>().AddHostedService(provider => provider.GetRequiredService<T>());
}
