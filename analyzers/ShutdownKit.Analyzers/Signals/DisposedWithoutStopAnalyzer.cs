using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.Signals;

/// <summary>SHK1008: a host that is started and disposed of, and not stopped in between.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class DisposedWithoutStopAnalyzer : ShutdownAnalyzer
{
    internal const string Id = "SHK1008";

    private static readonly DiagnosticDescriptor Rule = RuleDescriptor.Create(
        Id,
        "Host is disposed of without StopAsync",
        "'{0}' is started here and disposed of without StopAsync: no hosted service is stopped, and what they have not saved is lost",
        RuleCategories.Signals,
        DiagnosticSeverity.Info,
        "Dispose does not stop a host. Call StopAsync before, or let RunAsync or WaitForShutdownAsync do it.");

    /// <summary>Creates the analyzer.</summary>
    public DisposedWithoutStopAnalyzer()
        : base(Rule)
    {
    }

    private protected override void Register(Watch watch)
    {
        if (!watch.Facts.IsExemptAsTest && (watch.Symbols.Host is not null || watch.Symbols.WebHost is not null))
            watch.Files(StartedHost.HostNames, Look);
    }

    private static void Look(SourceFile file)
    {
        foreach (var name in StartedHost.Names)
        {
            if (!file.MayMention(name))
                continue;

            foreach (var token in file.Tokens(name))
            {
                // A web host of the old kind stops by itself when it is disposed of.
                if (SyntaxNames.InvocationOf(token) is { } call
                    && StartedHost.Of(file, call) is { IsDisposed: true, IsStopped: false, IsAwaited: false, Escapes: false, IsWebHost: false } host
                    && ShutdownNotAwaitedAnalyzer.WaitBehind(host, file) is null)
                {
                    file.Report(Diagnostic.Create(Rule, call.GetLocation(), host.Name));
                }
            }
        }
    }
}
