using Microsoft.CodeAnalysis;
using ShutdownKit.Analyzers.CodeFixes.Libraries;
using ShutdownKit.Analyzers.Libraries;
using ShutdownKit.Analyzers.Tests.Verifiers;

namespace ShutdownKit.Analyzers.Tests.Libraries;

public sealed class LoggerNotFlushedTests
{
    private static RuleTest<LoggerNotFlushedAnalyzer, LoggerNotFlushedFix> Test(string source)
    {
        return Rule.Of<LoggerNotFlushedAnalyzer, LoggerNotFlushedFix>(source).AsProgram().Using(LibraryStubs.Serilog);
    }

    [Theory]
    [InlineData("{|#0:Log.Logger|} = new LoggerConfiguration().WriteTo.Console().WriteTo.Seq(\"http://seq\").CreateLogger();", "Seq")]
    [InlineData("{|#0:Log.Logger|} = new LoggerConfiguration().MinimumLevel.Debug().WriteTo.Async(it => it.Console()).CreateLogger();", "Async")]
    [InlineData("{|#0:Serilog.Log.Logger|} = new LoggerConfiguration().WriteTo.File(\"app.log\", buffered: true).CreateLogger();", "File")]
    public Task Serilog_with_a_sink_that_writes_in_the_background(string setUp, string sink) =>
        Test("using Serilog;\n" + setUp + "\nLog.Information(\"up\");")
            .Expecting("SHK7006", 0, $"Nothing calls Log.CloseAndFlush: what '{sink}' has not written yet when Main ends is lost")
            .RunAsync();

    [Theory]
    [InlineData("{|#0:Log.Logger|} = Create(); static Serilog.ILogger Create() { return new LoggerConfiguration().WriteTo.Seq(\"http://seq\").CreateLogger(); }")]
    [InlineData("var logger = new LoggerConfiguration().WriteTo.Seq(\"http://seq\").CreateLogger(); {|#0:Log.Logger|} = logger;")]
    [InlineData("{|#0:Log.Logger|} = Logs.Create(); Log.Information(\"up\"); static class Logs { public static Serilog.ILogger Create() => new LoggerConfiguration().WriteTo.Seq(\"http://seq\").CreateLogger(); }", true)]
    public Task Serilog_made_elsewhere_in_the_file(string setUp, bool isOtherType = false)
    {
        var test = Test("using Serilog;\n" + (isOtherType ? setUp.Replace("{|#0:Log.Logger|}", "Log.Logger", StringComparison.Ordinal) : setUp));
        return (isOtherType ? test : test.Expecting("SHK7006", 0, "Nothing calls Log.CloseAndFlush: what 'Seq' has not written yet when Main ends is lost")).RunAsync();
    }

    [Theory]
    [InlineData("{|#0:Log.Logger|} = new LoggerConfiguration().WriteTo.Console().CreateLogger();")]
    [InlineData("{|#0:Log.Logger|} = new LoggerConfiguration().WriteTo.File(\"app.log\", rollingInterval: RollingInterval.Day).CreateLogger();")]
    [InlineData("{|#0:Log.Logger|} = new LoggerConfiguration().ReadFrom.Configuration(new object()).CreateLogger();")]
    public Task Serilog_with_sinks_that_need_no_flush_or_are_unknown(string setUp) =>
        Test("using Serilog;\n" + setUp + "\nLog.Information(\"up\");")
            .Expecting("SHK7006", 0, "Nothing calls Log.CloseAndFlush: what a sink that buffers has not written yet when Main ends is lost", DiagnosticSeverity.Info)
            .RunAsync();

    [Theory]
    [InlineData("Log.Logger = new LoggerConfiguration().WriteTo.Seq(\"s\").CreateLogger(); try { Log.Information(\"up\"); } finally { Log.CloseAndFlush(); }")]
    [InlineData("Log.Logger = new LoggerConfiguration().WriteTo.Seq(\"s\").CreateLogger(); await Log.CloseAndFlushAsync();")]
    [InlineData("Log.Logger = new LoggerConfiguration().WriteTo.Seq(\"s\").CreateLogger(); Host.CreateDefaultBuilder().UseSerilog(dispose: true).Build().Run();")]
    [InlineData("Log.Logger = new LoggerConfiguration().WriteTo.Seq(\"s\").CreateLogger(); Host.CreateDefaultBuilder().UseSerilog((_, logger) => logger.WriteTo.Seq(\"s\")).Build().Run();")]
    [InlineData("using var logger = new LoggerConfiguration().WriteTo.Seq(\"s\").CreateLogger(); logger.Information(\"up\");")]
    public Task Silent_where_Serilog_is_flushed(string body) => Test("using Serilog;\n" + body).RunAsync();

