using ShutdownKit.Analyzers.HostedServices;
using ShutdownKit.Analyzers.Tests.Verifiers;

namespace ShutdownKit.Analyzers.Tests.HostedServices;

public sealed class ForegroundThreadTests
{
    private static string Service(string start, string stop = "", string condition = "true", string bases = "IHostedService") => $$"""
        public interface IServer { void Run(); void Stop(); }

        public class Pump(IServer server) : {{bases}}
        {
            private readonly IServer _server = server;
            private Thread? _thread;
            private volatile bool _running = true;

            public Task StartAsync(CancellationToken cancellationToken)
            {
                {{start}}
                return Task.CompletedTask;
            }

            public Task StopAsync(CancellationToken cancellationToken)
            {
                {{stop}}
                return Task.CompletedTask;
            }

            private void Work()
            {
                while ({{condition}})
                    Thread.Sleep(100);
            }

            private void WarmUp() => Thread.Sleep(100);
        }
        """;

    private static Task Silent(string source) => Rule.Of<ForegroundThreadAnalyzer>(source).RunAsync();

    private static Task Fires(string source) => Rule.Of<ForegroundThreadAnalyzer>(source).RunAsync();

    [Theory]
    [InlineData("_thread = [|new Thread(Work)|]; _thread.Start();")]
    [InlineData("[|new Thread(Work)|].Start();")]
    [InlineData("var thread = [|new System.Threading.Thread(() => Work()) { Name = \"pump\" }|]; thread.Start();")]
    [InlineData("Thread thread = [|new(Work)|]; thread.Start();")]
    [InlineData("[|new Thread(() => { while (true) { Thread.Sleep(1000); } })|].Start();")]
    [InlineData("[|new Thread(_server.Run)|].Start();")]
    public Task Nothing_ends_the_thread(string start) => Fires(Service(start));

    [Theory]
    [InlineData("new Thread(Work) { IsBackground = true }.Start();")]
    [InlineData("_thread = new Thread(Work); _thread.IsBackground = true; _thread.Start();")]
    public Task Background_thread(string start) => Silent(Service(start));

    [Fact]
    public Task Stop_waits_for_the_thread() => Silent(Service("_thread = new Thread(Work); _thread.Start();", "_running = false; _thread?.Join();"));

    [Fact]
    public Task Stop_ends_the_thread() => Silent(Service("_thread = new Thread(Work); _thread.Start();", "_running = false;", "_running"));

    [Fact]
    public Task Stop_ends_what_the_thread_runs() => Silent(Service("new Thread(_server.Run).Start();", "_server.Stop();"));

    [Fact]
    public Task Short_work_ends_by_itself() => Silent(Service("new Thread(WarmUp).Start();"));

    [Fact]
    public Task Other_classes_are_not_hosted() => Silent(Service("new Thread(Work).Start();", bases: "object"));

    [Fact]
    public Task Broken_code_is_survived() =>
        Rule.Of<ForegroundThreadAnalyzer>(Service("new Thread(; new Thread(Gone, ; Thread x = new(")).Broken().RunAsync();
}
