using System.Net;
using System.Text;
using System.Text.Json;
using ShutdownKit.TestKit.Subjects;

namespace ShutdownKit.TestKit.Workloads;

/// <summary>Writes records by HTTP requests and reads them back by HTTP.</summary>
/// <remarks>In <see cref="WritePath"/>, <see cref="Body"/> and <see cref="ReadPath"/>, <c>{id}</c> stands for the record's id.</remarks>
#pragma warning disable CA1001 // nothing to dispose for the user: idle connections close themselves, and the client goes with the workload
public sealed class HttpWorkload : RecordWorkload
#pragma warning restore CA1001
{
    private readonly HttpClient _client = new(new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(5) }) { Timeout = Timeout.InfiniteTimeSpan };

    /// <summary>The container port that the application listens on.</summary>
    public required int Port { get; init; }

    /// <summary>The method that writes a record; POST unless set.</summary>
    public HttpMethod Method { get; init; } = HttpMethod.Post;

    /// <summary>The path that a record is written to, for instance <c>/orders</c> or <c>/orders/{id}</c>.</summary>
    public required string WritePath { get; init; }

    /// <summary>The body that is sent, for instance <c>{"id":"{id}"}</c>; <see langword="null"/> sends none.</summary>
    public string? Body { get; init; }

    /// <summary>The media type of the body; <c>application/json</c> unless set.</summary>
    public string ContentType { get; init; } = "application/json";

    /// <summary>Which answers acknowledge a record; every 2xx unless set.</summary>
    public Func<HttpStatusCode, bool> IsAcknowledged { get; init; } = status => (int)status is >= 200 and < 300;

    /// <summary>
    /// The path that records are read back from. With <c>{id}</c> in it, it is asked once for each record: 2xx is there, 404 and 410 are not. Without,
    /// it answers with all records, and <see cref="Ids"/> finds their ids.
    /// </summary>
    public required string ReadPath { get; init; }

    /// <summary>
    /// Finds the ids in the answer of <see cref="ReadPath"/>. Unless set: a JSON array of strings or numbers, or of objects with an <c>id</c>, or
    /// else one id per line.
    /// </summary>
    public Func<string, IEnumerable<string>> Ids { get; init; } = DefaultIds;

    /// <inheritdoc />
    protected override async Task<bool> WriteRecordAsync(RunningSubject app, string id, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(app);
        using var request = new HttpRequestMessage(Method, new Uri(app.HttpAddress(Port), WritePath.Replace("{id}", id, StringComparison.Ordinal)));
        if (Body is not null)
        {
            request.Content = new StringContent(Body.Replace("{id}", id, StringComparison.Ordinal), Encoding.UTF8, ContentType);
        }

        using var response = await _client.SendAsync(request, cancellationToken).ConfigureAwait(false);
        return IsAcknowledged(response.StatusCode);
    }

    /// <inheritdoc />
    protected override async Task<IReadOnlyCollection<StoredRecord>> ReadRecordsAsync(
        RunningSubject app, IReadOnlyCollection<string> attempted, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(app);
        ArgumentNullException.ThrowIfNull(attempted);
        var records = new List<StoredRecord>();
        if (!ReadPath.Contains("{id}", StringComparison.Ordinal))
        {
            using var response = await _client.GetAsync(new Uri(app.HttpAddress(Port), ReadPath), cancellationToken).ConfigureAwait(false);
            var body = await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
            if (!response.IsSuccessStatusCode)
            {
                throw new WorkloadException($"GET {ReadPath} answered {(int)response.StatusCode} {response.ReasonPhrase}");
            }

            records.AddRange(Ids(body).Select(id => new StoredRecord(id)));
            return records;
        }

        foreach (var id in attempted)
        {
            var path = ReadPath.Replace("{id}", id, StringComparison.Ordinal);
            using var response = await _client.GetAsync(new Uri(app.HttpAddress(Port), path), cancellationToken).ConfigureAwait(false);
            if (response.IsSuccessStatusCode)
            {
                records.Add(new StoredRecord(id));
            }
            else if (response.StatusCode is not (HttpStatusCode.NotFound or HttpStatusCode.Gone))
            {
                throw new WorkloadException($"GET {path} answered {(int)response.StatusCode} {response.ReasonPhrase}");
            }
        }

        return records;
    }

    private static IEnumerable<string> DefaultIds(string body)
    {
        var text = body.Trim();
        if (!text.StartsWith('['))
        {
            return text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        }

        try
        {
            using var document = JsonDocument.Parse(text);
            return [.. document.RootElement.EnumerateArray().Select(IdOf)];
        }
        catch (JsonException exception)
        {
            throw new WorkloadException("the answer to the read is no valid JSON: " + exception.Message, exception);
        }
    }

    private static string IdOf(JsonElement element)
    {
        if (element.ValueKind == JsonValueKind.Object)
        {
            foreach (var property in element.EnumerateObject())
            {
                if (property.Name.Equals("id", StringComparison.OrdinalIgnoreCase))
                {
                    return property.Value.ToString();
                }
            }

            throw new WorkloadException("an object in the answer to the read has no 'id'; set Ids");
        }

        return element.ToString();
    }
}
