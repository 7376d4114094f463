using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.Libraries;

/// <summary>
/// SHK7009: a client that collects what it is given and sends it later is neither closed nor flushed. Users add types of their own in
/// additional files called <c>ShutdownKit.FlushRequired.txt</c>: one <c>Namespace.Type</c> a line, and behind it, where they have names
/// of their own, the members that flush it.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class BufferedSenderNotClosedAnalyzer : ShutdownAnalyzer
{
    internal const string Id = "SHK7009";

    private const string UserListName = "ShutdownKit.FlushRequired";

    private static readonly string[] UsualReleases =
    [
        "Dispose", "DisposeAsync", "Close", "CloseAsync", "Flush", "FlushAsync", "ForceFlush", "Stop", "StopAsync", "Shutdown", "ShutdownAsync",
        "Complete", "CompleteAsync",
    ];

    private static readonly Sender[] Known =
    [
        new("EventHubBufferedProducerClient", "Azure.Messaging.EventHubs.Producer.EventHubBufferedProducerClient"),
        new("SearchIndexingBufferedSender", "Azure.Search.Documents.SearchIndexingBufferedSender`1"),
        new("GetWriteApi", "InfluxDB.Client.WriteApi", isMethod: true),
        new("CreateManagedMqttClient", "MQTTnet.Extensions.ManagedClient.IManagedMqttClient", isMethod: true),
    ];

    /// <summary>The names without which there is nothing to find.</summary>
    internal static readonly string[] Names = ["EventHubBufferedProducerClient", "SearchIndexingBufferedSender", "GetWriteApi", "CreateManagedMqttClient"];

    private static readonly DiagnosticDescriptor Rule = RuleDescriptor.Create(
        Id,
        "Buffered sender is not closed",
        "'{0}' collects what it is given and sends it later; nothing closes or flushes it, so what it has not sent when the process ends is lost",
        RuleCategories.Libraries,
        DiagnosticSeverity.Warning,
        "A buffered sender answers at once and sends in the background. Close, flush or dispose of it before the process ends.");

    /// <summary>Creates the analyzer.</summary>
    public BufferedSenderNotClosedAnalyzer()
        : base(Rule)
    {
    }

    private protected override void Register(Watch watch)
    {
        if (watch.Facts.IsExemptAsTest)
            return;

        foreach (var sender in Known)
        {
            watch.Names([sender.Name], (file, name) => Look(file, name, sender));
        }

        var users = new List<Sender>();
        foreach (var entry in ShutdownFiles.UserList(watch.Options, UserListName, watch.CancellationToken))
        {
            var parts = entry.Split([' ', '\t', ',', ':'], StringSplitOptions.RemoveEmptyEntries);
            if (parts.Length > 0 && watch.Symbols.Type(parts[0]) is { } type)
                users.Add(new Sender(type.Name, parts[0], releases: parts.Length > 1 ? [.. parts.Skip(1), "Dispose", "DisposeAsync"] : null));
        }

        // Names that are not known beforehand have to be looked for in each file.
        if (users.Count > 0)
            watch.EachFile(file => LookForUsers(file, users));
    }

    private static void LookForUsers(SourceFile file, List<Sender> users)
    {
        foreach (var node in file.Root.DescendantNodes())
        {
            if (node is not SimpleNameSyntax { Identifier: var token })
                continue;

            foreach (var sender in users)
            {
                if (token.ValueText == sender.Name)
                    Look(file, token, sender);
            }
        }
    }

    private static void Look(SourceFile file, SyntaxToken name, Sender sender)
    {
        if ((sender.IsMethod ? SyntaxNames.InvocationOf(name) : Creations.Of(name)) is not { } creation)
            return;

        var fate = ObjectFate.Of(creation, file);
        if (fate.Escapes || fate.IsInUsing || fate.Holder is not (Holder.Local or Holder.Field)
            || !IsFed(fate) || fate.CallsAny(sender.Releases)
            || (sender.IsMethod && creation is InvocationExpressionSyntax call && IsOwnerDisposed(call))
            || !file.Model.GetTypeInfo(creation, file.CancellationToken).Type.IsOrInherits(file.Symbols.Type(sender.Type)))
        {
            return;
        }

        file.Report(Diagnostic.Create(Rule, creation.GetLocation(), fate.Name));
    }

    // Handlers that are added to its events give it nothing to send.
    private static bool IsFed(ObjectFate fate)
    {
        foreach (var use in fate.Uses)
        {
            if (use.End is InvocationExpressionSyntax or ConditionalAccessExpressionSyntax)
                return true;
        }

        return false;
    }

    // A sender that a client hands out goes with the client.
    private static bool IsOwnerDisposed(InvocationExpressionSyntax factory)
    {
        var owner = SyntaxNames.OfReceiver(factory);
        SyntaxNode? scope = factory.FirstAncestorOrSelf<TypeDeclarationSyntax>();
        foreach (var node in (scope ?? factory.SyntaxTree.GetRoot()).DescendantNodes())
        {
            switch (node)
            {
                case LocalDeclarationStatementSyntax { UsingKeyword.RawKind: (int)SyntaxKind.UsingKeyword } local when local.Declaration.Variables.Any(it => it.Identifier.ValueText == owner):
                case UsingStatementSyntax { Declaration: { } declaration } when declaration.Variables.Any(it => it.Identifier.ValueText == owner):
                case InvocationExpressionSyntax call when SyntaxNames.OfInvoked(call) is "Dispose" or "DisposeAsync" && SyntaxNames.OfReceiver(call) == owner:
                    return true;
            }
        }

        return false;
    }

    /// <param name="name">The name to look for: that of the type, or of the method that makes one.</param>
    /// <param name="type">The metadata name of the type.</param>
    /// <param name="isMethod">Whether the name is that of a method.</param>
    /// <param name="releases">The members that flush it.</param>
    private sealed class Sender(string name, string type, bool isMethod = false, string[]? releases = null)
    {
        public string Name { get; } = name;

        public string Type { get; } = type;

        public bool IsMethod { get; } = isMethod;

        public string[] Releases { get; } = releases ?? UsualReleases;
    }
}
