using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;

namespace Ledger.Library;

public static class Archives
{
    public static byte[] Compress(ReadOnlySpan<byte> content)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Optimal, leaveOpen: true))
            gzip.Write(content);

        return compressed.ToArray();
    }

    public static byte[] Encrypt(byte[] content, SymmetricAlgorithm algorithm)
    {
        using var encrypted = new MemoryStream();
        using var encryptor = algorithm.CreateEncryptor();
        using var crypto = new CryptoStream(encrypted, encryptor, CryptoStreamMode.Write);
        crypto.Write(content);
        crypto.FlushFinalBlock();
        return encrypted.ToArray();
    }

    public static MemoryStream Zip(IReadOnlyDictionary<string, byte[]> entries)
    {
        var result = new MemoryStream();
        using (var zip = new ZipArchive(result, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, content) in entries)
            {
                using var entry = zip.CreateEntry(name).Open();
                entry.Write(content);
            }
        }

        result.Position = 0;
        return result;
    }

    public static byte[] ToJson<T>(T value)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
            JsonSerializer.Serialize(writer, value);

        return buffer.ToArray();
    }

    // The caller owns what is opened here.
    public static StreamWriter Open(string path, bool append) => new(path, append);
}
