using Docker.DotNet.Models;
using ShutdownKit.TestKit.Engines;

namespace ShutdownKit.TestKit.Tests.Containers;

/// <summary>The image of the shell subjects, run as a user that owns nothing. Disposing removes it.</summary>
internal sealed class UnprivilegedImage(ContainerEngine engine, string name) : IAsyncDisposable
{
    public string Name { get; } = name;

    public static async Task<UnprivilegedImage> BuildAsync(ContainerEngine engine)
    {
        var name = $"shutdownkit-test/unprivileged-{Guid.NewGuid():N}";
        var created = await engine.Client.Containers.CreateContainerAsync(
            new CreateContainerParameters { Image = ShellApp.Image, Cmd = ["true"] }, TestContext.Current.CancellationToken);
        try
        {
            await engine.Client.Images.CommitContainerChangesAsync(
                new CommitContainerChangesParameters { ContainerID = created.ID, RepositoryName = name, Tag = "latest", Changes = ["USER 1654"] },
                TestContext.Current.CancellationToken);
        }
        finally
        {
            await engine.RemoveAsync(created.ID, force: true, volumes: true, CancellationToken.None);
        }

        return new UnprivilegedImage(engine, name + ":latest");
    }

    public async ValueTask DisposeAsync() =>
        await engine.Client.Images.DeleteImageAsync(Name, new ImageDeleteParameters { Force = true }, CancellationToken.None);
}
