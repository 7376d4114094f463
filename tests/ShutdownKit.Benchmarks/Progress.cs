namespace ShutdownKit.Benchmarks;

/// <summary>Tells on standard error what is going on; on a terminal in one line that is overwritten.</summary>
internal static class Progress
{
    private static readonly bool OneLine = !Console.IsErrorRedirected;

    /// <summary>A passing step.</summary>
    public static void Step(string text)
    {
        if (OneLine)
            Console.Error.Write("\r\e[K" + (text.Length < 120 ? text : text[..120]));
    }

    /// <summary>Something that stays on the screen.</summary>
    public static void Say(string text)
    {
        if (OneLine)
            Console.Error.Write("\r\e[K");
        Console.Error.WriteLine(text);
    }
}
