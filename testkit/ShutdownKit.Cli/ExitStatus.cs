namespace ShutdownKit.Cli;

/// <summary>What the process's exit status says: a contract that scripts build on.</summary>
internal enum ExitStatus
{
    /// <summary>Everything was judged and nothing is wrong.</summary>
    Compliant = 0,

    /// <summary>At least one finding.</summary>
    NotCompliant = 1,

    /// <summary>The command line cannot be carried out as written.</summary>
    WrongUsage = 2,

    /// <summary>No container engine can be used.</summary>
    NoEngine = 3,

    /// <summary>No finding, but not everything could be judged.</summary>
    Inconclusive = 4,
}
