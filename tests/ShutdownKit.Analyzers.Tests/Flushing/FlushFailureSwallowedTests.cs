using Microsoft.CodeAnalysis;
using ShutdownKit.Analyzers.Flushing;
using ShutdownKit.Analyzers.Tests.Verifiers;

namespace ShutdownKit.Analyzers.Tests.Flushing;

public sealed class FlushFailureSwallowedTests
{
    private static string Journal(string method) => $$"""
        public interface IUnitOfWork { void SaveChanges(); }

        public sealed class Journal(StreamWriter writer, IUnitOfWork work, System.Data.IDbTransaction transaction, ILogger<Journal> logger)
        {
            {{method}}
            public void Note() => logger.LogInformation("{Work} {Transaction} {Writer}", work, transaction, writer);
        }
        """;

    [Fact]
    public Task The_message_tells_what_happens() =>
        Rule.Of<FlushFailureSwallowedAnalyzer>(Journal("public void Dispose() { try { writer.Flush(); writer.Dispose(); } {|#0:catch|} { } }"))
            .Expecting("SHK4005", 0, "When 'Flush' fails while the program is stopped, nobody learns that the last data was lost", DiagnosticSeverity.Info)
            .RunAsync();

    [Theory]
    [InlineData("public async Task StopAsync(CancellationToken token) { try { await writer.FlushAsync(token); } [|catch|] (Exception) { } }")]
    [InlineData("public void Stop() { try { work.SaveChanges(); } [|catch|] (Exception e) { } }")]
    [InlineData("public void Dispose() { try { transaction.Commit(); } [|catch|] (System.IO.IOException) { } }")]
    public Task Fires(string method) => Rule.Of<FlushFailureSwallowedAnalyzer>(Journal(method)).RunAsync();

    [Theory]
    [InlineData("""public void Dispose() { try { writer.Flush(); } catch (Exception e) { logger.LogError(e, "lost"); } }""")]
    [InlineData("public void Dispose() { try { writer.Flush(); } catch (ObjectDisposedException) { } }")]
    [InlineData("public void Dispose() { try { writer.Flush(); } catch { /* closed by the other side */ } }")]
    [InlineData("public void Dispose() { try { writer.Flush(); } catch (Exception e) when (e is ObjectDisposedException) { } }")]
    [InlineData("public void Dispose() { try { Console.Out.Write(1); } catch { } writer.Flush(); }")]
    [InlineData("public void Append() { try { writer.Flush(); } catch { } }")]
    public Task Silent(string method) => Rule.Of<FlushFailureSwallowedAnalyzer>(Journal(method)).RunAsync();

    [Fact]
    public Task Broken_code_is_survived() =>
        Rule.Of<FlushFailureSwallowedAnalyzer>("class C { void Dispose() { try { x.Flush(; Commit( } catch { } } }").Broken().RunAsync();
}
