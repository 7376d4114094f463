using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using ShutdownKit.Analyzers.Deployment;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.Libraries;

/// <summary>SHK7010: Data Protection keys that stay in the container's own layer, and go with it.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class DataProtectionKeysAnalyzer : ShutdownAnalyzer
{
    internal const string Id = "SHK7010";

    // What encrypts or signs with the keys, without a word about them.
    private static readonly string[] Users = ["AddCookie", "AddIdentity", "AddDefaultIdentity", "AddIdentityApiEndpoints"];

    // What keeps the keys elsewhere, or none at all; the many PersistKeysTo... are seen in the chain of calls.
    private static readonly string[] Keepers =
    [
        "KeyManagementOptions", "IXmlRepository", "XmlRepository", "UseEphemeralDataProtectionProvider", "EphemeralDataProtectionProvider", "IDataProtectionBuilder",
        "PersistKeysToFileSystem", "PersistKeysToDbContext", "PersistKeysToStackExchangeRedis", "PersistKeysToAzureBlobStorage", "PersistKeysToRegistry",
    ];

    /// <summary>The names without which there is nothing to find.</summary>
    internal static readonly string[] Names = ["AddDataProtection", .. Users, .. Keepers];

    private static readonly DiagnosticDescriptor Rule = RuleDescriptor.Create(
        Id,
        "Data Protection keys live in the container's layer",
        "{0} in the container's own layer: 'docker rm' loses them, and every cookie and token that was made with them becomes invalid",
        RuleCategories.Libraries,
        DiagnosticSeverity.Warning,
        "ASP.NET Core keeps the keys of its Data Protection below the home directory where nobody says otherwise. In a container that is a place which goes with the container: after each deployment all users are logged out, and what was protected cannot be read again.");

    /// <summary>Creates the analyzer.</summary>
    public DataProtectionKeysAnalyzer()
        : base(Rule)
    {
    }

    private protected override void Register(Watch watch)
    {
        if (watch.Facts.IsExemptAsTest || !watch.Facts.App.IsConsoleProgram || watch.Options.AdditionalFiles.IsEmpty)
            return;

        watch.Names(["AddDataProtection"], LookAtRegistration);
        watch.Names(Users, LookAtUser);
    }

    private static void LookAtRegistration(SourceFile file, SyntaxToken name)
    {
        if (SyntaxNames.InvocationOf(name) is not { } call || IsKept(call) || HasKeeper(file) || !LosesItsLayer(file))
            return;

        if (IsFrom(file, call, "Microsoft.Extensions.DependencyInjection"))
            file.Report(Diagnostic.Create(Rule, name.GetLocation(), "The Data Protection keys stay"));
    }

    private static void LookAtUser(SourceFile file, SyntaxToken name)
    {
        // One report for one defect: at the registration if there is one, else at the first that needs the keys.
        if (SyntaxNames.InvocationOf(name) is not { } call
            || file.Facts.Mentions("AddDataProtection", file.CancellationToken)
            || !IsFirstUser(file, name)
            || HasKeeper(file)
            || !LosesItsLayer(file)
            || !IsFrom(file, call, "Microsoft.Extensions.DependencyInjection"))
        {
            return;
        }

        file.Report(Diagnostic.Create(
            Rule, name.GetLocation(), DiagnosticSeverity.Info, additionalLocations: null, properties: null,
            $"{name.ValueText} protects its cookies with the Data Protection keys, which stay"));
    }

    private static bool IsFirstUser(SourceFile file, SyntaxToken name)
    {
        foreach (var user in Users)
        {
            foreach (var token in file.Facts.TokensOf(user, file.CancellationToken))
            {
                if (SyntaxNames.InvocationOf(token) is not null)
                    return token == name;
            }
        }

        return false;
    }

    // Kept in the chain of calls, or in a variable that others may go on with.
    private static bool IsKept(InvocationExpressionSyntax registration)
    {
        ExpressionSyntax value = registration;
        while (value.Parent is MemberAccessExpressionSyntax { Parent: InvocationExpressionSyntax next } access)
        {
            if (access.Name.Identifier.ValueText.StartsWith("PersistKeys", StringComparison.Ordinal) || access.Name.Identifier.ValueText.StartsWith("UseEphemeral", StringComparison.Ordinal))
                return true;
            value = next;
        }

        return value.Parent is not ExpressionStatementSyntax;
    }

    private static bool HasKeeper(SourceFile file) => file.Facts.MentionsAny(Keepers, file.CancellationToken);

    // It runs in a container, and no volume lies where the keys are by default.
    private static bool LosesItsLayer(SourceFile file)
    {
        var files = DeploymentFiles.Of(file.Facts, file.CancellationToken);
        if (files.Dockerfiles.Count == 0)
            return false;

        foreach (var additional in file.Facts.Options.AdditionalFiles)
        {
            if (additional.GetText(file.CancellationToken)?.ToString() is { } text
                && (text.Contains("DataProtection-Keys") || text.Contains("/.aspnet") || text.Contains(":/root") || text.Contains(":/home/app")))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsFrom(SourceFile file, InvocationExpressionSyntax call, string space) =>
        file.Model.GetSymbolInfo(call, file.CancellationToken).Symbol?.ContainingNamespace.ToDisplayString() == space;
}
