using System.CommandLine;
using System.CommandLine.Parsing;

namespace ShutdownKit.Cli.CommandLine;

/// <summary>Options whose values are read by a function that says in one line what is wrong with a value, and what would be right.</summary>
internal static class TypedOption
{
    /// <summary>An option that is given once at most.</summary>
    /// <param name="read">Reads the value; throws <see cref="UsageException"/> with the reason when it cannot.</param>
    public static Option<T?> Single<T>(string name, string valueName, string description, Func<string, T> read) => new(name)
    {
        HelpName = valueName,
        Description = description,
        Arity = ArgumentArity.ExactlyOne,
        CustomParser = result => ReadAll(result, name, read) is [var value] ? value : default,
    };

    /// <summary>An option that can be given again and again.</summary>
    /// <param name="read">Reads a value; throws <see cref="UsageException"/> with the reason when it cannot.</param>
    public static Option<T[]> Many<T>(string name, string valueName, string description, Func<string, T> read) => new(name)
    {
        HelpName = valueName,
        Description = description + " Repeatable.",
        Arity = ArgumentArity.OneOrMore,
        DefaultValueFactory = _ => [],
        CustomParser = result => ReadAll(result, name, read) ?? [],
    };

    private static T[]? ReadAll<T>(ArgumentResult result, string name, Func<string, T> read)
    {
        var values = new List<T>(result.Tokens.Count);
        foreach (var token in result.Tokens)
        {
            try
            {
                values.Add(read(token.Value));
            }
            catch (UsageException e)
            {
                result.AddError($"{name}: {e.Message}");
                return null;
            }
        }

        return [.. values];
    }
}
