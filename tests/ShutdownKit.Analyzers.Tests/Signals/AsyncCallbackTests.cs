using ShutdownKit.Analyzers.CodeFixes.Signals;
using ShutdownKit.Analyzers.Signals;
using ShutdownKit.Analyzers.Tests.Verifiers;

namespace ShutdownKit.Analyzers.Tests.Signals;

public sealed class AsyncCallbackTests
{
    [Fact]
    public Task Callbacks_of_the_host_wait() => Of(
        """
        class Startup(Store store, IHostApplicationLifetime lifetime)
        {
            public void Configure()
            {
                lifetime.ApplicationStopping.Register([|async () => await store.SaveAsync()|]);
                lifetime.ApplicationStopping.Register([|async () =>
                {
                    await store.SaveAsync().ConfigureAwait(false);
                    await store.CloseAsync();
                    Console.WriteLine("saved");
                }|]);
                lifetime.ApplicationStopped.Register([|() => store.SaveAsync()|]);
                lifetime.ApplicationStopping.Register([|async state => { var saved = await ((Store)state!).CountAsync(); Console.WriteLine(saved); }|], store);
            }
        }
        """ + Store).FixedTo(
        """
        class Startup(Store store, IHostApplicationLifetime lifetime)
        {
            public void Configure()
            {
                lifetime.ApplicationStopping.Register(() => store.SaveAsync().GetAwaiter().GetResult());
                lifetime.ApplicationStopping.Register(() =>
                {
                    store.SaveAsync().GetAwaiter().GetResult();
                    store.CloseAsync().AsTask().GetAwaiter().GetResult();
                    Console.WriteLine("saved");
                });
                lifetime.ApplicationStopped.Register(() => store.SaveAsync().GetAwaiter().GetResult());
                lifetime.ApplicationStopping.Register(state => { var saved = ((Store)state!).CountAsync().GetAwaiter().GetResult(); Console.WriteLine(saved); }, store);
            }
        }
        """ + Store).RunAsync();

    [Fact]
    public Task Handlers_of_exits_and_signals() => Of(
        """
        using System.Runtime.InteropServices;
        using System.Runtime.Loader;

        class Hooks(Store store)
        {
            private PosixSignalRegistration? _term;

            public void Install()
            {
                AppDomain.CurrentDomain.ProcessExit += [|async (_, _) => await store.SaveAsync()|];
                AssemblyLoadContext.Default.Unloading += [|async _ => { await store.SaveAsync(); }|];
                Console.CancelKeyPress += [|async (_, e) => { await store.SaveAsync(); e.Cancel = true; }|];
                _term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, [|async _ => await store.SaveAsync()|]);
                AppDomain.CurrentDomain.ProcessExit += [|OnExit|];
                _ = _term;
            }

            private async void OnExit(object? sender, EventArgs e)
            {
                await store.SaveAsync();
            }
        }
        """ + Store).WithoutHosting().RunAsync();

    [Fact]
    public Task Silent_where_the_caller_waits_or_nothing_is_awaited() => Of(
        """
        using System.Runtime.InteropServices;

        class Hooks(Store store, IHostApplicationLifetime? lifetime, CancellationTokenSource stopping, TaskCompletionSource stopped)
        {
            private PosixSignalRegistration? _term;
            private Task? _saving;

            public void Install()
            {
                lifetime?.ApplicationStopping.Register(() => store.SaveAsync().GetAwaiter().GetResult());
                lifetime?.ApplicationStopping.Register(() => store.SaveAsync().Wait());
                lifetime?.ApplicationStopping.Register(() => _saving = store.SaveAsync());
                lifetime?.ApplicationStopping.Register(() => { _saving = store.SaveAsync(); });
                lifetime?.ApplicationStopping.Register(stopping.Cancel);
                lifetime?.ApplicationStopping.Register(() => stopping.CancelAsync());
                lifetime?.ApplicationStopped.Register(() => Console.Out.WriteLineAsync("stopped"));
                lifetime?.ApplicationStopped.Register(() => stopped.TrySetResult());
                lifetime?.ApplicationStopped.Register(OnStopped);
                lifetime?.ApplicationStarted.Register(async () => await store.CountAsync());
                AppDomain.CurrentDomain.ProcessExit += (_, _) => store.SaveAsync().Wait();

                // The process lives on, and Main waits for the end.
                Console.CancelKeyPress += async (_, e) =>
                {
                    e.Cancel = true;
                    await store.SaveAsync();
                    stopped.SetResult();
                };
                _term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, async context => { context.Cancel = true; await store.SaveAsync(); stopped.SetResult(); });
                _ = _term;
            }

            private void OnStopped() => _saving?.Wait();
        }
        """ + Store).RunAsync();

    [Fact]
    public Task Silent_beside_a_host_whose_handler_sets_Cancel() => Of(
        """
        var store = new Store();
        Console.CancelKeyPress += async (_, _) => await store.SaveAsync();
        await Host.CreateApplicationBuilder(args).Build().RunAsync();
        """ + Store).AsProgram().RunAsync();

    [Fact]
    public Task The_message_says_what_is_lost() => Of(
        """
        class Startup(Store store, IHostApplicationLifetime lifetime)
        {
            public void Configure() => lifetime.ApplicationStopping.Register({|#0:async () => await store.SaveAsync()|});
        }
        """ + Store)
        .Expecting(
            "SHK1006",
            0,
            "The ApplicationStopping callback is asynchronous, and nobody waits for it: it runs to its first await, then the host goes on to stop and the process ends, and what it had still to do is lost")
        .RunAsync();

    [Fact]
    public Task No_fix_for_methods_and_for_what_cannot_be_waited_for() => Of(
        """
        class Startup(Store store, IHostApplicationLifetime lifetime)
        {
            public void Configure()
            {
                lifetime.ApplicationStopping.Register([|SaveAsync|]);
                lifetime.ApplicationStopping.Register([|async () => { await foreach (var item in store.Items()) Console.WriteLine(item); }|]);
                lifetime.ApplicationStopping.Register([|async () => { await Task.Yield(); store.ToString(); }|]);
            }

            private async void SaveAsync() => await store.SaveAsync();
        }
        """ + Store).NotFixed().RunAsync();

    [Fact]
    public Task Silent_in_test_projects() => Of(
        """
        class Startup(Store store, IHostApplicationLifetime lifetime)
        {
            public void Configure() => lifetime.ApplicationStopping.Register(async () => await store.SaveAsync());
        }
        """ + Store).WithProperty("IsTestProject", "true").RunAsync();

    [Fact]
    public Task Survives_code_that_does_not_compile() => Of(
        "class A { void M() { x.ApplicationStopping.Register(async ( => await ); ApplicationStopping.Register(); AppDomain.ProcessExit += async; Console.CancelKeyPress += async (_, _ => ; } }").Broken().RunAsync();

    private const string Store =
        """


        class Store
        {
            public Task SaveAsync() => Task.CompletedTask;
            public ValueTask CloseAsync() => default;
            public Task<int> CountAsync() => Task.FromResult(1);
            public async IAsyncEnumerable<int> Items() { await Task.Yield(); yield return 1; }
        }
        """;

    private static RuleTest<AsyncCallbackAnalyzer, AsyncCallbackFix> Of(string source) => Rule.Of<AsyncCallbackAnalyzer, AsyncCallbackFix>(source);
}
