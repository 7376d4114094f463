using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.Signals;

/// <summary>A host in a local variable that is started in the same method, and what the method then does with it.</summary>
internal sealed class StartedHost
{
    // Keyed weakly by the body: nothing here outlives it, and a method with many starts is searched once.
    private static readonly ConditionalWeakTable<SyntaxNode, Dictionary<string, VariableDeclaratorSyntax>> Declared = new();

    private StartedHost(SyntaxNode body, string name, InvocationExpressionSyntax start)
    {
        Body = body;
        Name = name;
        Start = start;
    }

    /// <summary>The names of which each started host needs one.</summary>
    internal static string[] Names { get; } = ["Start", "StartAsync"];

    /// <summary>Names without which there is no host in a file.</summary>
    internal static string[] HostNames { get; } =
    [
        "IHost", "IWebHost", "WebApplication", "CreateApplicationBuilder", "CreateEmptyApplicationBuilder", "CreateDefaultBuilder", "CreateSlimBuilder", "CreateHostBuilder",
        "CreateWebHostBuilder", "HostApplicationBuilder", "HostBuilder", "WebHostBuilder", "BuildWebHost", "BuildHost",
    ];

    /// <summary>The body of the method.</summary>
    public SyntaxNode Body { get; }

    /// <summary>The name of the local variable.</summary>
    public string Name { get; }

    /// <summary>The call that starts the host.</summary>
    public InvocationExpressionSyntax Start { get; }

    /// <summary>Whether the method runs the host to its end, or waits until it is asked to stop.</summary>
    public bool IsAwaited { get; private set; }

    /// <summary>Whether the method stops the host.</summary>
    public bool IsStopped { get; private set; }

    /// <summary>Whether the method disposes of the host.</summary>
    public bool IsDisposed { get; private set; }

    /// <summary>Whether other code gets the host, and may wait for it or stop it.</summary>
    public bool Escapes { get; private set; }

    /// <summary>Whether it is a web host of the old kind, which handles no signals unless it is run.</summary>
    public bool IsWebHost { get; private set; }

    /// <summary>The host that the call starts, seen from the method in which it stands; null where it is no local variable.</summary>
    public static StartedHost? Of(SourceFile file, InvocationExpressionSyntax start)
    {
        var declarator = start.FirstAncestorOrSelf<VariableDeclaratorSyntax>();
        string? name;
        if (declarator is not null && declarator.FirstAncestorOrSelf<AnonymousFunctionExpressionSyntax>() == start.FirstAncestorOrSelf<AnonymousFunctionExpressionSyntax>())
            name = declarator.Identifier.ValueText;
        else if (start.Expression is MemberAccessExpressionSyntax { Expression: IdentifierNameSyntax receiver })
            name = receiver.Identifier.ValueText;
        else
            return null;

        if (EndlessWaits.BodyAround(start) is not { } body
            || (declarator?.Identifier.ValueText == name ? declarator : DeclaratorIn(body, name)) is not { } declared
            || file.Model.GetDeclaredSymbol(declared, file.CancellationToken) is not ILocalSymbol local
            || !IsHost(local.Type, file.Symbols))
        {
            return null;
        }

        var host = new StartedHost(body, name, start) { IsWebHost = local.Type.IsOrInherits(file.Symbols.WebHost) };
        host.IsDisposed = declared.Parent?.Parent is UsingStatementSyntax or LocalDeclarationStatementSyntax { UsingKeyword.RawKind: not 0 };
        host.Look();
        return host;
    }

    /// <summary>Whether a host is started in the body.</summary>
    public static bool IsStartedIn(SyntaxNode body, SourceFile file)
    {
        if (file.Symbols.Host is null && file.Symbols.WebHost is null)
            return false;

        foreach (var node in EndlessWaits.OwnCodeOf(body))
        {
            if (node is InvocationExpressionSyntax call && SyntaxNames.OfInvoked(call) is "Start" or "StartAsync" && Of(file, call) is not null)
                return true;
        }

        return false;
    }

    private static VariableDeclaratorSyntax? DeclaratorIn(SyntaxNode body, string name) =>
        Declared.GetValue(body, DeclaratorsOf).TryGetValue(name, out var declarator) ? declarator : null;

    private static Dictionary<string, VariableDeclaratorSyntax> DeclaratorsOf(SyntaxNode body)
    {
        var found = new Dictionary<string, VariableDeclaratorSyntax>(StringComparer.Ordinal);
        foreach (var node in EndlessWaits.OwnCodeOf(body))
        {
            if (node is VariableDeclaratorSyntax declarator && !found.ContainsKey(declarator.Identifier.ValueText))
                found.Add(declarator.Identifier.ValueText, declarator);
        }

        return found;
    }

    private static bool IsHost(ITypeSymbol type, ShutdownSymbols symbols) =>
        type.IsOrInherits(symbols.Host) || type.IsOrInherits(symbols.WebHost) || type.Is(symbols.WebApplication);

    private void Look()
    {
        foreach (var node in Body.DescendantNodes())
        {
            // Who asks for the host's lifetime waits or stops in a way of its own.
            if (node is IdentifierNameSyntax { Identifier.ValueText: "IHostApplicationLifetime" or "IApplicationLifetime" or "ApplicationStopping" or "ApplicationStopped" or "Lifetime" or "UseTestServer" or "TestServer" })
                Escapes = true;

            if (node is not IdentifierNameSyntax identifier || identifier.Identifier.ValueText != Name || identifier.Parent is NameColonSyntax or MemberAccessExpressionSyntax { Expression: not IdentifierNameSyntax })
                continue;

            if (identifier.Parent is MemberAccessExpressionSyntax member && member.Expression == identifier)
                LookAtMember(member.Name.Identifier.ValueText);
            else if (identifier.Parent is ConditionalAccessExpressionSyntax { WhenNotNull: InvocationExpressionSyntax { Expression: MemberBindingExpressionSyntax bound } })
                LookAtMember(bound.Name.Identifier.ValueText);
            else if (identifier.Parent is UsingStatementSyntax)
                IsDisposed = true;
            else if (identifier.Parent is not (MemberAccessExpressionSyntax or QualifiedNameSyntax or BinaryExpressionSyntax or IsPatternExpressionSyntax))
                Escapes = true;
        }
    }

    private void LookAtMember(string member)
    {
        if (member.StartsWith("Run", StringComparison.Ordinal) || member.StartsWith("WaitFor", StringComparison.Ordinal))
            IsAwaited = true;
        else if (member.StartsWith("Stop", StringComparison.Ordinal) || member == "ShutdownAsync")
            IsStopped = true;
        else if (member is "Dispose" or "DisposeAsync")
            IsDisposed = true;
    }
}
