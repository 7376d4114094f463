using ShutdownKit.TestKit.Workloads;

namespace ShutdownKit.TestKit.Subjects;

/// <summary>Describes what is under test.</summary>
/// <example>
/// <code>
/// app.FromImage("orders:dev").WithVolume("/data").ReadyWhen(Http.Get(8080, "/health/ready")).WithWorkload(new OrdersWorkload());
/// </code>
/// </example>
public sealed class SubjectBuilder
{
    /// <summary>Paths that are lost with the container by their nature.</summary>
    private static readonly string[] DisposableByNature =
        ["/tmp", "/var/tmp", "/run", "/var/run", "/var/lock", "/var/cache", "/var/log", "/dev", "/proc", "/sys"];

    private readonly List<string> _command = [];
    private readonly Dictionary<string, string> _environment = new(StringComparer.Ordinal);
    private readonly SortedSet<int> _ports = [];
    private readonly List<string> _volumes = [];
    private readonly SortedSet<int> _exitCodes = [];
    private readonly List<string> _disposable = [.. DisposableByNature];
    private string? _image;
    private TimeSpan _grace = TimeSpan.FromSeconds(10);
    private TimeSpan? _stopBudget;
    private ReadinessProbe _readiness = new DefaultProbe();
    private TimeSpan _readyTimeout = TimeSpan.FromSeconds(60);
    private IWorkload? _workload;
    private bool _stateless;
    private DurabilityLevel _durability;

