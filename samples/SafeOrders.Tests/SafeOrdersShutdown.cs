using ShutdownKit.TestKit.Subjects;
using ShutdownKit.TestKit.Workloads;
using ShutdownKit.TestKit.Xunit;

namespace SafeOrders.Tests;

/// <summary>All that it takes: what is under test, when it is ready, and how orders are posted and read back. Each scenario is a test.</summary>
[Trait("Category", "Engine")]
public sealed class SafeOrdersShutdown : ShutdownSpecification
{
    protected override void Configure(SubjectBuilder app) => app
        .FromImage("shutdownkit/sample-safeorders")
        .WithVolume("/data")
        .WithGracePeriod(TimeSpan.FromSeconds(10))
        .ReadyWhen(Http.Get(8080, "/health/ready"))
        .WithWorkload(new HttpWorkload
        {
            Port = 8080,
            WritePath = "/orders",
            Body = """{ "id": "{id}", "item": "tea", "quantity": 1 }""",
            ReadPath = "/orders",
        });
}
