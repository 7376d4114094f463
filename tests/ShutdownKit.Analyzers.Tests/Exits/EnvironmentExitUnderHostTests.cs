using ShutdownKit.Analyzers.CodeFixes.Exits;
using ShutdownKit.Analyzers.Exits;
using ShutdownKit.Analyzers.Tests.Verifiers;

namespace ShutdownKit.Analyzers.Tests.Exits;

public sealed class EnvironmentExitUnderHostTests
{
    [Fact]
    public Task Worker_gets_the_lifetime_injected_and_leaves() => Of(
        """
        class Worker : BackgroundService
        {
            protected override async Task ExecuteAsync(CancellationToken stoppingToken)
            {
                while (!stoppingToken.IsCancellationRequested)
                {
                    await Task.Delay(1000, stoppingToken);
                    if (DateTime.UtcNow.Year > 2100)
                        [|Environment.Exit(3)|];
                    if (DateTime.UtcNow.Year > 2200)
                    {
                        // Enough.
                        [|Environment.Exit(4)|];
                    }
                }
            }
        }
        """).FixedTo(
        """
        class Worker(IHostApplicationLifetime lifetime) : BackgroundService
        {
            protected override async Task ExecuteAsync(CancellationToken stoppingToken)
            {
                while (!stoppingToken.IsCancellationRequested)
                {
                    await Task.Delay(1000, stoppingToken);
                    if (DateTime.UtcNow.Year > 2100)
                    {
                        Environment.ExitCode = 3;
                        lifetime.StopApplication();
                        return;
                    }
                    if (DateTime.UtcNow.Year > 2200)
                    {
                        // Enough.
                        Environment.ExitCode = 4;
                        lifetime.StopApplication();
                        return;
                    }
                }
            }
        }
        """).RunAsync();

    [Fact]
    public Task Lifetime_at_hand_is_used() => Of(
        """
        class Worker(IHostApplicationLifetime life) : BackgroundService
        {
            protected override async Task ExecuteAsync(CancellationToken stoppingToken)
            {
                await Task.Delay(1000, stoppingToken);
                [|Environment.Exit(1)|];
            }
        }
        """).FixedTo(
        """
        class Worker(IHostApplicationLifetime life) : BackgroundService
        {
            protected override async Task ExecuteAsync(CancellationToken stoppingToken)
            {
                await Task.Delay(1000, stoppingToken);
                Environment.ExitCode = 1;
                life.StopApplication();
            }
        }
        """).RunAsync();

    [Fact]
    public Task Constructor_gets_a_parameter() => Of(
        """
        class Worker : BackgroundService
        {
            private readonly ILogger<Worker> _logger;

            public Worker(ILogger<Worker> logger)
            {
                _logger = logger;
            }

            protected override async Task ExecuteAsync(CancellationToken stoppingToken)
            {
                await Task.Delay(1000, stoppingToken);
                [|Environment.Exit(1)|];
            }
        }
        """).FixedTo(
        """
        class Worker : BackgroundService
        {
            private readonly IHostApplicationLifetime _lifetime;
            private readonly ILogger<Worker> _logger;

            public Worker(ILogger<Worker> logger, IHostApplicationLifetime lifetime)
            {
                _lifetime = lifetime;
                _logger = logger;
            }

            protected override async Task ExecuteAsync(CancellationToken stoppingToken)
            {
                await Task.Delay(1000, stoppingToken);
                Environment.ExitCode = 1;
                _lifetime.StopApplication();
            }
        }
        """).RunAsync();

    [Fact]
    public Task Endpoint_of_a_minimal_api() => Of(
        """
        var app = WebApplication.CreateBuilder(args).Build();
        app.MapPost("/stop", () =>
        {
            [|Environment.Exit(0)|];
        });
        app.Run();
        Environment.Exit(0);
        """).AsProgram().FixedTo(
        """
        var app = WebApplication.CreateBuilder(args).Build();
        app.MapPost("/stop", () =>
        {
            Environment.ExitCode = 0;
            app.Lifetime.StopApplication();
        });
        app.Run();
        Environment.Exit(0);
        """).RunAsync();

