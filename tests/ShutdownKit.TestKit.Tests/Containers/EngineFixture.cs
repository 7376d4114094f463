using System.Collections.Concurrent;
using Docker.DotNet;
using Docker.DotNet.Models;
using DotNet.Testcontainers.Builders;
using DotNet.Testcontainers.Containers;
using ShutdownKit.TestKit.Engines;
using ShutdownKit.TestKit.Findings;
using ShutdownKit.TestKit.Reports;
using ShutdownKit.TestKit.Scenarios;
using ShutdownKit.TestKit.Subjects;

namespace ShutdownKit.TestKit.Tests.Containers;

/// <summary>The engine that tests run on, and what they do with it.</summary>
public sealed class EngineFixture : IAsyncLifetime
{
    /// <summary>For one test: several times what it needs on a busy machine.</summary>
    public const int Timeout = 180_000;

    private ContainerEngine? _engine;

    public ContainerEngine Engine => _engine ?? throw new InvalidOperationException("not initialized");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _engine = await ContainerEngine.ConnectAsync(cancellationToken: Token);

    public ValueTask DisposeAsync()
    {
        _engine?.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Runs one scenario, and makes sure that nothing is left behind of it.</summary>
    internal async Task<ScenarioResult> RunAsync(string scenario, SubjectBuilder app, CancellationToken? cancellationToken = null, IProgress<RunProgress>? progress = null)
    {
        await using var traces = await Traces.OfAsync(Engine, app.Build().Image);
        try
        {
            var report = await new ShutdownRunner(Engine).RunAsync(
                app.FromImage(traces.Image).Build(), [Scenario.Find(scenario)!], options: null, progress, cancellationToken ?? Token);
            return Assert.Single(report.Scenarios);
        }
        finally
        {
            Assert.Empty(await traces.LeftAsync());
        }
    }

    /// <summary>Starts a container that is no subject of a scenario; it goes with the answer.</summary>
    internal async Task<Specimen> StartAsync(string image, Func<ContainerBuilder, ContainerBuilder>? configure = null)
    {
        var builder = new ContainerBuilder(image)
            .WithDockerEndpoint(Engine.Endpoint)
            .WithCleanUp(false)
            .WithWaitStrategy(Wait.ForUnixContainer());
        var specimen = new Specimen((configure?.Invoke(builder) ?? builder).Build(), Engine);
        try
        {
            await specimen.Container.StartAsync(Token);
            return specimen;
        }
        catch
        {
            await specimen.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts a shell script as PID 1, and waits until it says that it is ready.</summary>
    internal Task<Specimen> StartScriptAsync(string script, Func<ContainerBuilder, ContainerBuilder>? configure = null) =>
        StartAsync(ShellApp.Image, builder =>
        {
            builder = UntilReady(builder.WithCommand("/bin/sh", "-c", script));
            return configure?.Invoke(builder) ?? builder;
        });

    /// <summary>Waits for the line that each of the test programs begins with.</summary>
    internal static ContainerBuilder UntilReady(ContainerBuilder builder) =>
        builder.WithWaitStrategy(Wait.ForUnixContainer().UntilMessageIsLogged("ready", wait => wait.WithTimeout(TimeSpan.FromSeconds(60))));
}

/// <summary>A container of a test. Disposing removes it with its anonymous volumes, unless the test has.</summary>
internal sealed class Specimen(IContainer container, ContainerEngine engine) : IAsyncDisposable
{
    public IContainer Container { get; } = container;

    public async ValueTask DisposeAsync()
    {
        try
        {
            await Container.RemoveAsync(force: true, volumes: true, engine, CancellationToken.None);
        }
        catch (Exception exception) when (exception is ContainerGoneException or InvalidOperationException)
        {
            // The test removed it, or it never came into being.
        }
    }
}

/// <summary>What the kit makes for one subject, known by a name of the image that nobody else uses. Disposing takes that name away.</summary>
internal sealed class Traces : IAsyncDisposable
{
    private readonly ContainerEngine _engine;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<string, bool> _instances = new();
    private readonly Task _listening;

    private Traces(ContainerEngine engine)
    {
        _engine = engine;
        var seconds = engine.Now.AddSeconds(-1).ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture);
        _listening = engine.Client.System.MonitorEventsAsync(
            new ContainerEventsParameters
            {
                Since = seconds,
                Filters = new Dictionary<string, IDictionary<string, bool>> { ["event"] = new Dictionary<string, bool> { ["create"] = true } },
            },
            new Listener(this),
            _stop.Token);
    }

    public string Image { get; } = $"shutdownkit-test/{Guid.NewGuid():N}:latest";

    /// <summary>How many subjects were seen.</summary>
    public int Instances => _instances.Count;

    public static async Task<Traces> OfAsync(ContainerEngine engine, string image)
    {
        var traces = new Traces(engine);
        var (repository, tag) = (traces.Image.Split(':')[0], traces.Image.Split(':')[1]);
        await engine.Client.Images.TagImageAsync(image, new ImageTagParameters { RepositoryName = repository, Tag = tag }, CancellationToken.None);
        return traces;
    }

    /// <summary>The containers, volumes and networks that are still there.</summary>
    public async Task<IReadOnlyList<string>> LeftAsync()
    {
        var left = new List<string>();
        foreach (var instance in _instances.Keys)
        {
            var filters = new Dictionary<string, IDictionary<string, bool>> { ["label"] = new Dictionary<string, bool> { [$"{RunOwner.InstanceLabel}={instance}"] = true } };
            var containers = await _engine.Client.Containers.ListContainersAsync(new ContainersListParameters { All = true, Filters = filters }, CancellationToken.None);
            var volumes = await _engine.Client.Volumes.ListAsync(new VolumesListParameters { Filters = filters }, CancellationToken.None);
            var networks = await _engine.Client.Networks.ListNetworksAsync(new NetworksListParameters { Filters = filters }, CancellationToken.None);
            left.AddRange(containers.Select(container => $"container {container.ID} ({container.State})"));
            left.AddRange((volumes.Volumes ?? []).Select(volume => "volume " + volume.Name));
            left.AddRange(networks.Select(network => "network " + network.Name));
        }

        return left;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAny(_listening);
        _stop.Dispose();
        await _engine.Client.Images.DeleteImageAsync(Image, new ImageDeleteParameters { NoPrune = true }, CancellationToken.None);
    }

    private sealed class Listener(Traces traces) : IProgress<Message>
    {
        public void Report(Message value)
        {
            if (value.Actor?.Attributes is { } attributes
                && attributes.TryGetValue("image", out var image) && image == traces.Image
                && attributes.TryGetValue(RunOwner.InstanceLabel, out var instance))
            {
                traces._instances[instance] = true;
            }
        }
    }
}
