using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace ShutdownKit.Analyzers.Model;

/// <summary>
/// Through what SIGTERM can reach the code of a program. It is found out from names alone and once per compilation, the first time that
/// a rule asks. Where names may deceive, a route is taken to be there: the rules that ask are then silent.
/// </summary>
internal sealed class SignalRoutes
{
    private static readonly ConditionalWeakTable<CompilationFacts, SignalRoutes> Cache = new();

    // Libraries that end a program on SIGTERM as soon as it hands its Main to them, with the version from which on they do it on
    // .NET 10 as well. Those without one listen to ProcessExit or Unloading, which SIGTERM raises up to .NET 9 only.
    private static readonly Dictionary<string, Version?> LifetimeOwners = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Akka"] = new Version(1, 5, 58),
        ["Cocona.Lite"] = null,
        ["McMaster.Extensions.CommandLineUtils"] = null,
        ["Microsoft.Azure.Functions.Worker"] = new Version(0, 0),
        ["Microsoft.Azure.Functions.Worker.Core"] = new Version(0, 0),
        ["Microsoft.ServiceFabric.Services"] = new Version(0, 0),
        ["System.CommandLine"] = new Version(0, 0),
    };

    private static readonly string[] HostNames =
    [
        "CreateApplicationBuilder", "CreateEmptyApplicationBuilder", "CreateDefaultBuilder", "CreateSlimBuilder", "HostApplicationBuilder",
        "HostBuilder", "IHost", "IHostBuilder", "IWebHost", "IWebHostBuilder", "RunConsoleAsync", "UseConsoleLifetime", "WaitForShutdown",
        "WaitForShutdownAsync", "WebApplication", "WebHost", "WebHostBuilder", "DistributedApplication",
    ];

    private static readonly string[] WindowsServiceNames = ["AddWindowsService", "UseWindowsService", "ServiceBase"];
    private static readonly string[] ExitHookNames = ["ProcessExit", "Unloading"];

    private SignalRoutes(CompilationFacts facts, CancellationToken cancellationToken)
    {
        HasLifetimeOwner = HasOwnerReference(facts, cancellationToken);
        HasSigtermHandler = facts.Mentions("SIGTERM", cancellationToken);
        HasProcessExitHook = facts.MentionsAny(ExitHookNames, cancellationToken);
        IsWindowsService = facts.MentionsAny(WindowsServiceNames, cancellationToken);
        HasHost = (facts.Symbols.Host is not null || facts.Symbols.WebHost is not null) && facts.MentionsAny(HostNames, cancellationToken);
    }

    /// <summary>The names that are routes, or tell of one.</summary>
    internal static string[] Names { get; } = [.. HostNames, .. WindowsServiceNames, .. ExitHookNames, "SIGTERM"];

    /// <summary>Whether a generic or web host is built or run: its lifetime handles SIGTERM, SIGINT and SIGQUIT.</summary>
    public bool HasHost { get; }

    /// <summary>Whether a handler of SIGTERM is registered.</summary>
    public bool HasSigtermHandler { get; }

    /// <summary>Whether AppDomain.ProcessExit or AssemblyLoadContext.Unloading is subscribed to.</summary>
    public bool HasProcessExitHook { get; }

    /// <summary>
    /// Whether the program can run as a Windows service. The service manager restarts only a service that ends with an exit code
    /// other than 0 without having reported that it stopped.
    /// </summary>
    public bool IsWindowsService { get; }

    /// <summary>Whether a library that takes charge of signals, or that brings a host of its own, is referenced.</summary>
    public bool HasLifetimeOwner { get; }

    /// <summary>The routes of a compilation.</summary>
    public static SignalRoutes Of(CompilationFacts facts, CancellationToken cancellationToken)
    {
        if (Cache.TryGetValue(facts, out var known))
            return known;

        // Not by a callback of the table, so that a cancelled search leaves nothing behind.
        var routes = new SignalRoutes(facts, cancellationToken);
        return Cache.GetValue(facts, _ => routes);
    }

    private static bool HasOwnerReference(CompilationFacts facts, CancellationToken cancellationToken)
    {
        var listed = ShutdownFiles.UserList(facts.Options, "ShutdownKit.LifetimeOwners", cancellationToken);
        foreach (var assembly in facts.Compilation.SourceModule.ReferencedAssemblySymbols)
        {
            if (listed.Contains(assembly.Name)
                || LifetimeOwners.TryGetValue(assembly.Name, out var version) && (!facts.App.IsNet10OrLater || assembly.Identity.Version >= version))
            {
                return true;
            }

            // A library of one's own that is built on hosting may run the host for the program.
            if (!IsFramework(assembly.Name) && assembly is not ISourceAssemblySymbol && ReferencesHosting(assembly))
                return true;
        }

        // While one types, projects see each other's source, and with it all that these are compiled against: what they use is asked for.
        foreach (var reference in facts.Compilation.References)
        {
            if (reference is CompilationReference { Compilation: var project } && MentionsHost(project, cancellationToken))
                return true;
        }

        return false;
    }

    private static bool MentionsHost(Compilation project, CancellationToken cancellationToken)
    {
        foreach (var tree in project.SyntaxTrees)
        {
            var names = FileNames.Of(tree, cancellationToken);
            foreach (var name in HostNames)
            {
                if (names.Has(NameTable.IdOf(name)))
                    return true;
            }
        }

        return false;
    }

    private static bool ReferencesHosting(IAssemblySymbol assembly)
    {
        foreach (var module in assembly.Modules)
        {
            foreach (var reference in module.ReferencedAssemblies)
            {
                if (IsHosting(reference.Name))
                    return true;
            }
        }

        return false;
    }

    private static bool IsFramework(string name) =>
        name.StartsWith("System.", StringComparison.Ordinal) || name.StartsWith("Microsoft.", StringComparison.Ordinal)
        // Azure.Core, which all clients of Azure bring along, references hosting and runs none.
        || name.StartsWith("Azure.", StringComparison.Ordinal)
        || name is "System" or "mscorlib" or "netstandard";

    // With the abstractions alone nobody can build a host.
    private static bool IsHosting(string name) => name is "Microsoft.Extensions.Hosting" or "Microsoft.AspNetCore" or "Microsoft.AspNetCore.Hosting";
}
