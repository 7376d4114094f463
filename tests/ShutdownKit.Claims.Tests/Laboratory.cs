using System.Collections.Concurrent;
using Docker.DotNet;
using DotNet.Testcontainers.Builders;
using DotNet.Testcontainers.Containers;
using ShutdownKit.TestKit.Engines;

namespace ShutdownKit.Claims.Tests;

/// <summary>The engine that the claims are tried out on, the specimens that run there, and the book that the results are kept in.</summary>
public sealed class Laboratory : IAsyncLifetime
{
    private readonly ConcurrentDictionary<string, Claim> _proven = new();
    private ContainerEngine? _engine;
    private IDockerClient? _client;

    public ContainerEngine Engine => _engine ?? throw new InvalidOperationException("not initialized");

    /// <summary>For what is no verb of the kit: statistics, commits, networks, volumes.</summary>
    public IDockerClient Client => _client ?? throw new InvalidOperationException("not initialized");

    public async ValueTask InitializeAsync()
    {
        _engine = await ContainerEngine.ConnectAsync(cancellationToken: TestContext.Current.CancellationToken);
        _client = _engine.Endpoint.GetDockerClientBuilder().Build();
    }

    /// <summary>Writes the page when that was asked for and every claim was proven.</summary>
    public ValueTask DisposeAsync()
    {
        if (_engine is not null && SemanticsPage.Writes && _proven.Count == Catalogue.Statements.Count)
            SemanticsPage.Write(_engine.Info, _proven.Values);
        _client?.Dispose();
        _engine?.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Takes a claim as proven: its verdict is the expected one, and the one that the page states.</summary>
    internal void Conclude(Claim claim, Verdict expected)
    {
        Assert.True(
            claim.Verdict == expected,
            $"{claim.Id}, \"{claim.Statement}\", is {SemanticsPage.Text(claim.Verdict)} on {Engine.Info.Name} {Engine.Info.Version}, "
            + $"{SemanticsPage.Text(expected)} was expected:\n"
            + string.Join('\n', claim.Observations.Select(o => $"  {o.Confirms?.ToString() ?? "note"}: {o.Evidence}")));
        _proven[claim.Id] = claim;
        if (SemanticsPage.Writes || SemanticsPage.ReadVerdicts(Engine.Info) is not { } published)
            return;
        Assert.True(published.TryGetValue(claim.Id, out var verdict), $"{SemanticsPage.Path} has no row for {claim.Id}");
        Assert.Equal(SemanticsPage.Text(claim.Verdict), verdict);
    }

    /// <summary>Starts a specimen and waits until it says that it is ready.</summary>
    internal async Task<Specimen> StartAsync(string image, Func<ContainerBuilder, ContainerBuilder>? configure = null)
    {
        var builder = new ContainerBuilder(image)
            .WithDockerEndpoint(Engine.Endpoint)
            .WithCleanUp(false) // the specimen removes itself, whatever became of it
            .WithWaitStrategy(Wait.ForUnixContainer().UntilMessageIsLogged("ready", wait => wait.WithTimeout(TimeSpan.FromSeconds(30))));
        var container = (configure?.Invoke(builder) ?? builder).Build();
        var specimen = new Specimen(container, Engine);
        try
        {
            await container.StartAsync(TestContext.Current.CancellationToken);
            return specimen;
        }
        catch
        {
            await specimen.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts a shell script, which says when it is ready.</summary>
    internal Task<Specimen> StartScriptAsync(string script, Func<ContainerBuilder, ContainerBuilder>? configure = null) =>
        StartAsync("shutdownkit/base-shell", builder =>
        {
            builder = builder.WithEntrypoint("/bin/sh", "-c", script);
            return configure?.Invoke(builder) ?? builder;
        });

    /// <summary>A named volume, which goes at the end.</summary>
    internal async Task<Volume> CreateVolumeAsync()
    {
        var volume = new Volume(Client, $"shutdownkit-claims-{Guid.NewGuid():N}");
        await Client.Volumes.CreateAsync(new() { Name = volume.Name }, TestContext.Current.CancellationToken);
        return volume;
    }
}

/// <summary>A container that is experimented on. Disposing removes it with its anonymous volumes, unless the experiment has.</summary>
internal sealed class Specimen(IContainer container, ContainerEngine engine) : IAsyncDisposable
{
    public IContainer Container { get; } = container;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public Task<ContainerExit> StopAsync(TimeSpan grace) => Container.StopAsync(grace, engine, Token);

    public Task<ContainerInspection> InspectAsync() => Container.InspectAsync(engine, Token);

    public Task PauseAsync() => Container.PauseAsync(Token);

    public Task UnpauseAsync() => Container.UnpauseAsync(Token);

    public Task RemoveAsync(bool force = false) => Container.RemoveAsync(force, engine: engine, cancellationToken: Token);

    /// <summary>Acts on the container, and says how it ended of it.</summary>
    public async Task<ContainerExit> EndByAsync(Func<IContainer, Task> act, TimeSpan deadline)
    {
        var since = engine.Now;
        await using var watch = engine.Watch(Container.Id);
        await act(Container);
        return await engine.WaitForExitAsync(Container.Id, watch, since, deadline, Token);
    }

    public Task<ContainerExit> KillAsync() =>
        EndByAsync(container => container.KillAsync(engine: engine, cancellationToken: Token), TimeSpan.FromSeconds(10));

    public async Task<string> LogAsync()
    {
        var (output, error) = await Container.GetLogsAsync(ct: Token);
        return output + error;
    }

    /// <summary>The text of a file, also of a stopped or paused container; <see langword="null"/> where there is none.</summary>
    public async Task<string?> ReadAsync(string path)
    {
        try
        {
            return System.Text.Encoding.UTF8.GetString(await Container.ReadFileAsync(path, Token));
        }
        catch (Exception exception) when (exception is FileNotFoundException or DockerContainerNotFoundException
            || exception is DockerApiException { StatusCode: System.Net.HttpStatusCode.NotFound })
        {
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await Container.RemoveAsync(force: true, volumes: true, engine, CancellationToken.None);
        }
        catch (Exception exception) when (exception is ContainerGoneException or InvalidOperationException)
        {
            // The experiment removed it, or it never came into being.
        }
    }
}

internal sealed class Volume(IDockerClient client, string name) : IAsyncDisposable
{
    public string Name { get; } = name;

    public async ValueTask DisposeAsync() => await client.Volumes.RemoveAsync(Name, force: true, CancellationToken.None);
}
