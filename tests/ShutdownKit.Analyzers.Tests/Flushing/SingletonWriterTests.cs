using Microsoft.CodeAnalysis;
using ShutdownKit.Analyzers.CodeFixes.Flushing;
using ShutdownKit.Analyzers.Flushing;
using ShutdownKit.Analyzers.Tests.Verifiers;

namespace ShutdownKit.Analyzers.Tests.Flushing;

public sealed class SingletonWriterTests
{
    private static string Program(string statements) => $$"""
        var builder = Host.CreateApplicationBuilder(args);
        {{statements}}
        builder.Build().Run();
        """;

    [Fact]
    public Task The_message_tells_what_happens_and_it_is_fixed() =>
        Rule.Of<SingletonWriterAnalyzer, SingletonWriterFix>(Program("""builder.Services.AddSingleton<TextWriter>({|#0:new StreamWriter("audit.log")|});"""))
            .AsProgram()
            .Expecting("SHK4006", 0, "The container does not dispose of a 'StreamWriter' that it has not made itself: what is in its buffer when the host stops is lost", DiagnosticSeverity.Info)
            .FixedTo(Program("""builder.Services.AddSingleton<TextWriter>(_ => new StreamWriter("audit.log"));"""))
            .RunAsync();

    [Theory]
    [InlineData("""builder.Services.AddSingleton([|File.AppendText("audit.log")|]);""")]
    [InlineData("""var writer = new StreamWriter("audit.log"); builder.Services.AddSingleton<TextWriter>([|writer|]);""")]
    public Task Fires(string statements) => Rule.Of<SingletonWriterAnalyzer>(Program(statements)).AsProgram().RunAsync();

    [Theory]
    [InlineData("""builder.Services.AddSingleton<TextWriter>(_ => new StreamWriter("audit.log"));""")]
    [InlineData("""builder.Services.AddSingleton<TextWriter>(new StreamWriter("audit.log") { AutoFlush = true });""")]
    [InlineData("""using var writer = new StreamWriter("audit.log"); builder.Services.AddSingleton<TextWriter>(writer);""")]
    [InlineData("""var writer = new StreamWriter("audit.log"); writer.AutoFlush = true; builder.Services.AddSingleton<TextWriter>(writer);""")]
    [InlineData("""builder.Services.AddSingleton<TextWriter>(new StringWriter());""")]
    [InlineData("""builder.Services.AddSingleton(Console.Out);""")]
    public Task Silent(string statements) => Rule.Of<SingletonWriterAnalyzer>(Program(statements)).AsProgram().RunAsync();

    [Fact]
    public Task Broken_code_is_survived() =>
        Rule.Of<SingletonWriterAnalyzer>("class C { void M(IServiceCollection s) { s.AddSingleton(new StreamWriter(; s.AddSingleton(w } }").Broken().RunAsync();
}
