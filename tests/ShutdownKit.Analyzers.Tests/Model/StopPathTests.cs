using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using ShutdownKit.Analyzers.Model;
using ShutdownKit.Analyzers.Tests.Verifiers;

namespace ShutdownKit.Analyzers.Tests.Model;

public sealed class StopPathTests
{
    private const string Usings = """
        global using System;
        global using System.Threading;
        global using System.Threading.Tasks;
        global using Microsoft.Extensions.Hosting;
        """;

    private static StopPath PathOf(string type, params string[] sources)
    {
        var token = TestContext.Current.CancellationToken;
        var compilation = CSharpCompilation.Create(
            "Test",
            sources.Append(Usings).Select(source => CSharpSyntaxTree.ParseText(source, cancellationToken: token)),
            TestReferences.Of(TargetFrameworks.Net10, aspNetCore: true),
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));
        var facts = CompilationFacts.Of(compilation, new AnalyzerOptions([]));
        var path = StopPath.Of(compilation.GetTypeByMetadataName(type)!, facts, token);

        Assert.Same(path, StopPath.Of(compilation.GetTypeByMetadataName(type)!, facts, token));
        return path;
    }

    [Fact]
    public void Fields_of_StopAsync_and_Dispose_and_of_what_they_call_are_mentioned()
    {
        var path = PathOf("Worker", """
            public partial class Worker : IHostedService, IDisposable
            {
                private readonly CancellationTokenSource _stop = new();
                private Task? _loop;
                private Timer? _timer;
                private Timer? _report;
                private Timer? _forgotten;

                public Task StartAsync(CancellationToken cancellationToken)
                {
                    _forgotten = new Timer(_ => { });
                    return Task.CompletedTask;
                }

                public Task StopAsync(CancellationToken cancellationToken) => EndAsync(other: this);
            }
            """, """
            public partial class Worker
            {
                private CancellationTokenSource Source => _stop;

                private async Task EndAsync(Worker other)
                {
                    Source.Cancel();
                    await (_loop ?? Task.CompletedTask);
                    other._forgotten?.Dispose();
                }

                public void Dispose()
                {
                    this._timer?.Dispose();
                    Interlocked.Exchange(ref _report, null)?.Dispose();
                }
            }
            """);

        Assert.True(path.IsHostedService);
        Assert.False(path.IsBackgroundService);
        Assert.True(path.IsDisposable);
        Assert.Equal(2, path.Declarations.Count);
        Assert.All(["_stop", "_loop", "_timer", "_report"], name => Assert.True(path.Mentions(name), name));
        Assert.False(path.Mentions("_forgotten"));
        Assert.Equal(2, path.MentionsOf("_loop").Count() + path.MentionsOf("_timer").Count());
        Assert.Single(path.CallsOf("Cancel"));
    }

    [Fact]
    public void Handlers_of_a_stop_are_entries()
    {
        var path = PathOf("Endpoint", """
            public class Endpoint
            {
                private int _byLambda, _byMethod, _byToken, _bySignal, _byProcess, _never;

                public Endpoint(IHostApplicationLifetime lifetime, CancellationToken stoppingToken)
                {
                    lifetime.ApplicationStopping.Register(() => _byLambda++);
                    lifetime.ApplicationStopped.Register(OnEnd);
                    stoppingToken.Register(static state => ((Endpoint)state!).FromToken(), this);
                    stoppingToken.Register(FromToken);
                    AppDomain.CurrentDomain.ProcessExit += (_, _) => _byProcess++;
                    lifetime.ApplicationStarted.Register(() => _never++);
                }

                private void OnEnd() => _byMethod++;
                private void FromToken() => _byToken++;
            }
            """);

        Assert.False(path.IsHostedService);
        Assert.False(path.IsDisposable);
        Assert.All(["_byLambda", "_byMethod", "_byToken", "_byProcess"], name => Assert.True(path.Mentions(name), name));
        Assert.False(path.Mentions("_bySignal"));
    }

    [Fact]
    public void Base_types_of_the_same_compilation_are_followed()
    {
        var path = PathOf("Derived", """
            public abstract class Base : BackgroundService
            {
                public override async Task StopAsync(CancellationToken cancellationToken)
                {
                    await base.StopAsync(cancellationToken);
                    await CleanUpAsync();
                }

                protected virtual Task CleanUpAsync() => Task.CompletedTask;
            }

            public class Derived : Base
            {
                private int _used, _unused;
                protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.Delay(++_unused, stoppingToken);
                protected override Task CleanUpAsync() => Task.Delay(++_used);
            }
            """);

        Assert.True(path.IsBackgroundService);
        Assert.True(path.Mentions("_used"));
        Assert.False(path.Mentions("_unused"));
        Assert.True(path.Contains(path.MentionsOf("_used").Single()));
        Assert.Single(path.Declarations);
        Assert.Single(path.Inherited);
    }

    [Fact]
    public void A_type_without_a_stop_has_none()
    {
        var path = PathOf("Plain", "public class Plain { private int _count; public int Count() => ++_count; public class Inner { public void Stop() { } } }");

        Assert.False(path.HasCode);
        Assert.False(path.Mentions("_count"));
    }

    [Fact]
    public void Recursion_and_broken_code_are_survived()
    {
        var path = PathOf("Loop", "public class Loop : Loop { public void Stop() { Again(); _x. } void Again() { Stop(); Again() } public void Stop( => ; }");

        Assert.True(path.HasCode);
        Assert.True(path.Mentions("Again"));
    }
}
