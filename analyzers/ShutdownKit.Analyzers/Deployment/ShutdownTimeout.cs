using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.Deployment;

/// <summary>How long the host waits for its services when it is stopped.</summary>
internal sealed class ShutdownTimeout
{
    private const string Setting = "shutdownTimeoutSeconds";

    private static readonly ConditionalWeakTable<CompilationFacts, StrongBox<ShutdownTimeout?>> Cache = new();

    private ShutdownTimeout(TimeSpan value, bool isExplicit, Location? inCode = null)
    {
        Value = value;
        IsExplicit = isExplicit;
        InCode = inCode;
    }

    /// <summary>The identifiers that set it.</summary>
    internal static string[] Names { get; } = ["ShutdownTimeout", "UseShutdownTimeout", "ShutdownTimeoutKey", Setting, "ShutdownTimeoutSeconds"];

    public TimeSpan Value { get; }

    /// <summary>Whether somebody has chosen it; it is the host's default otherwise.</summary>
    public bool IsExplicit { get; }

    /// <summary>Where the code sets it; null when it does not.</summary>
    public Location? InCode { get; }

    /// <summary>Whether the code sets it, over which no setting has power.</summary>
    public bool IsInCode => InCode is not null;

    /// <summary>The timeout of the program's host; null when there is no host, or when it is not known.</summary>
    public static ShutdownTimeout? Of(CompilationFacts facts, CancellationToken cancellationToken)
    {
        if (Cache.TryGetValue(facts, out var known))
            return known.Value;

        var found = new StrongBox<ShutdownTimeout?>(Find(facts, cancellationToken));
        return Cache.GetValue(facts, _ => found).Value;
    }

    /// <summary>The timeout as an environment variable of the container changes it.</summary>
    public ShutdownTimeout? With(IEnumerable<(string Name, string? Value)> environment)
    {
        foreach (var (name, value) in environment)
        {
            if (IsInCode || !name.Replace("DOTNET_", "").Replace("ASPNETCORE_", "").Equals(Setting, StringComparison.OrdinalIgnoreCase))
                continue;
            return int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
                ? new ShutdownTimeout(TimeSpan.FromSeconds(seconds), isExplicit: true)
                : null;
        }

        return this;
    }

    private static ShutdownTimeout? Find(CompilationFacts facts, CancellationToken cancellationToken)
    {
        if (!facts.App.IsConsoleProgram || !SignalRoutes.Of(facts, cancellationToken).HasHost)
            return null;

        TimeSpan? inCode = null;
        Location? place = null;
        foreach (var (value, location) in ValuesInCode(facts, cancellationToken))
        {
            // Set twice, or by something that is not constant: which one counts is not known.
            if (value is null || (inCode is not null && inCode != value))
                return null;
            inCode = value;
            place ??= location;
        }

        if (inCode is { } time)
            return new ShutdownTimeout(time, isExplicit: true, place);

        foreach (var name in (string[])["ShutdownTimeoutKey", Setting, "ShutdownTimeoutSeconds"])
        {
            foreach (var tree in facts.Compilation.SyntaxTrees)
            {
                if (FileNames.Of(tree, cancellationToken).Has(NameTable.IdOf(name)))
                    return null;
            }
        }

        foreach (var file in DeploymentFiles.Of(facts, cancellationToken).Of(DeploymentFileKind.AppSettings))
        {
            if (!file.IsForDevelopment && Regex.Match(file.Text.ToString(), "\"shutdownTimeoutSeconds\"\\s*:\\s*\"?([0-9]{1,6})\"?", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant) is { Success: true } match)
                return new ShutdownTimeout(TimeSpan.FromSeconds(int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)), isExplicit: true);
        }

        // It was 5 s before; on .NET 6 and 7 it depends on the version of the packages.
        return facts.App.NetMajorVersion >= 8 ? new ShutdownTimeout(TimeSpan.FromSeconds(30), isExplicit: false) : null;
    }

    private static IEnumerable<(TimeSpan? Value, Location Place)> ValuesInCode(CompilationFacts facts, CancellationToken cancellationToken)
    {
        foreach (var token in facts.TokensOf("ShutdownTimeout", cancellationToken))
        {
            ExpressionSyntax? target = token.Parent is IdentifierNameSyntax { Parent: MemberAccessExpressionSyntax access } name && access.Name == name ? access : token.Parent as IdentifierNameSyntax;
            if (target is { Parent: AssignmentExpressionSyntax assignment } && assignment.Left == target && assignment.IsKind(SyntaxKind.SimpleAssignmentExpression)
                && facts.ModelOf(token.SyntaxTree!) is { } model
                && model.GetSymbolInfo(target, cancellationToken).Symbol is IPropertySymbol { ContainingType.Name: "HostOptions" })
            {
                yield return (ConstantTime.Of(assignment.Right, model, cancellationToken), assignment.GetLocation());
            }
        }

        foreach (var token in facts.TokensOf("UseShutdownTimeout", cancellationToken))
        {
            if (SyntaxNames.InvocationOf(token) is { ArgumentList.Arguments: { Count: > 0 } arguments })
                yield return (ConstantTime.Of(arguments.Last().Expression, facts.ModelOf(token.SyntaxTree!), cancellationToken), token.GetLocation());
        }
    }
}
