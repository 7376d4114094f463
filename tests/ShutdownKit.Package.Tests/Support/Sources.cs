namespace ShutdownKit.Package.Tests.Support;

/// <summary>A small program with a mistake of each kind, and its deployment files with another each.</summary>
internal static class Sources
{
    /// <summary>SHK4001 in line 4, SHK1001 in line 7.</summary>
    public const string Program = """
        using var journal = new StreamWriter("journal.txt");
        journal.WriteLine("started");

        var report = new StreamWriter("report.txt");
        report.WriteLine($"{new Counter("data").Next()} starts");

        Thread.Sleep(Timeout.Infinite);

        """;

    /// <summary>SHK5001 in line 8.</summary>
    public const string Counter = """
        internal sealed class Counter(string folder)
        {
            private readonly string _path = Path.Combine(folder, "count.txt");

            public int Next()
            {
                var next = File.Exists(_path) ? int.Parse(File.ReadAllText(_path)) + 1 : 1;
                File.WriteAllText(_path, next.ToString());
                return next;
            }
        }

        """;

    /// <summary>SHK8001 in line 4.</summary>
    public const string Dockerfile = """
        FROM mcr.microsoft.com/dotnet/runtime:10.0
        COPY app/ /app/
        WORKDIR /app
        ENTRYPOINT dotnet App.dll

        """;

    /// <summary>SHK8007 in line 4.</summary>
    public const string Compose = """
        services:
          app:
            build: .
            stop_grace_period: 0s

        """;

    /// <summary><see cref="Dockerfile"/> without its mistake.</summary>
    public static string FixedDockerfile { get; } = Dockerfile.Replace("dotnet App.dll", """["dotnet", "App.dll"]""", StringComparison.Ordinal);

    /// <summary><see cref="Compose"/> without its mistake.</summary>
    public static string FixedCompose { get; } = Compose.Replace("0s", "30s", StringComparison.Ordinal);

    /// <summary>What <c>ImplicitUsings</c> adds.</summary>
    public const string Usings = "global using System; global using System.IO; global using System.Threading;";
}
