using System.Text;
using System.Text.Json;
using Docker.DotNet;
using Docker.DotNet.Handler.Abstractions;
using DotNet.Testcontainers.Configurations;

namespace ShutdownKit.TestKit.Engines;

/// <summary>Where an engine listens, and which API version was agreed with it.</summary>
/// <remarks>
/// Testcontainers pins API 1.44 and so refuses every engine before Docker 25. Given to a builder by <c>WithDockerEndpoint</c>, this endpoint lets
/// any Testcontainers module run on an older engine, without <c>DOCKER_API_VERSION</c> being set.
/// </remarks>
public sealed class EngineEndpoint : IDockerEndpointAuthenticationConfiguration
{
    /// <summary>The newest API that Testcontainers was made for (4.16: 1.44); a newer engine is asked to speak this one.</summary>
    internal static readonly Version NewestApiVersion = new(1, 44);

    internal EngineEndpoint(Uri endpoint, IAuthProvider? authProvider, Version version, string origin)
    {
        Endpoint = endpoint;
        AuthProvider = authProvider;
        Version = version;
        Origin = origin;
    }

    /// <inheritdoc />
    public Uri Endpoint { get; }

    /// <inheritdoc />
    public IAuthProvider? AuthProvider { get; }

    /// <summary>The API version agreed with the engine: the older of the engine's and 1.44.</summary>
    public Version Version { get; }

    /// <summary>What named this endpoint: <c>DOCKER_HOST</c>, a docker context, the default socket.</summary>
    public string Origin { get; }

    /// <inheritdoc />
    public DockerClientBuilder GetDockerClientBuilder(Guid sessionId = default) =>
        NewClientBuilder(Endpoint, AuthProvider).WithApiVersion(Version);

    internal static DockerClientBuilder NewClientBuilder(Uri endpoint, IAuthProvider? authProvider)
    {
        var builder = new DockerClientBuilder().WithEndpoint(endpoint).WithHeader("User-Agent", "shutdownkit");
        return authProvider is null ? builder : builder.WithAuthProvider(authProvider);
    }

    /// <summary>The endpoints to try, best first: what was asked for, DOCKER_HOST, the docker context, the usual sockets.</summary>
    internal static IEnumerable<(Uri Uri, string Origin)> Candidates(string? requested)
    {
        if (!string.IsNullOrWhiteSpace(requested))
        {
            yield return (Parse(requested, "the engine asked for"), "the engine asked for");
            yield break;
        }

        if (Environment.GetEnvironmentVariable("DOCKER_HOST") is { Length: > 0 } dockerHost)
        {
            yield return (Parse(dockerHost, "DOCKER_HOST"), "DOCKER_HOST");
            yield break;
        }

        if (CurrentContext() is { } context)
        {
            yield return context;
            yield break;
        }

        if (OperatingSystem.IsWindows())
        {
            yield return (new Uri("npipe://./pipe/docker_engine"), "the default pipe");
            yield break;
        }

        yield return (new Uri("unix:///var/run/docker.sock"), "the default socket");
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        var runtimeDirectory = Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR");
        string?[] rootless =
        [
            runtimeDirectory is { Length: > 0 } ? Path.Combine(runtimeDirectory, "docker.sock") : null,
            Path.Combine(home, ".docker", "run", "docker.sock"),
            Path.Combine(home, ".docker", "desktop", "docker.sock"),
        ];
        foreach (var path in rootless)
        {
            if (path is not null && File.Exists(path))
            {
                yield return (new Uri("unix://" + path), "a rootless or Desktop socket");
            }
        }
    }

    private static Uri Parse(string text, string origin) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "unix" or "tcp" or "http" or "https" or "npipe"
            ? uri
            : throw new EngineUnavailableException(
                $"{origin} is '{text}', which is no engine address; give unix:///path, tcp://host:port or npipe://./pipe/name");

    // What `docker context use NAME` leaves behind: the name in config.json, the endpoint in a file named by the name's SHA-256.
    private static (Uri, string)? CurrentContext()
    {
        try
        {
            var directory = Environment.GetEnvironmentVariable("DOCKER_CONFIG") is { Length: > 0 } configured
                ? configured
                : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".docker");
            var name = Environment.GetEnvironmentVariable("DOCKER_CONTEXT");
            var configFile = Path.Combine(directory, "config.json");
            if (string.IsNullOrEmpty(name) && File.Exists(configFile))
            {
                using var config = JsonDocument.Parse(File.ReadAllText(configFile));
                name = config.RootElement.TryGetProperty("currentContext", out var current) ? current.GetString() : null;
            }

            if (string.IsNullOrEmpty(name) || name == "default")
            {
                return null;
            }

            var digest = Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(name)));
#pragma warning disable CA1308 // the docker client names the folder in lower case
            var meta = Path.Combine(directory, "contexts", "meta", digest.ToLowerInvariant(), "meta.json");
#pragma warning restore CA1308
            using var document = JsonDocument.Parse(File.ReadAllText(meta));
            var host = document.RootElement.GetProperty("Endpoints").GetProperty("docker").GetProperty("Host").GetString();
            return host is null ? null : (Parse(host, $"the docker context '{name}'"), $"the docker context '{name}'");
        }
        catch (Exception exception) when (exception is IOException or JsonException or KeyNotFoundException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
