// A program that knows nothing of signals. Up to .NET 9 the runtime ends it on SIGTERM; since .NET 10 SIGTERM has its default action, which the
// kernel ignores for PID 1 of a container: `docker stop` waits the whole grace period and kills it.

Console.WriteLine("ready");

for (var tick = 1; ; tick++)
{
    Thread.Sleep(TimeSpan.FromMilliseconds(200));
    Console.WriteLine($"tick {tick}");
}
