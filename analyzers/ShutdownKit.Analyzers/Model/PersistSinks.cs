using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;

namespace ShutdownKit.Analyzers.Model;

/// <summary>
/// The calls that make something survive the process: files, databases, brokers, remote services. Users add their own in additional
/// files called <c>ShutdownKit.Sinks.txt</c>: one <c>Namespace.Type.Method</c> a line, where the type may be <c>*</c> and the method
/// may end in <c>*</c>.
/// </summary>
internal sealed class PersistSinks
{
    private const string UserListName = "ShutdownKit.Sinks";

    // Type (any base or interface of the receiver counts), then its methods; a trailing * matches any ending.
    private static readonly (string Type, string[] Methods)[] Table =
    [
        ("System.IO.File", ["Write*", "Append*"]),
        ("System.IO.RandomAccess", ["Write*", "FlushToDisk"]),
        ("System.IO.Stream", ["Write*", "Flush*"]),
        ("System.IO.TextWriter", ["Write*", "Flush*"]),
        ("System.Text.Json.JsonSerializer", ["SerializeAsync"]),
        ("System.Data.IDbCommand", ["ExecuteNonQuery*"]),
        ("System.Data.Common.DbCommand", ["ExecuteNonQuery*"]),
        ("System.Data.Common.DbBatch", ["ExecuteNonQuery*"]),
        ("System.Data.Common.DbTransaction", ["Commit*"]),
        ("System.Net.Http.HttpClient", ["PostAsync", "PutAsync", "PatchAsync", "DeleteAsync", "SendAsync", "Send"]),
        ("System.Net.Http.Json.HttpClientJsonExtensions", ["PostAsJsonAsync", "PutAsJsonAsync", "PatchAsJsonAsync"]),
        ("Microsoft.EntityFrameworkCore.DbContext", ["SaveChanges*"]),
        ("Microsoft.EntityFrameworkCore.EntityFrameworkQueryableExtensions", ["ExecuteUpdate*", "ExecuteDelete*"]),
        ("Microsoft.EntityFrameworkCore.RelationalQueryableExtensions", ["ExecuteUpdate*", "ExecuteDelete*"]),
        ("Microsoft.EntityFrameworkCore.RelationalDatabaseFacadeExtensions", ["ExecuteSql*"]),
        ("Microsoft.EntityFrameworkCore.Storage.IDbContextTransaction", ["Commit*"]),
        ("Microsoft.Extensions.Caching.Distributed.IDistributedCache", ["Set", "SetAsync"]),
        ("Microsoft.Extensions.Caching.Distributed.DistributedCacheExtensions", ["Set*"]),
        ("Confluent.Kafka.IProducer`2", ["Produce", "ProduceAsync", "Flush"]),
        ("RabbitMQ.Client.IChannel", ["BasicPublishAsync"]),
        ("RabbitMQ.Client.IModel", ["BasicPublish"]),
        ("MassTransit.IPublishEndpoint", ["Publish*"]),
        ("MassTransit.ISendEndpoint", ["Send*"]),
        ("Azure.Messaging.ServiceBus.ServiceBusSender", ["SendMessage*"]),
        ("Azure.Messaging.EventHubs.Producer.EventHubProducerClient", ["SendAsync"]),
        ("Azure.Storage.Blobs.BlobClient", ["Upload*"]),
        ("Azure.Storage.Blobs.Specialized.BlobBaseClient", ["Upload*"]),
        ("Azure.Storage.Queues.QueueClient", ["SendMessage*"]),
        ("Microsoft.Azure.Cosmos.Container", ["CreateItem*", "UpsertItem*", "ReplaceItem*", "PatchItem*", "DeleteItem*"]),
        ("MongoDB.Driver.IMongoCollection`1", ["Insert*", "Replace*", "Update*", "Delete*", "BulkWrite*"]),
        ("Amazon.S3.IAmazonS3", ["PutObjectAsync"]),
        ("Amazon.SQS.IAmazonSQS", ["SendMessage*"]),
        ("Amazon.SimpleNotificationService.IAmazonSimpleNotificationService", ["Publish*"]),
        ("Google.Cloud.PubSub.V1.PublisherClient", ["PublishAsync"]),
        ("StackExchange.Redis.IDatabaseAsync", ["StringSetAsync", "HashSetAsync", "ListRightPushAsync", "ListLeftPushAsync", "StreamAddAsync"]),
    ];

    // Names that say it all, whatever the type: units of work and document sessions of many libraries use the first.
    private static readonly ImmutableHashSet<string> NamesOfAnyType = ImmutableHashSet.Create(StringComparer.Ordinal, "SaveChangesAsync", "SaveChanges");