    [Fact]
    public Task Middleware_and_callbacks_of_a_hosted_service() => Of(
        """
        using Microsoft.AspNetCore.Http;

        class Middleware(RequestDelegate next)
        {
            public async Task InvokeAsync(HttpContext context)
            {
                if (context.Request.Path == "/exit")
                    [|Environment.Exit(1)|];
                await next(context);
            }
        }

        class Service : IHostedService
        {
            public Task StartAsync(CancellationToken cancellationToken)
            {
                _ = Task.Run(() => [|Environment.Exit(1)|], cancellationToken);
                return Task.CompletedTask;
            }

            public Task StopAsync(CancellationToken cancellationToken)
            {
                [|Environment.Exit(1)|];
                return Task.CompletedTask;
            }
        }
        """).RunAsync();

    [Fact]
    public Task The_message_says_what_is_lost() => Of(
        """
        class Worker : BackgroundService
        {
            protected override Task ExecuteAsync(CancellationToken stoppingToken)
            {
                {|#0:Environment.Exit(1)|};
                return Task.CompletedTask;
            }
        }
        """)
        .Expecting(
            "SHK3001",
            0,
            "Environment.Exit in the hosted service 'Worker' ends the process while the host runs: no StopAsync is called, nothing is disposed, "
            + "and what other requests and workers have not saved is lost")
        .RunAsync();

    [Fact]
    public Task Silent_at_start_up_and_in_last_resort_handlers() => Of(
        """
        using System.Runtime.InteropServices;

        class Service : IHostedService
        {
            public Service(string? setting)
            {
                if (setting is null)
                    Environment.Exit(2);
                AppDomain.CurrentDomain.UnhandledException += (_, _) => Environment.Exit(1);
            }

            public Task StartAsync(CancellationToken cancellationToken)
            {
                if (!File.Exists("settings.json"))
                    Environment.Exit(2);
                using var sigterm = PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => Environment.Exit(0));
                return Task.CompletedTask;
            }

            public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
        }

        class Settings
        {
            public static void Fail() => Environment.Exit(1);
        }
        """).RunAsync();

    [Fact]
    public Task Silent_before_the_host_runs_and_after() => Of(
        """
        if (args.Length == 0)
            Environment.Exit(2);
        var app = WebApplication.CreateBuilder(args).Build();
        app.Run();
        Environment.Exit(Environment.ExitCode);
        """).AsProgram().RunAsync();

    [Fact]
    public Task Silent_in_a_Windows_service() => Of(
        """
        class Worker : BackgroundService
        {
            protected override Task ExecuteAsync(CancellationToken stoppingToken)
            {
                Environment.Exit(1);
                return Task.CompletedTask;
            }
        }
        """).WithSource(
        "Setup.cs",
        """
        static class Setup
        {
            // Stands for the extension method of Microsoft.Extensions.Hosting.WindowsServices.
            public static void AddWindowsService(IServiceCollection services) => services.AddHostedService<Worker>();
        }
        """).RunAsync();

    [Fact]
    public Task Silent_without_hosting() => Of(
        """
        class Worker
        {
            protected Task ExecuteAsync(CancellationToken stoppingToken)
            {
                Environment.Exit(1);
                return Task.CompletedTask;
            }
        }
        """).WithoutHosting().RunAsync();

    [Fact]
    public Task Silent_in_test_projects() => Of(
        """
        class Worker : BackgroundService
        {
            protected override Task ExecuteAsync(CancellationToken stoppingToken)
            {
                Environment.Exit(1);
                return Task.CompletedTask;
            }
        }
        """).WithProperty("IsTestProject", "true").RunAsync();

    [Fact]
    public Task No_fix_where_a_value_must_be_returned() => Of(
        """
        class Worker(IHostApplicationLifetime life) : BackgroundService
        {
            protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.CompletedTask;

            private int Count()
            {
                [|Environment.Exit(1)|];
                return 0;
            }
        }
        """).NotFixed().RunAsync();

    private static RuleTest<EnvironmentExitUnderHostAnalyzer, EnvironmentExitUnderHostFix> Of(string source) =>
        Rule.Of<EnvironmentExitUnderHostAnalyzer, EnvironmentExitUnderHostFix>(source);
}
