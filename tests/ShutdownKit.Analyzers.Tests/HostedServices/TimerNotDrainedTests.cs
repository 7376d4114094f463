using ShutdownKit.Analyzers.HostedServices;
using ShutdownKit.Analyzers.Tests.Verifiers;
using Microsoft.CodeAnalysis;

namespace ShutdownKit.Analyzers.Tests.HostedServices;

public sealed class TimerNotDrainedTests
{
    private static string Service(string stop, string start = "_timer = new Timer(Save, null, TimeSpan.Zero, TimeSpan.FromSeconds(5));", string members = "", string bases = "IHostedService, IDisposable") => $$"""
        public class Reporter : {{bases}}
        {
            private Timer? _timer;
            private readonly object _gate = new();
            {{members}}

            public Task StartAsync(CancellationToken cancellationToken)
            {
                {{start}}
                return Task.CompletedTask;
            }

            public async Task StopAsync(CancellationToken cancellationToken)
            {
                {{stop}}
                await Task.CompletedTask;
            }

            public void Dispose() => GC.SuppressFinalize(this);

            private void Save(object? state)
            {
                lock (_gate)
                    File.WriteAllText("report.json", "{}");
            }

            private void Log(object? state) => Console.WriteLine("still here");
        }
        """;

    private static Task Silent(string source) => Rule.Of<TimerNotDrainedAnalyzer>(source).RunAsync();

    private static Task Fires(string source) => Rule.Of<TimerNotDrainedAnalyzer>(source).RunAsync();

    [Theory]
    [InlineData("[|_timer|]?.Change(Timeout.Infinite, 0);")]
    [InlineData("[|_timer|]?.Dispose();")]
    [InlineData("if (_timer != null) { [|_timer|].Dispose(); _timer = null; }")]
    public Task Stop_does_not_wait_for_a_save(string stop) => Fires(Service(stop));

    [Fact]
    public Task Elapsed_handler_saves() =>
        Fires(Service(
            "[|_clock|].Stop();",
            "_clock.Elapsed += (_, _) => Save(null); _clock.AutoReset = true; _clock.Start();",
            "private readonly System.Timers.Timer _clock = new(5000);"));

    [Fact]
    public Task Only_Dispose_stops_the_timer() =>
        Fires(Service("", members: "", bases: "IHostedService, IDisposable").Replace("GC.SuppressFinalize(this)", "[|_timer|]?.Dispose()", StringComparison.Ordinal));

    [Theory]
    [InlineData("_timer = [|new Timer(Save, null, TimeSpan.Zero, TimeSpan.FromSeconds(5))|];")]
    [InlineData("this._timer = [|new System.Threading.Timer(_ => Log(null), null, 0, 1000)|];")]
    public Task Timer_is_never_stopped(string start) => Fires(Service("", start));

    [Fact]
    public Task Message_of_a_timer_that_is_never_stopped() =>
        Rule.Of<TimerNotDrainedAnalyzer>(Service("", "_timer = {|#0:new Timer(Log, null, 0, 1000)|};"))
            .Expecting(
                "SHK2011",
                0,
                "'_timer' is not stopped when 'Reporter' is: its callback goes on while the services that it uses are disposed of, until the process ends in the middle of it",
                DiagnosticSeverity.Info)
            .RunAsync();

    [Fact]
    public Task Timer_of_events_is_never_stopped() =>
        Fires(Service("", "_clock.Elapsed += (_, _) => Log(null); _clock.Start();", "private readonly System.Timers.Timer _clock = [|new System.Timers.Timer(5000)|];"));

    [Theory]
    [InlineData("if (_timer is not null) await _timer.DisposeAsync();")]
    [InlineData("using var done = new ManualResetEvent(false); if (_timer!.Dispose(done)) done.WaitOne();")]
    [InlineData("_timer?.Dispose(); lock (_gate) { }")]
    public Task Stop_waits_for_the_callback(string stop) => Silent(Service(stop));

    [Fact]
    public Task Callback_that_saves_nothing_may_be_cut_off() => Silent(Service("_timer?.Dispose();", "_timer = new Timer(Log, null, 0, 1000);"));

    [Theory]
    [InlineData("_timer = new Timer(Save, null, 1000, Timeout.Infinite);")]
    [InlineData("_timer = new Timer(Save, null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);")]
    public Task Timer_fires_once(string start) => Silent(Service("", start));

    [Fact]
    public Task Others_stop_the_timer() =>
        Silent(Service("", "_timer = new Timer(Save, null, 0, 1000); _leases.Add(_timer);", "private readonly List<IDisposable> _leases = [];"));

    [Fact]
    public Task Disposable_class_does_not_stop_its_timer() =>
        Fires(Service("", "_timer = [|new Timer(Save, null, 0, 1000)|];", bases: "IDisposable"));

    [Fact]
    public Task Other_classes_may_stop_it_as_they_like() =>
        Silent(Service("_timer?.Dispose();", bases: "IDisposable") + Service("", bases: "object").Replace("Reporter", "Other", StringComparison.Ordinal));

    [Fact]
    public Task Broken_code_is_survived() => Rule.Of<TimerNotDrainedAnalyzer>(Service("_timer?.; _timer.Change(", "_timer = new Timer(; _timer = new Timer() { , }")).Broken().RunAsync();
}
