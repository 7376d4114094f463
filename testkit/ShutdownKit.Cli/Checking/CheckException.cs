namespace ShutdownKit.Cli.Checking;

/// <summary>The check could not be carried out, for a reason that lies neither in the command line nor in the code.</summary>
internal sealed class CheckException(string message) : Exception(message);
