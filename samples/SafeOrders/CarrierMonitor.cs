namespace SafeOrders;

/// <summary>Looks every second whether the carrier still answers, for the readiness check.</summary>
public sealed partial class CarrierMonitor(ILogger<CarrierMonitor> logger) : BackgroundService
{
    public bool CarrierAnswers { get; private set; }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                CarrierAnswers = await PingCarrierAsync(stoppingToken);
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                // The monitor must survive whatever the carrier throws at us, except the end of the service.
                CarrierAnswers = false;
                PingFailed(logger, exception);
            }

            await Task.Delay(TimeSpan.FromSeconds(1), stoppingToken);
        }
    }

    /// <summary>Stands for the call to the carrier's status page.</summary>
    private static async Task<bool> PingCarrierAsync(CancellationToken cancellationToken)
    {
        await Task.Delay(5, cancellationToken);
        return true;
    }

    [LoggerMessage(LogLevel.Debug, "Carrier did not answer, trying again")]
    private static partial void PingFailed(ILogger logger, Exception exception);
}
