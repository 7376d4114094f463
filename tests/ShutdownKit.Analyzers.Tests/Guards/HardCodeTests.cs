using System.Text;
using Microsoft.CodeAnalysis;
using ShutdownKit.Analyzers.Tests.Verifiers;

namespace ShutdownKit.Analyzers.Tests.Guards;

/// <summary>Code that is correct and of a size or shape that nobody writes by hand. Rules must come to an end on it.</summary>
public sealed class HardCodeTests
{
    private const int Many = 1_000;

    [Fact]
    public Task Very_many_branches() => Survived(Worker(Repeat(Many, i =>
        $"if (Ready({i})) {{ await SaveAsync({i}, stoppingToken); }} else if (stoppingToken.IsCancellationRequested) {{ return; }}")));

    [Fact]
    public Task Very_many_loops() => Survived(Worker(Repeat(Many / 4, i =>
        $"while (!stoppingToken.IsCancellationRequested) {{ try {{ await Task.Delay({i}, stoppingToken); }} catch (Exception) {{ break; }} }}")));

    [Fact]
    public Task Deeply_nested_tries() => Survived(Worker(Nested(40, "try { ", " } catch (OperationCanceledException) { await SaveAsync(0, stoppingToken); } finally { Ready(1); }")));

    [Fact]
    public Task Deeply_nested_loops() => Survived(Worker(Nested(60, "while (!stoppingToken.IsCancellationRequested) { ", " await Task.Delay(1000); }")));

    [Fact]
    public Task Deeply_nested_lambdas() => Survived(Worker(
        string.Concat(Enumerable.Range(0, 60).Select(i => $"Func<Task> f{i} = async () => {{ ")) + Repeat(60, i => $"await Task.Delay(1000); }}; await f{59 - i}();")));

    [Fact]
    public Task Deeply_nested_local_functions() =>
        Survived(Worker(string.Concat(Enumerable.Range(0, 60).Select(i => $"await L{i}(); async Task L{i}() {{ await Task.Delay(1000); ")) + Repeat(60, _ => "}")));

    [Fact]
    public Task A_long_chain_of_calls() => Survived(Worker($"var text = new System.Text.StringBuilder(){Repeat(Many, i => $".Append({i})")}; File.WriteAllText(\"a\", text.ToString());"));

    [Fact]
    public Task A_long_sum() => Survived(Worker($"var sum = 0{Repeat(Many, i => $" + {i}")}; Environment.Exit(sum);"));

    [Fact]
    public Task Very_many_gotos() => Survived(Worker(Repeat(Many / 2, i => $"l{i}: if (Ready({i})) goto l{(i * 7) % (Many / 2)};") + "await SaveAsync(0, stoppingToken);"));

    [Fact]
    public Task A_large_switch() => Survived(Worker($"switch (Environment.TickCount) {{ {Repeat(Many, i => $"case {i}: await SaveAsync({i}, stoppingToken); break;")} }}"));

    [Fact]
    public Task Very_many_methods_that_call_one_another() => Survived($$"""
        public sealed class Calls(ILogger<Calls> log) : BackgroundService
        {
            protected override Task ExecuteAsync(CancellationToken stoppingToken) => M0(stoppingToken);
            public override Task StopAsync(CancellationToken cancellationToken) { Stop0(); return base.StopAsync(cancellationToken); }
        {{Repeat(Many, i => $$"""
                private async Task M{{i}}(CancellationToken token) { while (log.IsEnabled(LogLevel.Debug)) { await M{{(i + 1) % Many}}(token); await M{{(i * 31) % Many}}(token); await Task.Delay(5000); } }
                private void Stop{{i}}() { Stop{{(i + 1) % Many}}(); Stop{{(i * 17) % Many}}(); }

            """)}}
        }
        """);

    [Fact]
    public Task Very_many_services() => Survived(Repeat(200, i => $$"""
        public sealed class Service{{i}} : BackgroundService
        {
            private readonly CancellationTokenSource _stop = new();
            private readonly StreamWriter _writer = new("file{{i}}");
            private Task? _loop;
            public override Task StartAsync(CancellationToken cancellationToken) { _loop = Task.Run(() => ExecuteAsync(cancellationToken)); return Task.CompletedTask; }
            protected override async Task ExecuteAsync(CancellationToken stoppingToken) { while (true) { await Task.Delay(1000); _writer.WriteLine(); File.WriteAllText("state{{i}}.json", File.ReadAllText("state{{i}}.json")); } }
        }

        """));

    [Fact]
    public Task A_type_that_derives_from_itself() => Survived("""
        public class A : B { public override Task StopAsync(CancellationToken t) => Task.CompletedTask; }
        public class B : A { protected override Task ExecuteAsync(CancellationToken t) => Task.Delay(-1); }
        public class C<T> : BackgroundService where T : C<C<T>> { protected override Task ExecuteAsync(CancellationToken t) => new C<C<T>>().ExecuteAsync(t); }
        """);

    [Fact]
    public Task Fields_and_locals_that_are_made_of_one_another() => Survived(Worker("""
        var a = b; var b = c; var c = a; var token = other; CancellationToken other = token;
        await SaveAsync(0, token); const string X = Y; const string Y = X; File.WriteAllText(X, Y); File.ReadAllText(X);
        """) + " public static class Paths { public const string A = B; public const string B = A; public static string C => D; public static string D => C; public static void S() { File.WriteAllText(A, C); File.WriteAllText(C, D); File.ReadAllText(C); File.ReadAllText(A); } }");

    [Fact]
    public Task A_long_file_of_names_that_rules_look_for()
    {
        var names = string.Join(' ', Enumerable.Range(0, ShutdownKit.Analyzers.Model.NameTable.Count).Select(ShutdownKit.Analyzers.Model.NameTable.NameOf));
        return Survived(Worker(Repeat(2, i => string.Concat(names.Split(' ').Select(name => $"{name}.{name}({name}, stoppingToken); await {name}(); _ = {name}; using var v{i}{name} = new {name}({name}); {name} += {name}; {name} = () => {name}; ")))));
    }

    private static Task Survived(string source) => AllRules.RunAsync(AllRules.Compile([source], OutputKind.DynamicallyLinkedLibrary));

    private static string Worker(string body) => $$"""
        public sealed class Worker : BackgroundService
        {
            protected override async Task ExecuteAsync(CancellationToken stoppingToken)
            {
                await Task.Yield();
                {{body}}
            }

            private static bool Ready(int i) => i > Environment.TickCount;
            private static Task SaveAsync(int i, CancellationToken token) => File.WriteAllTextAsync("state.json", i.ToString(), token);
        }
        """;

    private static string Repeat(int times, Func<int, string> code)
    {
        var text = new StringBuilder();
        for (var i = 0; i < times; i++)
            text.Append(code(i)).Append('\n');
        return text.ToString();
    }

    private static string Nested(int depth, string open, string close) =>
        string.Concat(Enumerable.Repeat(open, depth)) + "Ready(0);" + string.Concat(Enumerable.Repeat(close, depth));
}
