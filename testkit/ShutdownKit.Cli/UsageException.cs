namespace ShutdownKit.Cli;

/// <summary>The user asked for something that cannot be done as asked. The message is one line that names the cause and the cure.</summary>
internal sealed class UsageException(string message) : Exception(message);
