namespace ShutdownKit.TestKit.Tests;

public sealed class SkeletonTests
{
    [Fact]
    public void Runs() => Assert.NotEmpty(typeof(SkeletonTests).Assembly.GetName().Name!);
}
