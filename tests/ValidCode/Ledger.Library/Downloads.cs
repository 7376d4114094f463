namespace Ledger.Library;

public sealed class Downloads(HttpClient client, string directory)
{
    public async Task<string> FetchAsync(Uri address, string name, CancellationToken cancellationToken)
    {
        var path = Path.Combine(directory, name);
        if (File.Exists(path))
            return path;

        var partial = path + ".partial";
        using (var response = await client.GetAsync(address, HttpCompletionOption.ResponseHeadersRead, cancellationToken))
        {
            response.EnsureSuccessStatusCode();
            await using var target = File.Create(partial);
            await using var source = await response.Content.ReadAsStreamAsync(cancellationToken);
            await source.CopyToAsync(target, cancellationToken);
            target.Flush(flushToDisk: true);
        }

        File.Move(partial, path, overwrite: true);
        return path;
    }

    public async Task<T> RetryAsync<T>(Func<CancellationToken, Task<T>> attempt, CancellationToken cancellationToken)
    {
        for (var delay = TimeSpan.FromSeconds(1); ; delay *= 2)
        {
            try
            {
                return await attempt(cancellationToken);
            }
            catch (HttpRequestException) when (delay < TimeSpan.FromMinutes(1))
            {
                await Task.Delay(delay, cancellationToken);
            }
        }
    }
}
