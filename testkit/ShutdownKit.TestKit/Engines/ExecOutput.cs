using System.Text;
using Docker.DotNet;

namespace ShutdownKit.TestKit.Engines;

/// <summary>A command that runs in a container, its output read line by line as it comes.</summary>
internal static class LineReader
{
    /// <summary>Lines longer than this are cut: they are no ids, and a runaway writer must not fill the memory.</summary>
    private const int LongestLine = 4096;

    /// <summary>Splits a multiplexed stream into lines until it ends.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="onOutput">Takes the lines of standard output.</param>
    /// <param name="onError">Takes the lines of standard error.</param>
    /// <param name="dropUnterminated">
    /// Whether what standard output says last without an end of line is dropped: it was cut off in the middle, and is no acknowledgement.
    /// </param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public static async Task ReadAsync(
        MultiplexedStream stream, Action<string> onOutput, Action<string> onError, bool dropUnterminated, CancellationToken cancellationToken)
    {
        var output = new LineAssembler(onOutput);
        var error = new LineAssembler(onError);
        var buffer = new byte[16 * 1024];
        while (true)
        {
            var read = await stream.ReadOutputAsync(buffer, 0, buffer.Length, cancellationToken).ConfigureAwait(false);
            if (read.EOF)
            {
                break;
            }

            var assembler = read.Target == MultiplexedStream.TargetStream.StandardError ? error : output;
            assembler.Add(buffer.AsSpan(0, read.Count));
        }

        error.Complete();
        output.Complete(dropUnterminated);
    }

    internal sealed class LineAssembler(Action<string> onLine)
    {
        private readonly List<byte> _pending = [];

        public void Add(ReadOnlySpan<byte> bytes)
        {
            while (bytes.IndexOf((byte)'\n') is var end && end >= 0)
            {
                Append(bytes[..end]);
                Emit();
                bytes = bytes[(end + 1)..];
            }

            Append(bytes);
        }

        public void Complete(bool dropUnterminated = false)
        {
            if (_pending.Count > 0 && !dropUnterminated)
            {
                Emit();
            }
        }

        private void Append(ReadOnlySpan<byte> bytes)
        {
            var room = Math.Min(bytes.Length, LongestLine - _pending.Count);
            _pending.AddRange(bytes[..Math.Max(room, 0)]);
        }

        private void Emit()
        {
            var line = Encoding.UTF8.GetString([.. _pending]).TrimEnd('\r');
            _pending.Clear();
            onLine(line);
        }
    }
}

/// <summary>What a command in a container said and how it ended.</summary>
/// <param name="ExitCode">Its exit code; <see langword="null"/> when the container ended under it.</param>
/// <param name="Output">The lines of its standard output.</param>
/// <param name="Error">The lines of its standard error.</param>
internal sealed record ExecOutcome(int? ExitCode, IReadOnlyList<string> Output, IReadOnlyList<string> Error);