    [Fact]
    public Task Silent_in_a_library() =>
        Rule.Of<LoggerNotFlushedAnalyzer>("public static class Logs { public static void Open() => Serilog.Log.Logger = Serilog.SinkExtensions.Seq(new Serilog.LoggerConfiguration().WriteTo, \"s\").CreateLogger(); }")
            .Using(LibraryStubs.Serilog)
            .RunAsync();

    [Theory]
    [InlineData("var factory = [|LoggerFactory.Create|](logging => logging.AddConsole()); factory.CreateLogger(\"app\").LogInformation(\"up\");")]
    [InlineData("var logger = [|LoggerFactory.Create|](logging => { logging.AddSimpleConsole(); }).CreateLogger(\"app\"); logger.LogInformation(\"up\");")]
    public Task Factory_that_nothing_disposes_of(string body) => Test(body).RunAsync();

    [Theory]
    [InlineData("using var factory = LoggerFactory.Create(logging => logging.AddConsole()); factory.CreateLogger(\"app\").LogInformation(\"up\");")]
    [InlineData("var factory = LoggerFactory.Create(logging => logging.AddConsole()); factory.CreateLogger(\"app\").LogInformation(\"up\"); factory.Dispose();")]
    [InlineData("var factory = LoggerFactory.Create(logging => logging.AddDebug()); factory.CreateLogger(\"app\").LogInformation(\"up\");")]
    [InlineData("var factory = LoggerFactory.Create(logging => logging.AddConsole()); new ServiceCollection().AddSingleton(factory);")]
    public Task Silent_where_the_factory_is_disposed_of(string body) => Test(body).RunAsync();

    [Fact]
    public Task Fix_flushes_Serilog_behind_top_level_statements() =>
        Test("""
            using Serilog;

            [|Log.Logger|] = new LoggerConfiguration().WriteTo.Seq("http://seq").CreateLogger();

            var builder = WebApplication.CreateBuilder(args);
            builder.Build().Run();

            public sealed class Other;
            """)
            .FixedTo("""
            using Serilog;

            Log.Logger = new LoggerConfiguration().WriteTo.Seq("http://seq").CreateLogger();

            try
            {
                var builder = WebApplication.CreateBuilder(args);
                builder.Build().Run();
            }
            finally
            {
                Log.CloseAndFlush();
            }

            public sealed class Other;
            """)
            .RunAsync();

    [Fact]
    public Task Fix_uses_the_try_statement_that_is_there() =>
        Test("""
            using Serilog;

            public static class Program
            {
                public static async Task<int> Main()
                {
                    [|Log.Logger|] = new LoggerConfiguration().WriteTo.Seq("http://seq").CreateLogger();
                    try
                    {
                        await Host.CreateDefaultBuilder().Build().RunAsync();
                        return 0;
                    }
                    catch (Exception e)
                    {
                        Log.Logger.Fatal(e, "died");
                        return 1;
                    }
                }
            }
            """)
            .FixedTo("""
            using Serilog;

            public static class Program
            {
                public static async Task<int> Main()
                {
                    Log.Logger = new LoggerConfiguration().WriteTo.Seq("http://seq").CreateLogger();
                    try
                    {
                        await Host.CreateDefaultBuilder().Build().RunAsync();
                        return 0;
                    }
                    catch (Exception e)
                    {
                        Log.Logger.Fatal(e, "died");
                        return 1;
                    }
                    finally
                    {
                        await Log.CloseAndFlushAsync();
                    }
                }
            }
            """)
            .RunAsync();

    [Fact]
    public Task Fix_disposes_of_the_factory() =>
        Test("""
            var factory = [|LoggerFactory.Create|](logging => logging.AddConsole());
            factory.CreateLogger("app").LogInformation("up");
            """)
            .FixedTo("""
            using var factory = LoggerFactory.Create(logging => logging.AddConsole());
            factory.CreateLogger("app").LogInformation("up");
            """)
            .RunAsync();

    [Fact]
    public Task No_fix_outside_of_Main() =>
        Test("""
            Logs.Open();

            public static class Logs
            {
                public static void Open()
                {
                    [|Serilog.Log.Logger|] = Serilog.SinkExtensions.Seq(new Serilog.LoggerConfiguration().WriteTo, "s").CreateLogger();
                    var factory = [|LoggerFactory.Create|](logging => logging.AddConsole());
                    factory.CreateLogger("app").LogInformation("up");
                }
            }
            """)
            .NotFixed()
            .RunAsync();

    [Theory]
    [InlineData("Serilog.Log.Logger = new Serilog.LoggerConfiguration().WriteTo.Seq(.CreateLogger(); LoggerFactory.Create(")]
    public Task Broken_code_is_survived(string source) => Test(source).Broken().RunAsync();
}
