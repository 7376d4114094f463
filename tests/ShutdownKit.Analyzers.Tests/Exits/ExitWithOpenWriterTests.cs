using ShutdownKit.Analyzers.CodeFixes.Exits;
using ShutdownKit.Analyzers.Exits;
using ShutdownKit.Analyzers.Tests.Verifiers;

namespace ShutdownKit.Analyzers.Tests.Exits;

public sealed class ExitWithOpenWriterTests
{
    [Fact]
    public Task Using_declaration_statement_and_plain_local() => Of(
        """
        class Export
        {
            static void Main(string[] args)
            {
                using var log = new StreamWriter("export.log");
                log.WriteLine("started");
                if (args.Length == 0)
                    [|Environment.Exit(2)|];

                using (var output = new StreamWriter(args[0]))
                {
                    foreach (var line in args)
                    {
                        output.WriteLine(line);
                        if (line == "end")
                        {
                            // Enough.
                            [|Environment.Exit(0)|];
                        }
                    }
                }
            }

            static void Save()
            {
                var writer = File.CreateText("state.txt");
                writer.Write("1");
                try
                {
                    File.Delete("old.txt");
                }
                catch (IOException)
                {
                    [|Environment.Exit(1)|];
                }

                writer.Dispose();
            }
        }
        """).FixedTo(
        """
        class Export
        {
            static void Main(string[] args)
            {
                using var log = new StreamWriter("export.log");
                log.WriteLine("started");
                if (args.Length == 0)
                {
                    log.Dispose();
                    Environment.Exit(2);
                }

                using (var output = new StreamWriter(args[0]))
                {
                    foreach (var line in args)
                    {
                        output.WriteLine(line);
                        if (line == "end")
                        {
                            // Enough.
                            output.Dispose();
                            log.Dispose();
                            Environment.Exit(0);
                        }
                    }
                }
            }

            static void Save()
            {
                var writer = File.CreateText("state.txt");
                writer.Write("1");
                try
                {
                    File.Delete("old.txt");
                }
                catch (IOException)
                {
                    writer.Dispose();
                    Environment.Exit(1);
                }

                writer.Dispose();
            }
        }
        """).RunAsync();

    [Fact]
    public Task Top_level_statements() => Of(
        """
        using var log = new StreamWriter("export.log");
        log.WriteLine("started");
        {|#0:Environment.Exit(2)|};
        """).AsProgram().Expecting(
        "SHK3002", 0, "Environment.Exit runs no finally block and no using: what 'log' still holds in its buffer is not written").FixedTo(
        """
        using var log = new StreamWriter("export.log");
        log.WriteLine("started");
        log.Dispose();
        Environment.Exit(2);
        """).RunAsync();

    [Theory]
    [InlineData("using var log = new StreamWriter(\"a\"); log.Write(1); log.Flush(); Environment.Exit(1);")]
    [InlineData("using var log = new StreamWriter(\"a\"); log.Write(1); log.Dispose(); Environment.Exit(1);")]
    [InlineData("using var log = new StreamWriter(\"a\") { AutoFlush = true }; log.Write(1); Environment.Exit(1);")]
    [InlineData("using var log = new StreamWriter(\"a\"); log.AutoFlush = true; log.Write(1); Environment.Exit(1);")]
    [InlineData("using var log = new StreamWriter(\"a\"); Environment.Exit(1);")]
    [InlineData("using (var log = new StreamWriter(\"a\")) { log.Write(1); } Environment.Exit(1);")]
    [InlineData("using var reader = new StreamReader(\"a\"); reader.ReadLine(); Environment.Exit(1);")]
    [InlineData("using var text = new StringWriter(); text.Write(1); Environment.Exit(1);")]
    [InlineData("using var log = new StreamWriter(new MemoryStream()); log.Write(1); Environment.Exit(1);")]
    [InlineData("using var log = new StreamWriter(\"a\"); log.Write(1); Finish(log); Environment.Exit(1); static void Finish(TextWriter log) => log.Flush();")]
    [InlineData("using var log = new StreamWriter(\"a\"); Console.CancelKeyPress += (_, _) => Environment.Exit(1); log.Write(1);")]
    [InlineData("Environment.Exit(1); using var log = new StreamWriter(\"a\"); log.Write(1);")]
    [InlineData("using var log = new StreamWriter(\"a\"); log.Write(1); Exit(1); static void Exit(int code) => Console.WriteLine(code);")]
    public Task Silent(string statements) => Of(statements).AsProgram().RunAsync();

    [Fact]
    public Task Silent_under_a_host_where_SHK3001_speaks_and_in_tests() => Task.WhenAll(
        Of(
            """
            class Worker : BackgroundService
            {
                protected override Task ExecuteAsync(CancellationToken stoppingToken)
                {
                    using var log = new StreamWriter("a");
                    log.Write(1);
                    Environment.Exit(1);
                    return Task.CompletedTask;
                }
            }
            """).RunAsync(),
        Of("class A { static void M() { using var log = new StreamWriter(\"a\"); log.Write(1); Environment.Exit(1); } }").WithProperty("IsTestProject", "true").RunAsync());

    [Fact]
    public Task Survives_code_that_does_not_compile() => Of(
        "class A { void M() { using var w = new StreamWriter(; w.Write(1) Environment.Exit(; } int F = Exit(1); void N() => Environment.Exit( }").Broken().RunAsync();

    private static RuleTest<ExitWithOpenWriterAnalyzer, ExitWithOpenWriterFix> Of(string source) =>
        Rule.Of<ExitWithOpenWriterAnalyzer, ExitWithOpenWriterFix>(source);
}
