using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;

namespace ShutdownKit.Analyzers.Model;

/// <summary>
/// The types that the rules look for, each looked up at most once per compilation. A type that the compilation does not know is null,
/// and a rule whose anchor is null registers nothing.
/// </summary>
internal sealed class ShutdownSymbols
{
    // Keyed weakly by the compilation: nothing here outlives it.
    private static readonly ConditionalWeakTable<Compilation, ShutdownSymbols> Cache = new();

    private readonly Compilation _compilation;
    private readonly ConcurrentDictionary<string, INamedTypeSymbol?> _types = new(StringComparer.Ordinal);

    private ShutdownSymbols(Compilation compilation) => _compilation = compilation;

    public static ShutdownSymbols GetOrCreate(Compilation compilation) => Cache.GetValue(compilation, static it => new ShutdownSymbols(it));

    // Base class library
    public INamedTypeSymbol? AppDomain => Type("System.AppDomain");
    public INamedTypeSymbol? AssemblyLoadContext => Type("System.Runtime.Loader.AssemblyLoadContext");
    public INamedTypeSymbol? CancellationToken => Type("System.Threading.CancellationToken");
    public INamedTypeSymbol? CancellationTokenSource => Type("System.Threading.CancellationTokenSource");
    public INamedTypeSymbol? Console => Type("System.Console");
    public INamedTypeSymbol? ConsoleCancelEventArgs => Type("System.ConsoleCancelEventArgs");
    public INamedTypeSymbol? Environment => Type("System.Environment");
    public INamedTypeSymbol? Exception => Type("System.Exception");
    public INamedTypeSymbol? OperationCanceledException => Type("System.OperationCanceledException");
    public INamedTypeSymbol? PosixSignal => Type("System.Runtime.InteropServices.PosixSignal");
    public INamedTypeSymbol? PosixSignalContext => Type("System.Runtime.InteropServices.PosixSignalContext");
    public INamedTypeSymbol? PosixSignalRegistration => Type("System.Runtime.InteropServices.PosixSignalRegistration");
    public INamedTypeSymbol? File => Type("System.IO.File");
    public INamedTypeSymbol? FileStream => Type("System.IO.FileStream");
    public INamedTypeSymbol? Stream => Type("System.IO.Stream");
    public INamedTypeSymbol? StreamWriter => Type("System.IO.StreamWriter");
    public INamedTypeSymbol? Task => Type("System.Threading.Tasks.Task");
    public INamedTypeSymbol? TaskOfT => Type("System.Threading.Tasks.Task`1");
    public INamedTypeSymbol? ValueTask => Type("System.Threading.Tasks.ValueTask");
    public INamedTypeSymbol? ValueTaskOfT => Type("System.Threading.Tasks.ValueTask`1");
    public INamedTypeSymbol? Thread => Type("System.Threading.Thread");
    public INamedTypeSymbol? WaitHandle => Type("System.Threading.WaitHandle");
    public INamedTypeSymbol? ChannelReaderOfT => Type("System.Threading.Channels.ChannelReader`1");

    // Microsoft.Extensions.Hosting and ASP.NET Core
    public INamedTypeSymbol? Host => Type("Microsoft.Extensions.Hosting.IHost");
    public INamedTypeSymbol? HostApplicationLifetime => Type("Microsoft.Extensions.Hosting.IHostApplicationLifetime");
    public INamedTypeSymbol? BackgroundService => Type("Microsoft.Extensions.Hosting.BackgroundService");
    public INamedTypeSymbol? HostedService => Type("Microsoft.Extensions.Hosting.IHostedService");
    public INamedTypeSymbol? HostedLifecycleService => Type("Microsoft.Extensions.Hosting.IHostedLifecycleService");
    public INamedTypeSymbol? WebApplication => Type("Microsoft.AspNetCore.Builder.WebApplication");
    public INamedTypeSymbol? WebHost => Type("Microsoft.AspNetCore.Hosting.IWebHost");

    /// <summary>
    /// The type of that metadata name. Unlike <see cref="Compilation.GetTypeByMetadataName"/> it also answers when several assemblies
    /// declare the name: the compilation's own type wins, then the one public type, else null.
    /// </summary>
    public INamedTypeSymbol? Type(string metadataName) => _types.GetOrAdd(metadataName, Find);

    private INamedTypeSymbol? Find(string metadataName)
    {
        if (_compilation.GetTypeByMetadataName(metadataName) is { } unique)
            return unique;

        INamedTypeSymbol? found = null;
        foreach (var candidate in _compilation.GetTypesByMetadataName(metadataName))
        {
            if (SymbolEqualityComparer.Default.Equals(candidate.ContainingAssembly, _compilation.Assembly))
                return candidate;

            if (candidate.DeclaredAccessibility != Accessibility.Public)
                continue;

            if (found is not null)
                return null;

            found = candidate;
        }

        return found;
    }
}