    // Streams whose bytes go to another party or stay in memory: nothing on them is saved.
    private static readonly string[] NotPersistent =
    [
        "System.IO.MemoryStream", "System.IO.StringWriter", "System.Net.Sockets.NetworkStream", "System.Net.Security.AuthenticatedStream",
        "System.IO.Pipes.PipeStream",
    ];

    private readonly ShutdownSymbols _symbols;
    private readonly List<(INamedTypeSymbol Type, string[] Methods)> _known = [];
    private readonly ImmutableArray<(string? Type, string Method)> _users;
    private readonly List<INamedTypeSymbol> _notPersistent = [];

    private PersistSinks(ShutdownSymbols symbols, ImmutableArray<(string? Type, string Method)> users)
    {
        _symbols = symbols;
        _users = users;
        foreach (var (typeName, methods) in Table)
        {
            if (symbols.Type(typeName) is { } type)
                _known.Add((type, methods));
        }

        foreach (var typeName in NotPersistent)
        {
            if (symbols.Type(typeName) is { } type)
                _notPersistent.Add(type);
        }
    }

    public static PersistSinks Of(ShutdownSymbols symbols, AnalyzerOptions options, CancellationToken cancellationToken)
    {
        var users = ImmutableArray.CreateBuilder<(string?, string)>();
        foreach (var entry in ShutdownFiles.UserList(options, UserListName, cancellationToken))
        {
            var dot = entry.LastIndexOf('.');
            if (dot <= 0 || dot == entry.Length - 1)
                continue;

            var type = entry.Substring(0, dot);
            users.Add((type == "*" ? null : type, entry.Substring(dot + 1)));
        }

        return new PersistSinks(symbols, users.ToImmutable());
    }

    /// <summary>Whether a call of that name can be a sink at all: the test to make before asking for symbols.</summary>
    public bool MayBeSink(string methodName)
    {
        if (NamesOfAnyType.Contains(methodName))
            return true;

        foreach (var (_, methods) in _known)
        {
            if (Matches(methods, methodName))
                return true;
        }

        return IsUserMethod(methodName);
    }

    /// <summary>Whether the call makes something survive the process.</summary>
    /// <param name="method">The method that is called.</param>
    /// <param name="receiver">The static type of what it is called on, when that is narrower than the method's own type.</param>
    public bool IsSink(IMethodSymbol method, ITypeSymbol? receiver)
    {
        var definition = method.ReducedFrom ?? method;
        if (NamesOfAnyType.Contains(definition.Name))
            return true;

        var type = method.IsStatic || method.ReducedFrom is not null ? definition.ContainingType : receiver ?? definition.ContainingType;
        foreach (var (known, methods) in _known)
        {
            if (Matches(methods, definition.Name) && type.IsOrInherits(known))
                return !_notPersistent.Any(type.IsOrInherits);
        }

        return IsUserSink(definition);
    }

    /// <summary>
    /// Whether the method hands its own parameter to a sink in so many words. One hop, by names alone, and only into methods whose body
    /// is certain to be the one that runs.
    /// </summary>
    public bool HandsToSink(IMethodSymbol method, IParameterSymbol parameter, CancellationToken cancellationToken)
    {
        if (method.IsVirtual || method.IsAbstract || (method.IsOverride && !method.IsSealed)
            || method.DeclaringSyntaxReferences.Length != 1)
        {
            return false;
        }

        foreach (var node in method.DeclaringSyntaxReferences[0].GetSyntax(cancellationToken).DescendantNodes())
        {
            if (node is InvocationExpressionSyntax call
                && SyntaxNames.OfInvoked(call) is { } name
                && MayBeSink(name)
                && name is not ("SendAsync" or "Send" or "Flush" or "Write")
                && call.ArgumentList.Arguments.Any(argument => SyntaxNames.Of(argument.Expression) == parameter.Name))
            {
                return true;
            }
        }

        return false;
    }

    private bool IsUserMethod(string name)
    {
        foreach (var (_, method) in _users)
        {
            if (Matches(method, name))
                return true;
        }

        return false;
    }

    private bool IsUserSink(IMethodSymbol method)
    {
        foreach (var (typeName, name) in _users)
        {
            if (!Matches(name, method.Name))
                continue;

            if (typeName is null || method.ContainingType.IsOrInherits(_symbols.Type(typeName)))
                return true;
        }

        return false;
    }

    private static bool Matches(string[] patterns, string name)
    {
        foreach (var pattern in patterns)
        {
            if (Matches(pattern, name))
                return true;
        }

        return false;
    }

    private static bool Matches(string pattern, string name) =>
        pattern[pattern.Length - 1] == '*'
            ? name.Length >= pattern.Length - 1 && string.CompareOrdinal(pattern, 0, name, 0, pattern.Length - 1) == 0
            : pattern == name;
}