    /// <summary>Names the image. One that is not on the engine is pulled.</summary>
    /// <param name="image">Its name, with tag or digest.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentException">The name is empty.</exception>
    public SubjectBuilder FromImage(string image)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(image);
        _image = image;
        return this;
    }

    /// <summary>Replaces the image's command (not its entry point).</summary>
    /// <param name="command">The command and its arguments.</param>
    /// <returns>This builder.</returns>
    public SubjectBuilder WithCommand(params string[] command)
    {
        ArgumentNullException.ThrowIfNull(command);
        _command.Clear();
        _command.AddRange(command);
        return this;
    }

    /// <summary>Sets an environment variable.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="value">Its value.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentException">The name is empty.</exception>
    public SubjectBuilder WithEnvironment(string name, string value)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        _environment[name] = value;
        return this;
    }

    /// <summary>Publishes a port on a free port of the host.</summary>
    /// <param name="containerPort">The port in the container, 1 to 65535.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentOutOfRangeException">It is no port.</exception>
    public SubjectBuilder WithPort(int containerPort)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(containerPort, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(containerPort, 65535);
        _ports.Add(containerPort);
        return this;
    }

    /// <summary>Mounts a named volume, a new one for each scenario. What the application writes there outlives its container.</summary>
    /// <param name="path">The absolute path in the container.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentException">The path is not absolute, or is the root.</exception>
    public SubjectBuilder WithVolume(string path)
    {
        var normalized = AbsolutePath(path, "a volume");
        if (normalized == "/")
        {
            throw new ArgumentException("a volume cannot be mounted over the root directory", nameof(path));
        }

        if (!_volumes.Contains(normalized))
        {
            _volumes.Add(normalized);
        }

        return this;
    }

    /// <summary>Sets the grace period of a stop: what it waits before it sends SIGKILL.</summary>
    /// <param name="grace">Whole seconds count; engines take nothing finer. 10 seconds unless set.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentOutOfRangeException">It is negative or longer than a day.</exception>
    public SubjectBuilder WithGracePeriod(TimeSpan grace)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(grace, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(grace, TimeSpan.FromDays(1));
        _grace = grace;
        return this;
    }

    /// <summary>Demands that a stop is quicker than the grace period.</summary>
    /// <param name="budget">How long it may take at most.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentOutOfRangeException">It is not positive.</exception>
    public SubjectBuilder WithStopBudget(TimeSpan budget)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(budget, TimeSpan.Zero);
        _stopBudget = budget;
        return this;
    }

    /// <summary>Says when the application is ready. A port that the probe needs is published.</summary>
    /// <param name="probe">For instance <c>Http.Get(8080, "/health/ready")</c>.</param>
    /// <returns>This builder.</returns>
    public SubjectBuilder ReadyWhen(ReadinessProbe probe)
    {
        ArgumentNullException.ThrowIfNull(probe);
        _readiness = probe;
        return probe switch
        {
            Http.HttpProbe http => WithPort(http.Port),
            Tcp.TcpProbe tcp => WithPort(tcp.Port),
            _ => this,
        };
    }

    /// <summary>Sets how long the application may take to be ready.</summary>
    /// <param name="timeout">60 seconds unless set.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentOutOfRangeException">It is not positive.</exception>
    public SubjectBuilder WithReadyTimeout(TimeSpan timeout)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(timeout, TimeSpan.Zero);
        _readyTimeout = timeout;
        return this;
    }

    /// <summary>Sets what writes records and reads them back. Without a workload, persistence cannot be judged.</summary>
    /// <param name="workload">The workload. Ports of an <see cref="HttpWorkload"/> are published.</param>
    /// <returns>This builder.</returns>
    public SubjectBuilder WithWorkload(IWorkload workload)
    {
        ArgumentNullException.ThrowIfNull(workload);
        _workload = workload;
        return workload is HttpWorkload http ? WithPort(http.Port) : this;
    }

    /// <summary>Sets commands that write and read records; see <see cref="LineProtocolWorkload"/>.</summary>
    /// <param name="writer">The writer's command line.</param>
    /// <param name="reader">The reader's command line.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentException">One of them is empty.</exception>
    public SubjectBuilder WithWorkload(string writer, string reader) => WithWorkload(new LineProtocolWorkload(writer, reader));

    /// <summary>Says that the application stores nothing, so that there is no persistence to judge.</summary>
    /// <returns>This builder.</returns>
    public SubjectBuilder StoringNothing()
    {
        _stateless = true;
        return this;
    }

    /// <summary>Accepts an exit code after a stop. The first call replaces the default, which is 0.</summary>
    /// <param name="exitCode">0 to 255.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentOutOfRangeException">It is no exit code.</exception>
    public SubjectBuilder AcceptExitCode(int exitCode)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(exitCode);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(exitCode, 255);
        _exitCodes.Add(exitCode);
        return this;
    }

    /// <summary>Says that what is written below a path may be lost with the container.</summary>
    /// <param name="path">The absolute path in the container. <c>/tmp</c>, <c>/run</c>, <c>/var/log</c>, <c>/var/cache</c> and their like are known.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentException">The path is not absolute.</exception>
    public SubjectBuilder WithDisposable(string path)
    {
        _disposable.Add(AbsolutePath(path, "a disposable path"));
        return this;
    }

    /// <summary>Sets what an acknowledged write is meant to survive.</summary>
    /// <param name="durability">The level.</param>
    /// <returns>This builder.</returns>
    public SubjectBuilder WithDurability(DurabilityLevel durability)
    {
        _durability = durability;
        return this;
    }

    /// <summary>Makes the subject.</summary>
    /// <returns>The subject.</returns>
    /// <exception cref="InvalidOperationException">No image was named, or it is said to store nothing and has a workload.</exception>
    public Subject Build()
    {
        if (_image is null)
        {
            throw new InvalidOperationException("the subject has no image: call FromImage");
        }

        if (_stateless && _workload is not null)
        {
            throw new InvalidOperationException("the subject is said to store nothing, and has a workload: one of them must go");
        }

        return new Subject
        {
            Image = _image,
            Command = [.. _command],
            Environment = new Dictionary<string, string>(_environment),
            Ports = [.. _ports],
            Volumes = [.. _volumes],
            GracePeriod = _grace,
            StopBudget = _stopBudget ?? _grace,
            Readiness = _readiness,
            ReadyTimeout = _readyTimeout,
            Workload = _workload,
            Stateless = _stateless,
            AcceptedExitCodes = _exitCodes.Count > 0 ? [.. _exitCodes] : [0],
            DisposablePaths = [.. _disposable],
            Durability = _durability,
        };
    }

    private static string AbsolutePath(string path, string what)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (!path.StartsWith('/') || path.Split('/').Contains(".."))
        {
            throw new ArgumentException($"'{path}' is no absolute path: {what} is named by its full path in the container, for instance /data", nameof(path));
        }

        var trimmed = path.TrimEnd('/');
        return trimmed.Length == 0 ? "/" : trimmed;
    }
}
